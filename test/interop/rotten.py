#!/usr/bin/env python3
"""A body that the disk has turned is not served as if nothing were wrong: POP3 says so, or
ends the session where it has begun to send; what else there is stays well."""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import BOB, HEAD, KETCHUP, Pop3, Site, Smtp  # noqa: E402

LETTERS = [b"one" * 30, b"two" * 30, (b"3" * 70 + b"\r\n") * 1000, (b"4" * 70 + b"\r\n") * 5000]


def turn(path, words):
    """One bit of these words, in this file."""
    with open(path, "r+b") as f:
        at = f.read().index(words)
        f.seek(at + 3)
        octet = f.read(1)[0]
        f.seek(at + 3)
        f.write(bytes([octet ^ 4]))


def retrieve(pop, number):
    """The message, its refusal, or how the session ended."""
    reply = pop.ask(b"RETR %d" % number)
    if not reply.startswith(b"+OK"):
        return reply
    lines = []
    while (line := pop.line()) not in (b".\r\n", b""):
        lines.append(line)
    return b"".join(lines) if line else None


def main():
    score = Score()
    with Site() as site:
        with Smtp(site.smtp) as smtp:
            for letter in LETTERS:
                score.check("sent", smtp.send(HEAD + letter + b"\r\n").startswith(b"250"))
        with Pop3(site.pop3) as pop:
            pop.login()
            whole = [retrieve(pop, i + 1) for i in range(4)]
            score.check("all can be read", all(w and LETTERS[i][:60] in w
                                               for i, w in enumerate(whole)))
        site.stop()
        folder = os.path.join(site.directory, "store", "accounts", "*")
        pack = glob.glob(os.path.join(folder, "pack.000001"))[0]
        turn(pack, LETTERS[0])
        turn(pack, LETTERS[2][-7000:])
        turn(glob.glob(os.path.join(folder, "big", "*"))[0], LETTERS[3][-7000:])
        site.start()
        with Pop3(site.pop3) as pop:
            pop.login(BOB, KETCHUP)
            said = retrieve(pop, 1)
            score.check("a rotten one", said.startswith(b"-ERR [SYS/PERM] "), said)
            score.check("its top", pop.ask(b"TOP 1 0").startswith(b"-ERR [SYS/PERM] "))
            score.check("another", retrieve(pop, 2) == whole[1])
        for number in (3, 4):
            with Pop3(site.pop3) as pop:
                pop.login(BOB, KETCHUP)
                said = retrieve(pop, number)
                score.check(f"number {number} has no end", said is None, said and said[:50])
        score.check("it is said loudly", site.said().count("is not what was delivered") == 4,
                    site.said()[-2000:])
    return score.end()


sys.exit(main())
