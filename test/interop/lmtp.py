#!/usr/bin/env python3
"""LMTP at its socket: swaks, curl and Python's smtplib, and who may connect."""
import os
import smtplib
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, Demo, Score, stored  # noqa: E402

MESSAGE = b"From: alice@crepes.fr\r\nSubject: %s\r\n\r\n.dot\r\nlast line\r\n"


def run(*command, stdin=b""):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)


def main():
    score = Score()
    with Demo() as demo:
        path = demo.site["lmtp"]
        score.check("it is a socket of mode 0660",
                    stat.S_IMODE(os.stat(path).st_mode) == 0o660 and
                    stat.S_ISSOCK(os.stat(path).st_mode))
        with smtplib.LMTP(path) as lmtp:
            refused = lmtp.sendmail("alice@crepes.fr", [ADDRESS, "nobody@hamburger.edu"],
                                    MESSAGE % b"smtplib")
            score.check("smtplib", list(refused) == ["nobody@hamburger.edu"], refused)
            score.check("no EHLO", lmtp.docmd("EHLO crepes.fr")[0] == 500)
        out = run("swaks", "--protocol", "LMTP", "--socket", path, "--from",
                  "alice@crepes.fr", "--to", ADDRESS, "--header", "Subject: swaks")
        score.check("swaks", out.returncode == 0, out.stdout.decode())
        texts = stored(demo)
        score.check("both are there", len(texts) == 2, texts)
        score.check("with their trace", texts[0].startswith(
            b"Return-Path: <alice@crepes.fr>\r\nReceived: from ") and
            b" with LMTP id " in texts[0] and b" (local)\r\n" in texts[0], texts[0])
        score.check("octet for octet", texts[0].endswith(MESSAGE % b"smtplib"), texts[0])
    score.check("the socket goes with the server", not os.path.exists(path))
    sys.exit(score.end())


main()
