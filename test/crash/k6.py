#!/usr/bin/env python3
"""K6 (A25, T03): calls of store and auth that touch files fail, one by one.

    k6.py [--sample N] [--seed N] [--only WORD] [PATH ...]

Each call of each kind (killat: open, write, sync, name, size, close) once, or from there
on, with EIO, ENOSPC, EDQUOT, EMFILE, EINTR, or half of it done; over deliver, large,
update (POP3 QUIT), flags (IMAP STORE), checkpoint, accounts (add and passwd), recovery,
and text: the same delivery with the index of words, which is off for the others, since its
thread writes when it comes to it, and which call is the n-th would be a matter of luck.
Whatever fails:
nothing that was acknowledged is lost, undone or changed, what is refused is refused for
now (4yz, [SYS/TEMP]), no role ends, and the store is sound afterwards.  When there is room
again all is well without a restart; a sync that failed, or a write of the journal, is final:
nothing is accepted after it.
--sample 60 takes about so many of the points, as many of each path, at even distances, from
a place that the seed says; --only EDQUOT those points that have the word in them.
"""
import argparse
import glob
import os
import random
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, BUILD, Score, free_base  # noqa: E402
from peer import BOB, KETCHUP, Site, wait_until  # noqa: E402
import flagging  # noqa: E402
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

FLAGS = flagging.Flags()
IMAP = free_base() + 143


def ports(site):
    return {"smtp": site.smtp, "pop3": site.pop3, "imap": IMAP}


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


def index_sizes(site):
    texts = glob.glob(os.path.join(site.directory, "store", "accounts", "*", "text.*"))
    return {path: os.path.getsize(path) for path in texts if not path.endswith("-shm")}


def text(site, book):
    """Until its words have come to the index's file, or nothing comes."""
    before = index_sizes(site)
    send(site, book, 2000)
    wait_until(lambda: index_sizes(site) != before, 2)
    time.sleep(0.2)


def update(site, book):
    ledger.remove_some(site.pop3, book, BOB, KETCHUP, 2)
    time.sleep(0.4)


def flags(site, book):
    FLAGS.book = book
    flagging.flag_some(ports(site), FLAGS, BOB, KETCHUP, 2)
    time.sleep(0.4)


def two_messages(site, book):
    for _ in range(2):
        send(site, book, 500)


def checkpoint(site, book):
    with ledger.greet(site.smtp) as line:
        for _ in range(8):  # a quarter of the journal and more
            ledger.send(line, book, [BOB], 180_000)
    time.sleep(0.2)


# path: (what is done, before it, the role)
PATHS = {"deliver": (deliver, None, "store 0"), "large": (large, None, "store 0"),
         "update": (update, two_messages, "store 0"),
         "flags": (flags, two_messages, "store 0"),
         "checkpoint": (checkpoint, None, "store 0"),
         "text": (text, None, "store 0")}


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
    ill = kind != "sync" and error in NO_ROOM and failed and \
        not has_given_up(site, error) and not is_well(site, book) and \
        not has_given_up(site, error)  # when what it said first was a write that failed, too
    refused = attempt(send, site, book, 100)
    if ill:
        wrong.append(f"not well again, with nothing in its way: {refused}")
    if refused is not None:
        restart(site)
    wrong += dict(ledger.check(ports(site), book, [BOB], KETCHUP)).items()
    if path == "flags" and flagging.check(ports(site), FLAGS, [BOB], KETCHUP):
        wrong.append("flags are undone")
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
    act(site, book)  # the first one makes files
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


def points_of_path(site, book, path):
    if path == "accounts":
        return [(word, what) for word in ("add", "passwd")
                for what in points_of(count_account(site, word))]
    if path == "recovery":
        return [(path, what) for what in points_of(RECOVERY)]
    return [(path, what) for what in points_of(count_path(site, book, path))]


def play(site, book, path, what):
    if path in ("add", "passwd"):
        return account_point(site, what, path)
    if path == "recovery":
        return recovery_point(site, book, what)
    return one_point(site, book, path, what)


def play_path(score, site, book, path, options):
    """(how many points were played, at how many of them a call failed)"""
    points = [point for point in points_of_path(site, book, path)
              if options.only in ": ".join(point)]
    every = max(1, len(points) // options.share) if options.share else 1
    taken = points[random.randrange(every)::every]
    print(f"K6: {path}, {len(points)} points, every {every}.", flush=True)
    hits = 0
    for word, what in taken:
        try:
            failed, wrong = play(site, book, word, what)
        except (ledger.Gone, RuntimeError, OSError, KeyError) as why:
            failed, wrong = 1, repr(why)
            restart(site)
        hits += failed > 0
        score.check(f"{word}: {what}", not wrong, f"{wrong}; {site.said()[-600:]}")
    print(f"K6: {path}, calls failed at {hits} of {len(taken)}", flush=True)
    is_sound(score, site, path)
    return len(taken), hits


def main():
    options = argparse.ArgumentParser()
    options.add_argument("paths", nargs="*", default=[])
    options.add_argument("--sample", type=int, default=0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", default="")
    options = options.parse_args()
    random.seed(options.seed)
    paths = options.paths or [*PATHS, "accounts", "recovery"]
    options.share = -(-options.sample // len(paths))
    score = Score()
    if not score.check("root, to trace a role", os.geteuid() == 0):
        return score.end()
    print(f"K6: seed {options.seed}", flush=True)
    played = hits = 0
    for index in ("no", "yes"):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere, \
                Site(f"ask_seconds = 3\ntext_index = {index}\n"
                     f"listen imap {{ address = 127.0.0.1  port = {IMAP} }}\n") as site:
            book = ledger.Ledger(os.path.join(elsewhere, "ledger"))
            for path in paths:
                if (path == "text") == (index == "yes"):
                    now = play_path(score, site, book, path, options)
                    played, hits = played + now[0], hits + now[1]
    score.check("many points were reached", 3 * hits > played, f"{hits} of {played}")
    return score.end()


sys.exit(main())
