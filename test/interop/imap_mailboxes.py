#!/usr/bin/env python3
"""Mailboxes: what imaplib makes, names, moves and deletes is so for every session, after a
restart, after a crash, and when the index is gone; and mbsync keeps a tree of Maildirs and
the account the same, whichever of the two is changed.
"""
import glob
import imaplib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, SITE, Demo, Score  # noqa: E402

FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "\\Deleted", "$Forwarded",
         "todo")


def log_in(demo, address=ADDRESS):
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(address, PASSWORD)
    for _ in range(100):  # the index may be made anew just now
        if imap.select()[0] == "OK":
            break
        time.sleep(0.1)
    return imap


def quoted(name):
    return '"' + name + '"'


def names(imap, pattern="*", command="list"):
    """{name: attributes}"""
    found = {}
    for item in getattr(imap, command)('""', pattern)[1]:
        if item is None:
            continue
        attributes, name = item.decode().split(") \"/\" ")
        found[name.strip('"')] = attributes[1:]
    return found


def subject(number):
    return b"Subject: %d\r\n\r\nmessage %d\r\n" % (number, number)


def ok(score, what, answer):
    score.check(what, answer[0] == "OK", answer)
    return answer[1]


# ---- a model: what there must be

class Model:
    """Mailboxes by name; a message is (number, flags)."""

    def __init__(self):
        self.boxes = {"INBOX": {}}  # name -> {uid: (number, flags)}
        self.next = {"INBOX": 1}
        self.number = 0

    def append(self, name, flags):
        self.number += 1
        uid = self.next[name]
        self.boxes[name][uid] = (self.number, frozenset(flags))
        self.next[name] += 1
        return uid

    def copy(self, source, uids, target):
        for uid in uids:
            self.boxes[target][self.next[target]] = self.boxes[source][uid]
            self.next[target] += 1


def content(imap, name):
    """{uid: (number, flags)} as the server tells it."""
    found = {}
    status, count = imap.select(quoted(name), readonly=True)
    if status != "OK":
        return status
    if int(count[0]) == 0:
        return found
    for item in imap.fetch("1:*", "(UID FLAGS BODY.PEEK[TEXT])")[1]:
        if not isinstance(item, tuple):
            continue
        said, text = item
        uid = int(said.split(b"UID ")[1].split()[0])
        flags = frozenset(f.decode() for f in imaplib.ParseFlags(said))
        found[uid] = (int(text.split()[1]), flags)
    return found


def is_as(score, imap, model, when):
    there = names(imap)
    score.check(f"{when}: names", set(there) == set(model.boxes), (there, model.boxes.keys()))
    for name, wanted in model.boxes.items():
        got = content(imap, name)
        score.check(f"{when}: {name}", got == wanted, (got, wanted))
        numbers = imap.status(quoted(name), "(MESSAGES UIDNEXT)")[1][0].split(b"(")[1]
        score.check(f"{when}: numbers of {name}",
                    numbers == b"MESSAGES %d UIDNEXT %d)" % (len(wanted), model.next[name]),
                    numbers)


