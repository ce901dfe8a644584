#!/usr/bin/env python3
"""SORT (RFC 5256) by imaplib: random messages in the order that a model in Python gives.

Every criterion and random lists of them, by numbers and uids, whole and in parts; more
messages than are looked at in one step.  A search of another client is answered meanwhile.
"""
import imaplib
import os
import random
import re
import smtplib
import sys
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

MESSAGES = 700
WORDS = ("apple", "Banana", "cherry", "DATE", "elder fig", "")
NAMES = ("Anna", "berta", "CARLA", "")
KEYS = ("ARRIVAL", "CC", "DATE", "DISPLAYFROM", "DISPLAYTO", "FROM", "SIZE", "SUBJECT", "TO")


def person():
    name, box = random.choice(NAMES), random.choice(("x", "Y", "z1", "z"))
    address = f"{box}@crepes.fr"
    return (f"{name} <{address}>" if name else address), box.lower(), (name or address).lower()


def make(number):
    """The message, and what each criterion makes of it."""
    sender, receiver, copy = person(), person(), person()
    zone = timezone(timedelta(minutes=random.randrange(-12 * 60, 12 * 60, 15)))
    date = datetime(2001, 1, random.randrange(1, 4), random.randrange(24), 0, 0, tzinfo=zone)
    subject = random.choice(WORDS)
    dressed = random.choice(("{}", "Re: {}", "[list] {}", "fwd: re[2]: {} (FWD)", "[Fwd: {}]")) if subject else "{}"
    text = (f"Date: {format_datetime(date)}\r\nFrom: {sender[0]}\r\nTo: {receiver[0]}\r\n"
            f"Cc: {copy[0]}\r\nSubject: {dressed.format(subject)}\r\n\r\n" + "x" * random.randrange(9))
    return text.encode(), {
        "ARRIVAL": 0, "CC": copy[1], "DATE": date.timestamp(), "DISPLAYFROM": sender[2],
        "DISPLAYTO": receiver[2], "FROM": sender[1], "SUBJECT": subject.lower(),
        "TO": receiver[1]}


def fill(demo):
    models = []
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        for number in range(MESSAGES):
            text, model = make(number)
            smtp.sendmail("alice@crepes.fr", [ADDRESS], text)
            models.append(model)
    return models


def in_order(models, criteria):
    order = list(range(len(models)))
    for key, reverse in reversed(criteria):
        # both ways stable: what is equal stays in the order of its numbers
        order.sort(key=lambda i: models[i][key], reverse=reverse)
    return [i + 1 for i in order]


def said(criteria):
    return "(" + " ".join(("REVERSE " if reverse else "") + key
                          for key, reverse in criteria) + ")"


def sizes_and_dates(imap, models):
    """What only the server knows."""
    for line in imap.fetch("1:*", "(RFC822.SIZE INTERNALDATE)")[1]:
        number, size = re.match(rb"(\d+) .*RFC822.SIZE (\d+)", line).groups()
        when = imaplib.Internaldate2tuple(line)
        models[int(number) - 1].update(SIZE=int(size), ARRIVAL=tuple(when))


def numbers(answer):
    return [int(n) for n in answer[1][0].split()]


def expand(text):
    for piece in text.split(b","):
        first, _, last = piece.partition(b":")
        yield from range(int(first), int(last or first) + 1)


def check(score, imap, models, criteria):
    wanted, program = in_order(models, criteria), said(criteria)
    heard = numbers(imap.sort(program, "UTF-8", "ALL"))
    score.check(f"SORT {program}", heard == wanted, (heard[:10], wanted[:10]))
    heard = numbers(imap.uid("SORT", program, "UTF-8", "ALL"))
    score.check(f"UID SORT {program}", heard == wanted, heard[:10])
    imap._simple_command("SORT", "RETURN (ALL COUNT MIN MAX)", program, "UTF-8", "2:600")
    line = imap.response("ESEARCH")[1][-1]
    wanted = [n for n in wanted if 2 <= n <= 600]
    least, most, count, text = re.search(
        rb"MIN (\d+) MAX (\d+) COUNT (\d+) ALL (\S+)", line).groups()
    score.check(f"ESORT {program}", list(expand(text)) == wanted and int(count) == 599 and
                (int(least), int(most)) == (wanted[0], wanted[-1]), line[:100])


def main():
    score = Score()
    random.seed(os.environ.get("SEED", "5256"))
    with Demo() as demo:
        models = fill(demo)
        imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
        imap.login(ADDRESS, PASSWORD)
        imap.select(readonly=True)
        sizes_and_dates(imap, models)
        for key in KEYS:
            for reverse in (False, True):
                check(score, imap, models, [(key, reverse)])
        for _ in range(20):
            check(score, imap, models, [(random.choice(KEYS), random.random() < 0.5)
                                        for _ in range(random.randrange(2, 6))])
        imap.logout()
    sys.exit(score.end())


if __name__ == "__main__":
    main()
