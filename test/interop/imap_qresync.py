#!/usr/bin/env python3
"""CONDSTORE and QRESYNC (RFC 7162): a client that is away while others change a mailbox knows
afterwards what is so from what SELECT tells it, after a restart, a crash, and when the index is
gone; and interimap keeps the mailboxes of two accounts the same, whichever of the two changes.
"""
import imaplib
import os
import random
import re
import subprocess
import sys
import tempfile

import imap_mailboxes as boxes
from imap_mailboxes import log_in, lose_index, names, ok, quoted, subject
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402

OTHER = "carol@" + ADDRESS.split("@")[1]
FLAGS = [flag for flag in boxes.FLAGS if flag != "\\Deleted"]


def numbers_of(said):
    found = set()
    for part in said.split(","):
        first, _, last = part.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found


class Cache:
    """What a client keeps: uids with flags, and how far it has heard of changes."""

    def __init__(self):
        self.messages = {}  # uid -> flags
        self.uidvalidity = 0
        self.modseq = 0

    def hear(self, lines):
        for line in lines:
            gone = re.match(r"VANISHED (?:\(EARLIER\) )?(\S+)", line)
            fetch = re.match(r"\d+ FETCH \((.*)\)$", line)
            if gone:
                for uid in numbers_of(gone[1]):
                    self.messages.pop(uid, None)
            elif fetch:
                uid = int(re.search(r"UID (\d+)", fetch[1])[1])
                flags = re.search(r"FLAGS \(([^)]*)\)", fetch[1])
                if flags:
                    self.messages[uid] = frozenset(flags[1].split())
        for line in lines:
            highest = re.search(r"HIGHESTMODSEQ (\d+)\]", line)
            if highest:
                self.modseq = int(highest[1])
            validity = re.search(r"UIDVALIDITY (\d+)\]", line)
            if validity:
                self.uidvalidity = int(validity[1])


class Wire:
    """A session in plain lines; imaplib knows no VANISHED."""

    def __init__(self, demo):
        self.imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
        self.count = 0
        self.say(f'LOGIN {ADDRESS} {PASSWORD}')
        self.say("ENABLE QRESYNC")

    def say(self, command):
        """The untagged lines, and the tagged one as the last."""
        self.count += 1
        tag = f"q{self.count}"
        self.imap.send(f"{tag} {command}\r\n".encode())
        lines = []
        while True:
            line = self.imap.readline().decode().rstrip("\r\n")
            if line.startswith("* "):
                lines.append(line[2:])
            elif line.startswith(tag + " "):
                return lines + [line[len(tag) + 1:]]
            else:
                raise ValueError(line)

    def end(self):
        self.say("LOGOUT")
        self.imap.shutdown()


def resync(demo, cache):
    wire = Wire(demo)
    known = f" (QRESYNC ({cache.uidvalidity} {cache.modseq}))" if cache.modseq else ""
    lines = wire.say("SELECT INBOX" + known)
    cache.hear(lines)
    if not known:
        cache.hear(wire.say("UID FETCH 1:* (FLAGS)"))
    return wire, lines


def truth(demo):
    imap = log_in(demo)
    found = {}
    if imap.select("INBOX", readonly=True)[1] != [b"0"]:
        for item in imap.fetch("1:*", "(UID FLAGS)")[1]:
            uid = int(item.split(b"UID ")[1].split()[0])
            found[uid] = frozenset(f.decode() for f in imaplib.ParseFlags(item))
    imap.logout()
    return found


def difference(got, wanted):
    return {uid: (got.get(uid), wanted.get(uid)) for uid in got.keys() | wanted.keys()
            if got.get(uid) != wanted.get(uid)}


