#!/usr/bin/env python3
"""The attack table's rows for submission, STARTTLS and LMTP.  Names are the table's ids."""
import base64
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import (BOB, HEAD, KETCHUP, Peer, Rows, Site, Smtp, count,  # noqa: E402
                  empty, stored)

CAROL = "carol@hamburger.edu"


def plain(name, password, authzid=b""):
    return base64.b64encode(authzid + b"\0" + name + b"\0" + password)


GOOD = plain(BOB.encode(), KETCHUP.encode())


class Submission(Smtp):
    """As bob, unless nobody is to log in."""

    def __init__(self, site, login=True, **more):
        super().__init__(site.submission, **more)
        if login:
            reply = self.ask(b"AUTH PLAIN " + GOOD)
            if not reply.startswith(b"235 "):
                raise RuntimeError(f"no login: {reply}")

    def submit(self, octets, sender=BOB.encode(), recipient=CAROL.encode()):
        for line in (b"MAIL FROM:<%s>" % sender, b"RCPT TO:<%s>" % recipient, b"DATA"):
            reply = self.ask(line)
            if reply[:1] not in (b"2", b"3"):
                return reply
        return self.ask(octets + b".")


# ---- A11, A13: logins

REFUSED = b"535 5.7.8 "
TRIES = [  # what follows AUTH, further lines, the last reply
    (b"PLAIN " + plain(b"nobody", b"ketchup"), [], REFUSED),
    (b"PLAIN " + plain(BOB.encode(), b"mustard"), [], REFUSED),
    (b"PLAIN " + plain(BOB.encode(), b""), [], b"5"),
    (b"PLAIN " + plain(BOB.encode(), KETCHUP.encode(), CAROL.encode()), [], REFUSED),
    (b"PLAIN " + plain(BOB.encode() + b"\0x", KETCHUP.encode()), [], b"5"),
    (b"PLAIN " + base64.b64encode(b"no nul"), [], b"501 "),
    (b"PLAIN " + base64.b64encode(b"\0" * 9), [], b"5"),
    (b"PLAIN " + base64.b64encode(b"\0bob@hamburger.edu\r\nRSET\0ketchup"), [], b"5"),
    (b"PLAIN " + plain(b"a" * 8000, b"b"), [], b"5"),
    (b"PLAIN " + b"A" * 20000, [], b"50"),
    (b"PLAIN =", [], b"501 "), (b"PLAIN *", [], b"501 "), (b"PLAIN !!!!", [], b"501 "),
    (b"PLAIN AAA", [], b"501 "), (b"PLAIN AA=A", [], b"501 "), (b"PLAIN A===", [], b"501 "),
    (b"PLAIN", [b"*"], b"501 5.7.0 "), (b"PLAIN", [b""], b"501 "), (b"PLAIN", [b"="], b"501 "),
    (b"PLAIN", [b"NOOP"], b"501 "), (b"PLAIN", [b"BDAT 5 LAST"], b"501 "),
    (b"PLAIN", [b"A" * 5000], b"501 "), (b"PLAIN", [b"\0\xff"], b"501 "),
    (b"LOGIN", [b"*"], b"501 5.7.0 "), (b"LOGIN", [base64.b64encode(BOB.encode()), b"*"], b"501 "),
    (b"LOGIN " + base64.b64encode(BOB.encode()), [base64.b64encode(b"mustard")], REFUSED),
    (b"EXTERNAL", [], b"504 "), (b"EXTERNAL =", [], b"504 "), (b"ANONYMOUS", [], b"504 "),
    (b"CRAM-MD5", [], b"504 "), (b"NTLM", [], b"504 "), (b"GSSAPI " + GOOD, [], b"504 "),
    (b"plain=" + GOOD, [], b"501 "), (b"", [], b"501 "), (b"%s" % (b"X" * 21), [], b"501 "),
    (b"PLAIN " + GOOD + b" " + GOOD, [], b"501 "),
    (b"SCRAM-SHA-256 " + base64.b64encode(b"n,,n=bob,r="), [], b"5"),
    (b"SCRAM-SHA-256 " + base64.b64encode(b"p=tls-unique,,n=bob,r=x"), [], b"5"),
]


