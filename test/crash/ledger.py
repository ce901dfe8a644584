"""The ledger: what was acknowledged, written down after the reply was read.

A Load sends mail over SMTP and deletes it over POP3 on several threads, against any
server that may be killed at any moment.  Every message carries a random id and the
sha256 of its body.  A line goes into the ledger only after the acknowledgement:

    sent ID            before DATA's end is sent: from here on it may exist
    accepted ID        after the 250
    seen ID UIDL       as a POP3 session showed it
    delete ID          before QUIT: from here on it may be gone
    deleted ID         after QUIT's +OK

check() then reads the mailboxes and counts what must not be: lost, corrupt, undone,
reused (a unique-id that stood for another message), doubled.
"""
import collections
import hashlib
import os
import random
import re
import socket
import threading
import time

HEADER = "X-Id: {id}\r\nX-Sha256: {sha}\r\n\r\n"
LETTERS = bytes(range(32, 127)) + b"\r\n"


# For a site's configuration: packs are compacted all the time.
COMPACT_OFTEN = "compact_from = 16K"

# A message may be seen and deleted before its sender has read the 250.
ORDER = ("sent", "accepted", "delete", "deleted")


class Ledger:
    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        self.file = open(path, "a", buffering=1)
        self.state, self.uidl = {}, {}
        self.counts = collections.Counter()

    def write(self, what, ident, more=""):
        with self.lock:
            self.file.write(f"{what} {ident} {more}\n")
            self.counts[what] += 1
            if what == "seen":
                self.uidl.setdefault(more, set()).add(ident)
            elif ORDER.index(what) >= ORDER.index(self.state.get(ident, "sent")):
                self.state[ident] = what


class Gone(Exception):
    """The server closed, refused or did not answer."""


class Line:
    """A line-oriented client socket."""

    def __init__(self, port, seconds=5):
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        except OSError as e:
            raise Gone(str(e)) from None
        self.file = self.socket.makefile("rb")

    def hear(self, want=None):
        try:
            line = self.file.readline()
        except OSError as e:
            raise Gone(str(e)) from None
        if not line.endswith(b"\r\n"):
            raise Gone("closed")
        if want is not None and not line.startswith(want):
            raise Gone(line.decode(errors="replace").strip())
        return line

    def say(self, octets, want=None):
        try:
            self.socket.sendall(octets)
        except OSError as e:
            raise Gone(str(e)) from None
        return self.hear(want) if want is not None else None

    def lines(self):
        while (line := self.hear()) != b".\r\n":
            yield line[1:] if line.startswith(b"..") else line

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def compose(size):
    ident = os.urandom(8).hex()
    rng = random.Random(ident)
    body = bytearray()
    while len(body) < size:
        line = bytes(rng.choices(LETTERS[:-2], k=min(70, rng.randrange(1, 71))))
        body += line + b"\r\n"
    sha = hashlib.sha256(bytes(body)).hexdigest()
    return ident, HEADER.format(id=ident, sha=sha).encode() + bytes(body)


def stuff(data):
    return re.sub(rb"^\.", b"..", data, flags=re.M)


def greet(port):
    line = Line(port)
    line.hear(b"220")
    line.say(b"HELO crepes.fr\r\n", b"250")
    return line


def send(line, ledger, recipients, size):
    ident, data = compose(size)
    line.say(b"MAIL FROM:<alice@crepes.fr>\r\n", b"250")
    for recipient in recipients:
        line.say(f"RCPT TO:<{recipient}>\r\n".encode(), b"250")
    line.say(b"DATA\r\n", b"354")
    keys = [f"{ident}/{recipient}" for recipient in recipients]
    for key in keys:
        ledger.write("sent", key)
    line.say(stuff(data) + b".\r\n", b"250")
    for key in keys:
        ledger.write("accepted", key)


def login(port, user, password):
    line = Line(port)
    line.hear(b"+OK")
    line.say(f"USER {user}\r\n".encode(), b"+OK")
    line.say(f"PASS {password}\r\n".encode(), b"+OK")
    return line


def uidls(line):
    line.say(b"UIDL\r\n", b"+OK")
    return [entry.split()[1].decode() for entry in line.lines()]


