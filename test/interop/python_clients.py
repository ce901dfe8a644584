#!/usr/bin/env python3
"""Python's smtplib and poplib: what goes in comes out, byte for byte."""
import hashlib
import os
import poplib
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

HEADER = b"From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: %s\r\n\r\n"


def messages():
    yield "plain", b"Do you like ketchup?\r\n"
    yield "dots", b".\r\n..\r\n...\r\n.hidden\r\nnot. hidden\r\n.\r\n"
    yield "empty", b""
    yield "long-lines", b"\r\n".join(b"x" * 998 for _ in range(5)) + b"\r\n"
    yield "8bit", bytes(b for b in range(1, 256) if b not in b"\r\n") + b"\r\n"
    yield "utf-8", "Grüße aus Genève, \u4f60\u597d\r\n".encode()
    yield "blank-lines", b"\r\n" * 1000
    yield "inline-limit", (b"y" * 62 + b"\r\n") * 511
    yield "over-inline", (b"z" * 62 + b"\r\n") * 640
    yield "300K", (b"k" * 70 + b"\r\n") * 4400
    yield "25M", os.urandom(1 << 20).hex().encode()[:64] * 3 + b"\r\n" + (b"M" * 70 + b"\r\n") * 364000


def stored(pop, number):
    return b"".join(line + b"\r\n" for line in pop.retr(number)[1])


score = Score()
with Demo() as demo:
    sent = {}
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        smtp.ehlo("crepes.fr")
        for keyword in ("pipelining", "8bitmime", "size"):
            score.check("EHLO " + keyword, smtp.has_extn(keyword))
        for name, body in messages():
            data = HEADER % name.encode() + body
            options = ["BODY=8BITMIME"] if name in ("8bit", "utf-8") else []
            refused = smtp.sendmail("alice@crepes.fr", [ADDRESS], data, options)
            score.check("sent " + name, refused == {})
            sent[name] = data
        try:
            smtp.sendmail("alice@crepes.fr", ["nobody@hamburger.edu"], b"x\r\n")
            score.check("unknown recipient refused", False)
        except smtplib.SMTPRecipientsRefused as e:
            score.check("unknown recipient refused", list(e.recipients.values())[0][0] == 550)
        try:
            smtp.sendmail("alice@crepes.fr", ["bob@crepes.fr"], b"x\r\n")
            score.check("no relaying", False)
        except smtplib.SMTPRecipientsRefused as e:
            score.check("no relaying", list(e.recipients.values())[0][0] == 550)
    pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
    poplib._MAXLINE = 1 << 16
    capabilities = pop.capa()
    score.check("CAPA", {"TOP", "UIDL", "USER", "PIPELINING"} <= set(capabilities))
    pop.user(ADDRESS)
    pop.pass_(PASSWORD)
    score.check("STAT", pop.stat()[0] == len(sent))
    sizes = [int(line.split()[1]) for line in pop.list()[1]]
    ids = [line.split()[1] for line in pop.uidl()[1]]
    score.check("UIDL unique", len(set(ids)) == len(sent))
    for number, (name, data) in enumerate(sent.items(), 1):
        got = stored(pop, number)
        score.check("size of " + name, sizes[number - 1] == len(got))
        score.check("octets of " + name, got.endswith(data),
                    hashlib.sha256(got).hexdigest())
        top = b"".join(line + b"\r\n" for line in pop.top(number, 0)[1])
        score.check("TOP of " + name, got.startswith(top) and top.endswith(b"\r\n\r\n"))
    for number in range(1, len(sent) + 1):
        pop.dele(number)
    pop.rset()
    pop.dele(1)
    pop.quit()
    pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
    pop.user(ADDRESS)
    pop.pass_(PASSWORD)
    score.check("one deleted", [line.split()[1] for line in pop.uidl()[1]] == ids[1:])
    pop.quit()
    pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
    pop.user(ADDRESS)
    try:
        pop.pass_("mustard")
        score.check("wrong password refused", False)
    except poplib.error_proto as e:
        score.check("wrong password refused", e.args[0].startswith(b"-ERR [AUTH]"), e)
    pop.close()
sys.exit(score.end())
