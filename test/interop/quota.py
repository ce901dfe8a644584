#!/usr/bin/env python3
"""Quotas: what an account may hold, from RCPT to the store, and what a deletion gives back."""
import imaplib
import os
import poplib
import re
import signal
import smtplib
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402
from peer import wait_until  # noqa: E402

CAROL = f"carol@{SITE}"
LARGE = "Subject: large\r\n\r\n" + ("x" * 70 + "\r\n") * 5000  # 360 KB


class Site:
    def __init__(self, score, demo):
        self.score, self.demo = score, demo

    def run(self, *arguments, said=""):
        return subprocess.run([BINARY, *arguments, "--dir",
                               os.path.join(self.demo.directory, SITE)], input=said,
                              check=True, capture_output=True, text=True,
                              timeout=30).stdout

    def send(self, what, recipient, code, text=LARGE, at="DATA", size=False):
        """Where the refusal comes, and with which code; 250: nowhere."""
        with smtplib.SMTP("127.0.0.1", self.demo.site["smtp"], timeout=60) as smtp:
            smtp.ehlo("crepes.fr")
            smtp.mail("alice@crepes.fr", [f"size={len(text)}"] if size else [])
            got, where = smtp.rcpt(recipient), "RCPT"
            if got[0] == 250:
                try:
                    got, where = smtp.data(text), "DATA"
                except smtplib.SMTPDataError as refused:
                    got, where = (refused.smtp_code, refused.smtp_error), "DATA"
        self.score.check(what, got[0] == code and (code == 250 or where == at),
                         f"{where}: {got}")

    def is_served(self, recipient):
        with smtplib.SMTP("127.0.0.1", self.demo.site["smtp"], timeout=60) as smtp:
            smtp.ehlo("crepes.fr")
            smtp.mail("alice@crepes.fr")
            return smtp.rcpt(recipient)[0] == 250

    def empty(self, address):
        pop = poplib.POP3("127.0.0.1", self.demo.site["pop3"], timeout=20)
        pop.user(address)
        pop.pass_(PASSWORD)
        count = pop.stat()[0]
        for i in range(count):
            pop.dele(i + 1)
        pop.quit()
        return count

    def uses(self, address):
        return self.run("account", "quota", address)


def fill(s):
    s.run("account", "quota", CAROL, "1M")
    for i in range(2):
        s.send(f"message {i}", CAROL, 250)
    s.send("one too many", CAROL, 452)
    # By another spelling: what RCPT said of the first is remembered for some seconds.
    s.send("the size says so before", CAROL.upper(), 452, at="RCPT", size=True)
    s.send("and that it never will", CAROL, 552, text=LARGE * 4, at="RCPT", size=True)
    s.send("a small one", CAROL, 250, text="Subject: small\r\n\r\nsmall\r\n")
    s.send("others", ADDRESS, 250)
    s.score.check("it is shown", "uses 72" in s.uses(CAROL) and "of 1M" in s.uses(CAROL),
                  s.uses(CAROL))


def by_imap(s, limit):
    """RFC 9208: what imaplib is told, and OVERQUOTA."""
    imap = imaplib.IMAP4("127.0.0.1", s.demo.site["imap"], timeout=60)
    imap.login(CAROL, PASSWORD)
    roots, quota = imap.getquotaroot("INBOX")[1]
    if limit is None:
        s.score.check("IMAP: no quota root", roots == [b"INBOX"] and quota == [None] and
                      imap.getquota('""')[0] == "NO", (roots, quota))
        imap.logout()
        return
    said = re.fullmatch(rb'"" \(STORAGE (\d+) (\d+)\)', quota[0])
    s.score.check("IMAP: the quota root", roots == [b'INBOX ""'], roots)
    s.score.check("IMAP: the quota", said and 700 < int(said[1]) < 800 and
                  int(said[2]) == limit, quota)
    s.score.check("IMAP: by its root", imap.getquota('""')[1] == quota)
    refused = imap.append("INBOX", None, None, LARGE.encode())
    s.score.check("IMAP: OVERQUOTA", refused[0] == "NO" and b"[OVERQUOTA]" in refused[1][0],
                  refused)
    imap.select()
    imap.store("1", "+FLAGS.SILENT", "(\\Deleted)")
    size = int(imap.fetch("1", "RFC822.SIZE")[1][0].split()[-1].rstrip(b")"))
    status = imap.status("INBOX", "(DELETED-STORAGE)")[1][0]
    s.score.check("IMAP: DELETED-STORAGE", status.endswith(b"(DELETED-STORAGE %d)" % size), status)
    imap.store("1", "-FLAGS.SILENT", "(\\Deleted)")
    imap.logout()


