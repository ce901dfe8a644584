#!/usr/bin/env python3
"""Every harness is shown a fault that it must find: a build with the fault planted, and
the harness that has to turn red on it.  A harness that stays green here is worthless.

    plants.py [PLANT ...]
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

# plant: (what it leaves out, harnesses that must see it)
PLANTS = {
    "ack_early": ("the reply leaves before the journal is written",
                  [["k1.py", "deliver"], ["k2.py", "30"], ["k3.py", "4", "--fs", "ext4"],
                   ["k6.py", "deliver", "--only", "write=EIO"]]),
    "no_fsync": ("the journal's O_DSYNC and fdatasync, an upload's fsync",
                 [["k3.py", "6", "--fs", "ext4"], ["kfiles.py", "K3"], ["kftp.py", "K3"]]),
    "no_redo": ("recovery does not write bodies again", [["k3.py", "12", "--fs", "ext4"]]),
    "raise_dead": ("an index is rebuilt with what was expunged", [["k11.py", "30"]]),
    "no_syncfs": ("the checkpoint's syncfs", [["k3.py", "12", "--fs", "ext4"]]),
}


def run(plant, harness, binary):
    out = subprocess.run([sys.executable, os.path.join(HERE, harness[0]), *harness[1:]],
                         env={**os.environ, "PACKETBOAT": binary}, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    red = [line for line in out.stdout.splitlines()
           if line.startswith("FAILED") and ("lost" in line or "corrupt" in line or
                                             "undone" in line or "there again" in line)]
    if red:
        print(f"{plant}: {' '.join(harness)} turned red: {red[0]}", flush=True)
        return True
    print(f"FAILED: {plant}: {' '.join(harness)} did not see it", flush=True)
    print(out.stdout[-1500:])
    return False


def main():
    passed = failed = 0
    for plant in sys.argv[1:] or PLANTS:
        what, harnesses = PLANTS[plant]
        print(f"planting {plant}: {what}", flush=True)
        load = f"build/plant-{plant}/crash/files_load"
        subprocess.run(["make", "-C", TOP, "-s", f"PLANT={plant}", "all", load], check=True)
        binary = os.path.join(TOP, "build", f"plant-{plant}", "packetboat")
        for harness in harnesses:
            seen = run(plant, harness, binary)
            passed, failed = passed + seen, failed + (not seen)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
