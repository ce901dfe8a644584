#!/usr/bin/env python3
"""K6 (A25, T03): calls of store and auth that touch files fail, one by one.

    k6.py [--sample N] [--seed N] [--only WORD] [PATH ...]

Each call of each kind (killat: open, write, sync, name, size, close) once, or from there
on, with EIO, ENOSPC, EDQUOT, EMFILE, EINTR, or half of it done; over deliver, large,
update (POP3 QUIT), checkpoint, accounts (add and passwd), and recovery.  Whatever fails:
nothing that was acknowledged is lost, undone or changed, what is refused is refused for
now (4yz, [SYS/TEMP]), no role ends, and the store is sound afterwards.  When there is room
again all is well without a restart; a sync that failed, or a write of the journal, is final:
nothing is accepted after it.
--sample 60 takes about so many of the points, at even distances, from a place that the seed
says; --only EDQUOT those points that have the word in them.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, BUILD, Score  # noqa: E402
from peer import BOB, KETCHUP, Site, wait_until  # noqa: E402
import ledger  # noqa: E402

KILLAT = os.path.join(BUILD, "crash", "killat")
ERRORS = {"open": ["EIO", "ENOSPC", "EMFILE"], "write": ["EIO", "ENOSPC", "EDQUOT", "SHORT",
                                                        "EINTR"],
          "sync": ["EIO", "ENOSPC", "EDQUOT"], "name": ["EIO", "ENOSPC", "EDQUOT"],
          "size": ["EIO", "ENOSPC"], "close": ["EIO", "EINTR"]}
NO_ROOM = {"ENOSPC", "EDQUOT", "EMFILE", "EINTR", "SHORT"}
FOR_NOW = re.compile(r"^(4\d\d |-ERR \[SYS/TEMP\]|closed|timed out|.*[Rr]eset|.*[Bb]roken)")
CAROL = "carol@hamburger.edu"


class Refused(Exception):
    """For good, or with words that tell nothing."""


class Tamper:
    """killat beside a role that runs."""

    def __init__(self, pid, what):
        self.process = subprocess.Popen([KILLAT, "attach", str(pid), what], text=True,
                                        stdout=subprocess.PIPE)
        if self.process.stdout.readline() != "attached\n":
            raise RuntimeError("killat could not attach")

    def end(self):
        self.process.terminate()
        said = self.process.stdout.read()
        self.process.wait(10)
        return said.strip().splitlines()[-1]


# ---- what is done meanwhile; (site, ledger) -> None, or ledger.Gone

def ports(site):
    return {"smtp": site.smtp, "pop3": site.pop3}


def send(site, book, size):
    with ledger.greet(site.smtp) as line:
        ledger.send(line, book, [BOB], size)
        line.say(b"QUIT\r\n", b"221")


def deliver(site, book):
    send(site, book, 2000)
    time.sleep(0.4)  # the applier's turn comes then


def large(site, book):
    send(site, book, 300_000)
    time.sleep(0.4)


def update(site, book):
    ledger.remove_some(site.pop3, book, BOB, KETCHUP, 2)
    time.sleep(0.4)


def checkpoint(site, book):
    with ledger.greet(site.smtp) as line:
        for _ in range(8):  # a quarter of the journal and more
            ledger.send(line, book, [BOB], 180_000)
    time.sleep(0.2)


# path: (what is done, before it, the role)
PATHS = {"deliver": (deliver, None, "store 0"), "large": (large, None, "store 0"),
         "update": (update, lambda site, book: [send(site, book, 500) for _ in range(2)],
                    "store 0"),
         "checkpoint": (checkpoint, None, "store 0")}


def attempt(act, *arguments):
    """None, or how it was refused."""
    try:
        act(*arguments)
    except ledger.Gone as why:
        if not FOR_NOW.match(str(why)):
            raise Refused(str(why)) from None
        return str(why)
    return None


def is_well(site, book):
    return wait_until(lambda: attempt(send, site, book, 100) is None, 20) is not None


def restart(site):
    site.stop()
    site.start()


# ---- one point

def has_given_up(site, error):
    """Journal and checkpoint have their room from the start: when they cannot be written,
    that is final."""
    said = site.said()[-1500:]
    return error not in ("SHORT", "EINTR") and any(
        "the store fails: " + what in said
        for what in ("writing the journal", "making the account folders durable"))


def one_point(site, book, path, what):
    """(how often it failed, what is wrong)"""
    act, prepare, role = PATHS[path]
    kind, error = re.match(r"(\w+)=(\w+)@", what).groups()
    if prepare:
        prepare(site, book)
    wrong = []
    pid = site.roles()[role]
    tamper = Tamper(pid, what)
    try:
        attempt(act, site, book)
    except Refused as why:
        wrong.append(f"refused: {why}")
    failed = int(tamper.end())
    if site.roles().get(role) != pid:
        wrong.append(f"{role} has ended")
    if kind == "sync" and failed and error != "EINTR" and path == "deliver" and \
            attempt(send, site, book, 100) is None:
        store_said = site.said()[-2000:]
        if "sync" not in store_said:
            wrong.append("a sync has failed, and nothing was said")
    if kind != "sync" and error in NO_ROOM and failed and not has_given_up(site, error) \
            and not is_well(site, book):
        wrong.append("not well again, with nothing in its way")
    if attempt(send, site, book, 100) is not None:
        restart(site)
    wrong += dict(ledger.check(ports(site), book, [BOB], KETCHUP)).items()
    ledger.remove_some(site.pop3, book, BOB, KETCHUP, 1000)
    return failed, wrong


def is_sound(score, site, what):
    site.stop()
    done = subprocess.run([BINARY, "verify", "--dir", site.directory], capture_output=True,
                          text=True, timeout=60)
    score.check(f"{what}: the store is sound", done.returncode == 0,
                (done.stdout + done.stderr)[-500:])
    site.start()


# ---- accounts

def account(site, word, address, password):
    return subprocess.run([BINARY, "account", word, address, "--dir", site.directory],
                          input=password + "\n", capture_output=True, text=True,
                          timeout=60).returncode == 0


def may_login(site, address, password):
    try:
        with ledger.login(site.pop3, address, password):
            return True
    except ledger.Gone as why:
        if "[AUTH]" in str(why):
            return False
        raise


def account_point(site, what, word):
    """An account is there with its password, or it is not; a password is the new one or
    the old one, and the new one when that was said."""
    account(site, "remove", CAROL, "")
    if word == "passwd":
        account(site, "add", CAROL, "first-one")
    pid = site.roles()["auth 0"]
    tamper = Tamper(pid, what)
    done = account(site, word, CAROL, "second-one")
    failed = int(tamper.end())
    wrong = [] if site.roles().get("auth 0") == pid else ["auth 0 has ended"]
    for when in ("now", "after a restart"):
        new = may_login(site, CAROL, "second-one")
        old = word == "passwd" and may_login(site, CAROL, "first-one")
        if done and not new or new and old or word == "passwd" and not new and not old:
            wrong.append(f"{when}: done {done}, new {new}, old {old}")
        if when == "now" and failed:
            restart(site)
    if not account(site, "passwd" if new or old else "add", CAROL, "third-one"):
        wrong.append("no change is possible afterwards")
    return failed, wrong


# ---- recovery

def recovery_point(site, book, what):
    for _ in range(3):
        send(site, book, 2000)
    send(site, book, 300_000)
    site.process.kill()  # its roles go with it
    site.process.wait()
    site.process.stdout.close()
    site.process = None
    serve = subprocess.Popen([KILLAT, "exec", "store", what, BINARY, "serve", "--dir",
                              site.directory], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 15
    for line in serve.stdout:
        last = line
        if "serves" in line or time.monotonic() > end:
            serve.terminate()
    serve.wait(10)
    site.start()
    wrong = dict(ledger.check(ports(site), book, [BOB], KETCHUP))
    ledger.remove_some(site.pop3, book, BOB, KETCHUP, 1000)
    return int(last) if last.strip().isdigit() else 0, wrong


# ---- all points

def numbers(said):
    return {kind: int(n) for kind, n in re.findall(r"(\w+)=(\d+)", said)}


def count_path(site, book, path):
    act, prepare, role = PATHS[path]
    if prepare:
        prepare(site, book)
    tamper = Tamper(site.roles()[role], "count")
    act(site, book)
    return numbers(tamper.end())


def count_account(site, word):
    account(site, "remove", CAROL, "")
    if word == "passwd":
        account(site, "add", CAROL, "first-one")
    tamper = Tamper(site.roles()["auth 0"], "count")
    account(site, word, CAROL, "second-one")
    return numbers(tamper.end())


def points_of(counts):
    for kind, most in counts.items():
        for error in ERRORS[kind]:
            for n in range(1, most + 1):
                yield f"{kind}={error}@{n}"
                if error not in ("EINTR", "SHORT") and n in (1, most):
                    yield f"{kind}={error}@{n}+"


RECOVERY = {"open": 12, "write": 14, "sync": 8, "name": 4, "size": 4, "close": 6}


def all_points(site, book, paths):
    for path in paths:
        if path == "accounts":
            for word in ("add", "passwd"):
                for what in points_of(count_account(site, word)):
                    yield word, what
        elif path == "recovery":
            for what in points_of(RECOVERY):
                yield path, what
        else:
            for what in points_of(count_path(site, book, path)):
                yield path, what


def play(site, book, path, what):
    if path in ("add", "passwd"):
        return account_point(site, what, path)
    if path == "recovery":
        return recovery_point(site, book, what)
    return one_point(site, book, path, what)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("paths", nargs="*", default=[])
    options.add_argument("--sample", type=int, default=0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", default="")
    options = options.parse_args()
    random.seed(options.seed)
    score = Score()
    if not score.check("root, to trace a role", os.geteuid() == 0):
        return score.end()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere, \
            Site("ask_seconds = 3\n") as site:
        book = ledger.Ledger(os.path.join(elsewhere, "ledger"))
        paths = options.paths or [*PATHS, "accounts", "recovery"]
        points = [point for point in all_points(site, book, paths)
                  if options.only in ": ".join(point)]
        every = max(1, len(points) // options.sample) if options.sample else 1
        first = random.randrange(every)
        print(f"K6: {len(points)} points, every {every}., seed {options.seed}", flush=True)
        hits = last = 0
        for path, what in points[first::every]:
            if path != last and last in PATHS:
                is_sound(score, site, last)
            last = path
            try:
                failed, wrong = play(site, book, path, what)
            except (ledger.Gone, RuntimeError, OSError, KeyError) as why:
                failed, wrong = 1, repr(why)
                restart(site)
            hits += failed > 0
            score.check(f"{path}: {what}", not wrong, f"{wrong}; {site.said()[-600:]}")
        print(f"K6: calls failed at {hits} points", flush=True)
        score.check("many points were reached", 3 * hits > len(points) // every,
                    hits)
        is_sound(score, site, "all")
    return score.end()


sys.exit(main())
