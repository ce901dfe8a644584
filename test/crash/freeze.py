#!/usr/bin/env python3
"""A file system that stands still is not felt by sessions that want nothing new of it
(ARCHITECTURE.md, rule 7); what waits for it goes on when it does.

    freeze.py [SECONDS]

The site lives on ext4 in a loop image.  Needs root.
"""
import ftplib
import io
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402
import ledger  # noqa: E402
from disk import Disk  # noqa: E402

STORING = 12  # more than files has threads for what waits for the disk
AT_ONCE = 2.0  # seconds, on a machine that does other things as well


def say(line, verb, want=b"+OK"):
    return line.say(verb + b"\r\n", want)


def many(line, verb):
    say(line, verb)
    return list(line.lines())


def quickly(score, what, act):
    began = time.monotonic()
    try:
        act()
    except ledger.Gone as why:
        score.check(f"frozen: {what}", False, why)
        return
    took = time.monotonic() - began
    score.check(f"frozen: {what} at once", took < AT_ONCE, f"{took:.2f} s")


def greet(site):
    with ledger.Line(site["smtp"]) as line:
        line.hear(b"220")
        say(line, b"HELO crepes.fr", b"250")
        say(line, b"NOOP", b"250")


def new_pop3(site):
    with ledger.Line(site["pop3"]) as line:
        line.hear(b"+OK")
        say(line, b"QUIT")


def transaction(line):
    say(line, b"MAIL FROM:<alice@crepes.fr>", b"250")
    say(line, b"RCPT TO:<" + ADDRESS.encode() + b">", b"250")
    say(line, b"RSET", b"250")


class Waiting(threading.Thread):
    """Something that may wait for the disk, and must then come to its end."""

    def __init__(self, act):
        super().__init__(daemon=True)
        self.act, self.error, self.ended = act, None, None
        self.start()

    def run(self):
        try:
            self.act()
        except ledger.Gone as why:
            self.error = why
        self.ended = time.monotonic()


def session_goes_on(score, site, reading, fresh, smtp, when):
    quickly(score, f"NOOP, {when}", lambda: say(reading, b"NOOP"))
    quickly(score, f"STAT, {when}", lambda: say(reading, b"STAT"))
    quickly(score, f"LIST, {when}", lambda: many(reading, b"LIST"))
    quickly(score, f"UIDL, {when}", lambda: many(reading, b"UIDL"))
    quickly(score, f"RETR, {when}", lambda: many(reading, b"RETR 1"))
    quickly(score, f"RETR of another, {when}", lambda: many(reading, b"RETR 2"))
    quickly(score, f"RETR of a large one, {when}", lambda: many(reading, b"RETR 3"))
    quickly(score, f"the first RETR of a session, {when}", lambda: many(fresh, b"RETR 1"))
    quickly(score, f"SMTP NOOP, {when}", lambda: say(smtp, b"NOOP", b"250"))
    quickly(score, f"MAIL and RCPT, {when}", lambda: transaction(smtp))
    quickly(score, f"another SMTP session, {when}", lambda: greet(site))
    quickly(score, f"another POP3 session, {when}", lambda: new_pop3(site))


