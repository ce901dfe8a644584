#!/usr/bin/env python3
"""K11: octets that the disk has turned, lost, zeroed or mixed up, in every file of the
store.  The server starts all the same (or says what is damaged, and ends), no role dies;
a damaged index is made anew, and everything is there; what a damaged pack costs is the
messages that lie there; the other accounts notice nothing.

    k11.py [ROUNDS] [--seed N] [--only ROUND]

--only plays that round alone, of those that the seed says, and leaves the store to look at.
"""
import argparse
import collections
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402
import ledger  # noqa: E402

USERS = [ADDRESS, "carol@hamburger.edu", "dave@hamburger.edu"]


# ---- a store with a little of everything

def fill(site, book):
    for size in (*[random.randrange(100, 9000) for _ in range(25)], 300_000):
        for user in USERS:
            with ledger.greet(site["smtp"]) as line:
                ledger.send(line, book, [user], size)
    with ledger.greet(site["smtp"]) as line:
        ledger.send(line, book, USERS, 5000)
    for user in USERS:
        ledger.remove_some(site["pop3"], book, user, PASSWORD, 9)


def add_users(demo):
    for user in USERS[1:]:
        subprocess.run([BINARY, "account", "add", user, "--dir",
                        os.path.join(demo.directory, SITE)],
                       input=PASSWORD.encode() + b"\n", check=True,
                       stdout=subprocess.DEVNULL)


def retrieve(site, user, number):
    """A session of its own: it ends when a message breaks off."""
    with ledger.patient_login(site["pop3"], user, PASSWORD, 15) as line:
        try:
            return hashlib.sha256(ledger.retrieve(line, number)).hexdigest()
        except ledger.Gone:
            return None


def contents(site, user):
    """{uidl: sha256} of a mailbox; what cannot be read is None."""
    with ledger.patient_login(site["pop3"], user, PASSWORD, 15) as line:
        uidls = ledger.uidls(line)
        found = {}
        try:
            for number, uidl in enumerate(uidls, 1):
                found[uidl] = hashlib.sha256(ledger.retrieve(line, number)).hexdigest()
        except ledger.Gone:
            pass
    for number, uidl in enumerate(uidls, 1):
        if uidl not in found:
            found[uidl] = retrieve(site, user, number)
    return found


# ---- what can happen to a file

def flip(path, size):
    with open(path, "r+b") as f:
        for _ in range(random.choice((1, 1, 2, 8))):
            at = random.randrange(size)
            f.seek(at)
            octet = f.read(1)[0]
            f.seek(at)
            f.write(bytes([octet ^ 1 << random.randrange(8)]))


def truncate(path, size):
    os.truncate(path, random.randrange(size))