def logins(site):
    with Submission(site) as other:
        for mechanism, lines, code in TRIES:
            with Submission(site, login=False) as smtp:
                reply = smtp.ask(b"AUTH " + mechanism)
                for line in lines:
                    yield f"AUTH {mechanism[:30]} asks", reply.startswith(b"334 "), reply
                    reply = smtp.ask(line)
                yield f"AUTH {mechanism[:30]} {lines}", reply.startswith(code), reply
                reply = smtp.ask(b"MAIL FROM:<%s>" % BOB.encode())
                yield "and nobody is in", reply.startswith(b"530 ") or reply == b"", reply
            yield "others are unaffected", other.ask(b"NOOP").startswith(b"250 ")
    with Submission(site) as smtp:
        reply = smtp.ask(b"AUTH PLAIN " + GOOD)
        yield "two in a row", reply.startswith(b"503 5.5.1 "), reply
    with Submission(site, login=False) as smtp:
        replies = [smtp.ask(b"AUTH PLAIN " + plain(n, b"mustard")) for n in (b"bob", b"nobody")]
        yield "A11: an unknown name hears the same", len(set(replies)) == 1, replies
        reply = smtp.ask(b"AUTH PLAIN " + plain(b"bob", b"mustard"))
        yield "the third ends the session", reply.startswith(b"421 4.7.0 ") and \
            smtp.is_closed(), reply
    with Submission(site, login=False) as smtp:
        smtp.ask(b"AUTH PLAIN")
        smtp.reset()
    yield "one who goes away in between harms nobody", Submission(site).ask(b"NOOP") != b""


# ---- A17, A18, A20: TLS

def behind_starttls(site):
    for port in (site.smtp, site.submission):
        for more in (b"EHLO crepes.fr\r\n", b"N", b"\r\n", b"\x16\x03\x01\x02\x00\x01" + b"R" * 500,
                     b"MAIL FROM:<a@b.fr>\r\nRCPT TO:<bob@hamburger.edu>\r\nDATA\r\nx\r\n.\r\n"):
            with Smtp(port) as smtp:
                smtp.say(b"STARTTLS\r\n" + more)
                heard = smtp.rest()
                yield f"STARTTLS and {more[:10]}", heard.startswith(b"554 5.5.0 ") and \
                    heard.count(b"\r\n") == 1, heard
        with Smtp(port) as smtp:
            smtp.ask(b"STARTTLS")
            smtp.say(b"EHLO crepes.fr\r\nMAIL FROM:<a@b.fr>\r\n")
            yield "what goes on in the clear is not heard", b"250" not in smtp.rest()
        for garbage in (b"\x16\x03\x01\x00\x05hello", b"\x80\x2e\x01\x00\x02" + b"S" * 44,
                        b"\0" * 100, b"\x16\x03\x03\xff\xff" + b"x" * 70000):
            with Smtp(port) as smtp:
                smtp.ask(b"STARTTLS")
                smtp.say(garbage)
                heard = smtp.rest()
                yield f"{garbage[:8]} is no handshake", b"250" not in heard and \
                    b"220" not in heard, heard
        with Smtp(port) as smtp:
            smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
            smtp.ask(b"RSET")
            smtp.ask(b"STARTTLS")
            yield "hands are shaken", smtp.start_tls()
            for line in (b"MAIL FROM:<a@b.fr>", b"RCPT TO:<bob@hamburger.edu>", b"DATA"):
                reply = smtp.ask(line)
                yield f"{line} is too early, EHLO is forgotten", reply.startswith(b"503 "), reply


def starttls_again(site):
    for port in (site.smtp, site.submission):
        with Smtp(port, hello=None) as smtp:
            reply = smtp.ask(b"STARTTLS")
            yield "before EHLO", reply.startswith(b"503 5.5.1 "), reply
            yield "it is offered", b"250-STARTTLS\r\n" in smtp.ask(b"EHLO crepes.fr")
            smtp.ask(b"STARTTLS")
            yield "hands are shaken", smtp.start_tls()
            hello = smtp.ask(b"EHLO crepes.fr")
            yield "and no more", b"STARTTLS" not in hello, hello
            reply = smtp.ask(b"STARTTLS")
            yield "twice", reply.startswith(b"503 5.5.1 "), reply
    with Smtp(site.smtp) as smtp:
        smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
        reply = smtp.ask(b"STARTTLS")
        yield "in a transaction", reply.startswith(b"503 5.5.1 "), reply
        hello = smtp.ask(b"EHLO crepes.fr")
        yield "no AUTH for strangers", b"AUTH" not in hello, hello
    with Submission(site) as smtp:
        reply = smtp.ask(b"STARTTLS")
        yield "after a login", reply.startswith(b"503 5.5.1 "), reply


