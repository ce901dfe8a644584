#!/usr/bin/env python3
"""Every command called as it should not be: exit code, and words that say what happened,
to what, and what to do next.  site.py has what init and serve do with a sound site,
accounts.py what account and wire do."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402

COMMANDS = ("demo", "init", "serve", "reload", "account", "alias", "domain", "wire",
            "ftp", "verify", "check", "version", "help")


def packetboat(*arguments, said="", site=None):
    environment = {k: v for k, v in os.environ.items() if k != "PACKETBOAT_DIR"}
    if site is not None:
        environment["PACKETBOAT_DIR"] = site
    return subprocess.run([BINARY, *arguments], input=said, capture_output=True,
                          text=True, timeout=30, env=environment)


def expect(score, code, words, *arguments, said="", site=None):
    """The exit code, and words in what was said: on standard error unless all is well."""
    r = packetboat(*arguments, said=said, site=site)
    where = r.stderr if code else r.stdout + r.stderr
    score.check(shlex.join(("packetboat",) + arguments),
                r.returncode == code and words in where,
                f"exit {r.returncode}, {r.stdout!r}, {r.stderr!r}, wanted {words!r}")
    return r


def help_of_each(score):
    listed = expect(score, 0, "usage: packetboat COMMAND", "help").stdout
    for name in COMMANDS:
        score.check(f"help lists {name}", f"\n  {name} " in listed, listed)
        for words in ((name, "--help"), (name, "-h"), ("help", name)):
            r = expect(score, 0, f"usage: packetboat {name}", *words)
            score.check(f"{words}: nothing on standard error", r.stderr == "", r.stderr)
    for words in (("--help",), ("-h",)):
        score.check(f"{words}", expect(score, 0, "usage:", *words).stdout == listed)
    r = expect(score, 0, "packetboat ", "--version")
    score.check("version", r.stdout == packetboat("version").stdout and
                re.fullmatch(r"packetboat \d+\.\d+\.\d+\n", r.stdout), r.stdout)


def wrong_usage(score, folder):
    rows = [
        ("usage: packetboat COMMAND",),
        ("there is no command 'frobnicate'", "frobnicate"),
        ("there is no command 'frobnicate'", "help", "frobnicate"),
        ("'more' is too much", "help", "serve", "more"),
        ("'more' is too much", "version", "more"),
        ("'more' is too much", "serve", "more"),
        ("'more' is too much", "verify", "more"),
        ("a session has one protocol", "wire", "smtp", "pop3"),
        ("'Bob': no protocol, address, account, result or id", "wire", "Bob"),
        ("--since: 'yesterday' is no time", "wire", "--since", "yesterday"),
        ("something is missing", "init"),
        ("something is missing", "init", "mail.example.org"),
        ("'more' is too much", "init", "mail.example.org", "a@example.org", "more"),
        ("'mail_1' is not a host name", "init", "mail_1", "a@example.org"),
        ("--dir needs a value", "serve", "--dir"),
        ("-c needs a value", "ftp", "-c"),
        ("-P is a number between 1 and 32", "ftp", "-P", "33"),
        ("-l lists a URL", "ftp", "-l"),
        ("-o is for a URL", "ftp", "-o", "x", "-c", "pwd"),
        ("--dir needs a value", "serve", "--dir="),
        ("--dir needs a value", "account", "remove", ADDRESS, "--dir", ""),
        ("there is no option --directory", "serve", "--directory", "x"),
        ("there is no option -d", "serve", "-d", "x"),
        ("there is no option --follow=yes", "wire", "--follow=yes"),
        ("there is no option --sandbox", "serve", "--sandbox"),
        ("what is to be checked?", "check"),
        ("'more' is too much", "check", "--sandbox", "more"),
        ("--base needs a value", "demo", "--base"),
        ("there is no 'account frobnicate'", "account", "frobnicate"),
        ("there is no 'alias frobnicate'", "alias", "frobnicate"),
        ("there is no 'domain frobnicate'", "domain", "frobnicate"),
        ("something is missing", "account", "quota"),
        ("'more' is too much", "account", "quota", ADDRESS, "1G", "more"),
        ("a quota is a size", "account", "quota", ADDRESS, "much"),
        ("a quota is a size", "account", "quota", ADDRESS, "0"),
        ("a quota is a size", "account", "quota", ADDRESS, "1GB"),
        ("a quota is a size", "account", "quota", ADDRESS, "99999999999999999999"),
        ("-v is for list", "account", "passwd", ADDRESS, "-v"),
        ("--rights is for app-password", "account", "list", "--rights", "read"),
        ("--rights is for app-password add", "account", "app-password", ADDRESS, "list",
         "--rights", "read"),
        ("--rights takes read, delete, send, files and files-read", "account", "app-password", ADDRESS,
         "add", "phone", "--rights", "read,write"),
        ("add takes a label", "account", "app-password", ADDRESS, "add"),
        ("list takes no more", "account", "app-password", ADDRESS, "list", "phone"),
        ("remove takes a number", "account", "app-password", ADDRESS, "remove"),
        ("removed by its number", "account", "app-password", ADDRESS, "remove", "phone"),
        ("list, add or remove, not 'show'", "account", "app-password", ADDRESS, "show"),
        ("list, add or remove, not 'show'", "account", "identity", ADDRESS, "show"),
        ("identity add takes an address", "account", "identity", ADDRESS, "add"),
        ("--domain is for import", "account", "list", "--domain", "example.org"),
        ("something is missing", "account", "import"),
        ("something is missing", "alias", "add", "sales@hamburger.edu"),
        ("'more' is too much", "alias", "list", "more"),
        ("something is missing", "domain", "set", "example.org", "detail"),
        ("detail takes yes or no", "domain", "set", "example.org", "detail", "maybe"),
        ("there is no setting 'details'", "domain", "set", "example.org", "details",
         "no"),
        ("quota takes a size", "domain", "set", "example.org", "quota", "much"),
        ("quota takes a size", "domain", "set", "example.org", "detail", "no", "quota"),
    ]
    for words, *arguments in rows:
        expect(score, 2, words, *arguments)
        score.check("usage is shown", "usage: packetboat" in packetboat(*arguments).stderr)
    for base in ("0", "64001", "-1", "abc", "10000x"):
        place = os.path.join(folder, "demo-never")
        expect(score, 2, f"--base {base} is not between 1 and 64000",
               "demo", "--dir", place, "--base", base)
        score.check("no demo was begun", not os.path.exists(place))


def no_site(score, folder):
    """Directories that are none, or no site's; nothing may be left in them."""
    nowhere, empty = os.path.join(folder, "nowhere"), os.path.join(folder, "empty")
    file = os.path.join(folder, "file")
    os.mkdir(empty)
    open(file, "w").close()
    commands = (("serve",), ("account", "list"), ("account", "remove", ADDRESS),
                ("alias", "list"), ("domain", "list"), ("verify",))
    for command in commands:
        expect(score, 1, f"{nowhere} is not there; 'packetboat init' makes a site",
               *command, "--dir", nowhere)
        expect(score, 1, f"{file}: Not a directory", *command, "--dir", file)
    expect(score, 1, f"{nowhere} is not there", "serve", site=nowhere)
    for command in commands[:-1]:
        expect(score, 1, f"{empty}/packetboat.conf: No such file or directory; "
               "'packetboat init' makes one", *command, "--dir", empty)
    shutil.rmtree(empty)
    os.mkdir(empty)
    expect(score, 1, f"{empty} is no site", "verify", "--dir", empty)
    expect(score, 1, "no server has run", "wire", "--dir", empty)
    expect(score, 1, "no server runs", "wire", "--follow", "--dir", empty)
    expect(score, 1, "no directory", "wire", "--dir", file)
    score.check("nothing was left there", os.listdir(empty) == [], os.listdir(empty))
    expect(score, 1, f"{file}: Not a directory", "demo", "--dir", file)
    expect(score, 1, nowhere, "demo", "--dir", os.path.join(nowhere, "deeper"))


