#!/usr/bin/env python3
"""K1, K3, K7 over FTP, as a client sees it: STOR, APPE, RNTO, DELE, MKD, RMD.

    kftp.py [--every N] [--seed N] [--cuts N] [K1|K3|K7 ...]

A role is killed at its n-th system call (K1), the power is cut while clients are at work
(K3), the disk is full (K7).  Afterwards the tree is as after what was answered, or as after
the one command more that was under way: nothing acknowledged is lost, nothing is there in
part.  kfiles.py does the same to role files alone, at more points.
"""
import argparse
import contextlib
import ftplib
import io
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BUILD, PASSWORD, Demo, Score  # noqa: E402
from counter import Counter, pid_of  # noqa: E402
from disk import Disk, chaos  # noqa: E402

POINTS_MAX = 3000
NAMES = ["a", "b", "c", "d e"]
Lost = (ftplib.Error, OSError, EOFError)


def login(demo):
    ftp = ftplib.FTP()
    ftp.connect("127.0.0.1", demo.site["ftp"], timeout=20)
    ftp.login(ADDRESS, PASSWORD)
    return ftp


def patiently(act, seconds=15):
    """Once more while the roles come back."""
    end = time.monotonic() + seconds
    while True:
        try:
            return act()
        except Lost:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Tree:
    """What is below /TOP: after what was answered, and after the command under way."""

    def __init__(self, top):
        self.top, self.known, self.under_way, self.answered = top, {}, None, 0
        self.before = []  # what it was, from the moment on in which the power goes

    def path(self, name):
        return f"/{self.top}/{name}"

    def choose(self):
        """One command: what a client says, and what the tree is like then."""
        name, other = random.sample(NAMES, 2)
        content = random.randbytes(random.choice((0, 100, 5000, 70000)))
        then = dict(self.known)
        files = [n for n in self.known if self.known[n] is not None]
        kind = random.choice(("STOR", "STOR", "APPE", "RNTO", "DELE", "MKD", "RMD"))
        if kind == "MKD":
            then["dir"] = None
            return ("MKD", "dir", None, then) if "dir" not in self.known else self.choose()
        if kind == "RMD":
            if then.pop("dir", "none") == "none":
                return self.choose()
            return "RMD", "dir", None, then
        if kind in ("RNTO", "DELE") and not files:
            return self.choose()
        if kind == "DELE":
            name = random.choice(files)
            del then[name]
        elif kind == "RNTO":
            name = random.choice(files)
            then[other] = then.pop(name)
            content = other
        else:
            then[name] = (then.get(name, b"") if kind == "APPE" else b"") + content
        return kind, name, content, then

    def one(self, ftp):
        kind, name, content, then = self.choose()
        self.under_way = then
        path = self.path(name)
        if kind in ("STOR", "APPE"):
            ftp.storbinary(f"{kind} {path}", io.BytesIO(content))
        elif kind == "RNTO":
            ftp.rename(path, self.path(content))
        else:
            ftp.voidcmd(f"{kind} {path}")
        self.before.append(self.known)
        self.known, self.under_way = then, None
        self.answered += 1

    def look(self, demo):
        ftp, found = login(demo), {}
        for name, facts in ftp.mlsd(f"/{self.top}"):
            if facts["type"] not in ("file", "dir"):
                continue
            content = io.BytesIO()
            if facts["type"] == "file":
                ftp.retrbinary(f"RETR {self.path(name)}", content.write)
            found[name] = content.getvalue() if facts["type"] == "file" else None
        ftp.quit()
        return found

    def check(self, demo):
        """What is wrong; from now on the tree is as it was found."""
        found = patiently(lambda: self.look(demo))
        wrong = {} if found in (self.known, self.under_way, *self.before) else {
            name: (kinds(self.known, name), kinds(self.under_way, name), kinds(found, name))
            for name in {*self.known, *found}
            if found.get(name, "-") != self.known.get(name, "-")}
        self.known, self.under_way, self.before = found, None, []
        return wrong


def kinds(tree, name):
    if tree is None or name not in tree:
        return "none"
    return "dir" if tree[name] is None else len(tree[name])


# ---- K1

def one_point(killat, demo, tree, role, n):
    ftp = patiently(lambda: login(demo))
    counter = Counter(killat, pid_of(demo, role), n)
    try:
        for _ in range(4):
            tree.one(ftp)
    except Lost:
        pass
    tree.before.clear()
    killed = counter.end()
    ftp.close()
    if killed:  # files may still be about what a front asked before it died
        time.sleep(0.25)
    return killed, tree.check(demo)


def kill_role(score, demo, tree, role, points):
    killat = os.path.join(BUILD, "crash", "killat")
    misses = done = 0
    for n in points:
        killed, wrong = one_point(killat, demo, tree, role, n)
        done += killed
        if killed and done % 3 == 0:  # before the master's back-off grows long
            demo.stop()
            demo.start()
        score.check(f"K1: {role} killed at system call {n}", not wrong, wrong)
        misses = 0 if killed else misses + 1
        if misses == 6:  # a command that moves much makes more calls than the next
            break
    print(f"K1: {role} killed at {done} points, {tree.answered} commands", flush=True)
    score.check(f"K1: {role} was killed at all", done > 0)


