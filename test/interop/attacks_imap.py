#!/usr/bin/env python3
"""Attacks on IMAP by somebody who has a login: I08 (compressed bombs), I10 (what he may not),
I13 (who idles for ever), I18 (who does not read)."""
import imaplib
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import pop3_clients as pop3  # noqa: E402
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score  # noqa: E402
from imap_compress import compress  # noqa: E402

CAROL = f"carol@{SITE}"
SECRET = "Secret"
TABLE = os.path.join(os.path.dirname(__file__), "../../src/imap/commands.c")
ROW = re.compile(r'^    \{ "([A-Z ]+[A-Z])([^"]*)", *(\w+), *(\w+),', re.M)
IDLERS, DEAF = 1000, 20


class Raw:
    """A client that says what it likes."""

    def __init__(self, demo, who=ADDRESS, receive=None):
        self.socket = socket.socket()
        if receive:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", demo.site["imap"]))
        self.file = self.socket.makefile("rb")
        self.greeting = self.file.readline()
        if who:
            self.ask(f"LOGIN {who} {PASSWORD}")

    def say(self, octets):
        self.socket.sendall(octets)

    def ask(self, command, literal=None):
        """Its tagged reply, without the tag."""
        self.say(b"t " + command.encode() + b"\r\n")
        while True:
            line = self.file.readline()
            if literal and line.startswith(b"+"):
                self.say(literal + b"\r\n")
            elif not line or line.startswith(b"t "):
                return line[2:].strip()

    def close(self):
        self.file.close()
        self.socket.close()


def memory(demo, role="imap 0"):
    """KiB that are the role's own share of memory."""
    with open(f"/proc/{demo.roles()[role]}/smaps_rollup") as f:
        return int(re.search(r"^Pss: +(\d+)", f.read(), re.M)[1])


# ---- I08

def bombs(score, demo):
    early = Raw(demo, who=None)
    score.check("I08 not before the login", early.ask("COMPRESS DEFLATE").startswith(b"BAD"))
    early.close()
    before = memory(demo)
    clients = []
    for window in (9, 15):
        imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
        imap.login(ADDRESS, PASSWORD)
        wire, _ = compress(imap, window=window)
        score.check("I08 not twice", b"COMPRESSIONACTIVE" in compress(imap)[1][0])
        for octet in b"x1 NOOP\r\n":  # flushed octet by octet
            wire.send(bytes([octet]))
        score.check("I08 a flush an octet", wire.readline().startswith(b"x1 OK"))
        imap.sock.setblocking(False)
        bomb = wire.out.compress(b"x2 NOOP\r\n" * 2000000) + wire.out.flush()
        sent = 0
        end = time.monotonic() + 1
        while sent < len(bomb) and time.monotonic() < end:
            try:
                sent += imap.sock.send(bomb[sent:])
            except BlockingIOError:
                time.sleep(0.01)
        clients.append(imap)
    honest = Raw(demo)
    begun = time.monotonic()
    score.check("I08 others are served", honest.ask("SELECT INBOX").startswith(b"OK"))
    score.check("I08 and soon", time.monotonic() - begun < 2)
    grown = memory(demo) - before
    score.check(f"I08 18 MB of commands in {len(bomb)} octets: {grown} KiB", grown < 4096)
    for imap in clients:
        imap.shutdown()
    honest.close()


# ---- I10

ARGUMENTS = {"sequence-set": "1", "fetch-atts": "(FLAGS)", "store-flags": r"+FLAGS (\Deleted)",
             "search-program": "REFERENCES UTF-8 ALL", "params": "NIL", "capabilities": "CONDSTORE",
             "mailbox": "INBOX"}
SPECIAL = {"RENAME": " INBOX Other", "LIST": ' "" *', "LSUB": ' "" *',
           "STATUS": " INBOX (MESSAGES)", "APPEND": " INBOX {2}", "SEARCH": " ALL",
           "UID SEARCH": " ALL", "SORT": " (DATE) UTF-8 ALL", "UID SORT": " (DATE) UTF-8 ALL",
           "COMPRESS": " LZMA"}


def rows():
    """(command, states) of the room's table, so that none is forgotten."""
    with open(TABLE) as f:
        for verb, words, states, _ in ROW.findall(f.read()):
            words = re.sub(r"\[.*?\]", "", words).split()
            yield verb + SPECIAL.get(verb, "".join(f" {ARGUMENTS.get(w, w)}" for w in words)), states


