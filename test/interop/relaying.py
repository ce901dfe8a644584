#!/usr/bin/env python3
"""Mail leaves: Python's smtplib submits, the queue keeps it, relay finds the next server by
the settings' DNS and hands it over; a server that is down, busy, refuses or tells nothing,
and what the sender is told of it."""
import email
import os
import poplib
import smtplib
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score, free_base, stored  # noqa: E402

MESSAGE = (b"From: bob@hamburger.edu\r\nTo: alice@crepes.fr\r\n"
           b"Date: Wed, 25 Nov 2026 22:00:00 +0000\r\n"
           b"Message-ID: <%s@hamburger.edu>\r\nSubject: %s\r\n\r\n.dot\r\nlast line\r\n")
SETTINGS = """
dns {
  resolve = no
  record = "crepes.fr. MX 20 second.crepes.fr."
  record = "crepes.fr. MX 10 mail.crepes.fr."
  record = "mail.crepes.fr. A 127.0.0.2"
  record = "second.crepes.fr. A 127.0.0.3"
  record = "down.example. MX 10 mail.down.example."
  record = "mail.down.example. A 127.0.0.4"
  record = "null.example. MX 0 ."
  record = "xn--bcher-kva.example. MX 10 mail.crepes.fr."
  record = "tls.example. MX 10 mail.tls.example."
  record = "mail.tls.example. A 127.0.0.1"
  record = "ours.example. MX 10 hamburger.edu."
}
relay {
  port = %d
  allow = {127.0.0.0/8}
  retry_first = 1
  retry_most = 2
  notice_after = 4
  give_up_after = 8
}
"""


