#!/usr/bin/env python3
"""The attack table's rows for SMTP, over TCP.  Names are the table's ids."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import (HEAD, Frozen, Peer, Rows, Site, Smtp, count,  # noqa: E402
                  empty, memory, stored)

LIMIT = 3 << 20  # message_size of the site
MANY = 1000000  # chunks of one octet

# ---- S01: what ends a message

SMUGGLED = (b"MAIL FROM:<root@hamburger.edu>\r\nRCPT TO:<bob@hamburger.edu>\r\n"
            b"DATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n")
FALSE_ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r",
              b"\r\n.\r\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\n\r\n", b"\n\n.\r\n"]


def pieces(octets, step):
    return [octets[i:i + step] for i in range(0, len(octets), step)] if step else [octets]


def one_smuggling(site, octets, segments):
    """(reply to the message, reply to NOOP behind it)"""
    with Smtp(site.smtp) as smtp:
        smtp.open_data()
        for segment in segments:
            smtp.say(segment)
            if len(segments) > 1:
                time.sleep(0.0003)
        return smtp.reply(), smtp.ask(b"NOOP")


def smuggling(site):
    for end in FALSE_ENDS:
        octets = HEAD + b"innocent" + end + SMUGGLED + b"\r\n.\r\n"
        at = octets.index(end, len(HEAD))
        around = [octets[:at], *pieces(octets[at:at + len(end)], 1), octets[at + len(end):]]
        halves = [[octets[:i], octets[i:]] for i in range(at, at + len(end) + 1)]
        for segments in ([octets], around, pieces(octets, 7), *halves):
            reply, after = one_smuggling(site, octets, segments)
            yield (f"{end} is refused, in {len(segments)} segments",
                   reply.startswith(b"550 5.6.11 "), reply)
            yield "and no command was in it", after.startswith(b"250 "), after
    # <CR><CR><LF>.<CR><LF>: a bare CR, and then a true end.
    reply, after = one_smuggling(site, b"", [HEAD + b"x\r\r\n.\r\n"])
    yield "a bare CR before a true end", reply.startswith(b"550 5.6.11 "), reply
    texts = stored(site, remove=True)
    yield "nothing was smuggled", not any(b"smuggled" in t for t in texts), texts
    body = HEAD + b"..\r\n...\r\nx.\r\n. \r\n..x\r\n"
    for segments in (pieces(body + b".\r\n", 1), pieces(body + b".\r\n", 0)):
        reply, _ = one_smuggling(site, b"", segments)
        yield "true ends are ends", reply.startswith(b"250 "), reply
    want = HEAD + b".\r\n..\r\nx.\r\n \r\n.x\r\n"
    texts = stored(site, remove=True)
    yield "and dots are undone", [t.endswith(want) for t in texts] == [True] * 2, texts


# ---- S03: too eager

def eager(site):
    for name, early in (("DATA", b"DATA\r\nSubject: x\r\n\r\nx\r\n.\r\n"),
                        ("EHLO", b"EHLO crepes.fr\r\nNOOP\r\n"),
                        ("HELO", b"HELO crepes.fr\r\nQUIT\r\n")):
        with Smtp(site.smtp) as smtp:
            smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
            smtp.ask(b"RCPT TO:<bob@hamburger.edu>")
            smtp.say(early)
            reply = smtp.reply()
            yield f"more behind {name}", reply.startswith(b"554 5.5.0 "), reply
            yield "and the connection ends", smtp.is_closed()
    with Frozen(site, "mx 0"):
        peers = [Peer(site.smtp, greeting=False) for _ in range(3)]
        for peer in peers:
            peer.say(b"EHLO crepes.fr\r\nMAIL FROM:<alice@crepes.fr>\r\n")
    for peer in peers:
        reply = peer.reply()
        yield "before the banner", reply.startswith(b"554 5.5.0 "), reply
        yield "and the connection ends", peer.is_closed()
        peer.close()


# ---- S04, S05: chunks

def chunk(octets, last=False):
    return b"BDAT %d%s\r\n" % (len(octets), b" LAST" if last else b"") + octets


def open_chunks(smtp, body=b""):
    smtp.ask(b"MAIL FROM:<alice@crepes.fr>" + body)
    smtp.ask(b"RCPT TO:<bob@hamburger.edu>")


def chunks(site):
    empty(site)
    for size in (b"-1", b"+5", b"5abc", b"0x10", b"", b"5 FIRST", b"18446744073709551616",
                 b"99999999999999999999", b"5\0", b"\xff", b"5\r"):
        with Smtp(site.smtp) as smtp:
            open_chunks(smtp)
            reply = smtp.ask(b"BDAT " + size)
            yield f"BDAT {size}", reply.startswith(b"501 5.5.4 "), reply
            yield "ends the session", smtp.is_closed()
    with Smtp(site.smtp) as smtp:
        open_chunks(smtp)
        mx = site.roles()["mx 0"]
        before, codes = memory(mx), set()
        smtp.ask(chunk(HEAD)[:-2])
        line = b"x" * 998 + b"\r\n"
        for _ in range(MANY // 1000):
            smtp.say(b"".join(chunk(octet) for octet in pieces(line, 1)))
            codes |= {smtp.reply() for _ in range(1000)}
        yield f"{MANY} chunks", codes == {b"250 2.0.0 1 octets received\r\n"}, codes
        grown = memory(mx) - before
        yield "of one octet, and no memory for each", grown < 256 << 10, grown
        reply = smtp.ask(b"BDAT 0 LAST")
        yield "are a message", reply.startswith(b"250 2.0.0 Message"), reply
    with Smtp(site.smtp) as smtp:
        open_chunks(smtp)
        number = 1000
        smtp.say(b"BDAT 0\r\n" * number)
        codes = {smtp.reply()[:4] for _ in range(number)}
        yield "a thousand of no octets", codes == {b"250 "}, codes
        reply = smtp.ask(b"DATA")
        yield "DATA among them", reply.startswith(b"503 "), reply
        smtp.say(chunk(HEAD + b"RSET\r\n") + chunk(b".\r\nQUIT\r\n", True))
        reply = smtp.reply(), smtp.reply()
        yield "and then a message", reply[1].startswith(b"250 2.0.0 Message"), reply
        smtp.say(chunk(b"NOOP\r\n", True))
        reply = smtp.reply()
        yield "a chunk behind the last", reply.startswith(b"503 5.5.1 "), reply
        reply = smtp.ask(b"NOOP")
        yield "is no command", reply.startswith(b"250 2.0.0 Ok"), reply
        open_chunks(smtp)
        smtp.say(b"BDAT 9223372036854775808\r\n" + b"QUIT\r\n" * 10000)
        smtp.reset()
    texts = stored(site, remove=True)
    dots = [t for t in texts if t.endswith(HEAD + b"RSET\r\n.\r\nQUIT\r\n")]
    yield "dots are kept", len(dots) == 1, texts[-1][-100:]
    yield "a million chunks are whole", (HEAD + line * (MANY // 1000)) in texts[0], len(texts[0])
    yield "what was broken off is not there", len(texts) == 2, len(texts)


def false_ends_in_chunks(site):
    for end in FALSE_ENDS:
        octets = HEAD + b"innocent" + end + SMUGGLED + b"\r\n.\r\n"
        for step in (0, 1, 7):
            with Smtp(site.smtp) as smtp:
                open_chunks(smtp)
                parts = pieces(octets, step)
                smtp.say(b"".join(chunk(p) for p in parts) + b"BDAT 0 LAST\r\n")
                codes = {smtp.reply()[:4] for _ in parts}
                reply = smtp.reply()
                yield (f"{end} in {len(parts)} chunks", codes <= {b"250 ", b"550 "} and
                       reply.startswith(b"550 5.6.11 "), reply, codes)
                yield "and no command was in it", smtp.ask(b"NOOP").startswith(b"250 ")
    texts = stored(site, remove=True)
    yield "nothing was smuggled", not any(b"smuggled" in t for t in texts), texts


# ---- S15: addresses beyond ASCII

UTF8 = [  # a path, and the replies without and with SMTPUTF8
    ("<é@crepes.fr>".encode(), b"553 5.6.7", b"250 2.1.0"),
    ("<a@crêpes.fr>".encode(), b"553 5.6.7", b"250 2.1.0"),
    ('<"é à"@crepes.fr>'.encode(), b"553 5.6.7", b"250 2.1.0"),
    ("<e\u0301@crepes.fr>".encode(), b"553 5.6.7", b"250 2.1.0"),
    ("<a\u202eb@crepes.fr>".encode(), b"553 5.6.7", b"250 2.1.0"),
    (b"<a\xc0\xaf@crepes.fr>", b"500 5.5.2", b"500 5.5.2"),
    (b"<a\xe0\x80\xaf@crepes.fr>", b"500 5.5.2", b"500 5.5.2"),
    (b"<a\xed\xa0\x80@crepes.fr>", b"500 5.5.2", b"500 5.5.2"),
    (b"<a\xf5\x80\x80\x80@crepes.fr>", b"500 5.5.2", b"500 5.5.2"),
    (b"<a\xc3@crepes.fr>", b"500 5.5.2", b"500 5.5.2"),
    (b"<a\xc2\x9b@crepes.fr>", b"500 5.5.2", b"500 5.5.2"),
    (b"<a@[\xc3\xa9]>", b"501 5.5.4", b"501 5.5.4"),
]


def beyond_ascii(site):
    for path, without, by_word in UTF8:
        with Smtp(site.smtp) as smtp:
            for code, word in ((without, b""), (by_word, b" SMTPUTF8")):
                reply = smtp.ask(b"MAIL FROM:" + path + word)
                yield f"MAIL FROM:{path}{word}", reply.startswith(code), reply
                smtp.ask(b"RSET")
            for word, wanted in ((b"", without), (b" SMTPUTF8", b"5")):
                smtp.ask(b"MAIL FROM:<alice@crepes.fr>" + word)
                reply = smtp.ask(b"RCPT TO:" + path)
                yield f"RCPT TO:{path}{word}", reply.startswith(wanted), reply
                smtp.ask(b"RSET")
    with Smtp(site.smtp) as smtp:
        for line, code in (("VRFY é".encode(), b"553 5.6.7"),
                           ("VRFY é SMTPUTF8".encode(), b"252 2.5.2"),
                           (b"VRFY bob SMTPUTF8", b"252 2.5.2"), (b"VRFY \xc3", b"500 5.5.2")):
            reply = smtp.ask(line)
            yield f"{line}", reply.startswith(code), reply


# ---- S06, S07: sizes

def line_lengths(site):
    with Smtp(site.smtp) as smtp:
        for length, code in ((998, b"250"), (1000, b"250"), (2048, b"250"), (2049, b"550"),
                             (65535, b"550"), (1 << 20, b"550"), (500, b"250")):
            reply = smtp.send(HEAD + b"x" * length + b"\r\n")
            yield f"a line of {length}", reply.startswith(code), reply
        dotted = smtp.send(HEAD + b".." + b"x" * 2047 + b"\r\n")
        yield "a dot-stuffed line of 2048", dotted.startswith(b"250"), dotted
        folded = b"X: y\r\n" + b" z" * 500 + b"\r\n"
        reply = smtp.send(folded * 100 + HEAD + b"text\r\n")
        yield "a header field of 100 KB", reply.startswith(b"250"), reply
        reply = smtp.send(b"X: y\r\n" * 100000 + HEAD)
        yield "100,000 header lines", reply.startswith(b"250"), reply
        reply = smtp.send(b"X: 345678901234567890\r\n" * 60000 + HEAD)
        yield "a header section of more than 1 MB", reply.startswith(b"552 5.3.4 "), reply
        reply = smtp.ask(b"NOOP")
        yield "and the connection is usable", reply.startswith(b"250"), reply


def text_of(size):
    """A message of exactly so many octets."""
    lines = (size - len(HEAD)) // 64 - 1
    rest = size - len(HEAD) - lines * 64 - 2
    return HEAD + (b"s" * 62 + b"\r\n") * lines + b"t" * rest + b"\r\n"


def sizes(site):
    with Smtp(site.smtp) as smtp:
        announced = b"SIZE %d\r\n" % LIMIT in smtp.hello
        yield "SIZE is announced", announced, smtp.hello
        for size, code in ((LIMIT, b"250 2.1.0"), (LIMIT + 1, b"552 5.3.4"),
                           (10 ** 19, b"552 5.3.4"), (10 ** 20, b"501 5.5.4"), (0, b"250")):
            reply = smtp.ask(b"MAIL FROM:<alice@crepes.fr> SIZE=%d" % size)
            yield f"SIZE={size}", reply.startswith(code), reply
            smtp.ask(b"RSET")
        for lie in (b"-1", b"+5", b"5abc", b"0x10", b"", b"1 SIZE=1"):
            reply = smtp.ask(b"MAIL FROM:<alice@crepes.fr> SIZE=" + lie)
            yield f"SIZE={lie}", reply.startswith(b"501 "), reply
        for size, code in ((LIMIT, b"250"), (LIMIT + 1, b"552 5.3.4"), (4000, b"250")):
            text = text_of(size)
            assert len(text) == size
            reply = smtp.send(text)
            yield f"a message of {size} octets", reply.startswith(code), reply
        for lie in (100, LIMIT):
            smtp.ask(b"MAIL FROM:<alice@crepes.fr> SIZE=%d" % lie)
            smtp.ask(b"RCPT TO:<bob@hamburger.edu>")
            smtp.ask(b"DATA")
            reply = smtp.ask(text_of(5000) + b".")
            yield f"SIZE={lie} for 5000 octets", reply.startswith(b"250"), reply
    texts = stored(site, remove=True)
    yield ("what was accepted is whole", sum(t.endswith(text_of(LIMIT)) for t in texts) == 1
           and sum(t.endswith(text_of(5000)) for t in texts) == 2, [len(t) for t in texts])
    yield "and no more", len(texts) == 4 + site.honest, len(texts)


# ---- S08, S09, S10, S30: addresses

TAKEN = [b"<bob@hamburger.edu>", b"<bob@HAMBURGER.EDU>", b"<BoB@hamburger.edu>",
         b"<@relay.example:bob@hamburger.edu>", b"<@a.example,@b.example:bob@hamburger.edu>",
         b'<"bob"@hamburger.edu>', b"<bob+x@hamburger.edu>"]
NOT_TAKEN = [
    b"<alice@crepes.fr>", b"<bob%crepes.fr@hamburger.edu>", b"<@hamburger.edu:bob@crepes.fr>",
    b"<crepes.fr!bob>", b"<crepes.fr!bob@hamburger.edu>", b'<"bob@crepes.fr"@hamburger.edu>',
    b'<"bob@crepes.fr">', b"<bob@crepes.fr@hamburger.edu>", b"<bob@hamburger.edu@crepes.fr>",
    b"<bob@[127.0.0.1]>", b"<bob@[IPv6:::1]>", b"<bob@crepes.fr.>", b"<bob@hamburger.edu%00>",
    b"<bob@hamburger.edu\\0>", b"<bob>", b"<bob@>", b"<@hamburger.edu>", b"<>", b"<@>", b"<",
    b">", b"bob@hamburger.edu", b"", b"<bob@localhost>", b"<bob@mail.hamburger.edu>",
    b"<bob@hamburger.edu.crepes.fr>", b"<bob@hamburger.edu crepes.fr>", b"<bob@ hamburger.edu>",
    b"<bob@hamburger.edu>,<alice@crepes.fr>", b"<bob@hamburger.edu>x", b"<<bob@hamburger.edu>>",
    b"<bob@hamburger.edu> NOTIFY=NEVER", b"<bob@hamburger.edu> ORCPT=rfc822;x",
    # S30: text, and nothing else
    b"<|/bin/sh@hamburger.edu>", b"</etc/passwd@hamburger.edu>", b'<"|touch x"@hamburger.edu>',
    b"<:include:/etc/passwd@hamburger.edu>", b"</dev/null@hamburger.edu>", b"<|/bin/sh>",
    b"<../../bob@hamburger.edu>", b"<~bob@hamburger.edu>", b'<"../1"@hamburger.edu>',
    b"<bob-x@hamburger.edu>", b'<" bob"@hamburger.edu>',
]


def recipients(site):
    for path, wanted in [*((p, True) for p in TAKEN), *((p, False) for p in NOT_TAKEN)]:
        with Smtp(site.smtp) as smtp:
            smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
            reply = smtp.ask(b"RCPT TO:" + path)
            code = b"250 2.1.5 " if wanted else b"5"
            yield f"RCPT TO:{path}", reply.startswith(code), reply
            if not wanted:
                data = smtp.ask(b"DATA")
                yield "and no message for it", data[:3] in (b"554", b"503"), data
    with Smtp(site.smtp) as smtp:
        smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
        for path in (b"<Postmaster>", b"<postmaster@hamburger.edu>"):
            reply = smtp.ask(b"RCPT TO:" + path)
            yield f"{path} is never relaying", not reply.startswith(b"550 5.7.1"), reply


def unknown(site):
    """S10: refused in the session; who is known still gets his mail."""
    with Smtp(site.smtp) as smtp:
        smtp.ask(b"MAIL FROM:<>")
        for name in (b"nobody", b"root", b"bob.", b"1", b"accounts"):
            reply = smtp.ask(b"RCPT TO:<%s@hamburger.edu>" % name)
            yield f"{name} is nobody", reply[:1] == b"5", reply
        yield "bob is", smtp.ask(b"RCPT TO:<bob@hamburger.edu>").startswith(b"250")
        smtp.ask(b"DATA")
        yield "and gets it", smtp.ask(HEAD + b"x\r\n.").startswith(b"250")


LONG = b"a" * 64
PATHS = [  # after MAIL FROM:, and the reply
    (b"<>", b"250"), (b"<%s@crepes.fr>" % LONG, b"250"), (b"<a%s@crepes.fr>" % LONG, b"501"),
    (b'<"quoted pair\\" \\\\"@crepes.fr>', b"250"), (b'<""@crepes.fr>', b"250"),
    (b"<;rm@crepes.fr>", b"501"), (b"<a|b@crepes.fr>", b"250"), (b"<$(id)@crepes.fr>", b"501"),
    (b"<`id`@crepes.fr>", b"250"), (b"<a\nb@crepes.fr>", b"500"), (b"<a\rb@crepes.fr>", b"500"),
    (b"<a\0b@crepes.fr>", b"500"), (b"<a\x80@crepes.fr>", b"500"), ("<é@crepes.fr>".encode(), b"553 5.6.7"), (b"<a\x1b[2J@x.fr>", b"500"),
    (b"<<a@crepes.fr>>", b"501"), (b"<a@crepes.fr", b"501"), (b"a@crepes.fr>", b"501"),
    (b'<"@x>', b"501"), (b'<"a@crepes.fr>', b"501"), (b"<a@b@c>", b"501"), (b"<a..b@x.fr>", b"501"),
    (b"<.a@x.fr>", b"501"), (b"<a@-x.fr>", b"501"), (b"<a@x..fr>", b"501"), (b"<a@x.fr.>", b"501"),
    (b"<a@[999.1.1.1]>", b"501"), (b"<a@[IPv6:1]>", b"501"), (b"<a@[IPv6:::1]>", b"250"),
    (b"<a@%s>" % (b"x." * 120 + b"fr"), b"250"), (b"<a@%s>" % (b"x." * 160 + b"fr"), b"501"),
    (b"<a@x.fr> AUTH=<>", b"555"), (b"<a@x.fr> XFOO", b"555"), (b"<a@x.fr> BODY=BINARYMIME", b"250"),
    (b"<a@x.fr> =", b"501"), (b"<a@x.fr> SIZE=1=2", b"501"), (b"<a@x.fr> SMTPUTF8", b"250"),
]


def senders(site):
    for path, code in PATHS:
        with Smtp(site.smtp) as smtp:
            reply = smtp.ask(b"MAIL FROM:" + path)
            yield f"MAIL FROM:{path}", reply.startswith(code), reply
            if b"\n" not in path:
                after = smtp.ask(b"NOOP")
                yield "one reply each", after.startswith(b"250 2.0.0 "), after


# ---- S11, S12, S17, S22, S29

def loops(site):
    field = b"Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    with Smtp(site.smtp) as smtp:
        for number, code in ((50, b"250"), (51, b"554 5.4.6"), (100, b"554 5.4.6")):
            reply = smtp.send(field * number + HEAD + b"x\r\n")
            yield f"{number} hops", reply.startswith(code), reply
        odd = b"rEcEiVeD : x\r\n" * 51
        reply = smtp.send(odd + HEAD)
        yield "however it is written", reply.startswith(b"554 5.4.6"), reply
        reply = smtp.send(HEAD + field * 60)
        yield "but not in the body", reply.startswith(b"250"), reply


def too_many_recipients(site):
    empty(site)
    with Smtp(site.smtp) as smtp:
        smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
        smtp.say(b"RCPT TO:<bob@hamburger.edu>\r\n" * 1001)
        codes = [smtp.reply()[:9] for _ in range(1001)]
        yield "a thousand", codes[:1000] == [b"250 2.1.5"] * 1000, set(codes)
        yield "and no more", codes[1000] == b"452 4.5.3", codes[1000]
        smtp.ask(b"DATA")
        yield "is one message", smtp.ask(HEAD + b"once\r\n.").startswith(b"250")
    yield "to one account", count(site) == 1, count(site)


def old_commands(site):
    with Smtp(site.smtp) as smtp:
        for line, code in ((b"VRFY bob", b"252"), (b"VRFY nobody@hamburger.edu", b"252"),
                           (b"EXPN staff", b"502"), (b"ETRN hamburger.edu", b"500"),
                           (b"ETRN #' OR 1=1", b"500"), (b"ATRN", b"502"), (b"TURN", b"502"),
                           (b"SEND FROM:<a@b>", b"502"), (b"SOML FROM:<a@b>", b"502"),
                           (b"SAML FROM:<a@b>", b"502"), (b"XEXCH50 1 2", b"502"),
                           (b"XCLIENT ADDR=127.0.0.1", b"500"), (b"XFORWARD NAME=x", b"500"),
                           (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2", b"500"), (b"AUTH PLAIN", b"500"),
                           (b"BDAT 0 LAST", b"503"), (b"HELP", b"214")):
            reply = smtp.ask(line)
            yield line.decode(), reply.startswith(code), reply
        same = {smtp.ask(b"VRFY " + who) for who in (b"bob", b"nobody", b"bob@hamburger.edu")}
        yield "VRFY tells nothing", len(same) == 1, same


def broken_off(site):
    """S22: what was acknowledged is there, whole; what was not is there whole or not."""
    empty(site)
    acknowledged = []
    for i in range(10):
        with Smtp(site.smtp) as smtp:
            smtp.open_data()
            smtp.say(HEAD + b"half of number %d\r\n" % i)
            smtp.reset()
        smtp = Smtp(site.smtp)
        smtp.open_data()
        smtp.say(HEAD + b"all of number %d\r\nend\r\n.\r\n" % i)
        if i % 2:
            acknowledged.append((i, smtp.reply()[:3]))
        smtp.reset()
    texts = stored(site, remove=True)
    yield "all were acknowledged", {c for _, c in acknowledged} == {b"250"}, acknowledged
    yield "and are there", all(any(b"all of number %d\r\n" % i in t for t in texts)
                               for i, _ in acknowledged), texts
    yield "no half", not any(b"half of" in t or not t.endswith(b"end\r\n") for t in texts), texts
    yield "none twice", len(set(re.findall(rb"all of number \d+", b"".join(texts)))) == \
        len(texts), texts


def main():
    global MANY
    score = Score()
    with Site(f"message_size = {LIMIT}") as site:
        rows = Rows(score, site)
        all_rows = (("S01", smuggling), ("S01/S05", false_ends_in_chunks), ("S03", eager),
                    ("S04/S05", chunks), ("S06", line_lengths), ("S15", beyond_ascii),
                    ("S08/S30", recipients), ("S09", senders), ("S10", unknown),
                    ("S11", loops), ("S17/S29", old_commands), ("S22", broken_off),
                    ("S12", too_many_recipients))
        for name, row in all_rows:
            rows.play(name, row)
        MANY = 100000
        Smtp.secure = True
        for name, row in all_rows:
            if name not in ("S03", "S17/S29"):
                rows.play(name + " under TLS", row)
        Smtp.secure = False
        empty(site)
        site.honest = 0
        rows.play("S07", sizes)
    sys.exit(score.end())


main()