class Play:
    """Random operations, on the server and on the model."""

    def __init__(self, score, imap, model, seed):
        self.score, self.imap, self.model = score, imap, model
        self.random = random.Random(seed)
        self.made = 0

    def name(self):
        return self.random.choice(sorted(self.model.boxes))

    def create(self):
        self.made += 1
        parent = self.name()
        name = f"m{self.made}" if self.random.random() < 0.5 else f"{parent}/m{self.made}"
        ok(self.score, f"create {name}", self.imap.create(quoted(name)))
        self.model.boxes[name] = {}
        self.model.next[name] = 1

    def delete(self):
        name = self.name()
        if name == "INBOX" or any(n.startswith(name + "/") for n in self.model.boxes):
            return
        ok(self.score, f"delete {name}", self.imap.delete(quoted(name)))
        del self.model.boxes[name], self.model.next[name]

    def rename(self):
        name = self.name()
        if name == "INBOX":
            return
        self.made += 1
        to = f"r{self.made}"
        ok(self.score, f"rename {name}", self.imap.rename(quoted(name), quoted(to)))
        for old in [n for n in self.model.boxes if n == name or n.startswith(name + "/")]:
            new = to + old[len(name):]
            self.model.boxes[new] = self.model.boxes.pop(old)
            self.model.next[new] = self.model.next.pop(old)

    def append(self):
        name = self.name()
        flags = self.random.sample(FLAGS, self.random.randrange(3))
        uid = self.model.append(name, flags)
        said = ok(self.score, f"append to {name}", self.imap.append(
            quoted(name), f"({' '.join(flags)})", None, subject(self.model.number)))
        self.score.check("its uid", b" %d]" % uid in said[0], (said, uid))

    def some(self):
        """A mailbox that is selected, and some of its uids."""
        name = self.name()
        box = self.model.boxes[name]
        if not box:
            return name, []
        self.imap.select(quoted(name))
        uids = self.random.sample(sorted(box), self.random.randrange(min(len(box), 20)) + 1)
        return name, sorted(uids)

    def store(self):
        name, uids = self.some()
        if not uids:
            return
        flag = self.random.choice(FLAGS)
        sign = self.random.choice("+-")
        ok(self.score, f"store in {name}", self.imap.uid(
            "STORE", ",".join(map(str, uids)), sign + "FLAGS.SILENT", f"({flag})"))
        for uid in uids:
            number, flags = self.model.boxes[name][uid]
            flags = flags | {flag} if sign == "+" else flags - {flag}
            self.model.boxes[name][uid] = (number, flags)

    def copy(self):
        name, uids = self.some()
        target = self.name()
        if not uids:
            return
        ok(self.score, f"copy from {name}", self.imap.uid("COPY", ",".join(map(str, uids)),
                                                          quoted(target)))
        self.model.copy(name, uids, target)

    def move(self):
        name, uids = self.some()
        target = self.name()
        if not uids or target == name:
            return
        ok(self.score, f"move from {name}", self.imap.uid("MOVE", ",".join(map(str, uids)),
                                                          quoted(target)))
        self.model.copy(name, uids, target)
        for uid in uids:
            del self.model.boxes[name][uid]

    def expunge(self):
        name, uids = self.some()
        if not uids:
            return
        ok(self.score, f"expunge in {name}", self.imap.expunge())
        box = self.model.boxes[name]
        for uid in [u for u in box if "\\Deleted" in box[u][1]]:
            del box[uid]

    def go(self, steps):
        ways = [self.append] * 6 + [self.create] * 2 + [self.copy, self.move] * 3 + \
            [self.store] * 3 + [self.delete, self.rename, self.expunge]
        for _ in range(steps):
            self.random.choice(ways)()


# ---- names as people give them

def people(score, demo):
    imap = log_in(demo)
    for name in ("Projekte &APw-ber alles/Caf&AOk-", "a b/c d", "&U,BTFw-/&ZeVnLIqe-"):
        ok(score, f"create {name}", imap.create(quoted(name)))
        score.check(f"{name} is listed", name in names(imap, quoted(name)), names(imap))
        ok(score, f"subscribe {name}", imap.subscribe(quoted(name)))
        score.check(f"{name} is subscribed", name in names(imap, quoted(name), "lsub"))
        ok(score, f"select {name}", imap.select(quoted(name)))
    score.check("a name twice", imap.create(quoted("a b/c d"))[0] == "NO")
    out = subprocess.run(["curl", "-sS", "--max-time", "30", "-u", f"{ADDRESS}:{PASSWORD}",
                          f"imap://127.0.0.1:{demo.site['imap']}/"], capture_output=True,
                         text=True)
    score.check("curl lists them", '"a b/c d"' in out.stdout, (out.stdout, out.stderr))
    for name in names(imap):
        if name != "INBOX":
            imap.unsubscribe(quoted(name))
            ok(score, f"delete {name}", imap.delete(quoted(name)))
    imap.logout()


# ---- mbsync

MBSYNC = """IMAPStore far
Host 127.0.0.1
Port {port}
User {address}
Pass {password}
SSLType None
AuthMechs LOGIN

MaildirStore near
Path {home}/mail/
Inbox {home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState {home}/state/
"""


