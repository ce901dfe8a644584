#!/usr/bin/env python3
"""idle.py [SESSIONS] - what sessions cost that are open and say nothing.

Opens SESSIONS (2000) of POP3, logged in, as many of SMTP that have said EHLO, and a fifth of
that of POP3 under TLS; waits until the server has given back what idle sessions do not need;
prints by how much the memory of all of its processes (PSS) has grown for each.  The goals
are 6 KiB at most, and 28 under TLS.
What the kernel holds for a socket is not in it.
"""
import os
import re
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../test"))
from peer import HEAD, Pop3, Site, Smtp  # noqa: E402

GOAL, GOAL_TLS = 6.0, 28.0


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))


def measure(site):
    """KiB of each process."""
    time.sleep(2.5)  # WIRE_IDLE_MS is over for all of them
    return {"master": pss(site.process.pid),
            **{name: pss(pid) for name, pid in site.roles().items()}}


def login(site, tls=False):
    pop = Pop3(site.pop3)
    if tls and not (pop.ask(b"STLS").startswith(b"+OK") and pop.start_tls()):
        raise RuntimeError("no TLS")
    if not pop.login().startswith(b"+OK"):
        raise RuntimeError("no login")
    return pop


def row(what, before, after, sessions):
    grown = sum(after.values()) - sum(before.values())
    most = {k: after[k] - before.get(k, 0) for k in after}
    parts = ", ".join(f"{k} {v:+}" for k, v in most.items() if abs(v) > 64)
    print(f"{what:<24} {grown / sessions:6.2f} KiB a session  ({grown} KiB: {parts})")
    return grown / sessions


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    with Site() as site:
        with Smtp(site.smtp) as smtp:
            for i in range(10):
                smtp.send(HEAD + b"x" * 900 + b"\r\n")
        for tls in (False, True):
            with login(site, tls) as pop:
                pop.ask(b"QUIT")
        start = measure(site)
        print(f"{'nobody':<24} {sum(start.values())} KiB: {start}")
        pops = [login(site) for _ in range(number)]
        middle = measure(site)
        smtps = [Smtp(site.smtp) for _ in range(number)]
        end = measure(site)
        costs = [row("POP3, logged in", start, middle, number),
                 row("SMTP, after EHLO", middle, end, number)]
        secure = [login(site, tls=True) for _ in range(number // 5)]
        cost_tls = row("POP3 under TLS, logged in", end, measure(site), number // 5)
        for peer in [*pops, *smtps, *secure]:
            peer.reset()
        row("after they have left", start, measure(site), number)
    return max(costs) > GOAL or cost_tls > GOAL_TLS


sys.exit(main())
