#!/usr/bin/env python3
"""SCRAM with somebody else's client, gsasl: what a password's keys are made by and when,
and what a server says to names that it does not have (A11, A14)."""
import base64
import hashlib
import hmac
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import (BOB, HEAD, KETCHUP, Pop3, Rows, Site, Smtp, count,  # noqa: E402
                  wait_until)

CAROL = "carol@hamburger.edu"
REFUSED = b"-ERR [AUTH] wrong name or password\r\n"


class Gsasl:
    """gsasl as a client: says and hears base64, a line a message."""

    def __init__(self, mechanism, name, password):
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "gsasl", "--client", "--quiet", "--no-cb", "-m", mechanism, "-a", name, "-p",
             password, "--service", "pop", "--hostname", "hamburger.edu"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.hear()  # the mechanism's name

    def hear(self):
        return self.process.stdout.readline().strip()

    def say(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def login(site, name, password, mechanism="SCRAM-SHA-256"):
    """The server's last line."""
    client = Gsasl(mechanism, name, password)
    try:
        with Pop3(site.pop3) as pop:
            # gsasl begins by itself, whatever it is asked first.
            reply = pop.ask(f"AUTH {mechanism}".encode())
            while reply.startswith(b"+ "):
                reply = pop.ask(client.hear())
                if reply.startswith(b"+ "):
                    client.say(reply[2:].strip())
            return reply
    finally:
        client.close()


def first(site, name, nonce="abcdefgh"):
    """The salt and the iterations that the server says."""
    with Pop3(site.pop3) as pop:
        message = base64.b64encode(f"n,,n={name},r={nonce}".encode())
        reply = pop.ask(b"AUTH SCRAM-SHA-256 " + message)
    said = base64.b64decode(reply[2:]).decode()
    parts = dict(part.split("=", 1) for part in said.split(","))
    return parts["s"], int(parts["i"]), parts["r"]


def clients(site):
    for mechanism in ("SCRAM-SHA-256", "PLAIN", "LOGIN"):
        reply = login(site, BOB, KETCHUP, mechanism)
        yield f"{mechanism}", reply.startswith(b"+OK"), reply
        reply = login(site, BOB, "mustard", mechanism)
        yield f"{mechanism}, a wrong password", reply == REFUSED, reply
        reply = login(site, "nobody@hamburger.edu", KETCHUP, mechanism)
        yield f"{mechanism}, nobody", reply == REFUSED, reply
    reply = login(site, "bob", KETCHUP)
    yield "a name of the first domain", reply.startswith(b"+OK"), reply
    reply = login(site, "BOB@Hamburger.EDU", KETCHUP)
    yield "in capitals", reply.startswith(b"+OK"), reply


def passwords(site):
    """What RFC 4013 makes one of: composed or not, wide or narrow."""
    site.command("account", "passwd", CAROL, said="caf\u00e9 \u2168\n")
    for password, ok in (("caf\u00e9 \u2168", True), ("cafe\u0301\u00a0IX", True),
                         ("cafe IX", False)):
        for mechanism in ("SCRAM-SHA-256", "PLAIN"):
            reply = login(site, CAROL, password, mechanism)
            yield f"{password!a} by {mechanism}", reply.startswith(b"+OK") == ok, reply


def nobody(site):
    """Whether there is an account is not told by salt, iterations or what they do."""
    names = [BOB, CAROL, "nobody@hamburger.edu", "nobody@elsewhere.example"]
    before = {name: first(site, name) for name in names}
    yield "each a salt", len({s for s, _, _ in before.values()}) == len(names), before
    yield "of one size", {len(base64.b64decode(s)) for s, _, _ in before.values()} == {16}
    yield "the same work", {i for _, i, _ in before.values()} == {100000}, before
    for name in names:
        yield f"{name}: the same again", first(site, name)[:2] == before[name][:2]
        yield "in capitals", first(site, name.upper())[:2] == before[name][:2]
    for known, unknown in ((BOB, "bob"), ("nobody@hamburger.edu", "nobody")):
        yield "and in short", first(site, known)[:2] == first(site, unknown)[:2]
    nonces = [first(site, name)[2] for name in names * 5]
    yield "a nonce is never said twice", len(set(nonces)) == len(nonces)
    yield "and goes on from ours", all(n.startswith("abcdefgh") and len(n) == 32
                                       for n in nonces), nonces
    site.stop()
    site.start()
    yield "after a restart", all(first(site, name)[:2] == before[name][:2] for name in names)
    site.command("account", "add", "nobody@hamburger.edu", said=KETCHUP + "\n")
    yield "nor does an account's beginning show", \
        first(site, "nobody@hamburger.edu")[:2] == before["nobody@hamburger.edu"][:2]
    reply = login(site, "nobody@hamburger.edu", KETCHUP)
    yield "who can log in from then on", reply.startswith(b"+OK"), reply


def once(site):
    """A14: a proof is good for one connection and one time."""
    salt, iterations, _ = first(site, BOB)
    salted = hashlib.pbkdf2_hmac("sha256", KETCHUP.encode(), base64.b64decode(salt), iterations)

    def mac(key, text):
        return hmac.new(key, text, "sha256").digest()

    client = mac(salted, b"Client Key")
    stored = hashlib.sha256(client).digest()

    def final(bare, said):
        nonce = said.split(b",")[0][2:]
        without = b"c=biws,r=" + nonce
        proof = mac(stored, bare + b"," + said + b"," + without)
        proof = bytes(a ^ b for a, b in zip(client, proof))
        return base64.b64encode(without + b",p=" + base64.b64encode(proof))

    bare = b"n=bob,r=12345678"
    begin = b"AUTH SCRAM-SHA-256 " + base64.b64encode(b"n,," + bare)
    with Pop3(site.pop3) as one, Pop3(site.pop3) as other:
        said = base64.b64decode(one.ask(begin)[2:])
        proof = final(bare, said)
        other.ask(begin)
        reply = other.ask(proof)
        yield "a proof for another connection", reply == REFUSED, reply
        reply = one.ask(proof)
        yield "for its own", reply.startswith(b"+ "), reply
        signature = base64.b64decode(reply[2:])
        wanted = mac(mac(salted, b"Server Key"), bare + b"," + said + b"," +
                     base64.b64decode(proof).rsplit(b",p=", 1)[0])
        yield "the server knows the password, too", \
            signature == b"v=" + base64.b64encode(wanted), signature
        reply = one.ask(b"")
        yield "and is in", reply.startswith(b"+OK"), reply
        other.ask(begin)
        reply = other.ask(proof)
        yield "and never again", reply == REFUSED, reply


def changed(site):
    """A new password while an exchange is under way; the old one is over."""
    site.command("account", "passwd", CAROL, said="relish\n")
    yield "the new one", login(site, CAROL, "relish").startswith(b"+OK")
    yield "not the old one", login(site, CAROL, KETCHUP) == REFUSED
    client = Gsasl("SCRAM-SHA-256", CAROL, "relish")
    with Pop3(site.pop3) as pop:
        pop.ask(b"AUTH SCRAM-SHA-256")
        client.say(pop.ask(client.hear())[2:].strip())
        site.command("account", "passwd", CAROL, said=KETCHUP + "\n")
        reply = pop.ask(client.hear())
        yield "not while it is under way", reply == REFUSED, reply
    client.close()
    yield "the newest", login(site, CAROL, KETCHUP).startswith(b"+OK")


def imported(site):
    """A hash of another server's: good from the first login on, better behind it."""
    # Made by another crypt(3), of "ketchup".
    made = "$6$packet$v3S2F2wV6URu3DqkXiTfYAaurNBWWhOFJkUiv6cK" \
        "/EyEvH8iwwF9ryeFS.OYa5lXbiuvNqTjypwikSyuLymIH/"
    path = os.path.join(site.folder, "hashes")
    with open(path, "w") as f:
        f.write(f"dave@hamburger.edu:{made}\n")
    site.command("account", "import", path)

    def shown():
        return next(line for line in site.command("account", "list", "-v").splitlines()
                    if line.startswith("dave@"))

    dave = "dave@hamburger.edu"
    yield "no keys yet", shown().endswith("scram no"), shown()
    yield "so no SCRAM", login(site, dave, KETCHUP) == REFUSED
    yield "a wrong password", login(site, dave, "mustard", "PLAIN") == REFUSED
    yield "makes none", shown().endswith("scram no"), shown()
    reply = login(site, dave, KETCHUP, "PLAIN")
    yield "the right one", reply.startswith(b"+OK"), reply
    yield "makes them", wait_until(lambda: shown().endswith("scram yes")) is not None, shown()
    reply = login(site, dave, KETCHUP)
    yield "and SCRAM is there", reply.startswith(b"+OK"), reply
    yield "the password is good", login(site, dave, KETCHUP, "PLAIN").startswith(b"+OK")
    site.stop()
    with open(os.path.join(site.directory, "auth", "auth.db"), "rb") as f:
        yield "the old hash is gone", b"$6$packet$" not in f.read()
    site.start()
    yield "the new one is good", login(site, dave, KETCHUP, "PLAIN").startswith(b"+OK")
    site.command("account", "scram", dave, "off")
    yield "off", login(site, dave, KETCHUP) == REFUSED
    yield "a password is not", login(site, dave, KETCHUP, "PLAIN").startswith(b"+OK")
    time.sleep(0.3)
    yield "and makes none", shown().endswith("scram no"), shown()
    site.command("account", "scram", dave, "on")
    login(site, dave, KETCHUP, "PLAIN")
    yield "on", wait_until(lambda: login(site, dave, KETCHUP).startswith(b"+OK")) is not None


def app_passwords(site):
    """Each has its rights, for what this front does; SCRAM is for the account's own."""
    def make(label, rights):
        said = site.command("account", "app-password", CAROL, "add", label, "--rights", rights)
        return re.search(r"\b([a-z]{5}(-[a-z]{5}){3})\b", said)[1]

    reads, sends = make("phone", "read"), make("printer", "send")
    with Smtp(site.smtp) as smtp:
        yield "there is mail", smtp.send(HEAD + b"text\r\n", CAROL).startswith(b"250")
    with Pop3(site.pop3) as pop:
        reply = pop.login(CAROL, reads)
        yield "to read", reply.startswith(b"+OK"), reply
        number = int(pop.ask(b"STAT").split()[1])
        yield "it reads", number > 0 and b"text" in (pop.retrieve(number) or b"")
        pop.ask(b"DELE 1")
        reply = pop.ask(b"QUIT")
        yield "and removes nothing", reply.startswith(b"-ERR"), reply
    yield "all is there", count(site, CAROL) == number
    for password, ok in ((reads.upper(), True), (reads.replace("-", ""), True), (sends, False),
                         (reads[:-1], False), (reads[:-1] + "!", False)):
        reply = login(site, CAROL, password, "PLAIN")
        yield f"PLAIN {ok}", reply.startswith(b"+OK") if ok else reply == REFUSED, reply
    yield "not of another account", login(site, BOB, reads, "PLAIN") == REFUSED
    yield "not by SCRAM", login(site, CAROL, reads) == REFUSED


ODD_NAMES = [b"../../etc/passwd", b"/etc/passwd", b"..", b"accounts/1", b"%{user}%d%n%s",
             b"' OR '1'='1", b"'; DROP TABLE account; --", b'bob"@hamburger.edu', b"bob@",
             b"@hamburger.edu", b"bob@hamburger.edu\r\n", b" bob@hamburger.edu", b"bob@[127.0.0.1]",
             b"bob@hamburger.edu\tx", b"\xff\xfe", b"b\xc0\xaf", b"x" * 319, b"x" * 1500,
             "b\u043eb@hamburger.edu".encode(),   # a Cyrillic o
             "bob@hamburger.\u0435du".encode(),   # a Cyrillic e
             "b\u200bob\u200b@hamburger.edu".encode(), "\u202ebob@hamburger.edu".encode(),
             "bob@hamburger.edu\ue000".encode()]
SAME_NAMES = [b"BOB@HAMBURGER.EDU", b"bob@hamburger.edu.", "\uff42ob@hamburger.edu".encode(),
              "b\u00adob@hamburger.edu".encode()]  # wide; with a soft hyphen


def names(site):
    """A15: a name is brought into its one form, or is nobody's."""
    for name in ODD_NAMES:
        with Pop3(site.pop3) as pop:
            reply = pop.ask(b"AUTH PLAIN")
            reply = pop.ask(base64.b64encode(b"\0" + name + b"\0" + KETCHUP.encode()))
            yield f"PLAIN {name[:40]}", reply == REFUSED, reply
            pop.ask(b"AUTH SCRAM-SHA-256")
            escaped = name.replace(b"=", b"=3D").replace(b",", b"=2C")
            reply = pop.ask(base64.b64encode(b"n,,n=" + escaped + b",r=abcdefgh"))
            yield f"SCRAM {name[:40]}", reply.startswith(b"+ ") or len(name) > 1000 and \
                reply == b"-ERR malformed response\r\n", reply
            if reply.startswith(b"+ "):
                said = base64.b64decode(reply[2:])
                nonce = said.split(b",")[0][2:]
                reply = pop.ask(base64.b64encode(b"c=biws,r=" + nonce + b",p=" +
                                                 base64.b64encode(bytes(32))))
                yield "and no proof is right", reply == REFUSED, reply
    for name in SAME_NAMES:
        with Pop3(site.pop3) as pop:
            reply = pop.ask(b"AUTH PLAIN " + base64.b64encode(
                b"\0" + name + b"\0" + KETCHUP.encode()))
            yield f"{name} is bob", reply.startswith(b"+OK"), reply
    yield "salts, too", len({first(site, name.decode())[0] for name in SAME_NAMES}) == 1
    held = sorted(os.listdir(os.path.join(site.directory, "auth")))
    yield "nothing came into being", all(n.startswith("auth.db") for n in held), held
    yield "nor an account", site.command("account", "list").split() == [BOB, CAROL]


def crowd(site):
    """A12: many proofs at once cost little: nobody is asked to come again."""
    heard, begin = [], time.monotonic()
    threads = [threading.Thread(target=lambda: heard.append(login(site, BOB, KETCHUP)))
               for _ in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    yield "all are in", [h[:3] for h in heard] == [b"+OK"] * 20, heard
    yield "in time", time.monotonic() - begin < 20, time.monotonic() - begin


def main():
    score = Score()
    with Site(accounts=[CAROL]) as site:
        rows = Rows(score, site)
        rows.play("SCRAM gsasl", clients)
        rows.play("SCRAM RFC 4013", passwords)
        rows.play("A15 names", names)
        rows.play("A14 once", once)
        rows.play("A14 changed", changed)
        rows.play("A12 crowd", crowd)
        rows.play("app passwords", app_passwords)
        for name, row in (("A11", nobody), ("SCRAM import", imported)):  # they restart it
            for what, ok, *found in row(site):
                score.check(f"{name} {what}", ok, found)
    sys.exit(score.end())


main()
