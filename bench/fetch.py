#!/usr/bin/env python3
"""How many messages a second POP3's RETR gives, one by one and 16 in flight.

    bench/fetch.py                                    a site of our own
    bench/fetch.py --peer NAME SMTP POP3 PATTERN PASSWORD PID,PID…   another server too

Of each server the first account of its pattern is used, and filled over SMTP first; SMTP 0:
it is full already.  The rest is as in bench/mail.py.
"""
import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mail import OUR_PASSWORD, OUR_PATTERN, Server, Site, table  # noqa: E402
from demo import BUILD, Score  # noqa: E402

MESSAGES, SIZE = 10000, 8000


def fill(server):
    subprocess.run([os.path.join(BUILD, "bench", "smtp_load"), str(server.smtp), "16", str(SIZE),
                    "600", server.pattern, "1", str(MESSAGES)], check=True,
                   stdout=subprocess.DEVNULL)


def run(server, window, seconds):
    cpu = server.cpu_seconds()
    out = subprocess.run([os.path.join(BUILD, "bench", "pop3_fetch"), str(server.pop3),
                          server.account(0), server.password, str(window), str(seconds)],
                         check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    said = dict(zip(out[::2], map(float, out[1::2])))
    return {"RETR/s": said["per_second"],
            "MB/s": said["octets"] / said["seconds"] / 1e6,
            "CPU s/1000": (server.cpu_seconds() - cpu) / said["fetched"] * 1000,
            "messages": said["fetched"]}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--peer", nargs=6, action="append", default=[])
    options = options.parse_args()
    score = Score()
    with Site() as site:
        servers = [Server("packetboat", site.smtp, site.pop3, OUR_PATTERN, OUR_PASSWORD,
                          [site.master.pid])]
        servers += [Server(*peer[:5], list(map(int, peer[5].split(","))))
                    for peer in options.peer]
        for server in servers:
            if server.smtp:
                fill(server)
        for window in (1, 16):
            results = {server.name: [] for server in servers}
            for number in range(options.rounds):
                for server in servers[::-1] if number % 2 else servers:
                    results[server.name].append(run(server, window, options.seconds))
            table(f"RETR, {window} in flight", servers, results)
            score.check("work was done", results["packetboat"][0]["messages"] > 0)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
