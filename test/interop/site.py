#!/usr/bin/env python3
"""`packetboat init`, `serve` and `check`: a site made, started, and what is said when it
cannot be."""
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score, free_base, role_pids  # noqa: E402

HOST, ADDRESS = "mail.example.org", "you@example.org"


def packetboat(*arguments, said=""):
    return subprocess.run([BINARY, *arguments], input=said, capture_output=True,
                          text=True, timeout=30)


def configuration(site):
    return os.path.join(site, "packetboat.conf")


def write(site, text):
    with open(configuration(site), "w") as f:
        f.write(text)


def init(score, site):
    r = packetboat("init", HOST, ADDRESS, "--dir", site, said="ketchup\n")
    score.check("init", r.returncode == 0, r.stderr)
    for words in (f"MX   10 {HOST}.", "v=spf1 mx -all", "_dmarc.example.org.", "p=none"):
        score.check(f"init prints {words}", words in r.stdout, r.stdout)
    score.check("the directory is its owner's alone",
                os.stat(site).st_mode & 0o777 == 0o700)
    text = open(configuration(site)).read()
    score.check("the configuration names the host", f"hostname = {HOST}\n" in text, text)
    score.check("mail for elsewhere has a queue", "dns { }\nrelay { }\n" in text, text)
    score.check("and no password is in it", "ketchup" not in text)
    r = packetboat("init", HOST, ADDRESS, "--dir", site, said="mustard\n")
    score.check("a second init is refused", r.returncode == 1 and "already" in r.stderr,
                r.stderr)
    r = packetboat("account", "list", "--dir", site)
    score.check("the account is there", r.stdout == f"{ADDRESS}\n", r.stdout + r.stderr)


def init_that_fails(score, folder):
    site = os.path.join(folder, "failed")
    for said in ("", "short\n"):
        r = packetboat("init", HOST, ADDRESS, "--dir", site, said=said)
        score.check(f"init with password {said!r}", r.returncode == 1 and r.stderr,
                    r.stderr)
        score.check("leaves no configuration", not os.path.exists(configuration(site)))
    r = packetboat("init", HOST, "not an address@", "--dir", site, said="ketchup\n")
    score.check("init with a bad address", r.returncode in (1, 2), r.stderr)
    score.check("leaves no configuration", not os.path.exists(configuration(site)))
    r = packetboat("init", HOST, ADDRESS, "--dir", site, said="ketchup\n")
    score.check("and can be tried again", r.returncode == 0, r.stderr)


