#!/usr/bin/env python3
"""What one address and one network may have of a front (A03), and that honest clients are
served beside a crowd (A22).  Clients come from all over 127.0.0.0/8, which is not exempt
here."""
import collections
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import HEAD, Peer, Rows, Site, Smtp, wait_until  # noqa: E402

LIMITS = ("source { sessions = 5  network_sessions = 8  exempt = {} }\n")
TOO_MANY = {"smtp": b"421 4.7.0 Too many connections from your network, try again later\r\n",
            "pop3": b"-ERR [SYS/TEMP] too many connections from your network, try again"
                    b" later\r\n"}
WELCOME = {"smtp": b"220 ", "pop3": b"+OK "}


def served(port, service, source):
    """The peer; its greeting was one of the two that there are."""
    peer = Peer(port, source=source)
    if not peer.greeting.startswith(WELCOME[service]) and peer.greeting != TOO_MANY[service]:
        raise ValueError(peer.greeting)
    return peer, peer.greeting != TOO_MANY[service]


def caps(site, service, net):
    port = getattr(site, service)
    peers = [served(port, service, f"127.{net}.0.7") for _ in range(5)]
    yield "five of one address", all(ok for _, ok in peers)
    sixth, ok = served(port, service, f"127.{net}.0.7")
    yield "not a sixth", not ok
    yield "who is hung up on", sixth.is_closed()
    peers += [served(port, service, f"127.{net}.0.8") for _ in range(3)]
    yield "three of its neighbour", all(ok for _, ok in peers)
    yield "no ninth of the network", not served(port, service, f"127.{net}.0.9")[1]
    other, ok = served(port, service, f"127.{net}.1.7")
    yield "another network", ok
    other.close()
    peers[0][0].close()
    took = wait_until(lambda: served(port, service, f"127.{net}.0.7")[1], 20)
    yield "again when one has gone", took is not None
    for peer, _ in peers[1:]:
        peer.reset()
    took = wait_until(lambda: served(port, service, f"127.{net}.0.7")[1], 20)
    yield "all are forgotten when they have gone", took is not None


def killed_copy(site, net):
    """What a killed copy had counted ends with its sessions."""
    peers = [served(site.smtp, "smtp", f"127.{net}.0.7") for _ in range(5)]
    yield "full", not served(site.smtp, "smtp", f"127.{net}.0.7")[1]
    for role in ("mx 0", "mx 1"):
        os.kill(site.roles()[role], 9)
    wait_until(lambda: {"mx 0", "mx 1"} <= set(site.roles()), 20)
    for peer, _ in peers:
        peer.close()
    peers = [served(site.smtp, "smtp", f"127.{net}.0.7") for _ in range(5)]
    yield "and five again", all(ok for _, ok in peers)
    for peer, _ in peers:
        peer.close()


def flood(site):
    """A network that connects as fast as it can and stays; honest ones meanwhile."""
    crowd, slowest = [], 0.0
    for i in range(1500):
        peer = Peer(site.smtp, greeting=False, source=f"127.200.0.{1 + i % 200}")
        crowd.append(peer)
        if i % 100 == 50:
            begin = time.monotonic()
            with Smtp(site.smtp, source=f"127.{100 + i // 100}.0.1", seconds=5) as smtp:
                reply = smtp.send(HEAD + b"honest\r\n")
            slowest = max(slowest, time.monotonic() - begin)
            yield "an honest client is served", reply.startswith(b"250 "), reply
    heard = collections.Counter(peer.reply() for peer in crowd)
    for peer in crowd:  # only now: some were still waiting to be accepted
        peer.close()
    away = heard[TOO_MANY["smtp"]]
    yield "the crowd is not", away >= 1500 - 8, heard
    yield "and nobody waits long", slowest < 1, slowest


def said_once(site):
    lines = [line for line in site.events() if "127.200.0.0/24 is turned away" in line]
    yield "one line of each copy for it all", len(lines) <= 2, lines


def exempt(site):
    """As it is without a word in the configuration."""
    peers = [served(site.pop3, "pop3", "127.0.0.1") for _ in range(70)]
    yield "loopback is exempt by default", all(ok for _, ok in peers)
    for peer, _ in peers:
        peer.close()


class Logged(Site):
    def events(self):
        with open(os.path.join(self.directory, "log", "events"), errors="replace") as f:
            return f.read().splitlines()


def main():
    score = Score()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    with Logged(LIMITS + "mx_copies = 2\n") as site:
        rows = Rows(score, site)
        rows.play("A03 SMTP", caps, "smtp", 1)
        rows.play("A03 POP3", caps, "pop3", 1)
        for what, ok, *found in killed_copy(site, 2):
            score.check(f"A03 a killed copy: {what}", ok, found)
        rows.play("A22 A03", flood)
        rows.play("A03 log", said_once)
    with Site() as site:
        Rows(score, site).play("A03 exempt", exempt)
    sys.exit(score.end())


main()
