#!/usr/bin/env python3
"""K1, K3, K6, K7 over the users' files: store, append, rename, remove, make a directory.

    kfiles.py [--every N] [--seed N] [--cuts N] [K1|K3|K6|K7 ...]

build/crash/files_load works through a list of operations that both know; after a kill at its
n-th system call (K1), a power cut (K3: ext4 and XFS), or a call that failed (K6) the home
must be as after what was answered, or as after the one operation more that was under way:
nothing acknowledged is lost, and nothing is there in part.  K7 fills a disk: what fitted is
whole, what did not is not there, and after a removal there is room again.
--every 7 takes every 7th point of K1 and K6.
"""
import argparse
import errno
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BUILD, Score  # noqa: E402
from disk import Disk  # noqa: E402

LOAD = os.path.join(os.path.dirname(os.environ.get("PACKETBOAT", "")) or BUILD, "crash",
                    "files_load")  # plants.py names another build
KILLAT = os.path.join(BUILD, "crash", "killat")
OPERATIONS = 13
ERRORS = {"open": ["EIO", "ENOSPC", "EMFILE"], "write": ["EIO", "ENOSPC", "SHORT"],
          "sync": ["EIO", "ENOSPC"], "name": ["EIO", "ENOSPC"]}


def content(n, size):
    return (b"%08d" % n * (size // 8 + 1))[:size]


def operate(home, n):
    """What files_load does, to a dict."""
    home = dict(home)
    kind = 0 if n == 0 else 1 + (n - 1) % 6
    if kind == 0:
        home["d"] = None
    elif kind == 1:
        home["a"] = content(n, 1 + n * 997 % 20000)
    elif kind == 2:
        home["d/b"] = content(n, 300000)
    elif kind == 3:
        home["log"] = home.get("log", b"") + content(n, 5000)
    elif kind == 4:
        home["d/b"] = home.pop("a")
    elif kind == 5:
        home[f"c{n % 5}"] = content(n, 100)
    elif n % 12 < 6:
        del home["log"]
    else:
        home["a"] = home.get("a", b"") + content(n, 10)
    return home


def find(directory):
    """What is in the home."""
    top, found = os.path.join(directory, "accounts", "7", "home"), {}
    for place, folders, files in os.walk(top):
        below = os.path.relpath(place, top)
        for name in folders:
            found[os.path.normpath(os.path.join(below, name))] = None
        for name in files:
            with open(os.path.join(place, name), "rb") as file:
                found[os.path.normpath(os.path.join(below, name))] = file.read()
    return found


def load(directory, *words, killat=None):
    """The lines that it printed."""
    command = [LOAD, directory, *map(str, words)]
    if killat:
        command = [KILLAT, "exec", directory, killat, *command]  # its word
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120).stdout
    return out.splitlines()


def answered(lines):
    return sum(line.startswith("ok ") for line in lines)


def told(found):
    return {name: len(octets or b"") for name, octets in sorted(found.items())}


def check(score, what, directory, count, least=None):
    """The home is that of `count` operations, or of one more; and goes on from there.  Of
    what was answered only `least` count where the rest was while the power went."""
    states = [{}]
    for n in range(OPERATIONS):
        states.append(operate(states[-1], n))
    found = find(directory)
    if found not in states[count if least is None else least:count + 2]:
        score.check(what, False, f"lost or corrupt after {count}: {told(found)}")
        return
    load(directory, "sweep")
    uploads = os.path.join(directory, "accounts", "7", "uploads")
    left = os.listdir(uploads) if os.path.exists(uploads) else []
    done = max(n for n in range(count + 2) if n <= OPERATIONS and found == states[n])
    load(directory, done, OPERATIONS)
    score.check(what, find(directory) == states[-1] and not left,
                f"goes on wrongly after {done}: {told(find(directory))} {left}")


def emptied(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory)
    return directory


def k1(score, directory, every, first):
    n = first
    while True:
        lines = load(emptied(directory), 0, OPERATIONS, killat=str(n))
        check(score, f"K1: killed at call {n}", directory, answered(lines))
        if answered(lines) == OPERATIONS:
            return
        n += every


def k6(score, directory, every, first):
    number = first
    for kind, errors in ERRORS.items():
        for error in errors:
            for after in ("", "+"):
                n = 1 + number % every
                while True:
                    what = f"{kind}={error}@{n}{after}"
                    lines = load(emptied(directory), 0, OPERATIONS, killat=what)
                    refused = any(line.startswith("error ") for line in lines)
                    check(score, f"K6: {what}", directory, answered(lines))
                    if answered(lines) == OPERATIONS and not refused or n > 300:
                        break
                    n += every
                number += 1


class Working:
    """files_load at work, and what it has said so far."""

    def __init__(self, place):
        self.process = subprocess.Popen([LOAD, place, "0", str(OPERATIONS)],
                                        stdout=subprocess.PIPE)
        self.said = b""

    def hear(self, wait):
        """Whether there was something, or its end was not yet."""
        pipe = self.process.stdout.fileno()
        if not select.select([pipe], [], [], wait)[0]:
            return False
        octets = os.read(pipe, 65536)
        self.said += octets
        return bool(octets)

    def answered(self):
        return answered(self.said.decode().splitlines())

    def end(self):
        while self.hear(60):
            pass
        self.process.wait(60)


def k3(score, directory, cuts):
    for kind in ("ext4", "xfs"):
        disk = Disk(kind, directory)
        for number in range(cuts):
            disk.mount()
            place = emptied(os.path.join(disk.mount_point, "files"))
            os.sync()
            working = Working(place)
            wanted = random.randrange(OPERATIONS)
            while working.answered() < wanted and working.hear(60):
                pass
            time.sleep(random.uniform(0, 0.01))
            while working.hear(0):
                pass
            # XFS lets an fsync that its shutdown meets return 0: no power cut would.
            least = working.answered()
            disk.cut_power()
            working.end()
            disk.unmount()
            disk.mount()
            check(score, f"K3: power cut {number} on {kind}", place, working.answered(), least)
            disk.unmount()


def k7(score, directory):
    disk = Disk("ext4", directory, size=16 << 20)
    disk.mount()
    try:
        place = emptied(os.path.join(disk.mount_point, "files"))
        lines = load(place, "fill")
        count = answered(lines)
        score.check("K7: it says that the disk is full",
                    f"error {count} {errno.ENOSPC}" in lines, lines[-3:])
        wanted = {f"f{n}": content(n, 300000) for n in range(1, count)}
        wanted["again"] = content(0, 150000)
        score.check("K7: what fitted is whole, the rest is not there",
                    find(place) == wanted and count > 10, told(find(place)))
        score.check("K7: a removal gives room", "again 0 0" in lines, lines[-1:])
    finally:
        disk.unmount()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("harnesses", nargs="*", default=["K1", "K3", "K6", "K7"])
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--cuts", type=int, default=25)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options = options.parse_args()
    random.seed(options.seed)
    score, first = Score(), 1 + options.seed % options.every
    print(f"kfiles: seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="packetboat-kfiles-") as directory:
        place = os.path.join(directory, "files")
        if "K1" in options.harnesses:
            k1(score, place, options.every, first)
        if "K6" in options.harnesses:
            k6(score, place, options.every, first)
        if "K3" in options.harnesses:
            if score.check("K3: root, for loop mounts", os.geteuid() == 0):
                k3(score, directory, options.cuts)
        if "K7" in options.harnesses and os.geteuid() == 0:
            k7(score, tempfile.mkdtemp(dir=directory))
    return score.end()


sys.exit(main())
