#!/usr/bin/env python3
"""T07: fronts that a stranger has taken over (hostile_front.c) learn nothing and break
nothing; afterwards, with honest fronts, everybody's mail is as it was."""
import ftplib
import glob
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import peer  # noqa: E402
from demo import BUILD, Score, is_alive  # noqa: E402
from peer import BOB, HEAD, Site, Smtp, stored, wait_until  # noqa: E402

HOSTILE = os.environ.get("HOSTILE_FRONT", os.path.join(BUILD, "interop", "hostile_front"))
CAROL = "carol@hamburger.edu"
SECRET = b"only-for-bob\r\n"
DONE = re.compile(r"^(mx|pop3|ftp): (\d+) passed, (\d+) failed$", re.M)


def be_hostile(score, site):
    honest, peer.BINARY = peer.BINARY, HOSTILE
    try:
        site.start()
        keepers = {k: v for k, v in site.roles().items()
                   if k.split()[0] not in ("mx", "pop3", "ftp", "submission")}
        score.check("it was prepared", set(keepers) == {"store 0", "auth 0", "keys 0", "log 0",
                                                        "parse 0", "control 0", "files 0",
                                                        "dialer 0"}, keepers)
        with socket.create_connection(("127.0.0.1", site.base + 21)):
            wait_until(lambda: len(DONE.findall(site.said())) == 3, 60)
        said = site.said()
        for role, passed, failed in DONE.findall(said):
            score.passed += int(passed)
            score.check(f"{role}: all was refused", failed == "0", said)
        score.check("all fronts came to their ends", len(DONE.findall(said)) == 3, said)
        time.sleep(0.2)
        score.check("no keeper ended", all(is_alive(p) for p in keepers.values()) and
                    keepers.items() <= site.roles().items(), (keepers, site.roles()))
        score.check("it could be stopped", site.stop() == 0)
        return said
    finally:
        peer.BINARY = honest


def add_rsa_certificate(score, site):
    """Beside the ECDSA one that the server made for hamburger.edu."""
    with tempfile.TemporaryDirectory() as folder:
        chain, key = os.path.join(folder, "chain.pem"), os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                        "-keyout", key, "-out", chain, "-subj", "/CN=x",
                        "-addext", "subjectAltName=DNS:crepes.fr"],
                       check=True, stderr=subprocess.DEVNULL)
        score.check("a second certificate", site.command("certificate", "add", chain, key))


def ftp(site, name):
    client = ftplib.FTP()
    client.connect("127.0.0.1", site.base + 21, timeout=20)
    client.login(name, peer.KETCHUP)
    return client


def home(site, name):
    """Where the file of that name lies."""
    [found] = glob.glob(os.path.join(site.directory, "files/accounts/*/home", name))
    return os.path.dirname(found)


def store_files(site):
    """A file of each account; then links to Bob's, and a pipe, in carol's home."""
    for address, name in (BOB, "bobs"), (CAROL, "carols"):
        with ftp(site, address) as client:
            client.storbinary(f"STOR {name}", io.BytesIO(SECRET if name == "bobs" else b"x"))
    bobs, carols = home(site, "bobs"), home(site, "carols")
    for name, target in ("link", f"{bobs}/bobs"), ("away", bobs), ("root", "/"):
        os.symlink(target, os.path.join(carols, name))
    os.mkfifo(os.path.join(carols, "pipe"))


def check_files(score, site):
    got = io.BytesIO()
    with ftp(site, BOB) as client:
        client.retrbinary("RETR bobs", got.write)
        score.check("bob's file is as it was, and the only one",
                    got.getvalue() == SECRET and client.nlst() == ["bobs"])
    with ftp(site, CAROL) as client:
        names = [os.path.basename(n) for n in client.nlst()]
        score.check("carol's are hers", {"carols", "new"} <= set(names), names)
    mode = os.stat(os.path.join(home(site, "carols"), "carols")).st_mode
    score.check("nothing runs as another", mode & 0o7000 == 0, oct(mode))


def main():
    score = Score()
    site = Site("message_size = 1M", accounts=[CAROL])
    with open(os.path.join(site.directory, "packetboat.conf"), "a") as f:
        f.write(f"listen ftp {{ address = 127.0.0.1  port = {site.base + 21} }}\n")
    try:
        site.start()
        with Smtp(site.smtp) as smtp:
            for name in (BOB, CAROL):
                for text in (b"small\r\n", (b"l" * 62 + b"\r\n") * 6000):
                    secret = SECRET if name == BOB else b""
                    score.check(f"mail for {name}",
                                smtp.send(HEAD + secret + text, name).startswith(b"250"))
        add_rsa_certificate(score, site)
        store_files(site)
        site.stop()
        said = be_hostile(score, site)
        site.start()
        bobs, carols = stored(site), stored(site, CAROL)
        score.check("bob has what is his", sum(SECRET in t for t in bobs) == 2, len(bobs))
        kept = int(re.search(r"^random: (\d+) kept$", said, re.M)[1])
        score.check("some of what was said at random was sound", kept > 100, kept)
        score.check("and what mx had a ticket for", len(bobs) == 2 + 7 + kept, len(bobs))
        score.check("each once", sum(b"Subject: many" in t for t in bobs) == 3)
        score.check("and whole", {300 << 10, 40002} <= {len(t) for t in bobs},
                    [len(t) for t in bobs])  # 40002: POP3 ends its last line
        score.check("carol has the one that she kept", len(carols) == 1, len(carols))
        score.check("and nothing of bob's", SECRET not in b"".join(carols))
        check_files(score, site)
        site.stop()
        score.check("the store is sound", bool(site.command("verify")))
    finally:
        site.__exit__()
    sys.exit(score.end())


main()
