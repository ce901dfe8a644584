#!/usr/bin/env python3
"""How often processes are woken: the log looks every 25 ms while a client talks, and is not
woken by every line."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402
from peer import Pop3  # noqa: E402

LINES = 3000


def times_woken(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f
                    if line.startswith("voluntary_ctxt_switches"))


def main():
    score = Score()
    with Demo() as demo, Pop3(demo.site["pop3"]) as pop:
        pop.login(ADDRESS, PASSWORD)
        log = demo.roles()["log 0"]
        before, begin = times_woken(log), time.monotonic()
        for _ in range(LINES):
            pop.ask(b"NOOP")
        seconds, woken = time.monotonic() - begin, times_woken(log) - before
        score.check("log is not woken by every line", woken < 20 + 120 * seconds,
                    f"{woken} times in {seconds:.3f} s by {LINES} lines")
        time.sleep(0.2)
        before = times_woken(log)
        time.sleep(0.5)
        score.check("and sleeps when nothing is said", times_woken(log) - before <= 2,
                    times_woken(log) - before)
    sys.exit(score.end())


main()
