#!/usr/bin/env python3
"""init where little is free: the journal takes a tenth of that at most, and it says so.

Needs root, for a file system of its own.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402


def init(site):
    return subprocess.run([BINARY, "init", "--dir", site, "mail.hamburger.edu",
                           "bob@hamburger.edu"], input="ketchup\n", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def segment_of(site):
    with open(os.path.join(site, "packetboat.conf"), encoding="utf-8") as f:
        match = re.search(r"^journal_segment = (\d+)M$", f.read(), re.M)
    return match and int(match[1])


def little(score, directory, mebibytes, want):
    place = os.path.join(directory, f"little{mebibytes}")
    os.mkdir(place)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", place],
                   check=True)
    try:
        site = os.path.join(place, "site")
        made = init(site)
        score.check(f"{mebibytes} MiB: init", made.returncode == 0, made.stdout)
        score.check(f"{mebibytes} MiB: segments of {want}", segment_of(site) == want,
                    segment_of(site))
        score.check(f"{mebibytes} MiB: said", (want is None) ==
                    ("the journal takes" not in made.stdout), made.stdout)
    finally:
        subprocess.run(["umount", place], check=True)


def main():
    score = Score()
    if os.geteuid() != 0:
        score.skip("init with little free", "a file system of its own needs root")
        return score.end()
    with tempfile.TemporaryDirectory(prefix="packetboat-little-") as directory:
        little(score, directory, 20, 1)
        little(score, directory, 402, 10)
        little(score, directory, 4000, None)
    return score.end()


sys.exit(main())