def on_a_terminal(site, answers):
    """(exit code, what the terminal showed) of an init that asks twice."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(BINARY, [BINARY, "init", HOST, ADDRESS, "--dir", site])
    shown = b""
    for prompt, answer in zip((b"Password for", b"Once more"), answers):
        while prompt not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, answer + b"\n")
    try:
        while more := os.read(terminal, 1024):
            shown += more
    except OSError:  # the other side is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def init_on_a_terminal(score, folder):
    site = os.path.join(folder, "terminal")
    code, shown = on_a_terminal(site, (b"ketchup", b"mustard"))
    score.check("two passwords that differ", code == 1 and b"not the same" in shown, shown)
    code, shown = on_a_terminal(site, (b"ketchup", b"ketchup"))
    score.check("a password said twice", code == 0, shown)
    score.check("and never shown", b"ketchup" not in shown, shown)


def bad_configurations(score, site):
    good = open(configuration(site)).read()
    rows = [
        ("hostname = under_score\n", "packetboat.conf:1: hostname 'under_score'"),
        (good + "no_such = 1\n", f":{good.count(chr(10)) + 1}: no such option 'no_such'"),
        (good + "listen smtp { address = 1.2.3.4 port = 70000 }\n",
         "port '70000' is not between 1 and 65535"),
        ("hostname = a.example\0\n", "packetboat.conf:1: a NUL octet"),
        ("# " + "x" * 70000, "File too large"),
    ]
    for text, words in rows:
        write(site, text)
        r = packetboat("serve", "--dir", site)
        score.check(f"bad configuration: {words}", r.returncode == 1 and
                    words in r.stderr and site in r.stderr, r.stderr)
    os.unlink(configuration(site))
    r = packetboat("serve", "--dir", site)
    score.check("no configuration", r.returncode == 1 and "packetboat init" in r.stderr,
                r.stderr)
    os.mkfifo(configuration(site))
    r = packetboat("serve", "--dir", site)
    score.check("a fifo in its place", r.returncode == 1, r.stderr)
    os.unlink(configuration(site))
    os.symlink("/etc/passwd", configuration(site))
    r = packetboat("serve", "--dir", site)
    score.check("a link in its place", r.returncode == 1 and "root:" not in r.stderr,
                r.stderr)
    os.unlink(configuration(site))
    write(site, good)
    r = packetboat("serve", "--dir", site + ".nowhere")
    score.check("no site", r.returncode == 1 and "is not there" in r.stderr, r.stderr)


def small_configuration(port, address="127.0.0.1"):
    return (f"hostname = {HOST}\nmx_copies = 1\njournal_segment = 1M\n"
            f"listen smtp {{ address = {address}  port = {port} }}\n")


def ports(score, site, port):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        write(site, small_configuration(port))
        r = packetboat("serve", "--dir", site)
        score.check("a port that is taken", r.returncode == 1 and
                    f"cannot listen on 127.0.0.1 port {port}" in r.stderr, r.stderr)
    write(site, small_configuration(port, "192.0.2.1"))
    r = packetboat("serve", "--dir", site)
    score.check("an address of another machine", r.returncode == 1 and
                "no such address" in r.stderr, r.stderr)
    write(site, small_configuration(port))


def greeting(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        return s.recv(512)


def serve(score, site, port):
    process = subprocess.Popen([BINARY, "serve", "--dir", site], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = process.stdout.readline()
    score.check("serve says that it serves",
                line == f"packetboat: {HOST} serves SMTP on 127.0.0.1 port {port}\n", line)
    score.check("it does", greeting(port).startswith(b"220 " + HOST.encode()))
    roles = role_pids(process.pid)
    score.check("roles without a listener are not started",
                set(roles) == {"log 0", "store 0", "auth 0", "keys 0", "parse 0",
                               "control 0", "mx 0"}, roles)
    score.check("the control socket is its owner's alone",
                os.stat(os.path.join(site, "control")).st_mode & 0o777 == 0o600)
    uids(score, roles)
    process.send_signal(signal.SIGHUP)
    score.check("SIGHUP does no harm", greeting(port).startswith(b"220 "))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    score.check("SIGTERM stops it cleanly", process.returncode == 0, err)
    score.check("SIGHUP is answered in the log", "packetboat.conf was read again" in err, err)
    score.check("the control socket is gone",
                not os.path.exists(os.path.join(site, "control")))


def uids(score, roles):
    if os.geteuid() != 0:
        score.skip("roles have their own uids", "not started as root")
        return
    owners = {name: os.stat(f"/proc/{pid}/maps").st_uid for name, pid in roles.items()}
    found = {}
    for name, pid in roles.items():
        with open(f"/proc/{pid}/status") as f:
            lines = dict(line.split(":", 1) for line in f)
        found[name] = lines["Uid"].split()[1]
        score.check(f"{name} has no capability", int(lines["CapEff"], 16) == 0)
        score.check(f"{name} can gain none", lines["NoNewPrivs"].strip() == "1")
    score.check("no role is root", "0" not in found.values(), found)
    score.check("each has a uid of its own", len(set(found.values())) == len(found), found)
    score.check("nobody of their uid can look into them", set(owners.values()) == {0},
                owners)


def a_role_that_hangs(score, site, port):
    """Stopping waits for a role, but not for ever; here a front cannot hear at all."""
    process = subprocess.Popen([BINARY, "serve", "--dir", site], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    os.kill(role_pids(process.pid)["mx 0"], signal.SIGSTOP)
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    took = time.monotonic() - begin
    score.check("a role that hangs is killed", process.returncode == 0 and
                "mx 0 does not end within" in err, err)
    score.check("after ten seconds", 9 < took < 60, f"{took:.3f} s")


def a_store_that_cannot_start(score, site):
    """It is tried again a few times, says why, and then the whole gives up."""
    store = os.path.join(site, "store")
    os.rename(store, store + ".away")
    os.mkdir(store, 0o700)
    with open(os.path.join(store, "journal"), "w") as f:
        f.write("not a directory\n")
    r = packetboat("serve", "--dir", site)
    score.check("a store that cannot start ends the whole", r.returncode == 1 and
                "giving up" in r.stderr, r.stderr)
    shutil.rmtree(store)
    os.rename(store + ".away", store)


def a_site_of_another_user(score, site):
    if os.geteuid() != 0:
        score.skip("a site of another user", "needs root")
        return
    os.chown(site, 12345, 12345)
    for command in (["serve"], ["account", "list"], ["verify"]):
        r = packetboat(*command, "--dir", site)
        score.check(f"root, {command[0]}, another user's site", r.returncode == 1 and
                    "belongs to user 12345" in r.stderr, r.stderr)
    os.chown(site, 0, 0)
    r = packetboat("account", "list", "--dir", site)
    score.check("and nothing in it was changed", r.returncode == 0, r.stderr)


def check_sandbox(score):
    r = packetboat("check", "--sandbox")
    score.check("check --sandbox prints the table", "seccomp" in r.stdout and
                "Landlock version" in r.stdout, r.stdout)
    score.check("its exit code tells", (r.returncode == 0) == (" 0 missing" in r.stdout),
                r.stdout)


def main():
    score = Score()
    folder = tempfile.mkdtemp(prefix="packetboat-site-")
    try:
        site = os.path.join(folder, "site")
        check_sandbox(score)
        init(score, site)
        init_that_fails(score, folder)
        init_on_a_terminal(score, folder)
        a_site_of_another_user(score, site)
        bad_configurations(score, site)
        base = free_base()
        port = base + 25
        ports(score, site, port)
        serve(score, site, port)
        a_store_that_cannot_start(score, site)
        a_role_that_hangs(score, site, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(score.end())


main()