def appends(s):
    """I02: by IMAP it is said before the client sends it; a client that goes away in the
    middle of a literal leaves nothing."""
    imap = imaplib.IMAP4("127.0.0.1", s.demo.site["imap"], timeout=60)
    imap.login(CAROL, PASSWORD)
    before = imap.select()[1]
    imap.send(b"q1 APPEND INBOX {400000}\r\n")
    said = imap.readline()
    s.score.check("APPEND is refused before it is sent",
                  said.startswith(b"q1 NO [OVERQUOTA] "), said)
    imap.send(b"q2 APPEND INBOX {100000}\r\n")
    s.score.check("what has room may come", imap.readline().startswith(b"+ "))
    imap.send(b"x" * 70000)
    imap.shutdown()
    imap = imaplib.IMAP4("127.0.0.1", s.demo.site["imap"], timeout=60)
    imap.login(CAROL, PASSWORD)
    s.score.check("half a literal is nothing", imap.select()[1] == before, before)
    imap.logout()


def auth_is_killed(s):
    """What an account holds auth asks store for: it is said at RCPT, as before."""
    before = s.demo.roles()["auth 0"]
    os.kill(before, signal.SIGKILL)
    s.score.check("auth is back", wait_until(
        lambda: s.demo.roles().get("auth 0", before) != before) is not None)
    wait_until(lambda: s.is_served(ADDRESS))
    s.send("after auth was killed", CAROL, 452, text=LARGE * 2, at="RCPT", size=True)
    s.score.check("and it is shown", "uses 72" in s.uses(CAROL), s.uses(CAROL))


def through_an_alias(s):
    """Nobody gets it while one of them is full: nothing is lost, and nothing comes twice."""
    s.run("alias", "add", f"staff@{SITE}", ADDRESS, CAROL)
    before = s.empty(ADDRESS)
    s.score.check("there was mail", before > 0)
    s.send("an alias", f"staff@{SITE}", 452)
    s.score.check("in part would be lost", s.empty(ADDRESS) == 0)


def less(s):
    s.run("account", "quota", CAROL, "500K")
    s.send("less than it holds", CAROL, 452, text="Subject: x\r\n\r\nx\r\n", at="RCPT")
    s.score.check("its mail stays", s.empty(CAROL) == 3)
    end = time.monotonic() + 10
    while "uses 0 of" not in s.uses(CAROL) and time.monotonic() < end:
        time.sleep(0.1)
    s.score.check("a deletion gives back", "uses 0 of 500K" in s.uses(CAROL),
                  s.uses(CAROL))
    s.send("there is room again", CAROL, 250)
    s.send("for one", CAROL, 452)
    s.run("account", "quota", CAROL, "none")
    s.score.check("no limit", "of no limit" in s.uses(CAROL), s.uses(CAROL))


def main():
    score = Score()
    with Demo() as demo:
        s = Site(score, demo)
        s.run("account", "add", CAROL, said=PASSWORD + "\n")
        fill(s)
        by_imap(s, 1024)
        appends(s)
        auth_is_killed(s)
        through_an_alias(s)
        less(s)
        by_imap(s, None)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
