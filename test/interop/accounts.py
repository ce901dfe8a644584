#!/usr/bin/env python3
"""`packetboat account` and `packetboat wire`, beside a server and without one."""
import os
import poplib
import pty
import re
import select
import signal
import smtplib
import socket
import subprocess
import sys
import time
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402

CAROL = "carol@hamburger.edu"


def packetboat(site, *arguments, said="", wanted=0):
    done = subprocess.run([BINARY, *arguments, "--dir", site], input=said.encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    done.out, done.err = done.stdout.decode(), done.stderr.decode()
    done.ok = done.returncode == wanted
    done.what = f"exit {done.returncode}, {done.out!r}, {done.err!r}"
    return done


def may_login(port, address, password):
    pop = poplib.POP3("127.0.0.1", port, timeout=20)
    try:
        pop.user(address)
        pop.pass_(password)
        return True
    except poplib.error_proto:
        return False
    finally:
        pop.quit()


def recipient(port, address):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        smtp.helo("crepes.fr")
        smtp.mail("alice@crepes.fr")
        return smtp.rcpt(address)[0]


def usage(score, site):
    for arguments in ([], ["frobnicate"], ["add"], ["list", "x"], ["remove"],
                      ["add", CAROL, "mustard"], ["passwd", CAROL, "mustard"]):
        r = packetboat(site, "account", *arguments, wanted=2)
        score.check(f"usage: account {arguments}", r.ok and "usage:" in r.err, r.what)
    r = packetboat(site, "account", "add", CAROL, "mustard", wanted=2)
    score.check("a password is no argument", "a password is no argument" in r.err, r.what)
    for address in ("carol", "carol@", "@x", "c c@hamburger.edu", "carol@[127.0.0.1]"):
        r = packetboat(site, "account", "add", address, said="mustard\n", wanted=2)
        score.check(f"no address: {address}", r.ok and "NAME@DOMAIN" in r.err, r.what)
    for password in ("", "short", "x" * 512):
        r = packetboat(site, "account", "add", CAROL, said=password + "\n", wanted=1)
        score.check(f"password of {len(password)} octets", r.ok and r.err, r.what)


def listed(site):
    return packetboat(site, "account", "list").out.split()


def life(score, site, ports):
    """An account's life; ports None: no server runs."""
    def check_login(what, password):
        if ports:
            score.check(what, may_login(ports["pop3"], CAROL, password))

    r = packetboat(site, "account", "add", CAROL, said="mustard\n")
    score.check("add", r.ok and CAROL in r.out, r.what)
    score.check("list", listed(site) == [ADDRESS, CAROL], str(listed(site)))
    r = packetboat(site, "account", "add", CAROL.upper(), said="mustard\n", wanted=1)
    score.check("add again", r.ok and "is there already" in r.err, r.what)
    check_login("login", "mustard")
    r = packetboat(site, "account", "passwd", CAROL, said="relish\n")
    score.check("passwd", r.ok, r.what)
    if ports:
        score.check("the old password is over",
                    not may_login(ports["pop3"], CAROL, "mustard"))
        score.check("a recipient", recipient(ports["smtp"], CAROL) == 250)
    check_login("the new password", "relish")
    r = packetboat(site, "account", "remove", CAROL)
    score.check("remove", r.ok and CAROL in r.out, r.what)
    if ports:
        score.check("no login", not may_login(ports["pop3"], CAROL, "relish"))
        score.check("no recipient", recipient(ports["smtp"], CAROL) == 550)
    score.check("not listed", listed(site) == [ADDRESS], str(listed(site)))
    for command in ("remove", "passwd"):
        r = packetboat(site, "account", command, CAROL, said="relish\n", wanted=1)
        score.check(f"{command} nobody", r.ok and "there is no account" in r.err, r.what)


def send_login(port, address, password):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        try:
            smtp.login(address, password)
            return smtp.mail(address)[0] == 250
        except smtplib.SMTPAuthenticationError:
            return False


def rights(score, site, ports):
    """What an app password is not for it does not open."""
    made = {}
    for right in "read", "read,delete", "send":
        r = packetboat(site, "account", "app-password", ADDRESS, "add", right, "--rights",
                       right)
        made[right] = r.out.strip()
    with smtplib.SMTP("127.0.0.1", ports["smtp"], timeout=20) as smtp:
        smtp.sendmail("alice@crepes.fr", ADDRESS, "Subject: hello\r\n\r\nhello\r\n")
    for right, reads in ("read", True), ("read,delete", True), ("send", False):
        score.check(f"{right}: POP3", may_login(ports["pop3"], ADDRESS, made[right])
                    == reads)
        score.check(f"{right}: submission", send_login(ports["submission"], ADDRESS,
                                                       made[right]) != reads)
    for right, deletes in ("read", False), ("read,delete", True):
        pop = poplib.POP3("127.0.0.1", ports["pop3"], timeout=20)
        pop.user(ADDRESS)
        pop.pass_(made[right].replace("-", " ").upper())
        score.check(f"{right}: RETR", b"hello" in pop.retr(1)[1])
        try:
            pop.dele(1)
            pop.quit()
            done = True
        except poplib.error_proto:
            done = False
        score.check(f"{right}: deletes", done == deletes)
    r = packetboat(site, "account", "app-password", ADDRESS, "list")
    score.check("the day of use is kept", "never" not in r.out, r.out)
    number = r.out.split()[0]
    packetboat(site, "account", "app-password", ADDRESS, "remove", number)
    score.check("one that was removed", not may_login(ports["pop3"], ADDRESS,
                                                      made["read"]))
    score.check("the account's own still works", may_login(ports["pop3"], ADDRESS,
                                                          PASSWORD))
    for line in r.out.splitlines()[1:]:
        packetboat(site, "account", "app-password", ADDRESS, "remove", line.split()[0])


def app_passwords(score, site):
    def run(*words, **more):
        return packetboat(site, "account", "app-password", ADDRESS, *words, **more)

    r = run("list")
    score.check("no app password yet", r.ok and r.out == "", r.what)
    r = run("add", "phone", "--rights", "read")
    letters = r.out.replace("-", "").strip()
    score.check("one is made and shown", r.ok and len(letters) == 20 and
                letters.isalpha() and letters.islower() and "number 1" in r.err, r.what)
    second = run("add", "a tablet")
    score.check("another", second.ok and second.out != r.out and
                "It may read,delete,send" in second.err, second.what)
    r = run("add", "phone", wanted=1)
    score.check("a label is used once", r.ok and "already" in r.err, r.what)
    r = run("list")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    score.check("they are listed, and not shown again", r.ok and
                f"1  phone  read  made {today}  used never\n" in r.out and
                "2  a tablet  read,delete,send" in r.out and letters[:5] not in r.out,
                r.what)
    r = run("remove", "3", wanted=1)
    score.check("no such number", r.ok and "no app password number 3" in r.err, r.what)
    r = run("remove", "1")
    score.check("removed", r.ok and "phone" not in run("list").out, r.what)
    run("remove", "2")
    r = packetboat(site, "account", "app-password", CAROL, "list", wanted=1)
    score.check("of nobody", r.ok and "there is no account" in r.err, r.what)


def identities(score, site):
    def run(*words, **more):
        return packetboat(site, "account", "identity", ADDRESS, *words, **more)

    r = run("add", "Chief@hamburger.edu")
    score.check("an identity", r.ok and run("list").out == "chief@hamburger.edu\n",
                r.what)
    r = run("add", "chief@hamburger.edu", wanted=1)
    score.check("once", r.ok and "already" in r.err, r.what)
    r = run("add", "chief@crepes.fr", wanted=1)
    score.check("not elsewhere", r.ok and "no domain of this site" in r.err, r.what)
    r = run("add", "chief", wanted=1)
    score.check("an address", r.ok and "is no address" in r.err, r.what)
    r = run("remove", "boss@hamburger.edu", wanted=1)
    score.check("none that was given", r.ok and "no identity" in r.err, r.what)
    r = run("remove", "chief@hamburger.edu")
    score.check("an identity goes", r.ok and run("list").out == "", r.what)


def quotas(score, site):
    def run(*words, **more):
        return packetboat(site, "account", "quota", ADDRESS, *words, **more)

    score.check("no quota", "of no limit, as its domain has it" in run().out)
    r = run("500M")
    score.check("a quota", r.ok and "of 500M\n" in r.out, r.what)
    r = packetboat(site, "account", "list", "-v")
    score.check("list -v", r.ok and "quota 500M" in r.out, r.what)
    packetboat(site, "domain", "set", SITE, "quota", "2g")
    score.check("its domain's", "of 2G, as its domain has it" in run("default").out)
    score.check("none", "of no limit\n" in run("none").out)
    packetboat(site, "domain", "set", SITE, "quota", "none")
    run("default")


def imports(score, site, ports):
    """Hashes of others let people in with the passwords that they have."""
    file = os.path.join(site, "..", "hashes")
    with open(file, "w") as f:
        f.write("# name, hash\n\n"
                f"shadow:{crypt.crypt('mustard', crypt.METHOD_SHA512)}:19000:0:99999:7:::\n"
                "daemon:*:19000:0:99999:7:::\n"
                f"dovecot@{SITE}:{{BLF-CRYPT}}{crypt.crypt('mustard', crypt.METHOD_BLOWFISH)}"
                ":1000:1000::/home/x::\n"
                f"httpd@{SITE}:$apr1$x$abcdefghijklmnopqrstuv\n"
                f"old@{SITE}:{crypt.crypt('mustard', 'ab')}\n"
                f"{ADDRESS}:{crypt.crypt('mustard')}\n"
                f"plain@{SITE}:{{PLAIN}}mustard\n")
    r = packetboat(site, "account", "import", file, "--domain", SITE, wanted=1)
    score.check("import", r.ok and "3 accounts added, 4 lines not." in r.out, r.what)
    for line, word in (4, "no password"), (6, "htpasswd -B"), (8, "is there already"), \
            (9, "SCHEME"):
        score.check(f"line {line}", re.search(f"hashes:{line}: .*{word}", r.err), r.what)
    r = packetboat(site, "account", "import", "-", wanted=1, said="x:" + "y" * 13 + "\n")
    score.check("a name without a domain", r.ok and "--domain DOMAIN" in r.err, r.what)
    r = packetboat(site, "account", "import", file + ".not", wanted=1)
    score.check("no such file", r.ok and "No such file" in r.err, r.what)
    for name in "shadow", "dovecot", "old":
        address = f"{name}@{SITE}"
        if ports:
            score.check(f"{name} logs in", may_login(ports["pop3"], address, "mustard"))
            score.check(f"{name}: no other password",
                        not may_login(ports["pop3"], address, "mustart"))
        packetboat(site, "account", "remove", address)
    score.check("nobody else was made", listed(site) == [ADDRESS], str(listed(site)))


def type_at(terminal, question, answer):
    heard = b""
    while question not in heard:
        if not select.select([terminal], [], [], 10)[0]:
            return heard
        heard += os.read(terminal, 1024)
    time.sleep(0.1)  # the echo is switched off before the question, the queue flushed
    os.write(terminal, answer + b"\n")
    return heard


def terminal(score, site):
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(BINARY, [BINARY, "account", "add", CAROL, "--dir", site])
    heard = type_at(fd, b"Password", b"mustard") + type_at(fd, b"Once more", b"mustard")
    try:
        while data := os.read(fd, 1024):
            heard += data
    except OSError:  # the other end is closed
        pass
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    score.check("add at a terminal", code == 0 and b"is added" in heard, repr(heard))
    score.check("without echo", b"mustard" not in heard, repr(heard))
    packetboat(site, "account", "remove", CAROL)


def wait_for(path, text, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with open(path) as f:
            if text in f.read():
                return True
        time.sleep(0.02)
    return False


def wire(score, demo, site):
    path = os.path.join(demo.directory, "followed")
    with open(path, "w") as out:
        follow = subprocess.Popen([BINARY, "wire", "--follow", "--dir", site],
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.PIPE)
    time.sleep(0.3)
    may_login(demo.site["pop3"], ADDRESS, "a wrong secret")
    score.check("follow shows a session", wait_for(path, " C: USER " + ADDRESS))
    with open(path) as f:
        text = f.read()
    score.check("no password is shown", "a wrong secret" not in text, text)
    # Role log dies: the master starts it again, and who follows notices nothing.
    os.kill(demo.roles()["log 0"], signal.SIGKILL)
    time.sleep(0.5)
    with socket.create_connection(("127.0.0.1", demo.site["smtp"]), 10) as s:
        s.makefile("rb").readline()
        s.sendall(b"HELO after\x1b[2Jthe.crash\r\nQUIT\r\n")
        while s.recv(1024):
            pass
    score.check("follow survives role log", wait_for(path, "the.crash"))
    score.check("control characters are escaped",
                wait_for(path, "C: HELO after\\x1b[2Jthe.crash"))
    live = packetboat(site, "wire")
    score.check("nothing twice", live.out.count("the.crash\n") == 1 and
                live.out.count("C: USER " + ADDRESS + "\n") >= 1, live.what[-2000:])
    one = packetboat(site, "wire", "smtp")
    score.check("filter", one.ok and "C: HELO" in one.out and "C: USER" not in one.out)
    demo.stop()
    score.check("follow ends with the server", follow.wait(10) == 1 and
                b"has stopped" in follow.stderr.read())
    after = packetboat(site, "wire")
    score.check("the files have it too",
                after.ok and live.out.strip().split("\n")[-1] in after.out)
    r = packetboat(site, "wire", "--follow", wanted=1)
    score.check("nothing to follow", r.ok and "no server runs" in r.err, r.what)


def crash(score, demo, site):
    """Role auth dies: accounts stay, and within a second it answers again."""
    os.kill(demo.roles()["auth 0"], signal.SIGKILL)
    end = time.monotonic() + 20
    while not packetboat(site, "account", "list").ok and time.monotonic() < end:
        time.sleep(0.05)
    score.check("auth is back", listed(site) == [ADDRESS])
    score.check("and checks passwords", may_login(demo.site["pop3"], ADDRESS, PASSWORD))


score = Score()
with Demo() as running:
    place = os.path.join(running.directory, SITE)
    usage(score, place)
    life(score, place, running.site)
    app_passwords(score, place)
    rights(score, place, running.site)
    identities(score, place)
    quotas(score, place)
    imports(score, place, running.site)
    terminal(score, place)
    crash(score, running, place)
    wire(score, running, place)
    life(score, place, None)
    quotas(score, place)
    imports(score, place, None)
sys.exit(score.end())