class Maildirs:
    def __init__(self, demo):
        self.home = tempfile.mkdtemp(prefix="packetboat-mbsync-")
        os.mkdir(os.path.join(self.home, "mail"))
        os.mkdir(os.path.join(self.home, "state"))
        self.config = os.path.join(self.home, "rc")
        with open(self.config, "w") as f:
            f.write(MBSYNC.format(port=demo.site["imap"], address=ADDRESS,
                                  password=PASSWORD, home=self.home))

    def sync(self):
        return subprocess.run(["mbsync", "-c", self.config, "all"], capture_output=True,
                              text=True, timeout=120)

    def paths(self, name):
        return [path for part in ("cur", "new")
                for path in glob.glob(os.path.join(self.home, "mail", name, part, "*"))]

    def content(self, name):
        """Sorted (number, is seen, is flagged)."""
        found = []
        for path in self.paths(name):
            info = path.rsplit(":2,", 1)[1] if ":2," in path else ""
            with open(path, "rb") as f:
                number = int(f.read().split(b"message ")[1].split()[0])
            found.append((number, "S" in info, "F" in info))
        return sorted(found)

    def put(self, name, number, info="S"):
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.home, "mail", name, part), exist_ok=True)
        path = os.path.join(self.home, "mail", name, "cur", f"{number}.local:2,{info}")
        with open(path, "wb") as f:
            f.write(subject(number).replace(b"\r\n", b"\n"))

    def names(self):
        top = os.path.join(self.home, "mail")
        return sorted(os.path.relpath(p, top) for p, folders, _ in os.walk(top)
                      if "cur" in folders)


def far(imap, name):
    return sorted((number, "\\Seen" in flags, "\\Flagged" in flags)
                  for number, flags in content(imap, name).values())


def is_the_same(score, imap, near, when):
    for _ in range(2):  # superiors that the server made for a name come with the second
        out = near.sync()
        score.check(f"mbsync {when}", out.returncode == 0, out.stderr[-800:])
    there = names(imap)
    score.check(f"mbsync {when}: names", near.names() == sorted(there), (near.names(), there))
    for name in there:
        score.check(f"mbsync {when}: {name}", near.content(name) == far(imap, name),
                    (near.content(name), far(imap, name)))


def mbsync(score, demo):
    imap = log_in(demo)
    near = Maildirs(demo)
    imap.create("work/now")
    for number in range(1, 301):
        imap.append(quoted("work/now"), "(\\Flagged)" if number % 3 == 0 else None, None,
                    subject(number))
    is_the_same(score, imap, near, "takes all there is")
    score.check("mbsync has 300", len(near.content("work/now")) == 300)
    near.put("INBOX", 1001)
    near.put("home/letters", 1002, "FS")
    imap.select(quoted("work/now"))
    imap.uid("STORE", "1:50", "+FLAGS.SILENT", "(\\Seen)")
    imap.uid("MOVE", "51:60", "INBOX")
    imap.store("1:10", "+FLAGS.SILENT", "(\\Deleted)")
    imap.expunge()
    is_the_same(score, imap, near, "with both sides changed")
    score.check("mbsync: a new mailbox", far(imap, "home/letters") == [(1002, True, True)])
    score.check("mbsync: moved and expunged", len(far(imap, "work/now")) == 280 and
                len(far(imap, "INBOX")) == 11)
    for path in near.paths("work/now")[:100]:
        named = path.replace("/new/", "/cur/")
        os.rename(path, named + "T" if ":2," in path else named + ":2,T")
    is_the_same(score, imap, near, "with deletions here")
    score.check("mbsync: deleted there", len(far(imap, "work/now")) == 180)
    imap.logout()
    shutil.rmtree(near.home)


def lose_index(demo):
    for path in glob.glob(os.path.join(demo.directory, SITE, "store", "accounts", "*",
                                       "index.db*")):
        os.unlink(path)


def main():
    score = Score()
    with Demo() as demo:
        people(score, demo)
        imap = log_in(demo)
        model = Model()
        number = int(imap.select()[1][0])
        if number:
            imap.store("1:*", "+FLAGS.SILENT", "(\\Deleted)")
            imap.expunge()
        model.next["INBOX"] = int(imap.status("INBOX", "(UIDNEXT)")[1][0].split()[-1][:-1])
        for number, way in enumerate(("at once", "after a restart", "after a crash",
                                      "without the index"), 1):
            play = Play(score, imap, model, number)
            play.made = number * 1000
            play.go(150)
            if way == "at once":
                is_as(score, imap, model, way)
                continue
            if way == "after a crash":
                demo.kill()
            else:
                imap.logout()
                demo.stop()
            if way == "without the index":
                lose_index(demo)
            demo.start()
            imap = log_in(demo)
            is_as(score, imap, model, way)
        imap.logout()
    with Demo() as demo:
        mbsync(score, demo)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
