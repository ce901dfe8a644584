#!/usr/bin/env python3
"""STORE: flags that one session sets another sees at once; they are there after a restart
and when the index is gone.  FETCH of a body makes it \\Seen.
"""
import glob
import imaplib
import os
import re
import smtplib
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, SITE, Demo, Score  # noqa: E402

MESSAGES = 12


def send(demo):
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"]) as smtp:
        for number in range(1, MESSAGES + 1):
            smtp.sendmail("alice@crepes.fr", [ADDRESS], f"Subject: {number}\r\n\r\n{number}\r\n")


def log_in(demo, readonly=False):
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(ADDRESS, PASSWORD)
    for _ in range(100):  # the index may be made anew just now
        if imap.select(readonly=readonly)[0] == "OK":
            break
        time.sleep(0.1)
    return imap


def flags(imap):
    """{number: the flags' names}"""
    return {int(line.split()[0]): sorted(f.decode() for f in imaplib.ParseFlags(line))
            for line in imap.fetch("1:*", "(FLAGS)")[1]}


def status(imap):
    line = imap.status("INBOX", "(MESSAGES UNSEEN DELETED)")[1][0].decode()
    return {name: int(n) for name, n in re.findall(r"(\w+) (\d+)", line)}


def expected():
    by_number = {number: [] for number in range(1, MESSAGES + 1)}
    for number in (2, 3, 4):
        by_number[number] = ["\\Flagged", "\\Seen"]
    by_number[3] = ["\\Flagged"]
    by_number[7] = ["\\Answered", "\\Draft"]
    by_number[9] = ["\\Seen"]  # its body was fetched
    by_number[12] = ["\\Deleted"]
    return by_number


def change(imap):
    imap.store("2:4", "+FLAGS", "(\\Flagged \\Seen)")
    imap.store("3", "-FLAGS.SILENT", "\\Seen")
    imap.store("7", "+FLAGS", "\\Seen")
    imap.store("7", "FLAGS", "(\\Answered \\Draft)")
    imap.fetch("9", "(BODY[TEXT])")
    imap.fetch("10", "(BODY.PEEK[TEXT])")
    imap.uid("STORE", "12", "+FLAGS", "\\Deleted")


def check(score, demo, when):
    imap = log_in(demo, readonly=True)
    found = flags(imap)
    score.check(f"flags {when}", found == expected(), found)
    found = status(imap)
    score.check(f"STATUS {when}", found == {"MESSAGES": MESSAGES, "UNSEEN": MESSAGES - 3,
                                            "DELETED": 1}, found)
    score.check(f"the first unseen {when}", imap.response("UNSEEN")[1] == [b"1"])
    imap.fetch("1", "(BODY[TEXT])")
    score.check(f"EXAMINE changes nothing {when}", flags(imap) == expected())
    imap.logout()


def news(imap):
    """NOOP until untagged FETCHes come; these."""
    for _ in range(200):
        imap.noop()
        told = imap.untagged_responses.pop("FETCH", [])
        if told:
            return [line.decode() for line in told]
        time.sleep(0.02)
    return []


def watch(score, demo):
    one, other = log_in(demo), log_in(demo)
    flags(other)
    one.store("5:6", "+FLAGS.SILENT", "\\Answered")
    told = news(other)
    score.check("another session hears of it", [re.sub(r"UID \d+ ", "", t) for t in told] ==
                ["5 (FLAGS (\\Answered))", "6 (FLAGS (\\Answered))"], told)
    one.noop()
    score.check("who has changed them hears nothing", "FETCH" not in one.untagged_responses)
    other.store("5:6", "-FLAGS", "\\Answered")
    news(one)
    score.check("and the other way", flags(one) == expected(), flags(one))
    one.logout()
    other.logout()


def lose_index(demo):
    for path in glob.glob(os.path.join(demo.directory, SITE, "store", "accounts", "*",
                                       "index.db*")):
        os.unlink(path)


def main():
    score = Score()
    with Demo() as demo:
        send(demo)
        imap = log_in(demo)
        change(imap)
        imap.logout()
        check(score, demo, "in another session")
        watch(score, demo)
        demo.stop()
        demo.start()
        check(score, demo, "after a restart")
        demo.stop()
        lose_index(demo)
        demo.start()
        check(score, demo, "without the index")
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