def zero(path, size):
    with open(path, "r+b") as f:
        f.seek(random.randrange(size) // 512 * 512)
        f.write(bytes(random.choice((512, 4096))))


def swap_blocks(path, size):
    block = random.choice((512, 4096))
    if size < 2 * block:
        return
    with open(path, "r+b") as f:
        places = [random.randrange(size // block) * block for _ in range(2)]
        octets = []
        for at in places:
            f.seek(at)
            octets.append(f.read(block))
        for at, other in zip(places, reversed(octets)):
            f.seek(at)
            f.write(other)


def lose(path, _):
    os.unlink(path)


HARMS = [flip, flip, truncate, zero, swap_blocks]


class Store:
    """The files of a stopped site's store, by what they are."""

    def __init__(self, path):
        self.path = path
        self.accounts = sorted(os.listdir(os.path.join(path, "accounts")), key=int)

    def files(self, kind, account):
        if kind == "journal":
            return [os.path.join(self.path, "journal", f"j{i}") for i in range(4)]
        if kind == "checkpoint":
            return [os.path.join(self.path, "checkpoint")]
        folder = os.path.join(self.path, "accounts", account)
        if kind == "big":
            folder = os.path.join(folder, "big")
        names = {"index": "index.db", "log": "index.db-wal", "pack": "pack.", "big": ""}
        return [os.path.join(folder, name) for name in os.listdir(folder)
                if name == names[kind] or kind in ("pack", "big") and
                name.startswith(names[kind])]

    def harm(self, kind, account):
        path = random.choice(self.files(kind, account) or [""])
        size = os.path.getsize(path) if os.path.exists(path) else 0
        if size == 0:
            return None
        harms = HARMS + ([lose] if kind in ("index", "log", "big") else [])
        harm = random.choice(harms)
        harm(path, size)
        return f"{harm.__name__} in {os.path.relpath(path, self.path)}"


KINDS = ["index"] * 4 + ["log"] * 4 + ["pack"] * 4 + ["index+pack"] * 2 + \
    ["big", "journal", "checkpoint"]


# ---- one round

def verify(site):
    return subprocess.run([BINARY, "verify", "--dir", site], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def compare(score, what, kind, user, harmed, before, after):
    """What may be missing, and what may not."""
    extra = set(after) - set(before)
    missing = set(before) - set(after)
    other = {u for u in before if u in after and after[u] != before[u]}
    if not harmed:
        score.check(f"{what}: {user} notices nothing", not (extra or missing or other),
                    f"extra {extra} missing {missing} other {other}")
    elif kind in ("index", "log"):
        score.check(f"{what}: all of {user} is there again",
                    not (extra or missing or other),
                    f"extra {len(extra)} missing {len(missing)} other {len(other)}")
    elif kind in ("pack", "big"):
        score.check(f"{what}: {user} has all uids", not (extra or missing),
                    f"extra {extra} missing {missing}")
    else:  # both: a tombstone may be among what is lost, and uids are never reused
        score.check(f"{what}: {user} has nothing of others",
                    not other or all(after[u] is None or u in before for u in other))


def logged(demo, since):
    with open(demo.log_path, encoding="utf-8", errors="replace") as f:
        f.seek(since)
        return f.read()


def harm_copy(template, store):
    """(what the copy is of, the account that was harmed, its kind, what was done)"""
    shutil.rmtree(store)
    shutil.copytree(template, store)
    kind, copy = random.choice(KINDS), Store(store)
    account = random.choice(copy.accounts)
    return copy, account, kind, [copy.harm(each, account) for each in kind.split("+")]


def one_round(number, demo, score, template, before):
    site = os.path.join(demo.directory, SITE)
    copy, account, kind, harms = harm_copy(template, os.path.join(site, "store"))
    if not any(harms):
        return "nothing"
    what = f"round {number}, {' and '.join(filter(None, harms))}"
    said = verify(site)
    score.check(f"{what}: verify looks at it", said.returncode in (0, 1), said.stdout[-300:])
    since = os.path.getsize(demo.log_path)
    try:
        demo.start()
    except RuntimeError:
        log = logged(demo, since)
        score.check(f"{what}: refused, with a reason", kind in ("journal", "checkpoint") and
                    "damaged" in log and "signal" not in log, log[-600:])
        return "refused"
    roles = demo.roles()
    for user, shas in before.items():
        index = USERS.index(user)
        harmed = kind not in ("journal", "checkpoint") and copy.accounts[index] == account
        compare(score, what, kind, user, harmed, shas, contents(demo.site, user))
    score.check(f"{what}: no role has died", demo.roles() == roles,
                f"{roles} {demo.roles()}")
    demo.stop()
    rebuilt = "has been rebuilt" in logged(demo, since)
    if kind in ("index", "log", "journal"):
        after = verify(site)
        # In pages that nobody has read yet: whoever reads them has the index rebuilt.
        dormant = not rebuilt and "the index is damaged" in after.stdout
        score.check(f"{what}: whole again", after.returncode == 0 or dormant,
                    after.stdout[-400:])
        if dormant:
            return "dormant"
    return "rebuilt" if rebuilt else "seen by verify alone" if said.returncode else "harmless"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("rounds", type=int, nargs="?", default=1000)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", type=int, default=0)
    options = options.parse_args()
    random.seed(options.seed)
    print(f"K11: {options.rounds} rounds, seed {options.seed}", flush=True)
    score, fates = Score(), collections.Counter()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere, \
            Demo(settings=ledger.COMPACT_OFTEN) as demo:
        add_users(demo)
        fill(demo.site, ledger.Ledger(os.path.join(elsewhere, "ledger")))
        before = {user: contents(demo.site, user) for user in USERS}
        demo.stop()
        template = os.path.join(elsewhere, "store")
        shutil.copytree(os.path.join(demo.directory, SITE, "store"), template)
        store = os.path.join(demo.directory, SITE, "store")
        for _ in range(options.only - 1):
            harm_copy(template, store)
        for number in [options.only] if options.only else range(1, options.rounds + 1):
            fates[one_round(number, demo, score, template, before)] += 1
        if options.only:
            shutil.copytree(store, f"k11-{options.only}", dirs_exist_ok=True)
            print(f"K11: the store is left in k11-{options.only}")
    print(f"K11: {dict(fates)}", flush=True)
    score.check("indexes were rebuilt", options.rounds < 10 or options.only or fates["rebuilt"] > 0, fates)
    return score.end()


sys.exit(main())
