#!/usr/bin/env python3
"""imaplib, curl, fetchmail and getmail6: what they read by IMAP is what POP3 has.

In the clear, with STARTTLS, and at imaps.  Whole messages, headers, parts and partial
octets; who idles hears of new mail and of what another has deleted.
"""
import email
import imaplib
import re
import smtplib
import ssl
import subprocess
import sys
import time

import pop3_clients as pop3
from pop3_clients import PLAIN, Home, at_server, compare, count, name_of
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

STARTTLS, IMAPS = "with STARTTLS", "at imaps"
CONTEXT = ssl._create_unverified_context()


def log_in(demo, how):
    if how == IMAPS:
        imap = imaplib.IMAP4_SSL("127.0.0.1", demo.site["imaps"], ssl_context=CONTEXT, timeout=60)
    else:
        imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    if how == STARTTLS:
        imap.starttls(CONTEXT)
    imap.login(ADDRESS, PASSWORD)
    return imap


def literals(data):
    return [item[1] for item in data if isinstance(item, tuple)]


def python(score, demo, how):
    wanted = at_server(demo)
    imap = log_in(demo, how)
    score.check(f"imaplib select {how}", imap.select() == ("OK", [str(len(wanted)).encode()]))
    status, data = imap.fetch("1:*", "(UID RFC822.SIZE BODY.PEEK[])")
    texts = {name_of(t): t.replace(b"\r\n", b"\n") for t in literals(data)}
    score.check(f"imaplib fetch {how}", status == "OK", status)
    compare(score, f"imaplib {how}", texts, wanted)
    check_parts(score, imap, wanted, how)
    imap.close()
    imap.logout()


def check_parts(score, imap, wanted, how):
    """HEADER and TEXT make the whole; a piece is a piece of it; ENVELOPE has the subject."""
    for number in range(1, len(wanted) + 1):
        whole = literals(imap.fetch(str(number), "BODY.PEEK[]")[1])[0]
        header, text, piece = literals(imap.fetch(
            str(number), "(BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[]<10.100>)")[1])
        name = name_of(whole)
        score.check(f"header and text of {name} {how}", header + text == whole)
        score.check(f"a piece of {name} {how}", piece == whole[10:110], piece)
        reply = imap.fetch(str(number), "(ENVELOPE BODYSTRUCTURE RFC822.SIZE)")[1]
        line = reply[0] if isinstance(reply[0], bytes) else b" ".join(reply[0])
        subject = email.message_from_bytes(header)["Subject"]
        score.check(f"envelope of {name} {how}", f'"{subject}"'.encode() in line and
                    f"RFC822.SIZE {len(whole)}".encode() in line, line)


def search(score, demo):
    imap = log_in(demo, PLAIN)
    imap.select(readonly=True)
    for criterion, fits in (("SUBJECT dots", 1), ("FROM alice", None), ("TO nobody", 0),
                            ("LARGER 300000", 1), ("SENTON 25-Nov-2026", None),
                            ("UNSEEN NOT DELETED", None),
                            ("BODY ketchup", 1), ("TEXT crepes.fr", None), ("BODY crepes.fr", 0), ('HEADER Message-ID "<empty@"', 1)):
        found = imap.search(None, criterion)[1][0].split()
        wanted = count(demo) if fits is None else fits
        score.check(f"search {criterion}", len(found) == wanted, found)
    status, data = imap.uid("SEARCH", None, "ALL")
    score.check("uids grow", status == "OK" and
                [int(u) for u in data[0].split()] == sorted(int(u) for u in data[0].split()))
    imap.logout()


def curl(score, demo):
    base = ["curl", "-sS", "-k", "-u", f"{ADDRESS}:{PASSWORD}"]
    wanted = at_server(demo)
    plain, secure = f"imap://127.0.0.1:{demo.site['imap']}", f"imaps://127.0.0.1:{demo.site['imaps']}"
    for way in ([plain], [plain, "--ssl-reqd"], [secure], [plain, "--login-options", "AUTH=PLAIN"],
                [plain, "--login-options", "AUTH=LOGIN"], [plain, "--sasl-ir"]):
        out = subprocess.run([*base, way[0] + "/INBOX;MAILINDEX=1", *way[1:]],
                             capture_output=True, timeout=60)
        text = out.stdout.replace(b"\r\n", b"\n")
        score.check(f"curl {way}", text == wanted.get(name_of(text)), out.stderr)
    out = subprocess.run([*base, plain + "/", "-X", "STATUS INBOX (MESSAGES)"],
                         capture_output=True, timeout=60)
    score.check("curl STATUS", f"(MESSAGES {len(wanted)})".encode() in out.stdout, out.stdout)
    out = subprocess.run([*base, plain + "/"], capture_output=True, timeout=60)
    score.check("curl LIST", b'"/" INBOX' in out.stdout, out.stdout)


# ---- programs that fetch; as in pop3_clients.py

