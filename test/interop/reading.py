#!/usr/bin/env python3
"""Mail that comes in is read behind delivery: every message has its record, whatever
becomes of parse meanwhile, and its words can be found."""
import email.message
import email.policy
import glob
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, SITE, Demo, Score  # noqa: E402
from peer import wait_until  # noqa: E402

MESSAGES = 60


def message(number):
    m = email.message.EmailMessage()
    m["From"], m["To"] = "alice@crepes.fr", ADDRESS
    m["Subject"] = f"Ketchup né {number}"
    m.set_content(f"Do you like ketchup?  Word{number}x.\n" * 5)
    m.add_alternative(f"<p>Pickles &amp; <b>more{number}x</b></p>", subtype="html")
    if number % 7 == 0:
        m.add_attachment(os.urandom(300_000), maintype="image", subtype="png",
                         filename=f"été{number}.png")
    return m


def send(demo, first, last):
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"]) as smtp:
        for number in range(first, last):
            smtp.sendmail("alice@crepes.fr", [ADDRESS], message(number).as_bytes(policy=email.policy.SMTP))


def folder(demo):
    return glob.glob(os.path.join(demo.directory, SITE, "store", "accounts", "*"))[0]


def parsed(demo):
    """Messages, and those that have a record; the site is stopped."""
    with closing(sqlite3.connect(os.path.join(folder(demo), "index.db"))) as db:
        return (db.execute("SELECT count(*) FROM email").fetchone()[0],
                db.execute("SELECT count(*) FROM env").fetchone()[0])


def words(demo, query):
    with closing(sqlite3.connect(os.path.join(folder(demo), "text.db"))) as db:
        return len(db.execute("SELECT rowid FROM word WHERE word MATCH ?",
                              (query,)).fetchall())


def text_octets(demo):
    return sum(os.path.getsize(path) for path in
               glob.glob(os.path.join(folder(demo), "text.0*")))


def wait_for_text(demo):
    """Until nothing comes any more."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.1)
        if text_octets(demo) != last:
            last, since = text_octets(demo), time.monotonic()


def main():
    score = Score()
    with Demo() as demo:
        send(demo, 0, MESSAGES // 2)
        parse = demo.roles()["parse 0"]
        os.kill(parse, signal.SIGKILL)
        send(demo, MESSAGES // 2, MESSAGES)
        back = wait_until(lambda: demo.roles().get("parse 0", parse) != parse)
        score.check("parse is back", back is not None, back)
        wait_for_text(demo)
        demo.stop()
        score.check("every message has been read", parsed(demo) == (MESSAGES, MESSAGES),
                    parsed(demo))
        score.check("a word of all", words(demo, "ketchup") == MESSAGES)
        score.check("a word of one", words(demo, "word17x") == 1)
        score.check("a word of its HTML", words(demo, "more17x") == 1)
        score.check("no markup", words(demo, "alternative") == 0)
        score.check("a name of a file, without accents", words(demo, "ete14") == 1)
        found = subprocess.run([BINARY, "verify", "--dir",
                                os.path.join(demo.directory, SITE)],
                               text=True, capture_output=True)
        score.check("verify finds nothing", found.returncode == 0, found.stdout)
        demo.start()
        send(demo, MESSAGES, MESSAGES + 1)
        wait_for_text(demo)
        demo.stop()
        score.check("and after a restart", parsed(demo) == (MESSAGES + 1, MESSAGES + 1),
                    parsed(demo))
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
