#!/usr/bin/env python3
"""The attack table's rows for POP3 and for logins, over TCP.  Names are the table's ids."""
import base64
import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
import peer  # noqa: E402
from peer import BOB, HEAD, KETCHUP, Rows, Site, Smtp, count, empty, stored  # noqa: E402

CAROL = "carol@hamburger.edu"
REFUSED = b"-ERR [AUTH] wrong name or password\r\n"
DOTS = HEAD + b"..\r\n...\r\n..dot\r\nnot.\r\n"
UNDONE = b".\r\n..\r\n.dot\r\nnot.\r\n"


class Pop3(peer.Pop3):
    """In the clear, or with STLS first."""

    secure = False

    def __init__(self, port, **more):
        super().__init__(port, **more)
        if self.secure and not (self.ask(b"STLS").startswith(b"+OK") and self.start_tls()):
            raise RuntimeError("no TLS")


def fill(site, number, name=BOB):
    empty(site, name)
    with Smtp(site.smtp) as smtp:
        for i in range(number):
            assert smtp.send(HEAD + b"number %d\r\n" % i, name).startswith(b"250")


def opened(site, name=BOB):
    pop = Pop3(site.pop3)
    assert pop.login(name).startswith(b"+OK")
    return pop


# ---- P01

NUMBERS = [b"0", b"-1", b"+1", b"4", b"1x", b"0x1", b"1.0", b"", b"4294967295", b"4294967296",
           b"4294967297", b"18446744073709551616", b"18446744073709551617", b"9" * 400, b"1 1",
           b"\xef\xbc\x91", b"%d"]


def numbers(site):
    fill(site, 3)
    for verb in (b"RETR", b"DELE", b"LIST", b"UIDL", b"TOP"):
        with opened(site) as pop:
            for n in NUMBERS:
                if n == b"" and verb in (b"LIST", b"UIDL"):
                    continue
                arguments = n + b" 0" if verb == b"TOP" else n
                reply = pop.ask(verb + b" " + arguments)
                yield f"{verb} {n[:30]}", reply.startswith(b"-ERR "), reply
            yield f"{verb}: nothing has changed", pop.ask(b"STAT").startswith(b"+OK 3 ")
    with opened(site) as pop:
        for lines in (b"-1", b"18446744073709551616", b"x", b"", b"1 1"):
            reply = pop.ask(b"TOP 1 " + lines)
            yield f"TOP 1 {lines}", reply.startswith(b"-ERR "), reply
        pop.ask(b"TOP 1 4294967295")
        yield "TOP of more than there is", pop.many().endswith(b"number 0\r\n")
        pop.ask(b"TOP 1 0")
        yield "TOP of the header", pop.many().endswith(b"attack\r\n\r\n")
        for line in (b"LAST", b"XTND XMIT", b"APOP bob c4c9334bac560ecc979e58001b3e22fb",
                     b"AUTH PLAIN", b"AUTH", b"STLS", b"UTF8", b"LANG xx"):
            reply = pop.ask(line)
            yield line.decode(), reply.startswith(b"-ERR "), reply


def deletions(site):
    fill(site, 3)
    with opened(site) as pop:
        yield "DELE", pop.ask(b"DELE 2").startswith(b"+OK")
        for line in (b"DELE 2", b"RETR 2", b"TOP 2 0", b"LIST 2", b"UIDL 2"):
            reply = pop.ask(line)
            yield f"{line} once it is marked", reply.startswith(b"-ERR "), reply
        pop.ask(b"LIST")
        yield "LIST without it", [x.split()[0] for x in pop.many().splitlines()] == [b"1", b"3"]
        pop.reset()
    yield "a reset deletes nothing", count(site) == 3, count(site)
    with opened(site) as pop:
        pop.ask(b"DELE 1")
        pop.close()
    yield "nor does the connection's end", count(site) == 3, count(site)
    with opened(site) as pop:
        pop.say(b"DELE 1\r\nRSET\r\nDELE 2\r\nQUI")
        pop.socket.shutdown(1)
        pop.rest()
    yield "nor half a QUIT", count(site) == 3, count(site)
    with opened(site) as pop:
        pop.say(b"DELE 1\r\nRSET\r\nDELE 2\r\nQUIT\r\nDELE 3\r\nQUIT\r\n")
        pop.rest()
    texts = stored(site)
    yield ("QUIT does, and only what was marked last", len(texts) == 2 and
           texts[0].endswith(b"number 0\r\n") and texts[1].endswith(b"number 2\r\n"), texts)


