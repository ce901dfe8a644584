#!/usr/bin/env python3
"""Who submits mail sends in his own name: what auth says of MAIL, at once when it changes."""
import os
import signal
import smtplib
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402

CAROL = f"carol@{SITE}"


def packetboat(site, *arguments, said=""):
    subprocess.run([BINARY, *arguments, "--dir", site], input=said, check=True,
                   stdout=subprocess.DEVNULL, text=True, timeout=30)


def login(demo):
    smtp = smtplib.SMTP("127.0.0.1", demo.site["submission"], timeout=20)
    smtp.login(ADDRESS, PASSWORD)
    return smtp


def mail(score, smtp, sender, code):
    got = smtp.mail(sender)
    score.check(f"as {sender}: {code}", got[0] == code, str(got))
    smtp.rset()


def identities(score, demo, site):
    with login(demo) as smtp:
        for sender, code in (ADDRESS, 250), (ADDRESS.upper(), 250), ("", 250), \
                (f"bob+list@{SITE}", 250), (f"postmaster@{SITE}", 250), (CAROL, 550), \
                (f"sales@{SITE}", 550), ("bob@crepes.fr", 550), (f"chief@{SITE}", 550):
            mail(score, smtp, sender, code)
        packetboat(site, "alias", "add", f"sales@{SITE}", ADDRESS)
        mail(score, smtp, f"sales@{SITE}", 250)
        packetboat(site, "alias", "add", f"sales@{SITE}", CAROL)
        mail(score, smtp, f"sales@{SITE}", 550)
        packetboat(site, "account", "identity", ADDRESS, "add", f"chief@{SITE}")
        mail(score, smtp, f"chief@{SITE}", 250)
        packetboat(site, "account", "identity", ADDRESS, "remove", f"chief@{SITE}")
        mail(score, smtp, f"chief@{SITE}", 550)


def crash(score, demo):
    """Auth that died knows no handle: the session ends, and the next one is as before."""
    with login(demo) as smtp:
        mail(score, smtp, ADDRESS, 250)
        os.kill(demo.roles()["auth 0"], signal.SIGKILL)
        time.sleep(0.3)
        got = smtp.mail(ADDRESS)
        score.check("log in again", got[0] == 421, str(got))
        try:
            smtp.noop()
            score.check("the session has ended", False)
        except smtplib.SMTPServerDisconnected:
            score.check("the session has ended", True)
    with login(demo) as smtp:
        mail(score, smtp, ADDRESS, 250)


def main():
    score = Score()
    with Demo() as demo:
        site = os.path.join(demo.directory, SITE)
        packetboat(site, "account", "add", CAROL, said="mustard\n")
        identities(score, demo, site)
        crash(score, demo)
    return score.end()


sys.exit(main())
