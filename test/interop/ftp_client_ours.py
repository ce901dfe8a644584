#!/usr/bin/env python3
"""Our FTP client against our own server: plain, with TLS by AUTH, and with TLS from the
first octet."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import Demo, Score  # noqa: E402
from ftp_client import BIG, Client, fill, read, tree  # noqa: E402


class Ours:
    """What Client asks of a server."""

    def __init__(self, demo):
        self.site, self.scheme = demo.site, "ftp"

    def url(self, path=""):
        port = self.site["ftps" if self.scheme == "ftps" else "ftp"]
        return (f"{self.scheme}://bob%40hamburger.edu:ketchup@127.0.0.1:{port}/{path}")


def session(score, client, name, *options):
    here = client.here
    client.afresh()
    os.mkdir(os.path.join(here, "src"))
    fill(os.path.join(here, "src"))
    source = tree(os.path.join(here, "src"))

    def do(commands):
        return client.do(commands, *options)

    def check(what, ok, r):
        score.check(f"{name}: {what}", ok, r)

    r = do("mirror -R -P 4 src there; nlist there; mirror -R --dry-run -e src there")
    check("mirror -R, and nothing is left to do", r.returncode == 0 and r.stdout.split() ==
          ["a.txt", "big.bin", "d", "empty", "\u00e9t\u00e9"], r)
    r = do("mirror -P 4 --check there back; mirror --dry-run -e there back")
    check("mirror, and nothing is left to do", r.returncode == 0 and r.stdout == "" and
          tree(os.path.join(here, "back")) == source, r)
    os.truncate(os.path.join(here, "back", "big.bin"), 777777)
    r = do("cd there; reget --check big.bin back/big.bin; get d/e/y\\ z; cat a.txt")
    check("get", r.stdout == "hello\n" and read(here, "y z") == b"y" and
          read(here, "back/big.bin") == BIG, r)
    r = do("cd there; put a.txt; hash a.txt; append a.txt; cat a.txt; mv a.txt d; ls d/a*;"
           "chmod 600 d/a.txt; rm d/a.txt; ls d/a.txt") if shutil.copy(
               os.path.join(here, "src", "a.txt"), here) else None
    check("put, hash, append, mv, rm", r.returncode == 1 and "hello\nhello\n" in r.stdout
          and "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" in
          r.stdout.lower() and " 12 " in r.stdout, r)
    r = do("du -s there; rm -r there; nlist there")
    check("du, rm -r", r.returncode == 1 and "there" in r.stderr, r)


def main():
    score = Score()
    with Demo() as demo:
        ours = Ours(demo)
        client = Client(ours)
        trust = ("--ca", demo.site["certificate"])
        session(score, client, "plain", "--no-tls")
        session(score, client, "active", "--no-tls", "--active")
        session(score, client, "AUTH TLS", *trust)
        ours.scheme = "ftps"
        session(score, client, "implicit TLS", *trust)
        client.close()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
