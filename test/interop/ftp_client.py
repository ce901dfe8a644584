#!/usr/bin/env python3
"""Our FTP client against pyftpdlib, as scripts call it: what it does, and its exit codes."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from ftp_servers import Pyftpdlib  # noqa: E402

BIG = os.urandom(2000000)
FILES = {"a.txt": b"hello\n", "big.bin": BIG, "empty": b"", "d/x": b"x",
         "d/e/y z": b"y", "d/e/.hidden": b"h", "d/w*ld": b"star", "d/wild": b"none",
         "\u00e9t\u00e9": b"summer"}


def fill(folder):
    for name, octets in FILES.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(octets)
        os.utime(path, (1_600_000_000, 1_600_000_000))


def read(*path):
    try:
        with open(os.path.join(*path), "rb") as f:
            return f.read()
    except OSError:
        return None


def tree(folder):
    return {os.path.relpath(os.path.join(at, name), folder): read(at, name)
            for at, _, names in os.walk(folder) for name in names}


class Client:
    """Runs packetboat ftp in a directory of its own, with a home of its own."""

    def __init__(self, server):
        self.server = server
        self.folder = tempfile.mkdtemp(prefix="packetboat-ftp-client-")
        self.here, self.home = (os.path.join(self.folder, n) for n in ("here", "home"))
        os.mkdir(self.home)
        self.afresh()

    def afresh(self):
        shutil.rmtree(self.here, ignore_errors=True)
        os.mkdir(self.here)

    def run(self, *arguments, said=""):
        environment = {**os.environ, "HOME": self.home, "LC_ALL": "C.UTF-8"}
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "NETRC"):
            environment.pop(name, None)
        return subprocess.run([BINARY, "ftp", *arguments], input=said, text=True,
                              capture_output=True, cwd=self.here, env=environment,
                              timeout=60, start_new_session=True)

    def do(self, commands, *options, path=""):
        return self.run("-c", commands, *options, self.server.url(path))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def fetches_urls(score, client):
    r = client.run(client.server.url("d/e/y%20z"))
    score.check("a URL's file is fetched", r.returncode == 0 and
                read(client.here, "y z") == b"y" and r.stdout == "", r)
    r = client.run("-o", "other", client.server.url("big.bin"))
    score.check("... to another name", read(client.here, "other") == BIG, r.stderr)
    r = client.run("-o", "-", client.server.url("a.txt"))
    score.check("... to standard output", r.stdout == "hello\n", r)
    stamp = os.stat(os.path.join(client.here, "other")).st_mtime
    score.check("it keeps its time", stamp == 1_600_000_000, stamp)
    r = client.run("-l", client.server.url("d/"))
    score.check("-l lists", r.returncode == 0 and "wild" in r.stdout and
                len(r.stdout.splitlines()) == 4, r)
    r = client.run(client.server.url("nothing"))
    score.check("what is not there is an error", r.returncode == 1 and
                "nothing" in r.stderr, r)
    r = client.run(client.server.url("d"))
    score.check("a directory is none to fetch", r.returncode == 1 and
                "directory" in r.stderr, r)
    r = client.run("ftp://127.0.0.1:1/x")
    score.check("nobody listens", r.returncode == 1 and "127.0.0.1" in r.stderr, r)
    r = client.run(client.server.url("a%0d%0aDELE%20b"))
    score.check("a URL carries no second command", r.returncode == 1 and
                "no FTP command can carry" in r.stderr, r)


def lists(score, client):
    r = client.do("pwd; nlist; cd d/e; pwd; cd ..; nls w*; nls 'w*'; ls -1 \\w\\*ld")
    score.check("ls, cd and patterns",
                r.stdout == "/\na.txt\nbig.bin\nd\nempty\n\u00e9t\u00e9\n/d/e\nw*ld\nwild\n",
                r)
    score.check("'w*' is no pattern, and no such file", r.returncode == 1, r)
    r = client.do("ls -S", path="")
    lines = r.stdout.splitlines()
    score.check("the largest first", "big.bin" in lines[0] and "2000000" in lines[0], r)
    r = client.do("find; find d *ld; du -s")
    score.check("find and du", "d/e/y z\n" in r.stdout and "d/w*ld\n" in r.stdout and
                f"{sum(map(len, FILES.values())):>12}  ." in r.stdout, r)
    r = client.do("cat a.txt d/x > out; !cat out\nls -1 | wc -l\n!echo done")
    score.check("output goes where it is said", r.stdout == "hello\nx5\ndone\n", r)


def transfers(score, client):
    home = client.server.home
    r = client.do("get a.txt; get big.bin b; put b new; mkdir -p p/q; put a.txt p/q/")
    score.check("get and put", r.returncode == 0 and read(client.here, "b") == BIG and
                read(home, "new") == BIG and read(home, "p/q/a.txt") == b"hello\n", r)
    with open(os.path.join(client.here, "b"), "r+b") as f:
        f.truncate(700000)
    with open(os.path.join(home, "new"), "r+b") as f:
        f.truncate(300000)
    r = client.do("reget big.bin b; reput b new", "-v")
    score.check("they go on where they stopped", r.returncode == 0 and
                "REST 700000" in r.stderr and "REST 300000" in r.stderr and
                read(client.here, "b") == BIG and read(home, "new") == BIG, r)
    r = client.do("append a.txt log; append a.txt log; cat log")
    score.check("append", r.stdout == "hello\nhello\n", r)
    r = client.do("mv log old; chmod 600 old; rm old new; rm -r p; nlist")
    score.check("mv, chmod, rm", r.returncode == 0 and
                r.stdout.split() == ["a.txt", "big.bin", "d", "empty", "\u00e9t\u00e9"], r)
    client.afresh()
    r = client.do("mget -P 3 d/w* a.txt empty")
    score.check("mget", r.returncode == 0 and sorted(os.listdir(client.here)) ==
                ["a.txt", "empty", "w*ld", "wild"], r)
    r = client.do("mkdir up; mput -P 2 -O up *; nlist up; rm -r up")
    score.check("mput", r.stdout.split() == ["a.txt", "empty", "w*ld", "wild"], r)
    r = client.do("ascii; put a.txt t; binary; cat t; rm t")
    score.check("ascii", r.stdout == "hello\n", r)


def mirrors(score, client):
    home, here = client.server.home, client.here
    client.afresh()
    r = client.do("mirror -P 4")
    score.check("a mirror is the same", r.returncode == 0 and tree(here) == tree(home), r)
    r = client.do("mirror --dry-run")
    score.check("a second one has nothing to do", r.stdout == "", r.stdout)
    os.unlink(os.path.join(here, "d/x"))
    with open(os.path.join(here, "extra"), "w") as f:
        f.write("extra")
    r = client.do("mirror --dry-run --delete")
    score.check("a dry run says what it would do", sorted(r.stdout.split()) ==
                ["d/x", "extra", "remove", "transfer"], r.stdout)
    r = client.do("mirror -e")
    score.check("--delete", r.returncode == 0 and tree(here) == tree(home), r)
    client.afresh()
    r = client.do("mirror -X *.bin -X e/ d; mirror -I *.txt . only")
    score.check("--exclude and --include", sorted(tree(here)) ==
                ["d/w*ld", "d/wild", "d/x", "only/a.txt"], (r, tree(here)))
    os.mkdir(os.path.join(here, "src"))
    fill(os.path.join(here, "src"))
    r = client.do("mirror -R -P 4 src back")
    score.check("-R", r.returncode == 0 and tree(os.path.join(here, "src")) ==
                tree(os.path.join(home, "back")), r)
    r = client.do("mirror -R --dry-run src back; mirror -R --dry-run -n src back")
    score.check("-R a second time", r.stdout == "", r.stdout)
    shutil.rmtree(os.path.join(here, "src", "d"))
    r = client.do("mirror -R -e src back; find back")
    score.check("-R --delete", tree(os.path.join(here, "src")) ==
                tree(os.path.join(home, "back")), r)
    client.do("rm -r back")


def keeps_to_the_target(score, client):
    """F15: links that stand here are not followed."""
    here = client.here
    client.afresh()
    outside = os.path.join(client.folder, "outside")
    os.makedirs(outside, exist_ok=True)
    os.symlink(outside, os.path.join(here, "d"))
    os.symlink(os.path.join(outside, "stolen"), os.path.join(here, "a.txt"))
    r = client.do("mirror; get a.txt")
    score.check("F15 no link is followed", r.returncode == 1 and
                os.listdir(outside) == [] and "link" in r.stderr, r)
    r = client.do("mirror --replace")
    score.check("... but replaced when that is asked for", r.returncode == 0 and
                os.listdir(outside) == [] and tree(here) == tree(client.server.home), r)


def copies_between_servers(score, client):
    other = tempfile.mkdtemp(prefix="packetboat-ftp-other-")
    with Pyftpdlib(other, tls=False) as second:
        r = client.do(f"fxp big.bin a.txt {second.url()}; fxp -o b a.txt {second.url()}")
        score.check("fxp", r.returncode == 0 and tree(other) ==
                    {"big.bin": BIG, "a.txt": b"hello\n", "b": b"hello\n"}, r)
        r = client.do(f"fxp nowhere {second.url()}; pwd")
        score.check("fxp of what is not there", r.returncode == 1 and
                    "nowhere" in r.stderr, r)
        r = client.do(f"bookmarks add second {second.url()}; fxp empty second; bookmarks "
                      "remove second")
        score.check("fxp to a bookmark", r.returncode == 0 and
                    os.path.exists(os.path.join(other, "empty")), r)
    shutil.rmtree(other)


def exit_codes(score, client):
    r = client.do("ls nowhere; get a.txt")
    score.check("a script stops at what fails", r.returncode == 1 and
                not os.path.exists(os.path.join(client.here, "got")), r)
    rows = ((0, "ls"), (1, "frobnicate"), (2, "ls --frobnicate"), (2, "get"),
            (1, "get nowhere"), (1, "cd nowhere; rm *"), (2, "chmod abc a.txt"),
            (1, "get 'a"), (0, "# nothing"), (0, "quit; frobnicate"),
            (1, "open ftp://127.0.0.1:1"), (1, "!false"), (0, "quote NOOP"),
            (1, "quote FROB"), (1, "ls > /nowhere/x"), (2, "type frob"))
    for code, commands in rows:
        r = client.do(commands)
        score.check(f"{commands!r}: {code}", r.returncode == code, r)
    score.check("and nothing was removed", os.path.exists(
        os.path.join(client.server.home, "a.txt")))
    client.afresh()
    r = client.do("ls nowhere; get a.txt", "-k")
    score.check("-k goes on", r.returncode == 1 and read(client.here, "a.txt"), r)
    r = client.run(client.server.url(), said="pwd\ncd d\npwd")
    score.check("commands on standard input", r.stdout == "/\n/d\n", r)
    with open(os.path.join(client.here, "script"), "w") as f:
        f.write(f"# a script\nopen {client.server.url('d')}/ ; pwd\n")
    r = client.run("-f", "script")
    score.check("commands in a file", r.stdout == "/d\n" and r.returncode == 0, r)


def logins(score, client):
    port = client.server.port
    r = client.run("-c", "pwd", f"ftp://127.0.0.1:{port}")
    score.check("anonymous", r.stdout == "/\n", r)
    r = client.run("-c", "pwd", f"ftp://bob:mustard@127.0.0.1:{port}")
    score.check("a wrong password", r.returncode == 1 and "mustard" not in r.stderr, r)
    r = client.run("-c", "pwd", f"ftp://bob@127.0.0.1:{port}")
    score.check("no password, and no terminal to ask", r.returncode == 1 and
                "no password" in r.stderr, r)
    netrc = os.path.join(client.home, ".netrc")
    with open(netrc, "w") as f:
        f.write("machine 127.0.0.1 login bob password ketchup\n")
    r = client.run("-c", "status", f"ftp://127.0.0.1:{port}")
    score.check("a .netrc that all can read has none", r.returncode == 1 and
                "read by others" in r.stderr, r)
    os.chmod(netrc, 0o600)
    r = client.run("-v", "-c", "status", f"ftp://127.0.0.1:{port}")
    score.check(".netrc", "user       bob" in r.stdout and "ketchup" not in r.stderr, r)
    os.unlink(netrc)
    r = client.run("-c", f"bookmarks add home {client.server.url('d/')}; bookmarks")
    score.check("a bookmark shows no password", "home" in r.stdout and
                "ketchup" not in r.stdout, r)
    r = client.run("-c", "open home; pwd; bookmarks add two; bookmarks remove home;"
                   "bookmarks")
    score.check("a bookmark leads there", r.returncode == 0 and
                r.stdout.startswith("/d\ntwo ") and "home" not in r.stdout, r)
    kept = os.path.join(client.home, ".config/packetboat/bookmarks")
    score.check("others cannot read them", os.stat(kept).st_mode & 0o777 == 0o600)


def main():
    score = Score()
    home = tempfile.mkdtemp(prefix="packetboat-ftp-home-")
    fill(home)
    with Pyftpdlib(home, tls=False) as server:
        client = Client(server)
        for part in (fetches_urls, lists, transfers, mirrors, keeps_to_the_target,
                     copies_between_servers, exit_codes, logins):
            part(score, client)
        client.close()
    shutil.rmtree(home)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
