#!/usr/bin/env python3
"""K7 (A25): a disk that is full, of 16 megabytes.

    k7.py [ROUNDS]

The site lives on a small ext4 in a loop image, and then on a tmpfs; without root in a
namespace of its own, on a tmpfs alone.  Mail comes in until there is no room: what is
refused is refused for now, in a session that goes on; maildrops are read and emptied,
accounts made or refused, and nothing is there by half.  With room again all is well, and
nothing that was acknowledged is lost.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from peer import BOB, KETCHUP, Pop3, Site, wait_until  # noqa: E402
import ledger  # noqa: E402

MEGABYTES = 16


class Disk:
    """A file system of a few megabytes, mounted; kind: ext4 or tmpfs."""

    def __init__(self, kind):
        self.kind = kind
        self.place = tempfile.mkdtemp(prefix="packetboat-k7-")
        self.image = self.place + ".image"

    def __enter__(self):
        if self.kind == "tmpfs":
            command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755",
                       "packetboat-test", self.place]
        else:
            with open(self.image, "wb") as f:
                f.truncate(MEGABYTES << 20)
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image], check=True)
            command = ["mount", "-o", "loop", self.image, self.place]
        subprocess.run(command, check=True)
        os.chmod(self.place, 0o755)
        return self

    def room(self):
        s = os.statvfs(self.place)
        return s.f_bavail * s.f_frsize

    def fill(self, leave):
        """Ballast; what is left are so many octets."""
        path = os.path.join(self.place, "ballast")
        with open(path, "ab", buffering=0) as f:
            while (more := min(self.room() - leave, 1 << 16)) > 0:
                try:
                    f.write(b"\0" * more)
                    os.fsync(f.fileno())
                except OSError:
                    return

    def drop(self):
        os.unlink(os.path.join(self.place, "ballast"))

    def __exit__(self, *_):
        subprocess.run(["umount", self.place])
        os.rmdir(self.place)
        if os.path.exists(self.image):
            os.unlink(self.image)


def attempt(act, *arguments):
    try:
        act(*arguments)
    except ledger.Gone as why:
        return str(why)
    return None


def send(site, book, size):
    with ledger.greet(site.smtp) as line:
        line.socket.settimeout(30)
        ledger.send(line, book, [BOB], size)


def fill_by_mail(score, site, book, name):
    """Until two are refused; each refusal leaves the session usable."""
    accepted, refused, end = 0, [], time.monotonic() + 40
    while len(refused) < 2 and accepted < 300 and time.monotonic() < end:
        why = attempt(send, site, book, (2000, 40_000, 300_000)[accepted % 3])
        if why is None:
            accepted += 1
        else:
            refused.append(why)
    score.check(f"{name}: refused for now", bool(refused) and
                all(why[:3] in ("452", "451") for why in refused), (accepted, refused))
    return accepted


def check(score, ports, book, what):
    """The folder's next try may be a moment away: then the maildrop is not open yet."""
    wrong = ["never open"]

    def look():
        wrong[:] = dict(ledger.check(ports, book, [BOB], KETCHUP)).items()

    wait_until(lambda: attempt(look) is None, 10)
    score.check(what, not wrong, wrong)


def while_full(score, site, book, name):
    carol = f"carol.{name.replace(' ', '.')}@hamburger.edu"
    with Pop3(site.pop3, seconds=30) as pop:
        reply = pop.login()
        score.check(f"{name}: a maildrop is read", reply.startswith(b"+OK") and
                    pop.retrieve(1) is not None, reply)
    done = subprocess.run([BINARY, "account", "add", carol, "--dir",
                           site.directory], input="ketchup2\n", capture_output=True,
                          text=True, timeout=60)
    with Pop3(site.pop3, seconds=30) as pop:
        reply = pop.login(carol, "ketchup2")
        score.check(f"{name}: an account is there, or it is not",
                    (reply[:3] == b"+OK") == (done.returncode == 0) or
                    b"[SYS/TEMP]" in reply, (done.returncode, done.stderr, reply))
    why = attempt(ledger.remove_some, site.pop3, book, BOB, KETCHUP, 3)
    score.check(f"{name}: deletions are done, or refused for now",
                why is None or why.startswith("-ERR [SYS/TEMP]"), why)


def one_round(score, disk, site, book, name):
    ports = {"smtp": site.smtp, "pop3": site.pop3}
    send(site, book, 500)
    with Pop3(site.pop3, seconds=30) as pop:  # one message is in its place
        pop.login()
    disk.fill(leave=1 << 20)
    fill_by_mail(score, site, book, name)
    while_full(score, site, book, name)
    disk.drop()
    took = wait_until(lambda: attempt(send, site, book, 500) is None, 10)
    score.check(f"{name}: room again, mail again", took is not None, site.said()[-500:])
    check(score, ports, book, f"{name}: nothing is lost, undone or half")
    disk.fill(leave=0)
    why = attempt(ledger.remove_some, site.pop3, book, BOB, KETCHUP, 1000)
    score.check(f"{name}: a disk without any room is emptied, or not now",
                why is None or why.startswith("-ERR [SYS/TEMP]"), why)
    disk.drop()
    took = wait_until(lambda: attempt(ledger.remove_some, site.pop3, book, BOB, KETCHUP,
                                      1000) is None, 10)
    score.check(f"{name}: and is empty in the end", took is not None)
    check(score, ports, book, f"{name}: still nothing is wrong")


def on_disk(score, kind, rounds, elsewhere):
    with Disk(kind) as disk, Site("ask_seconds = 30", inside=disk.place) as site:
        os.chmod(site.folder, 0o755)
        book = ledger.Ledger(os.path.join(elsewhere, f"ledger.{kind}"))
        for number in range(rounds):
            one_round(score, disk, site, book, f"{kind} {number}")
        site.stop()
        done = subprocess.run([BINARY, "verify", "--dir", site.directory],
                              capture_output=True, text=True, timeout=60)
        score.check(f"{kind}: the store is sound", done.returncode == 0,
                    done.stdout + done.stderr)


def main():
    kinds = ["ext4", "tmpfs"]
    if os.geteuid() != 0:
        if "inside" not in sys.argv:
            os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv, "inside"])
    if "inside" in sys.argv:
        kinds = ["tmpfs"]
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    score = Score()
    elsewhere = tempfile.mkdtemp(prefix="packetboat-k7-ledger-", dir="/dev/shm")
    for kind in kinds:
        on_disk(score, kind, numbers[0] if numbers else 1, elsewhere)
    shutil.rmtree(elsewhere)
    return score.end()


sys.exit(main())