def two_sessions(site):
    fill(site, 3)
    with opened(site) as one, opened(site) as other:
        one.ask(b"DELE 1")
        other.ask(b"DELE 1")
        yield "one deletes", one.ask(b"QUIT").startswith(b"+OK")
        with Smtp(site.smtp) as smtp:
            smtp.send(HEAD + b"late\r\n")
        yield "the other's view stays", other.ask(b"STAT").split()[1] == b"2"
        yield "and can be read", (other.retrieve(2) or b"").endswith(b"number 1\r\n")
        begin = time.monotonic()
        reply = other.ask(b"QUIT")
        yield "deleting it again is no error", reply.startswith(b"+OK"), reply
        yield "nor late", time.monotonic() - begin < 2, time.monotonic() - begin
    texts = stored(site)
    yield "the new one is there", len(texts) == 3 and texts[2].endswith(b"late\r\n"), texts
    with opened(site) as pop:
        pop.ask(b"UIDL")
        ids = [line.split()[1] for line in pop.many().splitlines()]
        yield "UIDL", len(set(ids)) == 3 and all(0 < len(i) <= 70 for i in ids), ids


def another_account(site):
    """What is Bob's is not Carol's, whatever numbers she says."""
    fill(site, 3)
    empty(site, CAROL)
    with opened(site, CAROL) as pop:
        for i in range(1, 5):
            for line in (b"RETR %d", b"TOP %d 9", b"DELE %d", b"LIST %d", b"UIDL %d"):
                reply = pop.ask(line % i)
                yield (line % i).decode(), reply.startswith(b"-ERR no such message"), reply
        reply = pop.ask(b"USER " + BOB.encode())
        yield "no second login", reply == b"-ERR not now\r\n", reply
        reply = pop.ask(b"PASS " + KETCHUP.encode())
        yield "nor a password", reply == b"-ERR not now\r\n", reply
        pop.ask(b"QUIT")
    yield "Bob has them all", count(site) == 3


def dots(site):
    empty(site)
    with Smtp(site.smtp) as smtp:
        smtp.send(DOTS)
    with opened(site) as pop:
        pop.say(b"RETR 1\r\nTOP 1 2\r\nNOOP\r\n")
        pop.line()
        yield "RETR", pop.many().endswith(UNDONE)
        pop.line()
        yield "TOP", pop.many().endswith(b"\r\n\r\n.\r\n..\r\n")
        yield "and the dialogue goes on", pop.line().startswith(b"+OK")


# ---- P02, A10, A11, A15

def stuffing(site):
    with Pop3(site.pop3) as pop:
        pop.say(b"".join(b"USER bob@hamburger.edu\r\nPASS guess%d\r\n" % i
                         for i in range(50)))
        lines = pop.rest().splitlines()
        yield "three guesses a connection", lines == [b"+OK send PASS",
                                                      REFUSED.strip()] * 3, lines
    with Pop3(site.pop3) as pop:
        pop.say(b"USER bob@hamburger.edu\r\nPASS ketchup\r\nSTAT\r\nQUIT\r\n")
        lines = pop.rest().splitlines()
        yield ("pipelined", len(lines) == 4 and all(x.startswith(b"+OK") for x in lines),
               lines)
    for password in ("ketchup ", " ketchup", "ketch up", "Ketchup", "ketchu", "ketchup\0"):
        with Pop3(site.pop3) as pop:
            reply = pop.login(BOB, password)
            yield f"{password!r} is another", reply.startswith(b"-ERR"), reply
    for length, wanted in ((255, b"-ERR [AUTH] "), (507, b"-ERR [AUTH] "),
                           (508, b"-ERR line too long"), (6000, b"-ERR line too long")):
        with Pop3(site.pop3) as pop:
            pop.ask(b"USER bob@hamburger.edu")
            reply = pop.ask(b"PASS " + b"x" * length)
            yield f"a password of {length}", reply.startswith(wanted), reply


