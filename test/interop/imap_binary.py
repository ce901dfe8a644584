#!/usr/bin/env python3
"""BINARY (RFC 3516) by imaplib: what the server decodes is what Python's email decodes.

Random parts in base64 and quoted-printable, small and of megabytes, with NULs and without,
whole and in pieces that meet anywhere; lines and white space longer than any buffer.
"""
import email
import email.base64mime
import imaplib
import os
import quopri
import random
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402


def octets(size, nul):
    data = random.randbytes(size)
    return data if nul else data.replace(b"\0", b"x")


def base64_part(data):
    return (b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + email.base64mime.body_encode(data, eol="\r\n").encode())


def quoted_part(body):
    return (b"Content-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body)


def texts():
    """Bodies of quoted-printable, as they stand there."""
    prose = "".join(random.choice("abc \t=éß\n") for _ in range(100000)).encode()
    yield quopri.encodestring(prose).replace(b"\n", b"\r\n")
    yield b"=41" * 300          # lines longer than they should be
    yield b"soft=\r\n=\r\nbreaks =20\r\n=\r\n end"
    yield b"a" + b" " * 800 + b"=20\r\nb"  # white space that is none before a line's end


def make():
    parts = [base64_part(octets(size, nul)) for size in (0, 1, 2, 3, 1000, 32767, 2000000)
             for nul in (True, False)] + [quoted_part(body) for body in texts()]
    random.shuffle(parts)
    return (b"Subject: parts\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=\"the boundary\"\r\n\r\n"
            + b"".join(b"--the boundary\r\n" + part + b"\r\n" for part in parts)
            + b"--the boundary--\r\n"), len(parts)


def answer(imap, what):
    status, data = imap.fetch("1", what)
    assert status == "OK", (status, data)
    return data[0]


def check_part(score, imap, number, wanted):
    size = answer(imap, f"BINARY.SIZE[{number}]")
    score.check(f"size of part {number}", b" %d)" % len(wanted) in size, (size, len(wanted)))
    said, heard = answer(imap, f"BINARY.PEEK[{number}]")
    score.check(f"part {number}", heard == wanted, (len(heard), len(wanted)))
    score.check(f"literal8 of part {number}", (b"~{" in said) == (b"\0" in wanted), said)
    for _ in range(5):
        at, count = random.randrange(len(wanted) + 2), random.randrange(1, len(wanted) + 70000)
        _, heard = answer(imap, f"BINARY.PEEK[{number}]<{at}.{count}>")
        score.check(f"part {number}<{at}.{count}>", heard == wanted[at:at + count], len(heard))


def main():
    score = Score()
    random.seed(os.environ.get("SEED", "3516"))
    with Demo() as demo:
        text, count = make()
        with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
            smtp.sendmail("alice@crepes.fr", [ADDRESS], text)
        imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
        imap.login(ADDRESS, PASSWORD)
        imap.select()
        _, whole = answer(imap, "BODY.PEEK[]")
        message = email.message_from_bytes(whole)
        score.check("all parts are there", len(message.get_payload()) == count)
        for number, part in enumerate(message.get_payload(), 1):
            check_part(score, imap, number, part.get_payload(decode=True))
        imap.logout()
    sys.exit(score.end())


if __name__ == "__main__":
    main()