def init(score, folder):
    site = os.path.join(folder, "init")
    for address in ("you", "you@", "@example.org", "a b@example.org", "you@[127.0.0.1]"):
        expect(score, 2, "write it NAME@DOMAIN", "init", "mail.example.org", address,
               "--dir", site, said="ketchup\n")
        score.check("nothing was made", not os.path.exists(site))
    expect(score, 1, "Not a directory", "init", "mail.example.org", ADDRESS,
           "--dir", os.path.join(folder, "file"), said="ketchup\n")
    r = expect(score, 0, "is made", "init", "mail.example.org", "you@example.org",
               said="ketchup\n", site=site)
    command = re.search(r"Further accounts: +(.*) ADDRESS(.*)", r.stdout)
    score.check("its commands name program and site",
                command and command[1] == f"{BINARY} account add" and
                command[2] == f" --dir {site}", r.stdout)
    expect(score, 0, "you@example.org\n", "account", "list", site=site)
    expect(score, 0, "is whole", "verify", site=site)
    with open(os.path.join(site, "packetboat.conf"), "w") as f:
        f.write("hostname = a.example\nlisten gopher { address = 127.0.0.1 port = 1070 }\n")
    for command in (("serve",), ("account", "list")):
        expect(score, 1, f"{site}/packetboat.conf:2: listen 'gopher': there is no such "
               "service", *command, site=site)


