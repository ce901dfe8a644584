#!/usr/bin/env python3
"""A10: who guesses passwords, and who must not suffer from it.  Clients come from all over
127.0.0.0/8, which is not exempt here; three failures in ten minutes are borne."""
import base64
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import BOB, KETCHUP, Pop3, Rows, Site, Smtp  # noqa: E402

CAROL, DAVE = "carol@hamburger.edu", "dave@hamburger.edu"
SETTINGS = "penalty { failures = 3  seconds = 600  exempt = {} }\nsource { exempt = {} }\n"
WRONG, LATER = b"-ERR [AUTH] ", b"-ERR [SYS/TE"


def login(site, name, password, source):
    """The reply's beginning, and how long it took."""
    with Pop3(site.pop3, source=source) as pop:
        begin = time.monotonic()
        reply = pop.login(name, password)
        return reply[:12], time.monotonic() - begin


def guess(site, name, source, times):
    return [login(site, name, f"guess {i}", source)[0] for i in range(times)]


def one_source(site):
    heard = guess(site, CAROL, "127.1.0.1", 6)
    yield "three are checked", heard == [WRONG] * 3 + [LATER] * 3, heard
    reply, _ = login(site, CAROL, KETCHUP, "127.1.0.1")
    yield "then not even the right one", reply == LATER, reply
    reply, _ = login(site, DAVE, KETCHUP, "127.1.0.1")
    yield "of nobody", reply == LATER, reply
    reply, _ = login(site, CAROL, KETCHUP, "127.1.0.2")
    yield "of her neither from the same network", reply == LATER, reply
    reply, _ = login(site, DAVE, KETCHUP, "127.1.0.2")
    yield "of others there", reply[:3] == b"+OK", reply
    reply, _ = login(site, CAROL, KETCHUP, "127.2.0.1")
    yield "she herself comes in from elsewhere", reply[:3] == b"+OK", reply


def unknown(site):
    """The penalty of a name that is nobody's is the same (A11)."""
    heard = guess(site, "nobody@hamburger.edu", "127.3.0.1", 6)
    yield "three are checked", heard == [WRONG] * 3 + [LATER] * 3, heard


def many_names(site):
    heard = [login(site, f"user{i}@hamburger.edu", "guess", f"127.4.0.{1 + i // 3}")[0]
             for i in range(16)]
    yield "four times three of a network", heard == [WRONG] * 12 + [LATER] * 4, heard


def known(site):
    """Where she logged in before, guessing does not close her account."""
    yield "she was there", login(site, CAROL, KETCHUP, "127.5.0.1")[0][:3] == b"+OK"
    heard = [login(site, CAROL, f"guess {i}", f"127.5.0.{2 + i}")[0] for i in range(5)]
    yield "guesses from her network", heard == [WRONG] * 5, heard
    reply, _ = login(site, CAROL, KETCHUP, "127.5.0.1")
    yield "she herself", reply[:3] == b"+OK", reply


def waiting(site):
    """Each answer takes longer than the one before."""
    took = [login(site, BOB, f"guess {i}", "127.6.0.1")[1] for i in range(3)]
    yield "at once", took[0] < 0.24, took
    yield "longer and longer", took[1] > 0.25 and took[2] > 0.5, took


def parallel(site):
    """So many at once that all begin before any is answered."""
    heard = []
    threads = [threading.Thread(target=lambda i=i: heard.extend(
        guess(site, f"user{i}@hamburger.edu", "127.7.0.1", 1))) for i in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    yield "all are answered", len(heard) == 40 and set(heard) <= {WRONG, LATER}, heard
    reply, _ = login(site, CAROL, KETCHUP, "127.7.0.1")
    yield "and then none", reply == LATER, reply


def logged(site):
    with open(os.path.join(site.directory, "log", "events"), errors="replace") as f:
        lines = [line for line in f.read().splitlines() if "too many wrong logins" in line]
    for source in ("127.1.0.", "127.3.0.1"):
        found = [line for line in lines if source in line]
        yield f"a penalty of {source} is said", 1 <= len(found) <= 2, lines
    yield "with its name", any(CAROL in line for line in lines), lines


def later(site):
    """It ends: here two in four seconds are borne; or by the configuration."""
    heard = guess(site, BOB, "127.1.0.1", 3)
    yield "two are checked", heard == [WRONG, WRONG, LATER], heard
    time.sleep(2.2)
    reply, _ = login(site, BOB, KETCHUP, "127.1.0.1")
    yield "and a while later again", reply[:3] == b"+OK", reply
    heard = guess(site, CAROL, "127.2.0.1", 3)
    yield "two of another", heard == [WRONG, WRONG, LATER], heard
    path = os.path.join(site.directory, "packetboat.conf")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("exempt = {}", "exempt = {127.2.0.0/16}"))
    site.command("reload")
    heard = guess(site, CAROL, "127.2.0.1", 4)
    yield "who is exempt from now on", heard == [WRONG] * 4, heard


def submission(site):
    """The same counts for every front."""
    heard = guess(site, CAROL, "127.8.0.1", 2)
    wrong = base64.b64encode(b"\0" + CAROL.encode() + b"\0mustard")
    with Smtp(site.submission, source="127.8.0.1") as smtp:
        heard += [smtp.ask(b"AUTH PLAIN " + wrong)[:9] for _ in range(2)]
    yield "one more, and none", heard == [WRONG, WRONG, b"535 5.7.8", b"454 4.7.0"], heard
    with Smtp(site.submission, source="127.9.0.1") as smtp:
        reply = smtp.ask(b"AUTH SCRAM-SHA-256 " + base64.b64encode(
            b"n,,n=" + CAROL.encode() + b",r=abcdefgh"))
        yield "elsewhere SCRAM begins", reply.startswith(b"334 "), reply
    with Smtp(site.submission, source="127.8.0.1") as smtp:
        reply = smtp.ask(b"AUTH SCRAM-SHA-256 " + base64.b64encode(
            b"n,,n=" + CAROL.encode() + b",r=abcdefgh"))
        yield "but not there", reply.startswith(b"454 4.7.0"), reply


def exempt(site):
    """As it is without a word in the configuration."""
    heard = guess(site, BOB, "127.0.0.1", 12)
    yield "loopback is exempt by default", heard == [WRONG] * 12, heard


def main():
    score = Score()
    with Site(SETTINGS, accounts=[CAROL, DAVE]) as site:
        rows = Rows(score, site)
        for name, row in (("one source", one_source), ("nobody", unknown),
                          ("many names", many_names), ("known", known),
                          ("waiting", waiting), ("submission", submission),
                          ("parallel", parallel), ("log", logged)):
            rows.play(f"A10 {name}", row)
    with Site("penalty { failures = 2  seconds = 4  exempt = {} }") as site:
        Rows(score, site).play("A10 later", later)
    with Site() as site:
        Rows(score, site).play("A10 exempt", exempt)
    sys.exit(score.end())


main()