def change(demo, rng, steps):
    """By a client that knows nothing of all this."""
    imap = log_in(demo)
    if "aside" not in names(imap):
        imap.create("aside")
    for _ in range(steps):
        imap.select("INBOX")
        uids = imap.uid("SEARCH", "ALL")[1][0].decode().split()
        some = ",".join(rng.sample(uids, min(len(uids), rng.randrange(1, 4)))) if uids else ""
        way = rng.randrange(10)
        if way < 4 or len(uids) < 20:
            imap.append("INBOX", f"({rng.choice(FLAGS)})", None, subject(rng.randrange(1000)))
        elif way < 8:
            imap.uid("STORE", some, rng.choice("+-") + "FLAGS.SILENT", f"({rng.choice(FLAGS)})")
        elif way < 9:
            imap.uid("MOVE", some, "aside")
        else:
            imap.uid("STORE", some, "+FLAGS.SILENT", "(\\Deleted)")
            imap.expunge()
    imap.logout()


def away(score, demo):
    """A client that comes back again and again, with what it knew before."""
    rng = random.Random(5)
    cache, old = Cache(), None
    for way in ("at first", "after some changes", "after more", "after a restart",
                "after a crash", "without the index", "and after that"):
        change(demo, rng, 40)
        if way == "after a crash":
            demo.kill()
            demo.start()
        elif way in ("after a restart", "without the index"):
            demo.stop()
            if way == "without the index":
                lose_index(demo)
            demo.start()
            log_in(demo).logout()
        wire, lines = resync(demo, cache)
        wanted = truth(demo)
        score.check(f"resynchronized {way}", cache.messages == wanted,
                    (difference(cache.messages, wanted), lines))
        score.check(f"in few words {way}", way in ("at first", "without the index") or
                    sum("FETCH" in line for line in lines) < len(wanted), lines)
        online(score, demo, wire, cache, rng, way)
        # and one that has not been here since the first time
        old = old or (dict(cache.messages), cache.uidvalidity, cache.modseq)
        late = Cache()
        late.messages, late.uidvalidity, late.modseq = dict(old[0]), old[1], old[2]
        resync(demo, late)[0].end()
        score.check(f"resynchronized much later {way}", late.messages == truth(demo),
                    difference(late.messages, truth(demo)))


def follow(wire, cache, command):
    """New messages a client has to ask for."""
    lines = wire.say(command)
    cache.hear(lines)
    if any("EXISTS" in line for line in lines):
        cache.hear(wire.say(f"UID FETCH {max(cache.messages, default=0) + 1}:* (FLAGS)"))
    return lines


def online(score, demo, wire, cache, rng, way):
    """Changes as they come, its own among them; then the line is cut, and the last
    HIGHESTMODSEQ that was told is enough."""
    said = []
    for _ in range(10):
        change(demo, rng, 3)
        uids = sorted(cache.messages)
        command = rng.choice(("NOOP", "STORE", "EXPUNGE"))
        if command == "STORE" and uids:
            command = f"UID STORE {rng.choice(uids)} +FLAGS ({rng.choice(FLAGS)})"
        elif command == "STORE":
            command = "NOOP"
        said.append((command, follow(wire, cache, command)))
    said.append(follow(wire, cache, "NOOP"))
    wire.end()
    again, _ = resync(demo, cache)
    again.end()
    score.check(f"cut off {way}", cache.messages == truth(demo),
                (difference(cache.messages, truth(demo)), said))


def conditional(score, demo):
    """Two clients, one keyword as a lock (RFC 7162 §3.1.3): one of them gets it."""
    imap = log_in(demo)
    imap.append("INBOX", None, None, subject(1))
    imap.logout()
    one, two = Wire(demo), Wire(demo)
    for wire in (one, two):
        lines = wire.say("SELECT INBOX")
    modseq = re.search(r"HIGHESTMODSEQ (\d+)", " ".join(lines))[1]
    uid = int(re.search(r"UIDNEXT (\d+)", " ".join(lines))[1]) - 1
    store = f"UID STORE {uid} (UNCHANGEDSINCE {modseq}) +FLAGS.SILENT ($Processed)"
    first, second = one.say(store), two.say(store)
    score.check("the first has it", first[-1].startswith("OK done"), first)
    score.check("the second has not", f"OK [MODIFIED {uid}]" in second[-1], second)
    one.end()
    two.end()


