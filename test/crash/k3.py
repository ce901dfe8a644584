#!/usr/bin/env python3
"""K3 (T02): power cuts.  The site lives on a file system in a loop image; under load the file
system is forced down without flushing its log, while random pages have been written
back in random order; then it is mounted again, and nothing acknowledged is missing.

    k3.py [CUTS] [--fs ext4|xfs|both] [--seed N]

Needs root.  Where that is missing the test fails: a skipped power cut proves nothing.
"""
import argparse
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402
import flagging  # noqa: E402
import ledger  # noqa: E402
from disk import Disk, chaos  # noqa: E402


def cut(disk, demo, book, flags, seconds):
    ended = threading.Event()
    writer = threading.Thread(target=chaos, args=(disk.mount_point, ended), daemon=True)
    load = ledger.Load(demo.site, book, [ADDRESS], PASSWORD, senders=6).start()
    flagger = flagging.Flagger(demo.site, flags, [ADDRESS], PASSWORD).start()
    writer.start()
    time.sleep(seconds)
    disk.cut_power()
    demo.kill()
    ended.set()
    load.stop()
    flagger.stop()
    writer.join(10)
    disk.unmount()


def one_cut(number, disk, demo, score, book, flags):
    cut(disk, demo, book, flags, random.uniform(0.3, 1.5))
    disk.mount()
    demo.start()
    wrong = ledger.check(demo.site, book, [ADDRESS], PASSWORD)
    score.check(f"power cut {number} on {disk.kind}", not wrong, dict(wrong))
    unflagged = flagging.check(demo.site, flags, [ADDRESS], PASSWORD)
    score.check(f"power cut {number} on {disk.kind}: flags are undone", unflagged == 0,
                unflagged)
    ledger.empty(demo.site, book, [ADDRESS], PASSWORD)


def run(kind, cuts, score, directory):
    disk = Disk(kind, directory)
    disk.mount()
    demo = Demo(directory=disk.mount_point, log=os.path.join(directory, kind + ".log"),
                settings=ledger.COMPACT_OFTEN)
    try:
        demo.start()
        book = ledger.Ledger(os.path.join(directory, kind + ".ledger"))
        flags = flagging.Flags(book)
        for number in range(1, cuts + 1):
            one_cut(number, disk, demo, score, book, flags)
        print(f"K3 {kind}: {dict(book.counts)}, {flags.stored} STOREs, {flags.appended} APPENDs, {flags.boxes.done} changes of mailboxes", flush=True)
        score.check(f"messages were appended on {kind}", flags.appended > 0, flags.appended)
        score.check(f"flags were stored on {kind}", flags.stored > cuts, flags.stored)
        score.check(f"work was done on {kind}", book.counts["accepted"] > 20 * cuts)
    finally:
        demo.stop()
        disk.unmount()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("cuts", type=int, nargs="?", default=5)
    options.add_argument("--fs", choices=["ext4", "xfs", "both"], default="both")
    options.add_argument("--seed", type=int, default=int(time.time()))
    options = options.parse_args()
    random.seed(options.seed)
    score = Score()
    if not score.check("root, for loop mounts", os.geteuid() == 0):
        return score.end()
    kinds = ["ext4", "xfs"] if options.fs == "both" else [options.fs]
    print(f"K3: {options.cuts} power cuts on {', '.join(kinds)}, seed {options.seed}",
          flush=True)
    with tempfile.TemporaryDirectory(prefix="packetboat-k3-") as directory:
        for number, kind in enumerate(kinds):
            share = options.cuts // len(kinds) + (number < options.cuts % len(kinds))
            if share:
                run(kind, share, score, directory)
    return score.end()


sys.exit(main())