def beside_a_demo(score, demo):
    site = os.path.join(demo.directory, SITE)
    in_use = f"{site} is in use by process {demo.site['pid']}"
    expect(score, 1, in_use, "serve", "--dir", site)
    r = expect(score, 1, in_use, "verify", "--dir", site)
    score.check("and what to do", "stop its server first" in r.stderr, r.stderr)
    expect(score, 1, "has a packetboat.conf already", "init", "mail.example.org", ADDRESS,
           "--dir", site, said="ketchup\n")
    expect(score, 1, f"{demo.directory}: another demo runs there",
           "demo", "--dir", demo.directory)
    second = demo.directory + ".second"
    r = expect(score, 1, f"127.0.0.1 port {demo.site['smtp']}: Address already in use",
               "demo", "--dir", second, "--base", str(demo.base))
    score.check("and what to do", "--base N chooses others" in r.stderr, r.stderr)
    shutil.rmtree(second)
    expect(score, 0, 'no session fits', "wire", "nobody", "--dir", site)


def what_the_demo_prints(score, demo):
    with open(demo.log_path) as f:
        shown = f.read()
    command = re.search(r"One more account: +(.*)", shown)
    score.check("the demo prints a command", command, shown)
    r = subprocess.run(command[1], shell=True, input="mustard\n", capture_output=True,
                       text=True, timeout=30)
    score.check("which works as it is printed", r.returncode == 0 and
                f"you@{SITE} is added" in r.stdout, r.stdout + r.stderr)
    url = re.search(r"curl (-u \S+ pop3://\S+)/1", shown)
    score.check("as does curl's", url and f"{ADDRESS}:{PASSWORD}" in url[1] and
                url[1].endswith(f":{demo.site['pop3']}"), shown)


def another_user(score, demo):
    """Root's site is closed to everybody else, and says so."""
    if os.geteuid() != 0 or "san" in BINARY:
        score.skip("another user", "not started as root")
        return
    try:
        subprocess.run(["true"], user=65534, group=65534, extra_groups=[], check=True)
    except OSError as why:
        score.skip("another user", f"who can run nothing here: {why}")
        return
    site = os.path.join(demo.directory, SITE)
    os.chmod(demo.directory, 0o755)
    binary = os.memfd_create("packetboat")  # ours may be out of that user's reach
    with open(BINARY, "rb") as f:
        os.write(binary, f.read())
    for command, words in ((("serve",), "Permission denied"),
                           (("account", "list"), "Permission denied"),
                           (("verify",), "Permission denied"),
                           (("wire",), "belongs to another user")):
        r = subprocess.run(["packetboat", *command, "--dir", site],
                           executable=f"/proc/self/fd/{binary}", pass_fds=[binary],
                           capture_output=True, text=True, timeout=30, user=65534,
                           group=65534, extra_groups=[])
        score.check(f"another user: {command}", r.returncode == 1 and words in r.stderr
                    and site in r.stderr, r.stderr)


def main():
    score = Score()
    folder = tempfile.mkdtemp(prefix="packetboat-commands-")
    os.chmod(folder, 0o755)
    try:
        help_of_each(score)
        wrong_usage(score, folder)
        no_site(score, folder)
        init(score, folder)
        place = os.path.join(folder, "demo")
        os.mkdir(place)
        with Demo(place, log=os.path.join(folder, "demo.log")) as demo:
            beside_a_demo(score, demo)
            what_the_demo_prints(score, demo)
            another_user(score, demo)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return score.end()


sys.exit(main())
