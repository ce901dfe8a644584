#!/usr/bin/env python3
"""Our FTP client against vsftpd, pure-ftpd, proftpd and pyftpdlib, plain and with TLS."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import Score  # noqa: E402
from ftp_client import BIG, Client, fill, read, tree  # noqa: E402
from ftp_servers import Proftpd, PureFtpd, Pyftpdlib, Vsftpd, unpack  # noqa: E402


def session(score, client, name, *options):
    """What a person does in a session, and what becomes of it."""
    home, here = client.server.home, client.here
    client.afresh()

    def do(commands, *more):
        return client.do(commands, *options, *more)

    def check(what, ok, r):
        score.check(f"{name}: {what}", ok, r)

    r = do("pwd; ls -1; cd d; nls w*; cat x; ls nothing")
    check("lists", r.returncode == 1 and r.stdout.endswith("w*ld\nwild\nx"), r)
    r = do("get big.bin; get empty; put big.bin up.bin; get \u00e9t\u00e9")
    check("get and put", r.returncode == 0 and read(here, "big.bin") == BIG and
          read(here, "empty") == b"" and read(home, "up.bin") == BIG and
          read(here, "\u00e9t\u00e9") == b"summer", r)
    os.truncate(os.path.join(here, "big.bin"), 1234567)
    os.truncate(os.path.join(home, "up.bin"), 654321)
    if "--active" in options:
        return
    r = do("reget big.bin; reput big.bin up.bin")
    check("they go on where they stopped", r.returncode == 0 and
          read(here, "big.bin") == BIG and read(home, "up.bin") == BIG, r)
    r = do("mkdir -p p/q; mv up.bin p/q; chmod 600 p/q/up.bin; cd p/q; cat up.bin > o;"
           "rm up.bin; cd ../..; rm -r p; nlist p")
    check("mkdir, mv, rm", r.returncode == 1 and read(here, "o") == BIG and
          not os.path.exists(os.path.join(home, "p")), r)
    client.afresh()
    r = do("mirror -P 3")
    check("mirror", r.returncode == 0 and tree(here) == tree(home), r)
    r = do("mirror --dry-run -e")
    check("a second mirror", r.stdout == "", r)
    r = do("mirror -R -P 3 d back; mirror -R --dry-run -e d back; find back; rm -r back")
    check("mirror -R", r.returncode == 0 and sorted(r.stdout.splitlines()) == sorted(
        ["back/" + n for n in ("e/", "e/y z", "e/.hidden", "w*ld", "wild", "x")]), r)


def play(score, kind):
    home = tempfile.mkdtemp(prefix="packetboat-ftp-home-")
    os.chmod(home, 0o755)
    fill(home)
    try:
        with kind(home) as server:
            client = Client(server)
            session(score, client, f"{server.name}", "--no-tls")
            session(score, client, f"{server.name}, active", "--no-tls", "--active")
            session(score, client, f"{server.name}, TLS", "--ca", server.chain)
            r = client.run("-c", "status", server.url("", "ftpes"))
            score.check(f"{server.name}: a script trusts no unknown certificate",
                        r.returncode == 1 and "certificate" in r.stderr, r)
            r = client.run("--ca", server.chain, "-c", "status", server.url("", "ftpes"))
            score.check(f"{server.name}: TLS is what is used", "TLS        TLS1." in r.stdout, r)
            client.close()
    finally:
        shutil.rmtree(home)


def main():
    score = Score()
    play(score, Pyftpdlib)
    why = unpack() if os.getuid() == 0 else "they need root"
    for kind in (Vsftpd, PureFtpd, Proftpd):
        if why:
            score.skip(kind.name, why)
        else:
            play(score, kind)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