# ---- A13

def plain(*texts):
    return base64.b64encode(b"\0".join(texts))


BAD_RESPONSES = [b"=", b"====", b"A", b"AA=", b"AA==AA==", b"A A=", b"AGJv!mI=", b"AGJv\0mI=",
                 b"AGJv\xffmI=", b"AGJv", plain(b"", b"bob@hamburger.edu"), plain(b"", b"", b""),
                 plain(b"", b"bob@hamburger.edu", b"ketchup", b""), b"x" * 4096, b"A" * 4096]
WRONG_RESPONSES = [plain(b"carol@hamburger.edu", b"bob@hamburger.edu", b"ketchup"),
                   plain(b"", b"bob@hamburger.edu", b"mustard"),
                   plain(b"", b"nobody@hamburger.edu", b"ketchup"),
                   plain(b"", b"bob@hamburger.edu\r", b"ketchup"),
                   plain(b"", b"x" * 1000, b"y" * 1000)]


def sasl(site):
    for response in BAD_RESPONSES:
        for line in (b"AUTH PLAIN\r\n" + response, b"AUTH PLAIN " + response):
            if len(line) > 512 and not line.startswith(b"AUTH PLAIN\r"):
                continue
            with Pop3(site.pop3) as pop:
                pop.say(line + b"\r\nNOOP\r\nQUIT\r\n")
                said = pop.rest().splitlines()
                said = said[1:] if said[0] == b"+ " else said
                yield (f"{line[:40]} is no response", len(said) == 3 and
                       said[0][:8] in (b"-ERR mal", b"-ERR bad", b"-ERR lin"), said)
    for response in WRONG_RESPONSES:
        with Pop3(site.pop3) as pop:
            pop.ask(b"AUTH PLAIN")
            reply = pop.ask(response)
            yield f"{response[:40]} is refused", reply == REFUSED, reply
            reply = pop.ask(b"STAT")
            yield "and nobody is logged in", reply == b"-ERR not now\r\n", reply
    for line in (b"AUTH EXTERNAL =", b"AUTH ANONYMOUS", b"AUTH CRAM-MD5", b"AUTH PLAIN-" + b"X" * 400,
                 b"AUTH \xc3\xa9", b"AUTH PLAIN  =", b"AUTH PLAIN = ="):
        with Pop3(site.pop3) as pop:
            reply = pop.ask(line)
            yield f"{line[:30]}", reply.startswith(b"-ERR "), reply
    with Pop3(site.pop3) as pop:
        for _ in range(30):
            pop.ask(b"AUTH PLAIN")
            reply = pop.ask(b"*")
            yield "cancelled", reply == b"-ERR cancelled\r\n", reply
        reply = pop.ask(b"AUTH PLAIN " + plain(b"", b"bob@hamburger.edu", b"ketchup"))
        yield "and done after all", reply.startswith(b"+OK "), reply
        reply = pop.ask(b"AUTH PLAIN " + plain(b"", CAROL.encode(), b"ketchup"))
        yield "once", reply == b"-ERR not now\r\n", reply
    with Pop3(site.pop3) as pop:
        pop.ask(b"AUTH LOGIN")
        pop.say(b"A" * (1 << 20))
        yield "a line without end ends it", pop.rest() in (b"", b"-ERR line much too long\r\n")


NAMES = [b"nobody@hamburger.edu", b"nobody@crepes.fr", b"root", b"dave", b"bob@", b"@",
         b"bob@hamburger.edu@hamburger.edu", b"../bob@hamburger.edu",
         b"bob@hamburger.edu/../1", b"%{user}@hamburger.edu", b"bob'--@hamburger.edu",
         b"' OR '1'='1", b'"bob"; DROP TABLE account;--', b"bob%00@hamburger.edu",
         "b\u043eb@hamburger.edu".encode(), b"bob\xff@hamburger.edu", b"\xc0\xaebob@x",
         b"bob @hamburger.edu", b"bob@hamburger.edu ", b"postmaster@crepes.fr", b"1",
         b"@queue", b"a" * 320 + b"@hamburger.edu", b"a" * 480]