# ---- interimap

INTERIMAP = """database = {home}/state.db

[local]
type = imap
host = 127.0.0.1
port = {port}
username = {local}
password = {password}
STARTTLS = NO

[remote]
type = imap
host = 127.0.0.1
port = {port}
username = {remote}
password = {password}
STARTTLS = NO
"""


def content(demo, address):
    """{mailbox: sorted (number, flags)}"""
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(address, PASSWORD)
    found = {}
    for name in names(imap):
        found[name] = sorted((number, sorted(flags))
                             for number, flags in boxes.content(imap, name).values())
    imap.logout()
    return found


def session(demo, address):
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(address, PASSWORD)
    return imap


def is_the_same(score, demo, home, when):
    env = dict(os.environ, HOME=home, XDG_DATA_HOME=home, XDG_CONFIG_HOME=home)
    out = subprocess.run(["interimap", f"--config={home}/rc"], capture_output=True, text=True,
                         timeout=300, env=env)
    score.check(f"interimap {when}", out.returncode == 0, out.stderr[-800:])
    here, there = content(demo, ADDRESS), content(demo, OTHER)
    score.check(f"interimap {when}: the same", here == there, (here, there))
    return here


def interimap(score, demo):
    with tempfile.TemporaryDirectory(prefix="packetboat-interimap-") as home:
        with open(os.path.join(home, "rc"), "w") as f:
            f.write(INTERIMAP.format(home=home, port=demo.site["imap"], local=ADDRESS,
                                     remote=OTHER, password=PASSWORD))
        os.chmod(os.path.join(home, "rc"), 0o600)
        near, far = session(demo, ADDRESS), session(demo, OTHER)
        near.create("work/now")
        for number in range(2001, 2201):
            near.append("INBOX" if number % 2 else quoted("work/now"),
                        "(\\Flagged)" if number % 3 == 0 else None, None, subject(number))
        for number in range(2301, 2321):
            far.append("INBOX", "(\\Seen)", None, subject(number))
        before = is_the_same(score, demo, home, "takes all there is")
        score.check("interimap: both have all", len(before["work/now"]) == 100 and
                    {n for n, _ in before["INBOX"]} >= set(range(2301, 2321)))
        near.select("INBOX")
        near.store("1:30", "+FLAGS.SILENT", "(\\Seen $Forwarded)")
        near.store("31:40", "+FLAGS.SILENT", "(\\Deleted)")
        near.expunge()
        far.select(quoted("work/now"))
        far.store("1:10", "+FLAGS.SILENT", "(\\Deleted)")
        far.expunge()
        far.store("11:20", "-FLAGS.SILENT", "(\\Flagged)")
        far.append(quoted("work/now"), "(\\Answered)", None, subject(2400))
        after = is_the_same(score, demo, home, "with both sides changed")
        score.check("interimap: deletions", len(after["INBOX"]) == len(before["INBOX"]) - 10 and
                    len(after["work/now"]) == 91, {k: len(v) for k, v in after.items()})
        score.check("interimap: flags", (2400, ["\\Answered"]) in after["work/now"])
        near.logout()
        far.logout()
        demo.stop()
        lose_index(demo)
        demo.start()
        near = log_in(demo)  # and until carol's is made anew, too
        near.logout()
        boxes.log_in(demo, OTHER).logout()
        score.check("interimap: nothing is lost or doubled without the index",
                    is_the_same(score, demo, home, "without the index") == after)


def main():
    score = Score()
    with Demo() as demo:
        away(score, demo)
        conditional(score, demo)
    with Demo() as demo:
        subprocess.run([BINARY, "account", "add", OTHER, "--dir",
                        os.path.join(demo.directory, SITE)], input=PASSWORD + "\n", text=True,
                       check=True, capture_output=True, timeout=30)
        interimap(score, demo)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