def fetchmail(port, how):
    tls = {PLAIN: "sslproto \"\"", STARTTLS: "sslproto tls1.2+ no sslcertck",
           IMAPS: "ssl no sslcertck"}[how]
    config = (f"set invisible\npoll 127.0.0.1 service {port} protocol imap auth password\n"
              f"user \"{ADDRESS}\" password \"{PASSWORD}\" {tls} pass8bits\n"
              "no rewrite mda \"/bin/sh -c 'cat > HOME/mail/new/$$'\"\n")
    base = ["fetchmail", "-s", "-f", ".rc"]
    return {".rc": config}, [*base, "--keep", "--fetchall"], [*base, "--nokeep", "--fetchall"]


def getmail(port, how):
    kind = "SimpleIMAPSSLRetriever" if how == IMAPS else "SimpleIMAPRetriever"
    config = (f"[retriever]\ntype = {kind}\nserver = 127.0.0.1\nport = {port}\n"
              f"username = {ADDRESS}\npassword = {PASSWORD}\nmailboxes = (\"INBOX\",)\n"
              "[destination]\ntype = Maildir\npath = HOME/mail/\n"
              "[options]\ndelivered_to = false\nreceived = false\nread_all = false\n")
    base = ["getmail", "--getmaildir", ".", "--rcfile", "rc", "-q"]
    return {"rc": config}, [*base, "--dont-delete"], [*base, "--delete", "--all"]


def stored(home):
    """Without the line that getmail writes into a message."""
    line = b"X-getmail-retrieved-from-mailbox: INBOX\n"
    return {name: text.replace(line, b"", 1) for name, text in home.stored().items()}


def play(score, demo, program, how):
    who = f"{program.__name__} {how}"
    files, keep, delete = program(demo.site["imaps" if how == IMAPS else "imap"], how)
    wanted = at_server(demo)
    with Home(files) as home:
        out = home.run(*keep)
        score.check(f"{who} keeps", out.returncode == 0, out.stdout[-500:])
        compare(score, who, stored(home), wanted)
        home.empty()
        out = home.run(*delete)
        score.check(f"{who} deletes", out.returncode == 0 and count(demo) == 0,
                    (out.returncode, out.stdout[-500:], count(demo)))
        compare(score, who, stored(home), wanted)


# ---- what is told at once

def line(imap):
    return imap.readline().rstrip(b"\r\n")


def idle(score, demo):
    """§6.3.13: new mail, flags and deletions reach who idles, while nothing is asked."""
    watcher, other = log_in(demo, IMAPS), log_in(demo, PLAIN)
    before = int(watcher.select()[1][0])
    other.select()
    watcher.send(b"w1 IDLE\r\n")
    score.check("idling", line(watcher).startswith(b"+ "))
    times = []
    for number in range(20):
        with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
            smtp.sendmail("alice@crepes.fr", [ADDRESS], b"Subject: %d\r\n\r\nnow\r\n" % number)
            began = time.monotonic()
            heard = line(watcher)
        times.append(time.monotonic() - began)
        score.check("new mail is told", heard == b"* %d EXISTS" % (before + number + 1), heard)
    print(f"IDLE hears of new mail {sorted(times)[10] * 1000:.2f} ms after its 250 (median)")
    other.noop()
    other.store(f"{before + 1}:{before + 2}", "+FLAGS.SILENT", r"(\Deleted)")
    heard = [re.sub(rb"UID \d+ ", b"", line(watcher)) for _ in range(2)]
    score.check("flags are told", heard == [b"* %d FETCH (FLAGS (\\Deleted))" % (before + n)
                                            for n in (1, 2)], heard)
    other.expunge()
    heard = [line(watcher), line(watcher)]
    score.check("deletions are told", heard == [b"* %d EXPUNGE" % (before + 1)] * 2, heard)
    with pop3.Pop3(demo.site["pop3"]) as pop:
        pop.login(ADDRESS, PASSWORD)
        pop.ask(b"DELE %d" % (before + 1))
        pop.ask(b"QUIT")
    heard = line(watcher)
    score.check("by POP3, too", heard == b"* %d EXPUNGE" % (before + 1), heard)
    watcher.send(b"DONE\r\n")
    score.check("and it ends", line(watcher).startswith(b"w1 OK"))
    numbers = re.findall(rb"UID (\d+)", b" ".join(watcher.uid("FETCH", "1:*", "(UID)")[1]))
    score.check("uids are kept", len(set(numbers)) == before + 17, numbers)
    other.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
    other.close()
    score.check("all is gone", count(demo) == 0, count(demo))
    other.logout()


def main():
    score = Score()
    with Demo() as demo:
        pop3.fill(demo, 1 << 20)
        for how in (PLAIN, STARTTLS, IMAPS):
            python(score, demo, how)
        search(score, demo)
        curl(score, demo)
        for program, how in ((fetchmail, PLAIN), (fetchmail, IMAPS), (getmail, PLAIN),
                             (getmail, IMAPS)):
            play(score, demo, program, how)
            pop3.fill(demo, 300000)
        idle(score, demo)
    sys.exit(score.end())


if __name__ == "__main__":
    main()