def names(site):
    for name in NAMES:
        with Pop3(site.pop3) as pop:
            user = pop.ask(b"USER " + name)
            yield f"USER {name[:40]} tells nothing", user == b"+OK send PASS\r\n", user
            reply = pop.ask(b"PASS ketchup")
            yield f"{name[:40]} is refused in the same words", reply == REFUSED, reply
    with Pop3(site.pop3) as pop:
        pop.ask(b"USER bob@hamburger.edu")
        yield "as is a wrong password", pop.ask(b"PASS mustard") == REFUSED
    for name in (b"bob\0@hamburger.edu", b"bob\r@hamburger.edu", b"bob\x1b[2J@hamburger.edu",
                 b"x" * 10000):
        with Pop3(site.pop3) as pop:
            reply = pop.ask(b"USER " + name)
            yield f"{name[:20]} is no name", reply.startswith(b"-ERR line"), reply
    yield "nothing was made", sorted(os.listdir(os.path.join(
        site.directory, "store", "accounts"))) == ["1", "2"]


def timing(site):
    """A11: the median time of an unknown name is that of a wrong password."""
    took = {"bob@hamburger.edu": [], "nobody@hamburger.edu": []}
    for i in range(12):
        for name, times in took.items():
            with Pop3(site.pop3) as pop:
                pop.ask(b"USER " + name.encode())
                begin = time.monotonic()
                yield "refused", pop.ask(b"PASS wrong %d" % i) == REFUSED
                times.append(time.monotonic() - begin)
    known, unknown = (statistics.median(t) for t in took.values())
    yield "the same time", 0.6 < known / unknown < 1.67, (known, unknown)


# ---- A12

def storm(site):
    """200 logins at once, of which each costs a hash: all are answered, and honest
    clients wait less than two seconds."""
    answers, honest, begin = [], [], time.monotonic()

    def guess(i):
        with Pop3(site.pop3) as pop:
            answers.append(pop.login(f"user{i}@hamburger.edu", "guess"))

    threads = [threading.Thread(target=guess, args=(i,)) for i in range(200)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads) and time.monotonic() - begin < 20:
        start = time.monotonic()
        with Pop3(site.pop3) as pop:
            reply = pop.login(CAROL)
        honest.append((time.monotonic() - start, reply[:3]))
        time.sleep(0.02)
    for t in threads:
        t.join()
    yield "all are answered", len(answers) == 200, len(answers)
    kinds = {a[:12] for a in answers}
    yield "refused, or asked to come again", kinds <= {b"-ERR [AUTH] ", b"-ERR [SYS/TE"}, kinds
    yield "the storm was one", len(honest) > 2, len(honest)
    yield "honest logins succeed", {ok for _, ok in honest} == {b"+OK"}, honest
    yield "in time", max(t for t, _ in honest) < 2, max(honest)


# ---- A08

def records(site):
    """The same transcript, however the octets are cut, into segments or TLS records."""
    fill(site, 2)
    said = (b"CAPA\r\nLANG de\r\nXYZZY\r\nUTF8\r\nAUTH LOGIN\r\n" +
            base64.b64encode(BOB.encode()) + b"\r\n" + base64.b64encode(KETCHUP.encode()) +
            b"\r\nSTAT\r\nLIST\r\nRETR 1\r\nTOP 2 0\r\nDELE 2\r\nRSET\r\nUIDL\r\nQUIT\r\nNOOP\r\n")
    heard = set()
    for step in (len(said), 1, 2, 7):
        with Pop3(site.pop3) as pop:
            for at in range(0, len(said), step):
                pop.say(said[at:at + step])
            heard.add(pop.rest())
    yield "one transcript", len(heard) == 1, heard
    yield "of all of it", heard.pop().count(b"\r\n") > 30


# ---- A17, A18