def states(score, demo):
    """Each command, where its state does not allow it."""
    table = list(rows())
    score.check("I10 the table is read", len(table) > 40, len(table))
    for command, allowed in table:
        early = Raw(demo, who=None)
        if allowed in ("LOGGED_IN", "SELECTED"):
            reply = early.ask(command, literal=b"xy")
            score.check(f"I10 {command} before the login", reply.startswith(b"BAD"), reply)
        early.close()
        if allowed == "SELECTED":
            client = Raw(demo)
            reply = client.ask(command)
            score.check(f"I10 {command} with no mailbox", reply.startswith(b"BAD"), reply)
            client.close()
    client = Raw(demo)
    client.ask("EXAMINE INBOX")
    for command in (r"STORE 1 +FLAGS (\Deleted)", r"UID STORE 1:* +FLAGS (\Deleted)", "EXPUNGE",
                    "UID EXPUNGE 1:*", "MOVE 1 Sent", "UID MOVE 1:* Sent"):
        reply = client.ask(command)
        score.check(f"I10 {command} of an examined mailbox", reply.startswith(b"NO"), reply)
    client.ask("FETCH 1:* BODY[]<0.1>")
    client.ask("CLOSE")
    score.check("I10 it is as it was", client.ask("SELECT INBOX") and
                client.ask("SEARCH RETURN (COUNT) SEEN").startswith(b"OK"))
    client.say(b"u SEARCH OR SEEN DELETED\r\n")
    score.check("I10 no flag was set", client.file.readline().strip() == b"* SEARCH")
    client.close()


def others(score, demo):
    """What is somebody else's is said of as what is not there, in the same words."""
    subprocess.run([BINARY, "account", "add", CAROL, "--dir", os.path.join(demo.directory, SITE)],
                   input=PASSWORD + "\n", text=True, check=True, capture_output=True, timeout=60)
    carol = Raw(demo, CAROL)
    carol.ask(f"CREATE {SECRET}")
    carol.ask(f"APPEND {SECRET} {{20}}", literal=b"Subject: secret\r\n\r\nx")
    client = Raw(demo)
    client.ask("SELECT INBOX")
    names = [SECRET, f"carol/{SECRET}", f"{CAROL}/{SECRET}", f"Other Users/{CAROL}/{SECRET}",
             f"user/carol/{SECRET}", "2/1", "accounts/2"]
    for form in ("SELECT %s", "EXAMINE %s", "STATUS %s (MESSAGES)", "DELETE %s", "RENAME %s Mine",
                 "COPY 1 %s", "UID COPY 1 %s", "MOVE 1 %s", "UID MOVE 1 %s", "APPEND %s {2}",
                 "GETQUOTAROOT %s", "SUBSCRIBE %s", "UNSUBSCRIBE %s"):
        client.ask("SELECT INBOX")
        wanted = client.ask(form % '"Nothing such"', literal=b"xy")
        for name in names:
            client.ask("SELECT INBOX")
            reply = client.ask(form % f'"{name}"', literal=b"xy")
            score.check(f"I10 {form % name}", reply == wanted, (reply, wanted))
    client.say(b'l LIST "" "*"\r\n')
    while not (line := client.file.readline()).startswith(b"l "):
        score.check("I10 LIST has his own", SECRET.encode() not in line, line)
    score.check("I10 hers is as it was", carol.ask(f"SELECT {SECRET}").startswith(b"OK") and
                carol.ask("FETCH 1 (FLAGS)").startswith(b"OK"))
    carol.close()
    client.close()


# ---- I13

def idlers(score, demo):
    before, clients = memory(demo), []
    for _ in range(IDLERS):
        client = Raw(demo)
        client.ask("SELECT INBOX")
        client.say(b"i IDLE\r\n")
        client.file.readline()
        clients.append(client)
    each = (memory(demo) - before) / IDLERS
    score.check(f"I13 one that idles costs {each:.1f} KiB", each < 32)
    clients[0].say(b"x SELECT INBOX\r\n")
    reply = clients[0].file.readline()
    score.check("I13 a command within IDLE", reply == b"i BAD IDLE ends with DONE\r\n", reply)
    score.check("I13 and then it goes on", clients[0].ask("NOOP").startswith(b"OK"))
    for client in clients:
        client.close()


def timeouts(score):
    with Demo(settings="imap_idle_seconds = 2\n") as demo:
        client = Raw(demo)
        client.say(b"i IDLE\r\n")
        client.file.readline()
        begun = time.monotonic()
        reply = client.file.readline()
        took = time.monotonic() - begun
        score.check(f"I13 without DONE it ends ({took:.1f} s)", reply.startswith(b"* BYE") and
                    1 < took < 10, reply)
        client.close()


# ---- I18

def deaf(score, demo):
    before, clients = memory(demo), []
    for _ in range(DEAF):
        client = Raw(demo, receive=4096)
        client.ask("SELECT INBOX")
        client.say(b"f FETCH 1:* BODY.PEEK[]\r\n" * 50)
        clients.append(client)
    time.sleep(1)
    for client in clients:  # an octet a second
        client.socket.recv(1)
    grown = (memory(demo) - before) / DEAF
    score.check(f"I18 one that does not read costs {grown:.0f} KiB", grown < 192)
    honest = Raw(demo)
    begun = time.monotonic()
    score.check("I18 others are served", honest.ask("SELECT INBOX").startswith(b"OK") and
                honest.ask("FETCH 1:* (FLAGS ENVELOPE)").startswith(b"OK") and
                time.monotonic() - begun < 2, time.monotonic() - begun)
    for client in (*clients, honest):
        client.close()


def main():
    score = Score()
    with Demo() as demo:
        pop3.fill(demo, 1 << 20)
        for attack in (bombs, states, others, idlers, deaf):
            attack(score, demo)
    timeouts(score)
    sys.exit(score.end())


if __name__ == "__main__":
    main()
