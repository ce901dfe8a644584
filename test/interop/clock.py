#!/usr/bin/env python3
"""A23: the clock of a running site steps: a day ahead and back, to 1970, beyond 2038.

The clock page that all roles share is moved as a test may: through the master's memory.
The wall's time may be anything: mail comes in and goes out, nothing is busy, nothing that
lives by monotonic time ends.  Monotonic time ahead ends what has waited long enough, once.
"""
import os
import re
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from peer import (HEAD, Peer, Pop3, Rows, Site, Smtp, count, empty,  # noqa: E402
                  processor_seconds, stored)

DAY = 86400


class Clock:
    """The page: nanoseconds added to monotonic time, seconds added to the wall's."""

    def __init__(self, master):
        with open(f"/proc/{master}/maps") as maps:
            line = next(line for line in maps if "memfd:clock" in line and " rw-s " in line)
        self.at = int(line.split("-")[0], 16)
        self.memory = open(f"/proc/{master}/mem", "r+b", buffering=0)

    def set(self, now=0, wall=0):
        self.memory.seek(self.at)
        self.memory.write(struct.pack("<qq", now * 10 ** 9, wall))


def send(site, text):
    with Smtp(site.smtp) as smtp:
        return smtp.send(HEAD + text)


def is_idle(site):
    """How much of a processor all roles use together."""
    before = [processor_seconds(pid) for pid in site.roles().values()]
    time.sleep(0.5)
    return sum(processor_seconds(pid) for pid in site.roles().values()) - sum(before)


WALLS = {"a day ahead": DAY, "a day back": -DAY, "1970": None, "2038 and on": None,
         "2106 and on": None}


def walls(site):
    now = int(time.time())
    steps = {**WALLS, "1970": 100 - now, "2038 and on": 2 ** 31 + 1000 - now,
             "2106 and on": 2 ** 32 + 1000 - now}
    empty(site)
    years = []
    with Smtp(site.smtp) as old, Pop3(site.pop3) as pop:
        pop.login()
        for name, step in steps.items():
            site.clock.set(wall=step)
            reply = send(site, name.encode() + b"\r\n")
            yield f"{name}: mail comes in", reply.startswith(b"250 "), reply
            yield f"{name}: who is there stays", old.ask(b"NOOP").startswith(b"250 ") and \
                pop.ask(b"NOOP").startswith(b"+OK")
            with Pop3(site.pop3) as other:
                reply = other.login()
                yield f"{name}: a login", reply.startswith(b"+OK"), reply
            used = is_idle(site)
            yield f"{name}: nothing is busy", used < 0.2, used
            years.append(time.gmtime(now + step).tm_year)
        site.clock.set()
    texts = stored(site)
    found = [int(re.search(rb";\s+\w+, +\d+ \w+ (\d{4}) ", text)[1]) for text in texts]
    yield "each message has its day", found == years, found, years
    shown = subprocess.run([BINARY, "wire", "--dir", site.directory], capture_output=True,
                           timeout=30).stdout
    yield "so has the transcript", b"1970-01-01" in shown and b"2038-01-" in shown


def monotonic(site):
    """What waits ends once its time has come, and what begins then has all of it."""
    with Smtp(site.smtp) as smtp, Pop3(site.pop3) as pop, Peer(site.pop3) as stranger:
        pop.login()
        site.clock.set(now=DAY)
        for name, peer in (("SMTP", smtp), ("POP3", pop), ("a login", stranger)):
            begin = time.monotonic()
            peer.rest()
            yield f"{name}: over", time.monotonic() - begin < 5, time.monotonic() - begin
    reply = send(site, b"a day later\r\n")
    yield "mail comes in", reply.startswith(b"250 "), reply
    with Smtp(site.smtp) as smtp, Pop3(site.pop3) as pop:
        reply = pop.login()
        yield "a login", reply.startswith(b"+OK"), reply
        time.sleep(1)
        yield "a new session stays", smtp.ask(b"NOOP").startswith(b"250 ") and \
            pop.ask(b"NOOP").startswith(b"+OK")
    used = is_idle(site)
    yield "nothing is busy", used < 0.2, used
    site.clock.set(now=2 * DAY, wall=-DAY)
    reply = send(site, b"two days later, on the day before\r\n")
    yield "both at once", reply.startswith(b"250 "), reply
    yield "all is there", count(site) == 5 + 2 + site.honest, count(site)


def restart(site):
    """Mail of 2106 in a store that begins again today."""
    before = stored(site)
    site.stop()
    done = subprocess.run([BINARY, "verify", "--dir", site.directory], capture_output=True,
                          text=True, timeout=60)
    yield "the store is sound", done.returncode == 0, done.stdout + done.stderr
    site.start()
    site.clock = Clock(site.process.pid)
    yield "nothing is lost", stored(site) == before


def main():
    score = Score()
    if os.geteuid() != 0:
        score.skip("A23", "the master's memory is root's")
        sys.exit(score.end())
    with Site() as site:
        site.clock, site.honest = Clock(site.process.pid), 1
        rows = Rows(score, site)
        rows.play("A23 wall", walls)
        rows.play("A23 monotonic", monotonic)
        for what, ok, *found in restart(site):
            score.check(f"A23 restart: {what}", ok, found)
    sys.exit(score.end())


main()