def behind_stls(site):
    fill(site, 1)
    evil = b"USER bob@hamburger.edu\r\nPASS ketchup\r\nDELE 1\r\nQUIT\r\n"
    for said in (b"STLS\r\n" + evil, b"STLS\r\nN", b"STLS\r\n\r\n", b"NOOP\r\nSTLS\r\nCAPA\r\n",
                 b"STLS\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"R" * 508):
        with Pop3(site.pop3) as pop:
            pop.say(said)
            heard = pop.rest()
            yield f"{said[:20]}: no TLS, and the end", b"+OK" not in heard and \
                heard.endswith(b"-ERR nothing may follow STLS\r\n"), heard
    with Pop3(site.pop3) as pop:
        pop.ask(b"STLS")
        pop.say(evil)
        yield "what follows in the clear later is not heard", b"+OK" not in pop.rest()
    yield "nothing was deleted", count(site) == 1, count(site)
    with Pop3(site.pop3) as pop:
        for line in (b"LANG de", b"UTF8", b"USER bob@hamburger.edu", b"STLS"):
            yield f"{line}", pop.ask(line).startswith(b"+OK")
        yield "hands are shaken", pop.start_tls()
        reply = pop.ask(b"PASS ketchup")
        yield "what was said before is forgotten", reply == b"-ERR not now\r\n", reply
        yield "but the way on is open", pop.login().startswith(b"+OK 1 ")


def stls_again(site):
    with Pop3(site.pop3) as pop:
        pop.ask(b"STLS")
        yield "hands are shaken", pop.start_tls()
        reply = pop.ask(b"STLS")
        yield "once", reply == b"-ERR encrypted already\r\n", reply
        pop.login()
        reply = pop.ask(b"STLS")
        yield "not after a login", reply == b"-ERR not now\r\n", reply
    with opened(site) as pop:
        reply = pop.ask(b"STLS")
        yield "nor in the clear then", reply == b"-ERR not now\r\n", reply
    for garbage in (b"\x16\x03\x01\x00\x05hello", b"\x80\x2e\x01\x00\x02" + b"S" * 44, b"\0" * 100,
                    b"\x16\x03\x03\xff\xff" + b"x" * 70000):
        with Pop3(site.pop3) as pop:
            pop.ask(b"STLS")
            pop.say(garbage)
            heard = pop.rest()
            yield f"{garbage[:8]} is no handshake", b"+OK" not in heard and b"-ERR" not in heard, heard


def no_login_in_the_clear(site):
    login = b"AUTH PLAIN " + plain(b"", BOB.encode(), KETCHUP.encode())
    with Pop3(site.pop3) as pop:
        pop.ask(b"CAPA")
        offered = pop.many().splitlines()
        yield "STLS is offered", b"STLS" in offered, offered
        yield "no login is", not any(x.startswith((b"USER", b"SASL")) for x in offered), offered
        for line in (login, b"AUTH LOGIN", b"USER " + BOB.encode()):
            reply = pop.ask(line)
            yield f"{line[:10]}", reply.startswith(b"-ERR no login without"), reply
    with Pop3(site.pop3) as pop:
        pop.ask(b"STLS")
        yield "hands are shaken", pop.start_tls()
        pop.ask(b"CAPA")
        offered = pop.many().splitlines()
        yield "now they are", b"USER" in offered and b"STLS" not in offered, offered
        yield "and served", pop.ask(login).startswith(b"+OK ")


ROWS = [("P01 numbers", numbers), ("P01 deletions", deletions), ("P01 two sessions", two_sessions),
        ("P01 dots", dots), ("P01 accounts", another_account), ("P02", stuffing), ("A13", sasl),
        ("A15", names), ("A08", records)]


def main():
    score = Score()
    with Site(accounts=[CAROL]) as site:
        rows = Rows(score, site)
        for name, row in ROWS + [("A11", timing), ("A12", storm), ("A17", behind_stls),
                                 ("A18", stls_again)]:
            rows.play(name, row)
        Pop3.secure = True
        for name, row in ROWS:
            rows.play(name + " TLS", row)
        Pop3.secure = False
    with Site("plaintext_login = never") as site:
        for name, *held in no_login_in_the_clear(site):
            score.check("A18 " + name, *held)
    sys.exit(score.end())


main()