def k1(score, options):
    with Demo() as demo:
        tree = Tree("k1")
        login(demo).mkd("/k1")
        for role in ("ftp 0", "files 0", "dialer 0"):
            # dialer is asked for a listener and no more: it makes few calls.
            every = min(options.every, 11) if role == "dialer 0" else options.every
            start = 1 + random.randrange(every)
            kill_role(score, demo, tree, role, range(start, POINTS_MAX, every))


# ---- K3

def work(demo, tree, ended):
    while not ended.is_set():
        try:
            ftp = login(demo)
            while not ended.is_set():
                tree.one(ftp)
        except Lost:
            return  # the power has gone: what was under way may be either


def cut(disk, demo, trees):
    ended = threading.Event()
    threads = [threading.Thread(target=work, args=(demo, tree, ended), daemon=True)
               for tree in trees]
    threads.append(threading.Thread(target=chaos, args=(disk.mount_point, ended), daemon=True))
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.3, 1.5))
    for tree in trees:  # an fsync that XFS's shutdown meets may return 0 all the same
        tree.before.clear()
    disk.cut_power()
    demo.kill()
    ended.set()
    for thread in threads:
        thread.join(30)
    disk.unmount()


@contextlib.contextmanager
def site_on(kind, size=512 << 20):
    """A demo on a disk of its own."""
    with tempfile.TemporaryDirectory(prefix="packetboat-kftp-") as directory:
        disk = Disk(kind, directory, size)
        disk.mount()
        demo = Demo(directory=disk.mount_point, log=os.path.join(directory, "log"))
        try:
            yield disk, demo.start()
        finally:
            demo.stop()
            disk.unmount()


def k3_on(score, kind, cuts):
    with site_on(kind) as (disk, demo):
        trees = [Tree(f"k3.{i}") for i in range(3)]
        for tree in trees:
            login(demo).mkd(f"/{tree.top}")
        for number in range(cuts):
            cut(disk, demo, trees)
            disk.mount()
            demo.start()
            for tree in trees:
                wrong = tree.check(demo)
                score.check(f"K3: power cut {number} on {kind}, {tree.top}: nothing lost, nothing by "
                            "half", not wrong, wrong)
    answered = sum(tree.answered for tree in trees)
    print(f"K3: {cuts} power cuts on {kind}, {answered} commands", flush=True)
    score.check(f"K3: work was done on {kind}", answered > 10 * cuts, answered)


def k3(score, options):
    for kind in ("ext4", "xfs"):
        k3_on(score, kind, options.cuts)


# ---- K7

def store(ftp, path, content):
    """The code of the refusal, or None; the data connection may break before it is heard."""
    try:
        ftp.storbinary(f"STOR {path}", io.BytesIO(content))
    except ftplib.Error as why:
        return str(why)[:3]
    except OSError:
        try:
            ftp.voidresp()
        except ftplib.Error as why:
            return str(why)[:3]
    return None


def fill(ftp):
    """Until two are refused: the codes, and what fitted."""
    stored, refused = {}, []
    for number in range(400):
        content = random.randbytes(300_000)
        if code := store(ftp, f"/full/f{number}", content):
            refused.append(code)
        else:
            stored[f"f{number}"] = content
        if len(refused) == 2:
            break
    return stored, refused


def k7(score, _):
    with site_on("ext4", 112 << 20) as (_, demo):
        tree, ftp = Tree("full"), login(demo)
        ftp.mkd("/full")
        tree.known, refused = fill(ftp)
        score.check("K7: a full disk is 452, and the session goes on", refused == ["452"] * 2,
                    refused)
        wrong = tree.check(demo)
        score.check("K7: what fitted is whole, and nothing is there by half", not wrong, wrong)
        for name in list(tree.known)[:5]:
            ftp.delete(tree.path(name))
            del tree.known[name]
        code = store(ftp, tree.path("a"), bytes(300_000))
        tree.known["a"] = bytes(300_000)
        wrong = tree.check(demo)
        score.check("K7: after a removal there is room again", not (code or wrong), (code, wrong))
        ftp.quit()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("what", nargs="*", default=[])
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--cuts", type=int, default=10)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options = options.parse_args()
    random.seed(options.seed)
    print(f"kftp: every {options.every}. point, {options.cuts} cuts, seed {options.seed}",
          flush=True)
    score = Score()
    if not score.check("root, to trace a role and for loop mounts", os.geteuid() == 0):
        return score.end()
    for name, run in (("K1", k1), ("K3", k3), ("K7", k7)):
        if name in (options.what or [name]):
            run(score, options)
    return score.end()


sys.exit(main())
