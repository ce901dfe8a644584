#!/usr/bin/env python3
"""How much mail a second: accepted over SMTP, and visible to POP3, all of it durable.

    bench/mail.py                                     a site of our own
    bench/mail.py --peer NAME SMTP POP3 PATTERN PASSWORD PID,PID…   another server too

A peer must know COUNT accounts (100) of the pattern, such as u%03u@bench.test.  Every
workload runs against the servers in turns, so that noise of the machine hits them all;
the last column is ours divided by the peer's.
"""
import argparse
import os
import poplib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test"))
from demo import BINARY, BUILD, Score, free_base  # noqa: E402

COUNT = 100
OUR_PATTERN, OUR_PASSWORD = "u%03u@bench.test", "pickles"
CONFIGURATION = """\
hostname = mail.bench.test
listen smtp {{ address = 127.0.0.1  port = {smtp} }}
listen pop3 {{ address = 127.0.0.1  port = {pop3} }}
plaintext_login = loopback
"""
TICK = os.sysconf("SC_CLK_TCK")
WORKLOADS = [(4096, 1), (4096, 16), (4096, 64), (102400, 16)]


class Server:
    def __init__(self, name, smtp, pop3, pattern, password, pids):
        self.name, self.smtp, self.pop3 = name, int(smtp), int(pop3)
        self.pattern, self.password, self.pids = pattern, password, pids

    def account(self, number):
        return self.pattern.replace("u@", "d@", 1) % number

    def messages(self):
        return sum(self.messages_of(number) for number in range(COUNT))

    def messages_of(self, number):
        pop = poplib.POP3("127.0.0.1", self.pop3, timeout=60)
        pop.user(self.account(number))
        pop.pass_(self.password)
        count = pop.stat()[0]
        pop.quit()
        return count

    def cpu_seconds(self):
        """Of the whole tree of processes, ended children included."""
        return sum(cpu_of(pid) for pid in tree(self.pids))


def tree(pids):
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(entry))
        except OSError:
            pass
    found, todo = set(), list(pids)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += children.get(pid, [])
    return found


def cpu_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) / TICK


def run(server, size, connections, seconds, most):
    """The load, then the wait until every message can be seen."""
    before, cpu = server.messages(), server.cpu_seconds()
    began = time.monotonic()
    out = subprocess.run([os.path.join(BUILD, "bench", "smtp_load"), str(server.smtp),
                          str(connections), str(size), str(seconds), server.pattern,
                          str(COUNT)] + ([str(most)] if most else []),
                         check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    said = dict(zip(out[::2], map(float, out[1::2])))
    while server.messages() < before + said["accepted"]:
        if time.monotonic() - began > 600:
            raise RuntimeError(f"{server.name}: not all of it can be seen")
        time.sleep(0.05)
    visible = said["accepted"] / (time.monotonic() - began)
    used = server.cpu_seconds() - cpu
    return {"accepted/s": said["per_second"], "visible/s": visible,
            "p50 ms": said["p50_us"] / 1000, "p99 ms": said["p99_us"] / 1000,
            "CPU s/1000": used / said["accepted"] * 1000, "messages": said["accepted"]}


class Site:
    """An ordinary site, as `init` makes it, in a directory that goes with it."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="packetboat-bench-")
        self.base = base = free_base()
        self.smtp, self.pop3 = base + 25, base + 110
        self.command("init", "mail.bench.test", self.account(0))
        with open(os.path.join(self.directory.name, "packetboat.conf"), "w") as f:
            f.write(CONFIGURATION.format(smtp=self.smtp, pop3=self.pop3))
        self.master = subprocess.Popen([BINARY, "serve", "--dir", self.directory.name],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if b"serves" not in self.master.stdout.readline():
            raise RuntimeError("the site does not start")
        for number in range(1, COUNT):
            self.command("account", "add", self.account(number))
        return self

    def __exit__(self, *_):
        self.master.terminate()
        self.master.wait(30)
        self.directory.cleanup()

    @staticmethod
    def account(number):
        return OUR_PATTERN.replace("u@", "d@", 1) % number

    def command(self, *words):
        subprocess.run([BINARY, *words, "--dir", self.directory.name], check=True,
                       input=OUR_PASSWORD.encode() + b"\n", stdout=subprocess.DEVNULL)


def table(label, servers, results):
    print(f"\n{label}")
    print(f"{'':14}" + "".join(f"{server.name:>22}" for server in servers) +
          (f"{'ratio':>10}" if len(servers) > 1 else ""))
    for what in results[servers[0].name][0]:
        row = [statistics.median(r[what] for r in results[s.name]) for s in servers]
        ratio = f"{row[0] / row[1]:10.2f}" if len(row) > 1 and row[1] else ""
        print(f"{what:14}" + "".join(f"{value:22.3f}" for value in row) + ratio, flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--most", type=int, default=0, help="messages a run, 0: no limit")
    options.add_argument("--only", help="SIZExCONNECTIONS, such as 4096x16")
    options.add_argument("--peer", nargs=6, action="append", default=[])
    options = options.parse_args()
    score = Score()
    with Site() as site:
        servers = [Server("packetboat", site.smtp, site.pop3, OUR_PATTERN, OUR_PASSWORD,
                          [site.master.pid])]
        servers += [Server(*peer[:5], list(map(int, peer[5].split(","))))
                    for peer in options.peer]
        for size, connections in WORKLOADS:
            if options.only not in (None, f"{size}x{connections}"):
                continue
            results = {server.name: [] for server in servers}
            for number in range(options.rounds):
                for server in servers[::-1] if number % 2 else servers:
                    results[server.name].append(run(server, size, connections,
                                                    options.seconds, options.most))
            table(f"{size} octets, {connections} connections", servers, results)
            score.check("work was done", results["packetboat"][0]["messages"] > 0)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
