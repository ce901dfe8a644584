#!/usr/bin/env python3
"""The textbook's dialogue, letter for letter, over TCP; then the mail read by POP3."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

SAID = [
    (None, "220 hamburger.edu"),
    ("HELO crepes.fr", "250 Hello crepes.fr"),
    ("MAIL FROM: <alice@crepes.fr>", "250 "),
    ("RCPT TO: <bob@hamburger.edu>", "250 "),
    ("DATA", "354 "),
    ("Do you like ketchup?", None),
    ("How about pickles?", None),
    (".", "250 "),
    ("QUIT", "221 "),
]


def smtp(score, port):
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        f = s.makefile("rb")
        for say, hear in SAID:
            if say is not None:
                s.sendall(say.encode() + b"\r\n")
            if hear is not None:
                line = f.readline().decode()
                score.check(f"C: {say}", line.startswith(hear) and line.endswith("\r\n"),
                            f"wanted {hear!r}, got {line!r}")
        score.check("closed after QUIT", f.read() == b"")


def pop3(score, port):
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        f = s.makefile("rb")

        def say(line, want="+OK"):
            if line:
                s.sendall(line.encode() + b"\r\n")
            got = f.readline().decode()
            score.check(line or "greeting", got.startswith(want), f"got {got!r}")
            return got

        def multi():
            lines = []
            while (line := f.readline()) not in (b".\r\n", b""):
                lines.append(line)
            return b"".join(lines)

        say(None)
        say("USER " + ADDRESS)
        say("PASS " + PASSWORD)
        say("STAT", "+OK 1 ")
        size = int(say("LIST 1", "+OK 1 ").split()[2])
        say("UIDL 1", "+OK 1 ")
        say("RETR 1")
        message = multi()
        score.check("LIST told the message's size", len(message) == size,
                    f"{size} told, {len(message)} sent")
        head, _, body = message.partition(b"\r\n\r\n")
        score.check("the body came through", body ==
                    b"Do you like ketchup?\r\nHow about pickles?\r\n", repr(message))
        score.check("Return-Path", head.startswith(b"Return-Path: <alice@crepes.fr>\r\n"))
        score.check("Received", b"\r\nReceived: from crepes.fr " in head)
        say("DELE 1")
        say("QUIT")
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        f = s.makefile("rb")
        f.readline()
        s.sendall(f"USER {ADDRESS}\r\nPASS {PASSWORD}\r\nSTAT\r\nQUIT\r\n".encode())
        lines = f.read().decode().splitlines()
        score.check("deleted for good", lines[2:3] == ["+OK 0 0"], repr(lines))


score = Score()
with Demo() as demo:
    smtp(score, demo.site["smtp"])
    pop3(score, demo.site["pop3"])
sys.exit(score.end())