def retrieve(line, number):
    line.say(b"RETR %d\r\n" % number, b"+OK")
    return b"".join(line.lines())


def ident_of(message):
    """The id, and whether the body is what was sent."""
    match = re.search(rb"^X-Id: ([0-9a-f]+)\r\nX-Sha256: ([0-9a-f]+)\r\n\r\n", message, re.M)
    if not match:
        return None, False
    body = message[match.end():]
    return match[1].decode(), hashlib.sha256(body).hexdigest() == match[2].decode()


def remove_some(port, ledger, user, password, most):
    with login(port, user, password) as line:
        marked = []
        for number, uidl in enumerate(uidls(line), 1):
            if len(marked) == most:
                break
            ident, _ = ident_of(retrieve(line, number))
            key = f"{ident}/{user}"
            ledger.write("seen", key, f"{user}:{uidl}")
            line.say(b"DELE %d\r\n" % number, b"+OK")
            marked.append(key)
        for key in marked:
            ledger.write("delete", key)
        line.say(b"QUIT\r\n", b"+OK")
        for key in marked:
            ledger.write("deleted", key)


class Load:
    """Threads that send and delete until stop(); every failure is a reconnect."""

    def __init__(self, site, ledger, users, password, senders=3, removers=1, large=0.02):
        self.site, self.ledger, self.users = site, ledger, users
        self.password, self.large = password, large
        self.ended = threading.Event()
        self.failures = collections.Counter()
        self.threads = [threading.Thread(target=self.sender, daemon=True)
                        for _ in range(senders)]
        self.threads += [threading.Thread(target=self.remover, daemon=True)
                         for _ in range(removers)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)

    def size(self):
        if random.random() < self.large:
            return random.choice((40_000, 300_000))
        return random.randrange(100, 6000)

    def sender(self):
        while not self.ended.is_set():
            try:
                with greet(self.site["smtp"]) as line:
                    while not self.ended.is_set():
                        count = random.choice((1, 1, 1, len(self.users)))
                        send(line, self.ledger, random.sample(self.users, count), self.size())
            except Gone as why:
                self.failures[str(why)[:60]] += 1
                time.sleep(0.02)

    def remover(self):
        while not self.ended.is_set():
            try:
                remove_some(self.site["pop3"], self.ledger, random.choice(self.users),
                            self.password, random.randrange(1, 40))
            except Gone as why:
                self.failures[str(why)[:60]] += 1
                time.sleep(0.02)


def patient_login(port, user, password, seconds):
    end = time.monotonic() + seconds
    while True:
        try:
            return login(port, user, password)
        except Gone:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def read_all(port, user, password, seconds=10):
    """[(uidl, id, whole)] of a mailbox; patient with a server that comes back."""
    with patient_login(port, user, password, seconds) as line:
        found = []
        for number, uidl in enumerate(uidls(line), 1):
            try:
                ident, whole = ident_of(retrieve(line, number))
            except Gone as why:
                if not str(why).startswith("-ERR"):
                    raise
                ident, whole = None, False  # listed, and cannot be read
            found.append((uidl, ident, whole))
        return found


def check(site, ledger, users, password):
    """What must not be, counted; all zero when nothing was lost."""
    wrong = collections.Counter(lost=0, corrupt=0, undone=0, reused=0, doubled=0)
    with ledger.lock:
        state, shown = dict(ledger.state), {k: set(v) for k, v in ledger.uidl.items()}
    present = collections.Counter()
    for user in users:
        for uidl, ident, whole in read_all(site["pop3"], user, password):
            key = f"{ident}/{user}"
            present[key] += 1
            wrong["corrupt"] += not whole or key not in state
            others = shown.get(f"{user}:{uidl}", set()) - {key}
            wrong["reused"] += bool(others)
            ledger.write("seen", key, f"{user}:{uidl}")
    for key, last in state.items():
        wrong["lost"] += last == "accepted" and present[key] == 0
        wrong["undone"] += last == "deleted" and present[key] > 0
        wrong["doubled"] += present[key] > 1
    return +wrong


def empty(site, ledger, users, password):
    """Deletes all mail, so that the next round starts small."""
    for user in users:
        with patient_login(site["pop3"], user, password, 10):
            pass
        remove_some(site["pop3"], ledger, user, password, 1 << 30)
