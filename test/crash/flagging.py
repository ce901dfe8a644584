"""Flags in the ledger: what each message may have, by what STOREs were answered.

A message of which a STORE was answered OK has these flags; one that got none has either.
One that APPEND brought has those that it came with, and stands in the ledger as accepted.
Beside it the same sessions do things to mailboxes of their own (boxing.py).
"""
import contextlib
import imaplib
import random
import re
import threading
import time

import boxing
from ledger import Gone, compose

NAMES = ("\\Answered", "\\Flagged", "\\Draft")
RESPONSE = re.compile(rb"FLAGS \(([^)]*)\)")
IDENT = re.compile(rb"X-Id: ([0-9a-f]+)")


class Flags:
    def __init__(self, book=None):
        self.lock, self.may, self.stored, self.appended = threading.Lock(), {}, 0, 0
        self.book = book  # for what is appended
        self.boxes = boxing.Boxes()

    def begin(self, key, names):
        with self.lock:
            self.may.setdefault(key, {frozenset()}).add(names)

    def end(self, key, names):
        with self.lock:
            self.may[key] = {names}
            self.stored += 1

    def append(self, key, names):
        with self.lock:
            self.may[key] = {names}

    def are_right(self, key, names):
        with self.lock:
            return names in self.may.get(key, {frozenset()})


@contextlib.contextmanager
def selected(site, user, password, seconds=0):
    """An IMAP session; patient with a server that comes back.  Whatever fails is Gone."""
    end = time.monotonic() + seconds
    while True:
        try:
            imap = imaplib.IMAP4("127.0.0.1", site["imap"], timeout=5)
            imap.login(user, password)
            if imap.select()[0] != "OK":
                raise imaplib.IMAP4.error("SELECT: NO")
            break
        except (imaplib.IMAP4.error, OSError) as why:
            if time.monotonic() > end:
                raise Gone(f"closed: {why}") from None
            time.sleep(0.02)
    try:
        yield imap
    except (imaplib.IMAP4.error, OSError) as why:
        raise Gone(f"closed: {why}") from None
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            imap.shutdown()


def listing(imap, user):
    """[(uid, key, flags)]"""
    status, data = imap.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])")
    if status != "OK":
        raise Gone("closed: FETCH: NO")
    found = []
    for item in data:
        if isinstance(item, tuple) and (ident := IDENT.search(item[1])):
            names = RESPONSE.search(item[0])[1].decode().split()
            uid = re.search(rb"UID (\d+)", item[0])[1].decode()
            found.append((uid, f"{ident[1].decode()}/{user}", frozenset(names)))
    return found


def some_names():
    return frozenset(name for name in NAMES if random.random() < 0.5)


def append_one(imap, flags, user):
    ident, data = compose(random.choice((300, 3000, 40000)))
    key, names = f"{ident}/{user}", some_names()
    flags.append(key, names)
    flags.book.write("sent", key)
    if imap.append("INBOX", f"({' '.join(names)})", None, data)[0] == "OK":
        flags.book.write("accepted", key)
        flags.appended += 1


def flag_some(site, flags, user, password, most):
    with selected(site, user, password) as imap:
        append_one(imap, flags, user)
        there = listing(imap, user)
        for uid, key, _ in random.sample(there, min(most, len(there))):
            names = some_names()
            flags.begin(key, names)
            status, _ = imap.uid("STORE", uid, "FLAGS", f"({' '.join(names)})")
            if status == "OK":
                flags.end(key, names)
        boxing.play(imap, flags.boxes, user, most)


class Flagger:
    """A thread that stores flags until stop(); every failure is a reconnect."""

    def __init__(self, site, flags, users, password):
        self.site, self.flags, self.users, self.password = site, flags, users, password
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.ended.set()
        self.thread.join(30)

    def work(self):
        while not self.ended.is_set():
            try:
                flag_some(self.site, self.flags, random.choice(self.users), self.password, 20)
            except Gone:
                time.sleep(0.02)


def check(site, flags, users, password):
    """How many messages have flags that they should not have, and accounts mailboxes."""
    wrong = 0
    for user in users:
        with selected(site, user, password, 10) as imap:
            wrong += sum(not flags.are_right(key, names)
                         for _, key, names in listing(imap, user))
            boxing.look(imap, flags.boxes, user)
    for user, now, may in flags.boxes.wrong:
        print(f"mailboxes of {user} are {now}, and may be {may}")
    wrong += len(flags.boxes.wrong)
    flags.boxes.wrong.clear()
    return wrong
