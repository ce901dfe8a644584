#!/usr/bin/env python3
"""APPEND: what imaplib and curl put into INBOX is there at once, octet for octet, for other
sessions and for POP3; with its flags and date after a restart and when the index is gone.
"""
import glob
import imaplib
import os
import poplib
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, SITE, Demo, Score  # noqa: E402

SMALL = b"From: bob@hamburger.edu\r\nSubject: a draft\r\n\r\nnot yet\r\n"
# More than goes in one message between two roles, and more than the journal takes.
MIDDLE = b"Subject: middle\r\n\r\n" + b"0123456789abcdef\r\n" * 20000
LARGE = b"Subject: large\r\n\r\n" + b"The quick brown fox jumps over the dog.\r\n" * 200000
DATE = 1000000000  # 2001-09-09


def log_in(demo):
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(ADDRESS, PASSWORD)
    for _ in range(100):  # the index may be made anew just now
        if imap.select()[0] == "OK":
            break
        time.sleep(0.1)
    return imap


def append(imap, score):
    for number, (message, flags) in enumerate(
            ((SMALL, r"(\Draft \Seen)"), (MIDDLE, r"(\Flagged)"), (LARGE, None)), 1):
        answer, text = imap.append("INBOX", flags, imaplib.Time2Internaldate(DATE + number),
                                   message)
        score.check(f"append {number}", answer == "OK" and b"APPENDUID" in text[0], text)
        score.check(f"append {number}: its uid", text[0].split()[2] == b"%d]" % number, text)


def is_there(imap, score, when):
    """The three messages as they were appended."""
    for number, message in enumerate((SMALL, MIDDLE, LARGE), 1):
        data = imap.fetch(str(number), "(UID FLAGS INTERNALDATE BODY.PEEK[])")[1]
        said, body = data[0]
        score.check(f"{when}: octets of {number}", body == message, len(body))
        date = imaplib.Internaldate2tuple(said)
        score.check(f"{when}: date of {number}", date and time.mktime(date) == DATE + number,
                    said)
        flags = {1: {b"\\Draft", b"\\Seen"}, 2: {b"\\Flagged"}, 3: set()}[number]
        told = set(imaplib.ParseFlags(said)) | set(imaplib.ParseFlags(data[-1]))
        score.check(f"{when}: flags of {number}", told == flags, data)


def lose_index(demo):
    for path in glob.glob(os.path.join(demo.directory, SITE, "store", "accounts", "*",
                                       "index.db*")):
        os.unlink(path)


def curl(demo, score):
    with tempfile.NamedTemporaryFile() as f:
        f.write(SMALL)
        f.flush()
        url = f"imap://127.0.0.1:{demo.site['imap']}/INBOX"
        result = subprocess.run(["curl", "-sS", "--max-time", "30", "-u",
                                 f"{ADDRESS}:{PASSWORD}", "-T", f.name, url],
                                capture_output=True, text=True)
    score.check("curl appends", result.returncode == 0, result.stderr)


def pop3(demo, score):
    pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
    pop.user(ADDRESS)
    pop.pass_(PASSWORD)
    got = b"\r\n".join(pop.retr(1)[1]) + b"\r\n"
    score.check("POP3 has what was appended", got == SMALL, got)
    score.check("and what curl has", len(pop.list()[1]) == 4)
    pop.quit()


def half(demo, score):
    """A client that goes in the midst of its literal leaves nothing (I02)."""
    with socket.create_connection(("127.0.0.1", demo.site["imap"]), 10) as s:
        s.sendall(f"a LOGIN {ADDRESS} {PASSWORD}\r\n".encode())
        s.sendall(b"b APPEND INBOX {5000000+}\r\n" + b"x" * 4000000)
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):
            pass
    imap = log_in(demo)
    score.check("half a message is none", imap.select()[1] == [b"4"])
    imap.logout()


def nul(demo, score):
    """A literal has no NUL; a literal8 may (RFC 3516)."""
    message = b"a: b\r\n\r\n\0\r\n"
    with socket.create_connection(("127.0.0.1", demo.site["imap"]), 10) as s:
        f = s.makefile("rb")
        s.sendall(f"a LOGIN {ADDRESS} {PASSWORD}\r\n".encode())
        for tag, form, wanted in (("b", "", b"b BAD "), ("c", "~", b"c OK ")):
            head = f"{tag} APPEND INBOX {form}{{{len(message)}+}}\r\n"
            s.sendall(head.encode() + message + b"\r\n")
            while (line := f.readline()) and not line.startswith(wanted[:2]):
                pass
            score.check(f"NUL in {form or 'a'} literal", line.startswith(wanted), line)
    imap = log_in(demo)
    got = imap.fetch("5", "(BINARY.PEEK[])")[1]
    score.check("the literal8 as it came", got[0][1] == message, got)
    imap.store("5", "+FLAGS", "\\Deleted")
    imap.expunge()
    imap.logout()


def idle_hears(demo, score):
    """Who idles hears of it at once."""
    with socket.create_connection(("127.0.0.1", demo.site["imap"]), 10) as s:
        f = s.makefile("rb")
        for line in (f"a LOGIN {ADDRESS} {PASSWORD}", "b SELECT INBOX", "c IDLE"):
            s.sendall(line.encode() + b"\r\n")
            while not f.readline().startswith((line[0].encode() + b" ", b"+ ")):
                pass
        imap = log_in(demo)
        imap.append("INBOX", None, None, SMALL)
        score.check("an idle session hears of it", f.readline() == b"* 5 EXISTS\r\n")
        imap.store("5", "+FLAGS", "\\Deleted")
        imap.expunge()
        imap.logout()


def main():
    score = Score()
    with Demo() as demo:
        imap = log_in(demo)
        append(imap, score)
        is_there(imap, score, "at once")
        imap.logout()
        curl(demo, score)
        pop3(demo, score)
        half(demo, score)
        nul(demo, score)
        idle_hears(demo, score)
        demo.stop()
        demo.start()
        imap = log_in(demo)
        is_there(imap, score, "after a restart")
        imap.logout()
        demo.stop()
        lose_index(demo)
        demo.start()
        imap = log_in(demo)
        is_there(imap, score, "without the index")
        imap.logout()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