def freeze(disk, demo, score, book, seconds):
    site = demo.site
    with ledger.greet(site["smtp"]) as smtp:
        for size in (3000, 3000, 300_000):
            ledger.send(smtp, book, [ADDRESS], size)
        reading = ledger.login(site["pop3"], ADDRESS, PASSWORD)
        fresh = ledger.login(site["pop3"], ADDRESS, PASSWORD)
        many(reading, b"RETR 1")
        with ledger.greet(site["smtp"]) as sender:
            transaction(smtp)
            ledger.send(smtp, book, [ADDRESS], 3000)  # is to be filed a moment later
            with disk.frozen():
                began = time.monotonic()
                session_goes_on(score, site, reading, fresh, smtp, "at first")
                mail = Waiting(lambda: ledger.send(sender, book, [ADDRESS], 3000))
                login = Waiting(lambda: ledger.login(site["pop3"], ADDRESS, PASSWORD))
                time.sleep(0.5)
                session_goes_on(score, site, reading, fresh, smtp, "while others wait")
                time.sleep(max(0, began + seconds - time.monotonic()))
                session_goes_on(score, site, reading, fresh, smtp, "at last")
                score.check("frozen: nothing is acknowledged", mail.ended is None)
            thawed = time.monotonic()
            for what, waiting in (("mail", mail), ("a login", login)):
                waiting.join(20)
                score.check(f"thawed: {what} goes on", waiting.ended is not None and
                            waiting.error is None, waiting.error)
                if waiting.ended:
                    print(f"  {what}: {waiting.ended - thawed:.2f} s after the thaw")
        say(reading, b"QUIT")
        say(fresh, b"QUIT")
    wrong = ledger.check(site, book, [ADDRESS], PASSWORD)
    score.check("thawed: nothing is missing", not wrong, dict(wrong))
    score.check("mail came in", book.counts["accepted"] == 5, dict(book.counts))


# ---- files

def ftp_login(site):
    ftp = ftplib.FTP()
    ftp.connect("127.0.0.1", site["ftp"], timeout=60)
    ftp.login(ADDRESS, PASSWORD)
    return ftp


def fetched(ftp, name, size):
    content = io.BytesIO()
    try:
        ftp.retrbinary(f"RETR {name}", content.write)
    except ftplib.Error as why:
        raise ledger.Gone(str(why)) from why
    if len(content.getvalue()) != size:
        raise ledger.Gone(f"{name} has {len(content.getvalue())} octets")


def files_go_on(score, site, ftp, when):
    quickly(score, f"FTP RETR, {when}", lambda: fetched(ftp, "f", 3000))
    quickly(score, f"RETR of a large file, {when}", lambda: fetched(ftp, "big", 8 << 20))
    quickly(score, f"MLSD, {when}", lambda: list(ftp.mlsd("/")))
    quickly(score, f"MLST, {when}", lambda: ftp.sendcmd("MLST f"))
    quickly(score, f"another FTP session, {when}", lambda: ftp_login(site).quit())


def freeze_files(disk, demo, score, seconds):
    """Who stores waits, however many they are; who looks and fetches does not."""
    ftp = ftp_login(demo.site)
    ftp.voidcmd("TYPE I")
    ftp.storbinary("STOR f", io.BytesIO(bytes(3000)))
    ftp.storbinary("STOR big", io.BytesIO(bytes(8 << 20)))
    files_go_on(score, demo.site, ftp, "thawed")
    sessions = [ftp_login(demo.site) for _ in range(STORING)]
    with disk.frozen():
        files_go_on(score, demo.site, ftp, "at first")
        storing = [Waiting(lambda s=s, i=i: s.storbinary(f"STOR s{i}", io.BytesIO(bytes(5000))))
                   for i, s in enumerate(sessions)]
        time.sleep(min(1, seconds))
        files_go_on(score, demo.site, ftp, f"while {STORING} store")
        score.check("frozen: no upload is acknowledged", not any(w.ended for w in storing))
    for waiting in storing:
        waiting.join(20)
    score.check("thawed: all uploads go on", all(w.ended and not w.error for w in storing),
                [w.error for w in storing])
    for i in range(STORING):
        fetched(ftp, f"s{i}", 5000)
    ftp.quit()


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4
    score = Score()
    if not score.check("root, for loop mounts", os.geteuid() == 0):
        return score.end()
    with tempfile.TemporaryDirectory(prefix="packetboat-freeze-") as directory:
        disk = Disk("ext4", directory)
        disk.mount()
        demo = Demo(directory=disk.mount_point, log=os.path.join(directory, "demo.log"))
        try:
            demo.start()
            book = ledger.Ledger(os.path.join(directory, "ledger"))
            freeze(disk, demo, score, book, seconds)
            freeze_files(disk, demo, score, seconds)
        finally:
            demo.stop()
            disk.unmount()
    return score.end()


sys.exit(main())
