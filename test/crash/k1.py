#!/usr/bin/env python3
"""K1 (T01): SIGKILL of a role at its n-th system call, for every n of a commit path.

    k1.py [--every N] [--seed N] [PATH ...]

Paths: deliver (SMTP, killed: mx, store), large (a message that has a file of its
own), update (POP3 QUIT after DELE, killed: pop3, auth, store), flags (IMAP STORE, killed: imap,
store), compact (packs are written anew, killed: store), recovery (the store as it starts
after a kill), rebuild (the same, and an account's index has gone).  --every 7 takes every 7th point; the seed says which.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BUILD, PASSWORD, SITE, Demo, Score  # noqa: E402
from counter import Counter, pid_of  # noqa: E402
import flagging  # noqa: E402
import ledger  # noqa: E402

POINTS_MAX = 4000


def deliver(site, book, size):
    with ledger.greet(site["smtp"]) as line:
        ledger.send(line, book, [ADDRESS], size)
        line.say(b"QUIT\r\n", b"221")


# Twice: copies of mx take turns with connections, and one of them is watched.
def act_deliver(site, book):
    deliver(site, book, 2000)
    deliver(site, book, 2000)


def act_large(site, book):
    deliver(site, book, 300_000)
    deliver(site, book, 300_000)


def act_update(site, book):
    ledger.remove_some(site["pop3"], book, ADDRESS, PASSWORD, 2)


def prepare_update(site, book):
    for _ in range(2):
        deliver(site, book, 500)


# More is expunged than left: the pack is compacted; and goes with a checkpoint later.
def act_compact(site, book):
    ledger.remove_some(site["pop3"], book, ADDRESS, PASSWORD, 5)
    time.sleep(0.1)


def prepare_compact(site, book):
    for _ in range(6):
        deliver(site, book, 6000)


def act_flags(site, book):
    FLAGS.book = book
    flagging.flag_some(site, FLAGS, ADDRESS, PASSWORD, 2)


FLAGS = flagging.Flags()

# path: (what is done, what is made ready before, the roles that are killed)
PATHS = {
    "deliver": (act_deliver, None, ["mx 0", "store 0"]),
    "large": (act_large, None, ["mx 0", "store 0"]),
    "update": (act_update, prepare_update, ["pop3 0", "auth 0", "store 0"]),
    "flags": (act_flags, prepare_update, ["imap 0", "store 0"]),
    "compact": (act_compact, prepare_compact, ["store 0"]),
}


def patiently(act, *arguments):
    end = time.monotonic() + 10
    while True:
        try:
            return act(*arguments)
        except ledger.Gone:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def one_point(killat, demo, book, path, role, n):
    act, prepare, _ = PATHS[path]
    if prepare:
        patiently(prepare, demo.site, book)
    counter = Counter(killat, pid_of(demo, role), n)
    try:
        act(demo.site, book)
    except ledger.Gone:
        pass
    killed = counter.end()
    wrong = ledger.check(demo.site, book, [ADDRESS], PASSWORD)
    if path == "flags" and flagging.check(demo.site, FLAGS, [ADDRESS], PASSWORD):
        wrong["flags undone"] += 1
    if path != "update":
        patiently(ledger.remove_some, demo.site["pop3"], book, ADDRESS, PASSWORD, 1000)
    return killed, wrong


def one_role(killat, demo, book, score, path, role, points):
    """Goes on until the action needs fewer system calls than n."""
    misses = 0
    done = 0
    for n in points:
        killed, wrong = one_point(killat, demo, book, path, role, n)
        done += killed
        if killed and done % 3 == 0:  # before the master's back-off grows long
            demo.stop()
            demo.start()
        score.check(f"{path}: {role} killed at system call {n}", not wrong, dict(wrong))
        misses = 0 if killed else misses + 1
        if misses == 3:
            break
    print(f"K1 {path}: {role} killed at {done} points", flush=True)
    score.check(f"{path}: {role} was killed at all", done > 0)


def lose_index(demo):
    """Of the only account; all of its packs are there."""
    accounts = os.path.join(demo.directory, SITE, "store", "accounts")
    for account in os.listdir(accounts):
        for name in ("index.db", "index.db-wal"):
            path = os.path.join(accounts, account, name)
            if os.path.exists(path):
                os.unlink(path)


def recovery_point(killat, demo, n, seconds):
    """The whole site under killat; its store dies before it has served for so long."""
    site = os.path.join(demo.directory, SITE)
    counter = subprocess.Popen([killat, "exec", "store", str(n), demo.binary, "serve",
                                "--dir", site], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    for line in counter.stdout:
        if "serves" in line:
            time.sleep(seconds)
            counter.terminate()
    return counter.wait(10) == 0


def recovery(killat, demo, book, score, points, rebuilds=False):
    what = "rebuild" if rebuilds else "recovery"
    misses = done = 0
    for n in points:
        for _ in range(3):
            patiently(deliver, demo.site, book, 2000)
        demo.kill()
        if rebuilds:
            lose_index(demo)
        killed = recovery_point(killat, demo, n, 0.3 if rebuilds else 0)
        demo.start()
        wrong = ledger.check(demo.site, book, [ADDRESS], PASSWORD)
        score.check(f"{what} killed at system call {n}", not wrong, dict(wrong))
        patiently(ledger.remove_some, demo.site["pop3"], book, ADDRESS, PASSWORD, 1000)
        done += killed
        misses = 0 if killed else misses + 1
        if misses == 2:
            break
    print(f"K1 {what}: store killed at {done} points", flush=True)
    score.check(f"{what} was killed at all", done > 0)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("paths", nargs="*", default=[])
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options = options.parse_args()
    random.seed(options.seed)
    print(f"K1: every {options.every}. point, seed {options.seed}", flush=True)
    score = Score()
    if not score.check("root, to trace a role", os.geteuid() == 0):
        return score.end()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere, \
            Demo(settings=ledger.COMPACT_OFTEN) as demo:
        killat = os.path.join(BUILD, "crash", "killat")
        book = ledger.Ledger(os.path.join(elsewhere, "ledger"))

        def points(path):
            # Most of a rebuild's are recovery's: a sample needs not so many of them.
            every = options.every * (6 if path == "rebuild" and options.every > 1 else 1)
            return range(1 + random.randrange(every), POINTS_MAX, every)

        for path in options.paths or [*PATHS, "recovery", "rebuild"]:
            if path in ("recovery", "rebuild"):
                recovery(killat, demo, book, score, points(path), path == "rebuild")
                continue
            for role in PATHS[path][2]:
                one_role(killat, demo, book, score, path, role, points(path))
    return score.end()


sys.exit(main())
