#!/usr/bin/env python3
"""LIST of many mailboxes: all of them come, each once and in order; patterns made of
wildcards hold nobody else up (I07); and what a name may be comes back as it was given (I05).
"""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

FLAT, LONG = 1500, 500
OTHERS_WAIT = 0.5  # seconds that somebody else's NOOP may take, at most


class Session:
    def __init__(self, demo):
        self.socket = socket.create_connection(("127.0.0.1", demo.site["imap"]), 120)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.number = 0
        self.ask(f"LOGIN {ADDRESS} {PASSWORD}")

    def say(self, *commands):
        """All at once; the last one's tag."""
        lines = []
        for command in commands:
            self.number += 1
            lines.append(f"t{self.number} {command}\r\n")
        self.socket.sendall("".join(lines).encode())
        return f"t{self.number} ".encode()

    def hear(self, tag):
        """Lines up to and with the tagged one; a literal is one with its line."""
        heard = []
        while line := self.file.readline():
            if line.endswith(b"}\r\n"):
                line = line[:line.rindex(b"{")] + self.file.read(
                    int(line[line.rindex(b"{") + 1:-3])) + self.file.readline()
            heard.append(line.rstrip(b"\r\n"))
            if line.startswith(tag):
                return heard
        raise RuntimeError(f"the end, after {heard[-3:]}")

    def ask(self, *commands):
        return self.hear(self.say(*commands))


def names_of(heard):
    return [line.split(b' "/" ', 1)[1].strip(b'"').decode() for line in heard
            if line.startswith(b"* LIST ")]


def make(score, s, names):
    for at in range(0, len(names), 100):
        heard = s.ask(*(f'CREATE "{name}"' for name in names[at:at + 100]))
        score.check("they are created", all(b" OK " in line for line in heard), heard[-1])


def all_come(score, s, flat):
    begun = time.monotonic()
    got = names_of(s.ask('LIST "" *'))
    took = time.monotonic() - begun
    score.check("INBOX is the first", got[0] == "INBOX", got[:3])
    score.check("each comes once", len(got) == len(set(got)), len(got))
    score.check("all of them", set(flat) <= set(got), len(got))
    score.check("a superior before what is below it", all(
        got.index(name.rsplit("/", 1)[0]) < got.index(name) for name in flat[:50]))
    score.check("soon", took < 2, took)
    got = names_of(s.ask('LIST "" (folder% "folder 7/%") RETURN (SUBSCRIBED)'))
    score.check("of some patterns", len(got) == len(set(got)) and "folder 7/1007" in got,
                len(got))


def nobody_waits(score, s, other):
    """A LIST whose patterns fit nowhere, but nearly."""
    bomb = "(" + " ".join(['"' + "*%a" * 330 + f'{n}"' for n in range(4)]) + ")"
    begun = time.monotonic()
    tag = s.say(f'LIST "" {bomb}')
    longest = 0
    s.socket.settimeout(0.001)
    ended = False
    while not ended and time.monotonic() - begun < 110:
        asked = time.monotonic()
        other.ask("NOOP")
        longest = max(longest, time.monotonic() - asked)
        try:
            ended = bool(s.socket.recv(1, socket.MSG_PEEK))
        except TimeoutError:
            pass
    s.socket.settimeout(120)
    heard = s.hear(tag)
    took = time.monotonic() - begun
    print(f"wildcards: {took:.1f} s, others waited {longest * 1000:.0f} ms at most")
    score.check("wildcards find nothing", len(heard) == 1 and b" OK " in heard[0], heard[-1])
    score.check("nobody waits for it", longest < OTHERS_WAIT, longest)
    heard = s.ask('LIST "" (' + " ".join(['"' + "*%" * 500 + '"'] * 5) + ")")
    score.check("there is a bound", b" BAD " in heard[-1], heard[-1])


def main():
    score = Score()
    with Demo() as demo:
        s, other = Session(demo), Session(demo)
        flat = [f"folder {n % 100}/{n}" for n in range(FLAT)]
        make(score, s, flat)
        all_come(score, s, flat)
        make(score, s, ["a" * 990 + f"/{n}" for n in range(LONG)])
        got = names_of(s.ask('LIST "" aaa*'))
        score.check("long ones, too", len(got) == LONG + 1, len(got))
        nobody_waits(score, s, other)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
