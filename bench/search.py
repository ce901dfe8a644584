#!/usr/bin/env python3
"""How long SEARCH takes in a mailbox of 100,000 messages.

    bench/target.py start DIRECTORY
    bench/search.py --site DIRECTORY.json --fill ours
    bench/search.py --site DIRECTORY.json [--peer NAME IMAP ACCOUNT PASSWORD]
    bench/search.py --fill-peer MAILDIR

The messages are made of words as a language has them: few of them often, most seldom.  A
peer gets the same ones as files in MAILDIR/cur.  Each question is asked once, to see what
it costs first, and then again; the middle one of the repeats counts.  The last columns are
the peer's time divided by ours, and how many messages each has found.
"""
import argparse
import imaplib
import json
import os
import random
import smtplib
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from target import DOMAIN, PASSWORD  # noqa: E402

WORDS, LINES, REPEATS = 60000, 24, 5
QUESTIONS = {
    "BODY, a rare word": ("BODY", "needleword"),
    "BODY, part of it": ("BODY", "eedlewor"),
    "BODY, two words": ("BODY", '"needleword here"'),
    "BODY, none": ("BODY", "nothinglikethis"),
    "BODY, a common word": ("BODY", "w1x"),
    "TEXT, a rare word": ("TEXT", "needleword"),
    "TEXT, not ASCII": ("TEXT", "\u0437\u0438\u043c\u0430"),
    "SUBJECT": ("SUBJECT", '"number 77"'),
}


def messages(count):
    """The same for everybody."""
    chance = random.Random(1)
    words = [f"w{n}x" for n in range(WORDS)]
    weights = [1 / (n + 1) for n in range(WORDS)]
    pool = chance.choices(words, weights, k=1 << 20)
    for number in range(count):
        at = chance.randrange(len(pool) - 12 * LINES)
        lines = [" ".join(pool[at + 12 * n:at + 12 * n + 12]) for n in range(LINES)]
        if number % 10000 == 77:
            lines.append("a needleword here")
        yield (f"From: a{number % 500} <a{number % 500}@{DOMAIN}>\r\nTo: u000@{DOMAIN}\r\n"
               f"Subject: number {number}\r\nMessage-ID: <{number}@{DOMAIN}>\r\n"
               "Date: Thu, 26 Nov 2026 10:00:00 +0000\r\n\r\n" + "\r\n".join(lines) + "\r\n")


class Imap:
    def __init__(self, port, account, password):
        self.imap = imaplib.IMAP4("127.0.0.1", port)
        imaplib._MAXLINE = 1 << 24
        self.imap.login(account, password)
        self.count = int(self.imap.select(readonly=True)[1][0])

    def ask(self, keys):
        literal = not all(key.isascii() for key in keys)
        began = time.monotonic()
        if literal:
            self.imap.literal = keys[1].encode()
            answer = self.imap.search("UTF-8", keys[0])
        else:
            answer = self.imap.search(None, *keys)
        return time.monotonic() - began, answer[1][0].split()


def fill_ours(site, count):
    with smtplib.SMTP(site["host"], site["smtp"]) as smtp:
        for text in messages(count):
            smtp.sendmail("", [f"u000@{DOMAIN}"], text)


def fill_peer(maildir, count):
    for number, text in enumerate(messages(count)):
        with open(os.path.join(maildir, "cur", f"{1700000000 + number}.{number}.b:2,"), "w") as f:
            f.write(text.replace("\r\n", "\n"))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, default=100000)
    options.add_argument("--site", help="of bench/target.py: DIRECTORY.json")
    options.add_argument("--fill", choices=["ours"])
    options.add_argument("--fill-peer", metavar="MAILDIR")
    options.add_argument("--peer", nargs=4)
    options = options.parse_args()
    if options.fill_peer:
        return fill_peer(options.fill_peer, options.messages)
    with open(options.site) as f:
        site = json.load(f)
    if options.fill:
        return fill_ours(site, options.messages)
    servers = [Imap(site["imap"], f"u000@{DOMAIN}", PASSWORD)]
    if options.peer:
        servers.append(Imap(int(options.peer[1]), *options.peer[2:4]))
    print(f"{servers[0].count} messages; ms first / again", flush=True)
    for name, keys in QUESTIONS.items():
        row, found = [], []
        for server in servers:
            first, answer = server.ask(keys)
            repeats = REPEATS if first < 2 else 1
            again = statistics.median(server.ask(keys)[0] for _ in range(repeats))
            row.append((first, again))
            found.append(len(answer))
        text = "".join(f"{1000 * a:12.1f} {1000 * b:10.1f}" for a, b in row)
        ratio = f"{row[1][1] / row[0][1]:8.0f}" if len(row) > 1 else ""
        print(f"{name:22}{text}{ratio}   {found}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
