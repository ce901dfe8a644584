#!/usr/bin/env python3
"""SEARCH BODY and TEXT by the index of words: substrings, in what has been indexed and in
what came in a moment ago, and the same when the index has to be made again."""
import glob
import imaplib
import os
import smtplib
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, SITE, Demo, Score  # noqa: E402

MESSAGES = 40


def send(demo, numbers):
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"]) as smtp:
        for n in numbers:
            smtp.sendmail("alice@crepes.fr", [ADDRESS],
                          f"Subject: zanzibar {n}\r\n\r\nDo you like tomato{n}ketchup, or "
                          f"pickles?\r\n{'odd' if n % 2 else 'even'} ones\r\n")


def found(demo, *keys):
    with imaplib.IMAP4("127.0.0.1", demo.site["imap"]) as imap:
        imap.login(ADDRESS, "ketchup")
        imap.select(readonly=True)
        return list(map(int, imap.search(None, *keys)[1][0].split()))


def texts(demo):
    return glob.glob(os.path.join(demo.directory, SITE, "store", "accounts", "*", "text.*"))


def wait_for_text(demo):
    """Until nothing comes any more."""
    last, since = None, time.monotonic()
    while time.monotonic() - since < 2:
        time.sleep(0.1)
        now = [os.path.getsize(path) for path in texts(demo) if "shm" not in path]
        if now != last:
            last, since = now, time.monotonic()


def check(score, demo, first, last, when):
    every = list(range(first, last + 1))
    asked = [(("BODY", "oddness"), []), (("BODY", "odd"), every[::2]),
             (("BODY", f"to{first}ket"), [first]), (("BODY", f"mato{last}k"), [last]),
             (("TEXT", "anziba"), every), (("BODY", "anziba"), []),
             (("NOT", "BODY", '"EVEN ones"'), every[::2]), (("BODY", '"chup, or pick"'), every)]
    for keys, numbers in asked:
        got = found(demo, *keys)
        score.check(f"{' '.join(keys)}, {when}", got == numbers, got)


def main():
    score = Score()
    with Demo() as demo:
        send(demo, range(1, MESSAGES + 1))
        check(score, demo, 1, MESSAGES, "most of it not indexed yet")
        wait_for_text(demo)
        check(score, demo, 1, MESSAGES, "indexed")
        demo.stop()
        for path in texts(demo):
            os.unlink(path)
        demo.start()
        check(score, demo, 1, MESSAGES, "with an index that is made again")
        wait_for_text(demo)
        check(score, demo, 1, MESSAGES, "and once it was")
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
