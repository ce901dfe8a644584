#!/usr/bin/env python3
"""CATENATE (RFC 4469) by imaplib: random texts and parts of messages, octet for octet what FETCH
says of them one by one; from mailboxes that are and are not selected, small and large.

I02: what would be too large, and too many URLs, are refused and leave nothing.
"""
import imaplib
import os
import random
import sys

import pop3_clients as pop3
from demo import ADDRESS, PASSWORD, Demo, Score

ROUNDS = 60
SECTIONS = ("", "HEADER", "TEXT", "HEADER.FIELDS (SUBJECT FROM)", "1", "1.MIME")


def log_in(demo):
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(ADDRESS, PASSWORD)
    return imap


def parts_of(demo, mailbox):
    """{url: octets}"""
    imap, found = log_in(demo), {}
    imap.select(mailbox, readonly=True)
    validity = imap.response("UIDVALIDITY")[1][0].decode()
    for uid in imap.uid("SEARCH", None, "ALL")[1][0].decode().split():
        for section in SECTIONS:
            data = imap.uid("FETCH", uid, f"BODY.PEEK[{section}]")[1]
            octets = next((d[1] for d in data if isinstance(d, tuple)), b"")
            base = random.choice((f"/{mailbox}/;UID={uid}", f"/{mailbox};UIDVALIDITY={validity}/;uid={uid}"))
            url = base + (f"/;SECTION={section.replace(' ', '%20')}" if section else "")
            if not section and imap.uid("FETCH", uid, "RFC822.SIZE")[1][0] is None:
                continue
            found[url] = octets
            if len(octets) > 20:
                first, count = random.randrange(len(octets)), random.randrange(1, 5000)
                found[f"{url}/;PARTIAL={first}.{count}"] = octets[first:first + count]
    imap.logout()
    return found


def append(imap, mailbox, parts):
    """parts: (url, None) or (None, octets).  The tagged reply."""
    tag = imap._new_tag()
    imap.send(tag + b' APPEND "' + mailbox.encode() + b'" CATENATE (')
    for number, (url, text) in enumerate(parts):
        imap.send(b" " if number else b"")
        if url:
            imap.send(f'URL "{url}"'.encode())
        else:
            imap.send(b"TEXT {%d+}\r\n" % len(text) + text)
    imap.send(b")\r\n")
    while not (line := imap.readline()).startswith(tag):
        if not line:
            return b"the end"
    return line[len(tag) + 1:].strip()


def newest(demo, mailbox):
    imap = log_in(demo)
    last = imap.select(mailbox, readonly=True)[1][0].decode()
    octets = imap.fetch(last, "BODY.PEEK[]")[1][0][1]
    imap.logout()
    return octets


def count(demo, mailbox):
    imap = log_in(demo)
    status = imap.status(mailbox, "(MESSAGES)")[1][0]
    imap.logout()
    return int(status.rstrip(b")").split()[-1])


def main():
    score = Score()
    random.seed(os.environ.get("SEED", "4469"))
    with Demo() as demo:
        pop3.fill(demo, 1 << 20)
        imap = log_in(demo)
        imap.create("Drafts/New")
        imap.select()
        imap.copy("1:4", "Drafts/New")
        known = {**parts_of(demo, "INBOX"), **parts_of(demo, "Drafts/New")}
        score.check("there are parts", len(known) > 60, len(known))
        for number in range(ROUNDS):
            if number % 10 == 0:
                imap.select(random.choice(("INBOX", "Drafts/New")))
            parts = [(url, None) if random.random() < 0.6 else
                     (None, bytes(random.choices(range(32, 127), k=random.choice((0, 3, 900, 70000)))))
                     for url in random.choices(sorted(known), k=random.randrange(1, 7))]
            wanted = b"".join(known[url] if url else text for url, text in parts)
            reply = append(imap, "Sent", parts)
            if not wanted:
                score.check(f"{number}: nothing is no message", reply.startswith(b"NO"), reply)
                continue
            score.check(f"{number}: {[url for url, _ in parts]}", reply.startswith(b"OK [APPENDUID"),
                        reply)
            score.check(f"{number}: the octets", newest(demo, "Sent") == wanted)
        before = count(demo, "Sent")
        url = next(u for u in known if len(known[u]) > 250000)
        one = next(u for u in known if 0 < len(known[u]) < 2000)
        reply = append(imap, "Sent", [(one, None)] * 101)
        score.check("I02 too many URLs", reply.startswith(b"NO [LIMIT]"), reply)
        reply = append(imap, "Sent", [(url, None)] * 90 + [(None, b"x" * 100)] * 10)
        score.check("90 large parts", reply.startswith((b"OK", b"NO [TOOBIG]")), reply)
        kept = before + reply.startswith(b"OK")
        append(imap, "Sent", [(None, b"abc"), ("/Nowhere/;UID=1", None)])
        score.check("I02 nothing is left of what failed", count(demo, "Sent") == kept)
        imap.logout()
    sys.exit(score.end())


if __name__ == "__main__":
    main()
