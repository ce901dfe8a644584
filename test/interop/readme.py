#!/usr/bin/env python3
"""README.md's dialogues, played against the demo: what it shows is what is said.

Numbers of messages, ids and times are compared by their form alone."""
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import TOP, Demo, Score  # noqa: E402

SERVICES = {10025: "smtp", 10110: "pop3", 10021: "ftp"}
FORMS = ((r"delivery: [0-9a-f]+$", "delivery: NUMBER"), (r"id [0-9a-f]{16};", "id ID;"),
         (r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d ", "TIME "),
         (r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [-+]\d{4}", "DATE"))


def form(line):
    for pattern, name in FORMS:
        line = re.sub(pattern, name, line)
    return line


def dialogues():
    """(service, lines "C: ..." and "S: ...") of every block that begins with nc."""
    with open(os.path.join(TOP, "README.md")) as f:
        blocks = re.findall(r"^```\n(.*?)^```$", f.read(), re.M | re.S)
    for block in blocks:
        first, *lines = block.splitlines()
        match = re.fullmatch(r"\$ nc -C 127\.0\.0\.1 (\d+)", first)
        if match:
            yield SERVICES[int(match[1])], lines


def play(score, service, port, lines):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        heard = s.makefile("r", encoding="ascii", newline="\r\n")
        for line in lines:
            if line.startswith("C: "):
                s.sendall(line[3:].encode() + b"\r\n")
                continue
            said = heard.readline().removesuffix("\r\n")
            if not score.check(f"{service}: {line}", form(said) == form(line[3:]), said):
                return
        score.check(f"{service}: nothing more is said", heard.read() == "")


def main():
    score = Score()
    with Demo() as demo:
        played = 0
        for service, lines in dialogues():
            play(score, service, demo.site[service], lines)
            played += 1
        score.check("README.md has three dialogues", played == 3, played)
    return score.end()


sys.exit(main())