def other_protocols(site):
    for protocols, welcome in ((["http/1.1"], False), (["h2", "imap"], False), (["pop3"], False),
                               (["smtp"], True), (["http/1.1", "smtp"], True), ([], True)):
        context = ssl._create_unverified_context()
        if protocols:
            context.set_alpn_protocols(protocols)
        try:
            with socket.create_connection(("127.0.0.1", site.submissions), 10) as plain_one:
                with context.wrap_socket(plain_one) as encrypted:
                    heard = encrypted.recv(100)
        except (ssl.SSLError, ConnectionResetError):
            heard = b""
        yield f"ALPN {protocols}", heard.startswith(b"220 ") == welcome, heard
    for port in (site.smtp, site.submission):
        with Peer(port) as peer:
            peer.say(b"POST / HTTP/1.1\r\nHost: hamburger.edu\r\nContent-Length: 40\r\n\r\n"
                     b"EHLO crepes.fr\r\n<script>MAIL FROM:<a@b>\r\n")
            heard = peer.rest()
            yield "a browser", heard.startswith(b"421 4.7.0 ") and b"script" not in heard, heard
    with socket.create_connection(("127.0.0.1", site.submissions), 10) as clear:
        clear.sendall(b"EHLO crepes.fr\r\n")
        try:
            heard = clear.recv(1000)
        except ConnectionResetError:
            heard = b""
        yield "in the clear where TLS comes first", b"220" not in heard, heard


# ---- S13, S18, S19, S21: what is submitted

PARAMETERS = [(b"AUTH=a+0D+0Ab@x.fr", b"501"), (b"AUTH=a+00@x.fr", b"501"), (b"AUTH=+", b"501"),
              (b"AUTH=<>", b"250"), (b"AUTH=e+3Dmc2@x.fr", b"250"), (b"AUTH=a@x.fr AUTH=<>", b"501"),
              (b"ENVID=a+0D", b"555"), (b"RET=FULL", b"555"), (b"HOLDFOR=1", b"555"),
              (b"SIZE=1\rX", b"500"), (b"SIZE=1\0", b"500"), (b"BODY=8BITMIME\nRSET", b"500"),
              (b"REQUIRETLS", b"555"), (b"MT-PRIORITY=9", b"555"), (b"XOORG=x", b"555")]


def parameters(site):
    for text, code in PARAMETERS:
        with Submission(site) as smtp:
            reply = smtp.ask(b"MAIL FROM:<%s> %s" % (BOB.encode(), text))
            yield f"MAIL {text}", reply.startswith(code), reply
    with Submission(site) as smtp:
        smtp.ask(b"MAIL FROM:<%s>" % BOB.encode())
        for text in (b"ORCPT=rfc822;a+0D+0Ab", b"NOTIFY=NEVER", b"ORCPT=x\rRSET", b"RRVS=x"):
            reply = smtp.ask(b"RCPT TO:<%s> %s" % (BOB.encode(), text))
            yield f"RCPT {text}", reply.startswith(b"5"), reply


FROM = b"From: bob@hamburger.edu\r\n"
SUBMITTED = [  # a header section, and the reply
    (FROM, b"250"), (b"", b"250"), (b"FROM : Bob <bob@hamburger.edu>\r\n", b"250"),
    (FROM + FROM, b"550 5.6.0"), (FROM + b"from: alice@crepes.fr\r\n", b"550"),
    (FROM + b"From : alice@crepes.fr\r\n", b"550"), (FROM + b"From\t: alice@crepes.fr\r\n", b"550"),
    (b"From: bob@hamburger.edu, alice@crepes.fr\r\n", b"550 5.7.1"),
    (b"From: alice@crepes.fr\r\n", b"550 5.7.1"), (b"From:\r\n", b"550 5.6.0"),
    (b"From: bob@hamburger.edu <alice@crepes.fr>\r\n", b"550 5.6.0"),
    (b"From: <bob@hamburger.edu> <alice@crepes.fr>\r\n", b"550"),
    (b"From: us: bob@hamburger.edu, alice@crepes.fr;\r\n", b"550 5.7.1"),
    (b"From: =?utf-8?q?bob=40hamburger.edu?= <alice@crepes.fr>\r\n", b"550 5.7.1"),
    (b"From: alice@crepes.fr\r\n (bob@hamburger.edu)\r\n", b"550 5.7.1"),
    (b"From: \"bob@hamburger.edu\" <alice@crepes.fr>\r\n", b"550 5.7.1"),
    (b"From: bob@hamburger.edu(\\\r\n", b"250"), (b"From: <@crepes.fr:bob@hamburger.edu>\r\n", b"550 5.6.0"),
    (b"From: bob@hamburger.edu@crepes.fr\r\n", b"550"), (b"From: bob%x@hamburger.edu\r\n", b"550"),
    (FROM + b"Sender: alice@crepes.fr\r\n", b"550 5.7.1"),
    (FROM + b"Sender: bob@hamburger.edu\r\nSender: bob@hamburger.edu\r\n", b"550 5.6.0"),
    (FROM + b"Resent-From: alice@crepes.fr\r\n", b"550 5.7.1"),
    (FROM + b"resent-sender: alice@crepes.fr\r\n", b"550 5.7.1"),
    (FROM + b"From: \0\r\n", b"550 5.6.11"), (FROM + b"X: y\nFrom: alice@crepes.fr\r\n", b"550 5.6.11"),
    (b"From: " + b"a@x.fr, " * 5000 + b"b@x.fr\r\n", b"550"), (FROM + b"X: y\r\n" * 100000, b"250"),
    (FROM + b"X: 345678901234567890\r\n" * 60000, b"552 5.3.4"),
]


