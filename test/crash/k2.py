#!/usr/bin/env python3
"""K2: kill -9 of a random role, or of the master, under mixed load; nothing is lost.

    k2.py [ROUNDS] [--seed N]
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402
import flagging  # noqa: E402
import ledger  # noqa: E402

USERS = [ADDRESS, "carol@hamburger.edu", "dave@hamburger.edu"]


def add_users(demo):
    for user in USERS[1:]:
        subprocess.run([BINARY, "account", "add", user, "--dir",
                        os.path.join(demo.directory, SITE)],
                       input=PASSWORD.encode() + b"\n", check=True,
                       stdout=subprocess.DEVNULL)


def wait_for(pid_of, name, old, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if pid_of().get(name, old) != old:
            return True
        time.sleep(0.005)
    return False


def kill_one(demo, score):
    roles = demo.roles()
    names = sorted(roles)
    name = random.choice(names + ["master"])
    if name == "master":
        os.kill(demo.site["pid"], signal.SIGKILL)
        demo.process.wait(20)
        demo.stop()
        demo.start()
        return name
    os.kill(roles[name], signal.SIGKILL)
    back = wait_for(demo.roles, name, roles[name], 2)
    score.check(f"{name} is back", back)
    after = demo.roles()
    unharmed = all(after.get(n) == p for n, p in roles.items() if n != name)
    score.check(f"the others lived through {name}'s end", unharmed, f"{roles} {after}")
    return name


def one_round(number, demo, score, book, flags):
    load = ledger.Load(demo.site, book, USERS, PASSWORD).start()
    flagger = flagging.Flagger(demo.site, flags, USERS, PASSWORD).start()
    time.sleep(random.uniform(0.2, 1.0))
    name = kill_one(demo, score)
    load.site = flagger.site = demo.site
    time.sleep(random.uniform(0.1, 0.5))
    load.stop()
    flagger.stop()
    wrong = ledger.check(demo.site, book, USERS, PASSWORD)
    unflagged = flagging.check(demo.site, flags, USERS, PASSWORD)
    score.check(f"round {number}, {name} killed: flags are undone", unflagged == 0, unflagged)
    score.check(f"round {number}, {name} killed", not wrong, dict(wrong))
    ledger.empty(demo.site, book, USERS, PASSWORD)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("rounds", type=int, nargs="?", default=10)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options = options.parse_args()
    random.seed(options.seed)
    print(f"K2: {options.rounds} rounds, seed {options.seed}", flush=True)
    score = Score()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere, \
            Demo(settings=ledger.COMPACT_OFTEN) as demo:
        add_users(demo)
        book = ledger.Ledger(os.path.join(elsewhere, "ledger"))
        flags = flagging.Flags(book)
        for number in range(1, options.rounds + 1):
            one_round(number, demo, score, book, flags)
        print(f"K2: {dict(book.counts)}, {flags.stored} STOREs, {flags.appended} APPENDs, {flags.boxes.done} changes of mailboxes", flush=True)
        score.check("messages were appended", flags.appended > options.rounds, flags.appended)
        score.check("flags were stored", flags.stored > options.rounds, flags.stored)
        score.check("work was done", book.counts["accepted"] > 10 * options.rounds and
                    book.counts["deleted"] > options.rounds, dict(book.counts))
    return score.end()


sys.exit(main())
