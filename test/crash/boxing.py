"""Mailboxes in the ledger: what may be in them, by what was answered.

A command that was answered OK has been done; of one that was not, all or nothing has.  So
each account has the states in which its mailboxes may be, and when it is looked at, one of
them is it: names, uids, messages and flags.
"""
import copy
import random
import re
import threading

from ledger import Gone, compose

TOP, MOST = "box", 8
IDENT = re.compile(rb"X-Id: ([0-9a-f]+)")
FLAGS = ("\\Seen", "\\Flagged", "\\Draft", "$Forwarded", "todo")


class Boxes:
    def __init__(self):
        self.lock, self.may, self.done, self.wrong = threading.Lock(), {}, 0, []


def read(imap):
    """{name: {"next": uidnext, "has": {uid: (ident, flags)}}} of all below TOP."""
    found = {}
    status, items = imap.list('""', TOP + "*")
    if status != "OK":
        raise Gone("closed: LIST: NO")
    for item in items:
        if item is None:
            continue
        name = item.decode().split('"/" ')[1].strip('"')
        status, said = imap.status(name, "(UIDNEXT)")
        if status != "OK" or imap.select(name, readonly=True)[0] != "OK":
            raise Gone(f"closed: {name} is listed and not there")
        box = found[name] = {"next": int(re.search(rb"UIDNEXT (\d+)", said[0])[1]), "has": {}}
        status, parts = imap.uid("FETCH", "1:*",
                                 "(UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])")
        if status != "OK":
            raise Gone("closed: FETCH: NO")
        for part in parts:
            if isinstance(part, tuple):
                uid = int(re.search(rb"UID (\d+)", part[0])[1])
                flags = frozenset(re.search(rb"FLAGS \(([^)]*)\)", part[0])[1].decode().split())
                ident = IDENT.search(part[1])
                box["has"][uid] = (ident and ident[1].decode(), flags)
    return found


def name_unreadable(now, state):
    """What the disk would not read when it came (EIO) has no header to look into (K6)."""
    for name in set(now) & set(state):
        for uid, (ident, flags) in now[name]["has"].items():
            if ident is None and uid in state[name]["has"]:
                now[name]["has"][uid] = (state[name]["has"][uid][0], flags)


def look(imap, boxes, user):
    """The state as it is, which must be one of those that may be."""
    now = read(imap)
    for state in boxes.may.get(user, []):
        name_unreadable(now, state)
    if now not in boxes.may.get(user, [{}]):
        boxes.wrong.append((user, now, boxes.may.get(user)))
    boxes.may[user] = [now]
    return now


class Hand:
    """One account's session that does things to its mailboxes."""

    def __init__(self, imap, boxes, user):
        self.imap, self.boxes, self.user = imap, boxes, user
        self.now = look(imap, boxes, user)

    def do(self, then, way):
        """`way` asks for it; `then` makes it so in a state."""
        after = copy.deepcopy(self.now)
        then(after)
        self.boxes.may[self.user] = [self.now, after]
        status, said = way()
        if status != "OK":  # NO [UNAVAILABLE]: store has ended meanwhile, it may be done
            raise Gone(f"closed: {said}")
        self.boxes.may[self.user] = [after]
        self.now = after
        self.boxes.done += 1

    def some(self):
        """A mailbox that has messages, and some of its uids; it is selected."""
        full = [name for name in self.now if self.now[name]["has"]]
        if not full:
            return None, []
        name = random.choice(full)
        uids = sorted(self.now[name]["has"])
        self.imap.select(name)
        return name, random.sample(uids, min(len(uids), 3))

    def create(self):
        if len(self.now) > MOST:
            self.delete()
            return
        name = f"{TOP}{random.getrandbits(40):x}/sub"

        def then(state):
            state[name.split("/")[0]] = {"next": 1, "has": {}}
            state[name] = {"next": 1, "has": {}}
        self.do(then, lambda: self.imap.create(name))

    def append(self):
        if not self.now:
            return
        name = random.choice(sorted(self.now))
        ident, data = compose(random.choice((300, 3000)))

        def then(state):
            put(state[name], (ident, frozenset({"\\Draft"})))
        self.do(then, lambda: self.imap.append(name, "(\\Draft)", None, data))

    def copy(self, verb="COPY"):
        name, uids = self.some()
        to = random.choice(sorted(self.now)) if self.now else None
        if not uids or name == to or len(self.now[to]["has"]) > 20:
            return

        def then(state):
            for uid in sorted(uids):
                put(state[to], state[name]["has"][uid])
                if verb == "MOVE":
                    del state[name]["has"][uid]
        self.do(then, lambda: self.imap.uid(verb, ",".join(map(str, uids)), to))

    def move(self):
        self.copy("MOVE")

    def store(self):
        name, uids = self.some()
        flag = random.choice(FLAGS)
        if not uids:
            return

        def then(state):
            for uid in uids:
                ident, flags = state[name]["has"][uid]
                state[name]["has"][uid] = (ident, flags | {flag})
        self.do(then, lambda: self.imap.uid("STORE", ",".join(map(str, uids)),
                                            "+FLAGS.SILENT", f"({flag})"))

    def rename(self):
        tops = [name for name in self.now if "/" not in name]
        if not tops:
            return
        old, new = random.choice(tops), f"{TOP}{random.getrandbits(40):x}"

        def then(state):
            for name in [n for n in state if n == old or n.startswith(old + "/")]:
                state[new + name[len(old):]] = state.pop(name)
        self.do(then, lambda: self.imap.rename(old, new))

    def delete(self):
        leaves = [n for n in self.now if not any(m.startswith(n + "/") for m in self.now)]
        if not leaves:
            return
        name = random.choice(leaves)
        self.do(lambda state: state.pop(name), lambda: self.imap.delete(name))


def put(box, message):
    box["has"][box["next"]] = message
    box["next"] += 1


WAYS = ("create", "create", "append", "append", "append", "copy", "copy", "move", "move",
        "store", "rename", "delete")


def play(imap, boxes, user, steps):
    with boxes.lock:
        hand = Hand(imap, boxes, user)
        for _ in range(steps):
            getattr(hand, random.choice(WAYS))()