class Sink:
    """An SMTP server that says what it is told to: replies by command, and what came."""

    def __init__(self, address, port, dsn=False):
        self.replies, self.messages, self.sessions, self.dsn = {}, [], 0, dsn
        self.listener = socket.create_server((address, port), backlog=50)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            self.session(connection)
        except OSError:
            pass  # it broke off

    def reply_to(self, line, usual):
        for words, reply in self.replies.items():
            if line.upper().startswith(words):
                return reply.pop(0) if isinstance(reply, list) and reply else \
                    usual if isinstance(reply, list) else reply
        return usual

    def session(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = connection.makefile("rb")
        sender, recipients = None, []

        def say(text):
            connection.sendall(text.encode() + b"\r\n")
        with connection:
            say(self.reply_to("GREETING", "220 sink"))
            for raw in lines:
                line = raw.rstrip(b"\r\n").decode()
                verb = line.upper()
                if verb.startswith("EHLO"):
                    say("250-sink\r\n250-PIPELINING" + ("\r\n250-DSN" if self.dsn else "") +
                        "\r\n250-SMTPUTF8\r\n250 8BITMIME")
                elif verb.startswith("MAIL"):
                    sender, recipients = line, []
                    say(self.reply_to(line, "250 2.1.0 ok"))
                elif verb.startswith("RCPT"):
                    reply = self.reply_to(line, "250 2.1.5 ok")
                    if reply.startswith("2"):
                        recipients.append(line)
                    say(reply)
                elif verb == "DATA":
                    if not recipients:
                        say("554 5.5.1 nobody")
                        continue
                    say("354 go on")
                    data = b""
                    for raw in lines:
                        if raw == b".\r\n":
                            break
                        data += raw[1:] if raw.startswith(b".") else raw
                    else:
                        return  # it broke off
                    reply = self.reply_to("MESSAGE", "250 2.0.0 taken")
                    if reply.startswith("2"):
                        self.messages.append((sender, recipients, data))
                    say(reply)
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 ok")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def submit(demo, name, recipients, options=(), rcpt_options=()):
    with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
        smtp.login(ADDRESS, PASSWORD)
        return smtp.sendmail(ADDRESS, recipients, MESSAGE % (name, name), options,
                             rcpt_options)


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    return what()


def reports(demo, name):
    """Reports (RFC 3464) on the message of that name."""
    found = []
    for text in stored(demo):
        if b"multipart/report" in text and b"<%s@hamburger.edu>" % name in text:
            found.append(email.message_from_bytes(text))
    return found


def fields(report):
    """Of the first recipient."""
    return report.get_payload()[1].get_payload()[1]


def goes(score, demo, sink, second):
    submit(demo, b"plain", ["alice@crepes.fr", ADDRESS])
    until(lambda: sink.messages)
    score.check("it came", len(sink.messages) == 1 and not second.messages, sink.messages)
    if not sink.messages:
        return
    sender, recipients, data = sink.messages[0]
    score.check("from whom", sender.startswith(f"MAIL FROM:<{ADDRESS}>"), sender)
    score.check("to whom, without who has it here", recipients == ["RCPT TO:<alice@crepes.fr>"],
                recipients)
    score.check("no Return-Path (RFC 5321 4.4)", b"Return-Path" not in data, data)
    score.check("Received, and the octets", data.startswith(b"Received: ") and
                data.endswith(b"\r\n\r\n.dot\r\nlast line\r\n"), data)
    score.check("who has it here has it", until(lambda: len(stored(demo)) == 1), stored(demo))


def tries_again(score, demo, sink, second):
    sink.replies = {"RCPT": ["450 4.2.1 busy"]}
    before = len(sink.messages)
    submit(demo, b"greylisted", ["alice@crepes.fr"])
    score.check("a 450 is tried again", until(lambda: len(sink.messages) == before + 1))
    sink.replies = {"GREETING": "421 4.3.2 not now"}
    submit(demo, b"second", ["alice@crepes.fr"])
    score.check("another host takes it", until(lambda: len(second.messages) == 1))
    sink.replies = {}


def is_told(score, demo, sink):
    sink.replies = {"RCPT": "550 5.1.1 no such user"}
    submit(demo, b"nobody", ["nobody@crepes.fr"])
    report = until(lambda: reports(demo, b"nobody"))
    score.check("a report of the 550", len(report) == 1, report)
    if report:
        of = fields(report[0])
        score.check("what it says", of["Action"] == "failed" and of["Status"] == "5.1.1" and
                    "no such user" in of["Diagnostic-Code"], of.as_string())
        score.check("who says it", of["Remote-MTA"] == "dns; mail.crepes.fr", of.as_string())
    submit(demo, b"never", ["nobody@crepes.fr"], rcpt_options=["NOTIFY=NEVER"])
    submit(demo, b"nullmx", ["x@null.example"])
    report = until(lambda: reports(demo, b"nullmx"))
    score.check("null MX", report and fields(report[0])["Status"] == "5.1.10", report)
    submit(demo, b"ours", ["x@ours.example"])
    report = until(lambda: reports(demo, b"ours"))
    score.check("mail that leads back here", report and
                fields(report[0])["Status"] == "5.4.6", report)
    score.check("nothing of NOTIFY=NEVER", not reports(demo, b"never"))
    sink.replies = {}
    submit(demo, b"success", ["alice@crepes.fr"], rcpt_options=["NOTIFY=SUCCESS"])
    report = until(lambda: reports(demo, b"success"))
    score.check("relayed", report and fields(report[0])["Action"] == "relayed", report)


def is_told_later(score, demo, sink):
    """A report for which there is no room waits with the mail that it is about."""
    sink.replies = {"RCPT": "550 5.1.1 no such user"}
    submit(demo, b"full", ["nobody@crepes.fr"])
    until(lambda: reports(demo, b"full"))
    quota(demo, "1K")
    submit(demo, b"untold", ["nobody@crepes.fr"])
    time.sleep(1)
    score.check("no room for a report", not reports(demo, b"untold"))
    quota(demo, "none")
    score.check("it comes when there is", until(lambda: reports(demo, b"untold")))
    score.check("and the queue is empty", until(lambda: not subprocess.run(
        [BINARY, "queue", "list", "--dir", os.path.join(demo.directory, SITE)],
        capture_output=True, text=True).stdout))
    sink.replies = {}


def quota(demo, size):
    subprocess.run([BINARY, "account", "quota", ADDRESS, size, "--dir",
                    os.path.join(demo.directory, SITE)], check=True,
                   stdout=subprocess.DEVNULL)


def goes_beyond_ascii(score, demo, sink):
    """RFC 6531: the DNS is asked for A-labels."""
    before = len(sink.messages)
    with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
        smtp.login(ADDRESS, PASSWORD)
        smtp.sendmail(ADDRESS, ["j\u00f6rg@b\u00fccher.example"],
                      MESSAGE % (b"utf8", b"utf8"), ["SMTPUTF8"])
    score.check("to a domain beyond ASCII", until(lambda: len(sink.messages) == before + 1))
    if len(sink.messages) > before:
        sender, recipients, _ = sink.messages[-1]
        score.check("its name", recipients == ["RCPT TO:<j\u00f6rg@b\u00fccher.example>"],
                    recipients)
        score.check("SMTPUTF8 is said", "SMTPUTF8" in sender, sender)


def goes_under_tls(score, demo, base):
    """To another site of ours, whose mx offers STARTTLS and BDAT."""
    octets = MESSAGE % (b"tls", b"tls") + b"\xc3\xa9" + b"0123456789abcdef\r\n" * 30000
    other = Demo()
    other.base = base
    with other:
        subprocess.run([BINARY, "account", "add", "alice@tls.example", "--dir",
                        os.path.join(other.directory, SITE)], input=PASSWORD.encode(),
                       check=True, stdout=subprocess.DEVNULL)
        with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
            smtp.login(ADDRESS, PASSWORD)
            smtp.sendmail(ADDRESS, ["alice@tls.example"], octets, ["BODY=8BITMIME"])

        def fetched():
            pop = poplib.POP3("127.0.0.1", other.site["pop3"], timeout=60)
            pop.user("alice@tls.example")
            pop.pass_(PASSWORD)
            found = pop.stat()[0] and b"\r\n".join(pop.retr(1)[1]) + b"\r\n"
            pop.quit()
            return found
        text = until(fetched)
        score.check("it came to the other site", text)
        if text:
            head = text.split(b"\r\nFrom:")[0]
            score.check("under TLS", b"with ESMTPS id" in head and b"(TLS1.3)" in head, head)
            score.check("its octets", text.endswith(octets), len(text))
            score.check("one Return-Path", text.count(b"Return-Path:") == 1, head)


def gives_up(score, demo):
    submit(demo, b"down", ["x@down.example"])
    found = until(lambda: len(reports(demo, b"down")) == 2 and reports(demo, b"down"), 40)
    score.check("told twice", found, len(reports(demo, b"down")))
    if found:
        actions = [fields(r)["Action"] for r in found]
        score.check("late, then failed", actions == ["delayed", "failed"], actions)


def is_kept(score, demo, sink):
    """What waits is there after kill -9 and after a restart."""
    sink.replies = {"MESSAGE": "451 4.3.0 later"}
    submit(demo, b"kept", ["alice@crepes.fr"])
    before = len(sink.messages)
    time.sleep(0.5)
    demo.kill()
    sink.replies = {}
    demo.start()
    score.check("it goes after a crash", until(lambda: len(sink.messages) > before))
    time.sleep(3)
    score.check("once", len(sink.messages) == before + 1, len(sink.messages) - before)
    demo.stop()
    demo.start()
    time.sleep(1)
    score.check("and never again", len(sink.messages) == before + 1)


def main():
    score, base = Score(), free_base()
    port = base + 25
    sink, second = Sink("127.0.0.2", port), Sink("127.0.0.3", port)
    with Demo(settings=SETTINGS % port) as demo:
        goes(score, demo, sink, second)
        tries_again(score, demo, sink, second)
        is_told(score, demo, sink)
        is_told_later(score, demo, sink)
        goes_beyond_ascii(score, demo, sink)
        goes_under_tls(score, demo, base)
        gives_up(score, demo)
        is_kept(score, demo, sink)
    sink.close()
    second.close()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