def submitted(site):
    with Submission(site) as smtp:
        for section, code in SUBMITTED:
            reply = smtp.submit(section + b"\r\ntext\r\n")
            yield f"{section[:60]}", reply.startswith(code), reply
            yield "and on it goes", smtp.ask(b"NOOP").startswith(b"250 ")
        for sender in (CAROL.encode(), b"alice@crepes.fr", b"nobody@hamburger.edu"):
            reply = smtp.submit(FROM + b"\r\n", sender)
            yield f"MAIL FROM:<{sender}>", reply.startswith(b"550 5.7.1 "), reply
        # S19: a line that is no field ends the section, to everybody
        empty(site, CAROL)
        smtp.submit(FROM + b"no field\r\nFrom: alice@crepes.fr\r\n\r\ntext\r\n")
        smtp.submit(b"text\r\nFrom: alice@crepes.fr\r\n")
        smtp.submit(b" folded\r\nFrom: alice@crepes.fr\r\n")
    texts = stored(site, CAROL, remove=True)
    heads = [t.split(b"\r\n\r\n")[0] for t in texts]
    yield "S19: three of them", len(texts) == 3, texts
    yield "no header section says alice", not any(b"alice" in h for h in heads), heads
    yield "each has what it needs", all(h.count(b"\r\nFrom: ") == 1 and b"\r\nDate: " in h and
                                        b"\r\nMessage-ID: <" in h for h in heads), heads
    yield "and its text", all(b"From: alice@crepes.fr\r\n" in t for t in texts), texts


def in_pieces(site):
    """The header section, cut anywhere, and one that never ends."""
    message = b"Bcc: x@y.fr\r\n y\r\n" + FROM + b"Subject: cut\r\n\r\n.. text\r\n.\r\n"
    empty(site, CAROL)
    for at in range(0, len(message), 3):
        with Submission(site) as smtp:
            smtp.ask(b"MAIL FROM:<%s>" % BOB.encode())
            smtp.ask(b"RCPT TO:<%s>" % CAROL.encode())
            smtp.ask(b"DATA")
            smtp.say(message[:at])
            time.sleep(0.002)
            smtp.say(message[at:])
            yield f"cut at {at}", smtp.reply().startswith(b"250 ")
    ends = {t.split(b"Message-ID: <")[1].split(b"\r\n", 1)[1] for t in stored(site, CAROL, True)}
    yield "makes no difference", ends == {FROM + b"Subject: cut\r\n\r\n. text\r\n"}, ends


# ---- LMTP

class Lmtp(Peer):
    def __init__(self, site):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(site.lmtp)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()


def lmtp(site):
    empty(site)
    with Lmtp(site) as peer:
        for line, code in ((b"EHLO x", b"500"), (b"MAIL FROM:<>", b"503"), (b"LHLO x", b"250"),
                           (b"HELO x", b"500"), (b"LHLO", b"501"), (b"STARTTLS", b"500"),
                           (b"AUTH PLAIN " + GOOD, b"500"), (b"MAIL FROM:<>", b"250"),
                           (b"DATA", b"503"), (b"RCPT TO:<alice@crepes.fr>", b"550 5.7.1")):
            reply = peer.ask(line)
            yield f"LMTP {line[:20]}", reply.startswith(code), reply
        peer.say(b"RCPT TO:<bob@hamburger.edu>\r\n" * 1001)
        codes = [peer.reply()[:3] for _ in range(1001)]
        yield "S12: a thousand and no more", codes == [b"250"] * 1000 + [b"452"], set(codes)
        peer.ask(b"DATA")
        peer.say(HEAD + b"once\r\n.\r\n")
        codes = [peer.reply()[:9] for _ in range(1000)]
        yield "each has its reply", set(codes) == {b"250 2.0.0"}, set(codes)
        yield "and there are no more", peer.ask(b"NOOP").startswith(b"250 2.0.0 Ok")
    yield "but one message", count(site) == 1, count(site)


def main():
    score = Score()
    with Site("message_size = 3M\nsmtp_command_seconds = 20", accounts=(CAROL,)) as site:
        rows = Rows(score, site)
        for name, row in (("A11/A13", logins), ("A17", behind_starttls), ("A18", starttls_again),
                          ("A20", other_protocols), ("S13", parameters),
                          ("S18/S19/S21", submitted), ("A08", in_pieces), ("LMTP", lmtp)):
            rows.play(name, row)
    sys.exit(score.end())


main()
