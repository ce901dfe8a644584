#!/usr/bin/env python3
"""The attack table's rows that are the same for all protocols, over TCP: what a network
and a clumsy or hostile peer can do to lines, segments and connections.  Names are the
table's ids; attacks_resources.py has those that starve the server."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from peer import (BOB, HEAD, HOST, Peer, Pop3, Rows, Site, Smtp, count,  # noqa: E402
                  empty, memory, processor_seconds)

# ---- A06: octets that have no place in a command

OCTETS = [b"\0", b"\x01", b"\x1b[2J", b"\x7f", b"\x80", b"\xff", b"\r", b"\n", b"\xc3\xa9"]
SMTP_LINES = [b"NOOP", b"HELP", b"MAIL FROM:<a@b.fr>", b"VRFY bob", b"RSET", b"QUIT"]
POP3_LINES = [b"STAT", b"LIST 1", b"NOOP", b"RETR 1", b"CAPA", b"QUIT"]


def positions(line):
    return sorted({0, 1, len(line) // 2, len(line) - 1, len(line)})


def odd_octets(site):
    for octet in OCTETS:
        for line in SMTP_LINES:
            with Smtp(site.smtp) as smtp:
                for at in positions(line):
                    smtp.say(line[:at] + octet + line[at:] + b"\r\n")
                    codes = [smtp.reply()[:4] for _ in range(1 + (octet == b"\n"))]
                    # The octets in front of a bare LF are a line of their own; an
                    # empty rest is one, too.
                    # Good UTF-8 is understood, and out of place all the same (RFC 6531).
                    good = b"5" if octet == b"\xc3\xa9" else b"500 "
                    yield f"SMTP {line[:at] + octet + line[at:]}", \
                        codes[0].startswith(good), codes
                    if codes[-1] == b"221 ":
                        break
        for line in POP3_LINES:
            with Pop3(site.pop3) as pop:
                pop.login()
                for at in positions(line):
                    pop.say(line[:at] + octet + line[at:] + b"\r\n")
                    if octet == b"\xc3\xa9":  # a password may hold it; no verb does
                        ok = pop.line().startswith(b"-ERR ")
                    else:
                        ok = pop.line() == b"-ERR lines are printable and end in CRLF\r\n" \
                            or octet[0] >= 0x80
                    yield f"POP3 {line[:at] + octet + line[at:]}", ok
                    if octet == b"\n":
                        break


def quiet_logs(site):
    """What clients said reaches the logs without control characters."""
    with Smtp(site.smtp) as smtp:
        smtp.ask(b"NOOP \x1b]0;owned\x07\x9b2J")
    with Pop3(site.pop3) as pop:
        pop.login("evil\u009b2J\x85name", "x")
        pop.login("evil\u202ename", "x")
        pop.ask(b"USER \x1b[2J")
    for port in (site.smtp, site.pop3):
        with Peer(port) as peer:
            for line in (b"AUTH PLAIN AGJvYgBrZXRjaHVw", b"auth plain AGJvYgBrZXRjaHVw"):
                reply = peer.ask(line)
                yield "AUTH is answered", reply[:2] in (b"50", b"-E", b"+O"), reply
    with Pop3(site.pop3) as pop:
        for line in (b"PASS topsecret", b" pass topsecret", b"PASS\ttopsecret",
                     b"PASS topsecret\0"):
            pop.ask(line)
    time.sleep(0.3)
    shown = subprocess.run([BINARY, "wire", "--dir", site.directory],
                           capture_output=True, timeout=20).stdout
    events = os.path.join(site.directory, "log", "events")
    with open(events, "rb") as f:
        written = f.read()
    yield "the transcript shows them", b"owned" in shown, shown[-300:]
    yield "no secret is in it", b"AGJvYg" not in shown and b"topsecret" not in shown, \
        [x for x in shown.splitlines() if b"AGJv" in x or b"topsecret" in x]
    yield "the events, too", b"login refused" in written, written[-300:]
    for name, text in (("wire", shown), ("events", written), ("stderr", site.said().encode())):
        bad = re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|[\x80-\x9f](?![\x80-\xbf])",
                        text)
        yield f"none in {name}", bad is None, bad and text[max(0, bad.start() - 80):][:160]


# ---- A07: long lines

def long_lines(site):
    for port, most, hello in ((site.smtp, 2048, b"HELO crepes.fr"), (site.pop3, 512, None)):
        with Peer(port) as peer:
            if hello:
                peer.ask(hello)
                verb, good, bad = b"NOOP ", b"250 ", b"500 5.5.2 Line too long\r\n"
            else:
                peer.ask(b"USER " + BOB.encode())
                verb, good, bad = b"PASS ", b"-ERR [AUTH] ", b"-ERR line too long\r\n"
            reply = peer.ask(verb + b"x" * (most + 1 - len(verb)))
            yield f"{most + 1} octets", reply == bad, reply
            for length in (most, most - 1):
                reply = peer.ask(verb + b"x" * (length - len(verb)))
                yield f"{length} octets", reply.startswith(good), reply
                if not hello:
                    peer.ask(b"USER " + BOB.encode())
            reply = peer.ask(verb + b"x" * (most + 1 - len(verb)))
            yield f"{most + 1} octets, still alive", reply == bad, reply


def endless_lines(site):
    """64 MB without an LF cost no memory, and the connection."""
    for role, port in (("mx 0", site.smtp), ("pop3 0", site.pop3)):
        pid, sent = site.roles()[role], 0
        before = memory(pid)
        with Peer(port) as peer:
            while sent < 64 << 20 and peer.say(b"x" * (1 << 16)):
                sent += 1 << 16
            yield f"{role} hangs up", sent < 64 << 20, sent
        grown = memory(pid) - before
        yield f"{role} has not grown", grown < 256 << 10, grown
    with Smtp(site.smtp) as smtp:
        smtp.open_data()
        pid = site.roles()["mx 0"]
        before = memory(pid)
        for _ in range(256):
            smtp.say(b"y" * (1 << 16))
        yield "16 MB in one line of DATA cost nothing", memory(pid) - before < 256 << 10, \
            memory(pid) - before
        reply = smtp.ask(b"\r\n.")
        yield "and are refused", reply[:3] in (b"550", b"552"), reply


# ---- A08: one transcript, however it is cut

DIALOGUES = {
    "smtp": [b"EHLO crepes.fr\r\n",
             b"NOOP x\r\nFOO\r\nMAIL FROM:<alice@crepes.fr> SIZE=100 BODY=8BITMIME\r\n"
             b"RCPT TO:<nobody@hamburger.edu>\r\nRCPT TO:<bob@hamburger.edu>\r\nDATA\r\n",
             HEAD + b"..\r\n.\xc3\xa9\r\n..x\r\n\r\n.\r\nMAIL FROM:<>\r\nMAIL FROM:<a>\r\n"
             b"RSET\r\nVRFY bob\r\nEXPN x\r\nNO\0OP\r\nNOOP\nNOOP\r\n" + b"x" * 2100 + b"\r\n"
             b"MAIL FROM:<alice@crepes.fr>\r\nRCPT TO:<bob@hamburger.edu>\r\nDATA\r\n",
             HEAD + b"bare\nLF\r\n.\r\nDATA\r\nHELP\r\nQUIT\r\n"],
    "pop3": [b"CAPA\r\nUSER bob@hamburger.edu\r\nSTAT\r\nPASS ketchup\r\n",
             b"STAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nTOP 1 1\r\nDELE 1\r\nRETR 1\r\nLIST 9\r\nX\r\n"
             b"RETR \r\nNO\0OP\r\nNOOP\nNOOP\r\n" + b"x" * 600 + b"\r\nRSET\r\nSTAT\r\nQUIT\r\n"],
}


def transcript(port, groups, step):
    """All that the server says; groups are what may be said at once."""
    heard = b""
    with Peer(port, greeting=False) as peer:
        peer.socket.settimeout(10)
        for number, group in enumerate(groups):
            if number or port % 1000 > 100:
                heard += peer.socket.recv(1 << 16)
            else:
                heard += peer.reply()
            for i in range(0, len(group), step or len(group)):
                peer.say(group[i:i + (step or len(group))])
                if step:
                    time.sleep(0.0002)
            if number < len(groups) - 1:
                time.sleep(0.05)  # all replies to the group are on their way
        heard += peer.rest()
    return re.sub(rb"(delivery: )\w+|(id )\w{16}|\d\d:\d\d:\d\d|\d+(?= octets)", rb"\1\2-", heard)


def cut(site):
    empty(site)
    with Smtp(site.smtp) as smtp:
        smtp.send(HEAD + b"one\r\n..\r\n")
    for name, port in (("pop3", site.pop3), ("smtp", site.smtp)):
        whole = transcript(port, DIALOGUES[name], 0)
        last = whole.splitlines()[-1]
        yield f"{name} says farewell", last.startswith((b"221 ", b"+OK")), whole
        for step in (1, 2, 3, 7, 100):
            parts = transcript(port, DIALOGUES[name], step)
            yield f"{name} by {step}", parts == whole, parts, whole
    yield "seven messages came in", count(site) == 7, count(site)


# ---- A09: every command after every error, in every state

CONNECTED, READY, SENDER, RECIPIENT = range(4)
WAYS = {CONNECTED: [], READY: [b"EHLO crepes.fr"],
        SENDER: [b"EHLO crepes.fr", b"MAIL FROM:<a@crepes.fr>"],
        RECIPIENT: [b"EHLO crepes.fr", b"MAIL FROM:<a@crepes.fr>",
                    b"RCPT TO:<bob@hamburger.edu>"]}
SAME = None
# The oracle: a command, and for each state its reply and the state behind it.
TABLE = {
    b"EHLO crepes.fr": [(b"250", READY)] * 4,
    b"HELO crepes.fr": [(b"250", READY)] * 4,
    b"MAIL FROM:<a@crepes.fr>": [(b"503", SAME), (b"250", SENDER), (b"503", SAME),
                                 (b"503", SAME)],
    b"RCPT TO:<bob@hamburger.edu>": [(b"503", SAME), (b"503", SAME), (b"250", RECIPIENT),
                                     (b"250", RECIPIENT)],
    b"DATA": [(b"503", SAME), (b"503", SAME), (b"554", SAME), (b"354", READY)],
    b"RSET": [(b"250", CONNECTED), (b"250", READY), (b"250", READY), (b"250", READY)],
    b"NOOP": [(b"250", SAME)] * 4,
    b"VRFY bob": [(b"252", SAME)] * 4,
    b"EXPN x": [(b"502", SAME)] * 4,
    b"HELP": [(b"214", SAME)] * 4,
    b"BDAT 7 LAST\r\nchunk": [(b"503", SAME), (b"503", SAME), (b"554", SAME), (b"250", READY)],
    b"QUIT": [(b"221", None)] * 4,
}
# What is answered by an error and must leave the state as it was.
ERRORS = {b"FOO": b"500", b"MAIL FROM:<": b"50", b"MAIL FROM:<a@b.fr> SIZE=9999999999999": b"5",
          b"RCPT TO:<nobody@hamburger.edu>": b"5", b"RCPT TO:<x@crepes.fr>": b"5",
          b"RCPT TO:<>": b"50", b"EHLO": b"501", b"EHLO -": b"501", b"DATA x": b"50",
          b"VRFY": b"501", b"NO\0OP": b"500", b"x" * 3000: b"500",
          b"RSET x": b"501", b"QUIT x": b"501"}


def state_of(smtp):
    """What DATA and MAIL say of the state; it ends the transaction.  421 is the fourth
    error before the first HELO."""
    reply = smtp.ask(b"DATA")[:3]
    if reply != b"503":
        return {b"354": RECIPIENT, b"554": SENDER}.get(reply)
    return {b"250": READY, b"503": CONNECTED, b"421": CONNECTED}.get(
        smtp.ask(b"MAIL FROM:<b@crepes.fr>")[:3])


def one_step(site, state, error, command):
    """(replies to error and command, the state behind them)"""
    with Smtp(site.smtp, hello=None) as smtp:
        for line in WAYS[state]:
            smtp.ask(line)
        said = [smtp.ask(error)[:3]] if error else []
        reply = smtp.ask(command)
        if reply[:3] == b"354":
            reply = smtp.ask(HEAD + b"x\r\n.") and reply
        said.append(reply[:3])
        want, after = TABLE[command][state]
        after = state if after is SAME else after
        if command == b"QUIT":
            return said, want, smtp.is_closed()
        return said, want, state_of(smtp) == after


def every_command(site):
    for state in WAYS:
        for error, code in [(None, b""), *ERRORS.items()]:
            for command in TABLE:
                said, want, right_state = one_step(site, state, error, command)
                what = f"{(error or b'')[:30]}, {command} in state {state}"
                yield what, said[-1] == want and (not error or said[0].startswith(
                    code) or said[0] == b"503"), said, want
                yield what + ": the state behind it", right_state


def after_refused_messages(site):
    """A message that is refused, or that is taken, leaves no transaction behind."""
    for text, code in ((b"x\ny\r\n", b"550"), (b"y" * 3000 + b"\r\n", b"550"),
                       (b"z" * 60 + b"\r\n", b"250"), ((b"z" * 60 + b"\r\n") * 1200, b"552")):
        for command in TABLE:
            with Smtp(site.smtp) as smtp:
                reply = smtp.send(HEAD + text)
                yield f"a message of {len(text)}", reply.startswith(code), reply
                reply = smtp.ask(command)
                want = TABLE[command][READY][0]
                yield f"{command} behind {code}", reply.startswith(want), reply


def every_pop3_command(site):
    before = [b"STAT", b"LIST", b"RETR 1", b"DELE 1", b"NOOP", b"RSET", b"TOP 1 0", b"UIDL"]
    for error in (b"FOO", b"PASS x", b"USER", b"STAT", b"NO\0OP", b"x" * 600, b"RETR 99999",
                  b"AUTH PLAIN =", b"AUTH X", b"UTF8 x", b"LANG -", b"STLS x"):
        for line in before:
            with Pop3(site.pop3) as pop:
                said = pop.ask(error), pop.ask(line)
                yield f"{error[:20]}, {line} without login", \
                    all(s.startswith(b"-ERR ") for s in said), said
            with Pop3(site.pop3) as pop:
                pop.ask(b"USER bob@hamburger.edu")
                said = pop.ask(line), pop.ask(b"PASS ketchup")
                yield f"{line} between USER and PASS", said[0].startswith(b"-ERR ") and \
                    said[1].startswith(b"+OK "), said
    with Pop3(site.pop3) as pop:
        pop.login()
        for line in (b"USER bob@hamburger.edu", b"PASS ketchup", b"AUTH", b"AUTH PLAIN =",
                     b"AUTH LOGIN", b"UTF8", b"STLS"):
            reply = pop.ask(line)
            yield f"{line} once logged in", reply.startswith(b"-ERR "), reply
    with Pop3(site.pop3) as pop:
        pop.ask(b"USER bob@hamburger.edu")
        pop.ask(b"PASS mustard")
        reply = pop.ask(b"PASS ketchup")
        yield "a PASS needs its own USER", reply == b"-ERR not now\r\n", reply


# ---- A20: another protocol's client

def other_protocols(site):
    for port in (site.smtp, site.pop3):
        for verb in (b"GET /marker HTTP/1.1", b"POST /marker HTTP/1.0", b"PUT marker",
                     b"Host: marker", b"HEAD / HTTP/1.1", b"OPTIONS * HTTP/1.1",
                     b"CONNECT marker:25 HTTP/1.1"):
            with Peer(port) as peer:
                peer.say(verb + b"\r\nHost: marker\r\n\r\nEHLO x\r\nUSER bob\r\n")
                heard = peer.rest()
                yield f"{verb} is the last word", heard.count(b"\r\n") == 1, heard
                yield "and is not repeated", b"marker" not in heard, heard
        for stranger in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"R" * 500,
                         b"\x80\x2e\x01\x00\x02" + b"S" * 44, b"a001 LOGIN marker x\r\n" * 5,
                         b"USER marker\r\nSYST\r\nFEAT\r\nPASV\r\n" * 3 if port == site.smtp
                         else b"EHLO marker\r\nMAIL FROM:<marker>\r\n" * 3,
                         b"SSH-2.0-marker\r\n" + b"\0\0\1\1" * 100 + b"\r\n" * 9):
            with Peer(port) as peer:
                peer.say(stranger)
                peer.socket.shutdown(1)
                heard = peer.rest()
                yield f"{stranger[:16]} gets no further", heard.count(b"\r\n") <= 4, heard
                yield "and is not repeated", b"marker" not in heard, heard


def main():
    score = Score()
    with Site("message_size = 64K") as site:
        rows = Rows(score, site)
        for name, row in (("A06", odd_octets), ("A06 logs", quiet_logs), ("A07", long_lines),
                          ("A07 endless", endless_lines), ("A08", cut), ("A09", every_command),
                          ("A09 DATA", after_refused_messages), ("A09 POP3", every_pop3_command),
                          ("A20", other_protocols)):
            rows.play(name, row)
    sys.exit(score.end())


main()
