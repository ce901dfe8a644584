#!/usr/bin/env python3
"""imaplib, with zlib between it and the socket (RFC 4978): what it reads compressed is what
it reads in the clear.

In the clear and at imaps; large messages both ways of the window; who idles longer than the
server keeps its compressor hears of new mail; a client that leaves in the middle harms nobody.
"""
import imaplib
import os
import random
import smtplib
import sys
import time
import zlib

import pop3_clients as pop3
from demo import ADDRESS, Demo, Score
from imap_clients import IMAPS, PLAIN, literals, log_in

RAW = -zlib.MAX_WBITS


class Compressed:
    """The streams of an imaplib client, from where the server has said OK."""

    def __init__(self, imap, level=9, window=15):
        self.imap, self.held, self.came = imap, b"", 0
        self.out, self.window = zlib.compressobj(level, zlib.DEFLATED, -window), window
        self.inflater = zlib.decompressobj(RAW)
        imap.send, imap.read, imap.readline = self.send, self.read, self.readline

    def send(self, data):
        self.imap.sock.sendall(self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH))

    def more(self):
        data = self.imap.sock.recv(65536)
        if not data:
            raise imaplib.IMAP4.abort("the server has closed")
        self.came += len(data)
        self.held += self.inflater.decompress(data)

    def read(self, size):
        while len(self.held) < size:
            self.more()
        data, self.held = self.held[:size], self.held[size:]
        return data

    def readline(self):
        while b"\n" not in self.held:
            self.more()
        return self.read(self.held.index(b"\n") + 1)


def compress(imap, **how):
    imaplib.Commands["COMPRESS"] = ("AUTH", "SELECTED")
    status, data = imap._simple_command("COMPRESS", "DEFLATE")
    return (Compressed(imap, **how) if status == "OK" else None), data


def deliver(demo, text):
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        smtp.sendmail("alice@crepes.fr", [ADDRESS], text)


def noise(octets):
    """Lines that no compressor makes smaller by much."""
    words = "".join(random.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(octets))
    return "\r\n".join(words[i:i + 70] for i in range(0, octets, 70)).encode()


def read_all(score, demo, how, **streams):
    clear, imap = log_in(demo, PLAIN), log_in(demo, how)
    wire, data = compress(imap, **streams)
    score.check(f"COMPRESS {how}", wire is not None, data)
    score.check(f"once only {how}", b"[COMPRESSIONACTIVE]" in compress(imap)[1][0])
    score.check(f"announced no more {how}",
                b"COMPRESS=DEFLATE" not in imap.capability()[1][-1])
    clear.select(readonly=True)
    imap.select(readonly=True)
    wanted = literals(clear.fetch("1:*", "BODY.PEEK[]")[1])
    before = wire.came
    heard = literals(imap.fetch("1:*", "BODY.PEEK[]")[1])
    came, octets = wire.came - before, sum(map(len, heard))
    score.check(f"the same {how} {streams}", heard == wanted, (len(heard), len(wanted)))
    before = wire.came
    imap.fetch("1:*", "(FLAGS UID ENVELOPE)")
    print(f"{how}: {octets} octets of messages came as {came}, 1 to {octets / came:.2f}")
    # an IDLE that outlives the compressor, and an idle pause between commands
    time.sleep(1.5)
    score.check(f"goes on {how}", literals(imap.fetch("1", "BODY.PEEK[]")[1]) == wanted[:1])
    imap.send(b"w1 IDLE\r\n")
    score.check(f"idling {how}", imap.readline().startswith(b"+ "))
    time.sleep(1.5)
    deliver(demo, b"Subject: news\r\n\r\n" + noise(1000))
    line = imap.readline()
    score.check(f"new mail is told {how}", line == b"* %d EXISTS\r\n" % (len(wanted) + 1), line)
    imap.send(b"DONE\r\n")
    score.check(f"and it ends {how}", imap.readline().startswith(b"w1 OK"))
    imap.logout()
    clear.logout()


def leave_early(score, demo):
    """Those that leave while much is on its way, and those that never read."""
    for _ in range(20):
        imap = log_in(demo, PLAIN)
        wire, _ = compress(imap)
        imap.select(readonly=True)
        wire.send(b"x1 FETCH 1:* BODY.PEEK[]\r\n")
        wire.more()
        imap.shutdown()
    bomb = log_in(demo, PLAIN)
    wire, _ = compress(bomb)
    wire.send(b"x1 SEARCH SUBJECT " + b"a" * (64 << 20))
    try:
        lines = [wire.readline()]
    except (imaplib.IMAP4.abort, OSError) as error:
        lines = [repr(error).encode()]
    score.check("a line too long ends the session", lines[0].startswith(b"* BYE [TOOBIG]"), lines)
    imap = log_in(demo, PLAIN)
    score.check("the others are served", imap.select()[0] == "OK")
    imap.logout()


def main():
    score = Score()
    random.seed(os.environ.get("SEED", "4978"))
    with Demo() as demo:
        pop3.fill(demo, 1 << 20)
        deliver(demo, b"Subject: noise\r\n\r\n" + noise(500000))
        for how in (PLAIN, IMAPS):
            read_all(score, demo, how)
        read_all(score, demo, PLAIN, level=1, window=9)
        leave_early(score, demo)
    sys.exit(score.end())


if __name__ == "__main__":
    main()
