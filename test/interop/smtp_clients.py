#!/usr/bin/env python3
"""msmtp, s-nail and gsasl hand mail in, and what smtplib and hand-made chunks hand in comes
out of POP3 byte for byte: 8 bits, UTF-8 addresses, lines of 998, dots, 25 MB, octets."""
import base64
import os
import smtplib
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402
from peer import Pop3, Smtp  # noqa: E402

HEADER = (b"From: bob@hamburger.edu\r\nDate: Wed, 25 Nov 2026 22:00:00 +0000\r\n"
          b"Message-ID: <%s@hamburger.edu>\r\nSubject: %s\r\n\r\n")


def run(*command, stdin=b"", env=None):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, env=env)


def newest(demo):
    """The last message, octet for octet."""
    pop = Pop3(demo.site["pop3"])
    pop.ask(b"UTF8")
    pop.login()
    number = int(pop.ask(b"STAT").split()[1])
    text = pop.retrieve(number)
    pop.ask(b"QUIT")
    pop.close()
    return text


def msmtp(score, demo, folder):
    for name, port, extra in (("STARTTLS", "submission", "tls_starttls on"),
                              ("TLS first", "submissions", "tls_starttls off")):
        path = os.path.join(folder, "msmtprc")
        with open(path, "w") as f:
            f.write("account default\nhost 127.0.0.1\n"
                    f"port {demo.site[port]}\ntls on\ntls_certcheck off\n{extra}\n"
                    f"auth plain\nuser {ADDRESS}\npassword {PASSWORD}\nfrom {ADDRESS}\n")
        os.chmod(path, 0o600)
        out = run("msmtp", "-C", path, ADDRESS,
                  stdin=b"Subject: msmtp\n\n.dot\nGr\xc3\xbc\xc3\x9fe\n")
        score.check(f"msmtp, {name}", out.returncode == 0, out.stdout)
        text = newest(demo)
        score.check("and it is there", b"Subject: msmtp\r\n" in text and
                    text.endswith(b"\r\n\r\n.dot\r\nGr\xc3\xbc\xc3\x9fe\r\n") and
                    b"\r\nFrom: " in text, text)


def s_nail(score, demo, folder):
    url = f"smtp://bob%40hamburger.edu:{PASSWORD}@127.0.0.1:{demo.site['submission']}"
    out = run("s-nail", "-n", "-S", "v15-compat=yes", "-S", f"mta={url}", "-S",
              "smtp-auth=plain", "-S", "smtp-use-starttls", "-S", "tls-verify=ignore", "-S",
              f"from={ADDRESS}", "-s", "s-nail", ADDRESS, stdin=b".dot\nlast line\n",
              env={**os.environ, "HOME": folder, "MAILRC": "/dev/null", "LC_ALL": "C.UTF-8"})
    score.check("s-nail", out.returncode == 0, out.stdout)
    text = newest(demo)
    score.check("and it is there", b"Subject: s-nail\r\n" in text and
                text.endswith(b".dot\r\nlast line\r\n"), text)


def gsasl(score, demo):
    for mechanism in ("PLAIN", "LOGIN", "SCRAM-SHA-256"):
        out = run("gsasl", "--smtp", "--connect", f"127.0.0.1:{demo.site['submission']}",
                  "--no-starttls", "--mechanism", mechanism, "--authentication-id", ADDRESS,
                  "--password", PASSWORD, stdin=b"QUIT\r\n")
        score.check(f"gsasl, {mechanism}", b"235 2.7.0" in out.stdout, out.stdout)


def texts():
    yield "dots", b".\r\n..\r\n.hidden\r\n.\r\n"
    yield "lines-of-998", b"\r\n".join(b"x" * 998 for _ in range(5)) + b"\r\n"
    yield "8bit", bytes(b for b in range(1, 256) if b not in b"\r\n") + b"\r\n"
    yield "empty", b""
    yield "25M", b"\r\n".join(os.urandom(35).hex().encode() for _ in range(364000)) + b"\r\n"


def python(score, demo):
    with smtplib.SMTP_SSL("127.0.0.1", demo.site["submissions"], timeout=120,
                          context=ssl._create_unverified_context()) as smtp:
        smtp.login(ADDRESS, PASSWORD)
        for name, body in texts():
            data = HEADER % (name.encode(), name.encode()) + body
            options = ["BODY=8BITMIME"] if name == "8bit" else []
            refused = smtp.sendmail(ADDRESS, [ADDRESS], data, options)
            score.check(f"submitted {name}", refused == {})
            text = newest(demo)
            score.check(f"octets of {name}", text.endswith(data), text[-200:])
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        smtp.ehlo("crepes.fr")
        data = "Subject: crêpes\r\n\r\nGrüße\r\n".encode()
        smtp.sendmail("aliće@crêpes.fr", [ADDRESS], data, ["SMTPUTF8", "BODY=8BITMIME"])
    text = newest(demo)
    utf8_account(score, demo)
    score.check("a UTF-8 sender", text.startswith("Return-Path: <aliće@crêpes.fr>\r\n".encode())
                and b" with UTF8SMTP id " in text and text.endswith(data), text)


def utf8_account(score, demo):
    """An account of that name gets mail, logs in and sends."""
    name, site = "grüße@hamburger.edu", os.path.join(demo.directory, "hamburger.edu")
    out = run(demo.binary, "account", "add", name, "--dir", site, stdin=PASSWORD.encode() + b"\n")
    score.check("a UTF-8 account", out.returncode == 0, out.stdout)
    with smtplib.SMTP("127.0.0.1", demo.site["submission"], timeout=60) as smtp:
        smtp.ehlo("laptop")
        initial = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        code, text = smtp.docmd("AUTH", "PLAIN " + initial)
        score.check("logs in", code == 235, (code, text))
        data = f"From: {name}\r\nSubject: an sich\r\n\r\nGrüße\r\n".encode()
        refused = smtp.sendmail(name, [name], data, ["SMTPUTF8", "BODY=8BITMIME"])
        score.check("and writes to itself", refused == {}, refused)
        code, text = smtp.mail(ADDRESS)
        score.check("but not as bob", code == 550, (code, text))
        smtp.rset()
        smtp.command_encoding = "utf-8"
        code, text = smtp.docmd("MAIL", f"FROM:<{name}>")
        score.check("nor without SMTPUTF8", code == 553, (code, text))
    with Pop3(demo.site["pop3"]) as pop:
        pop.ask(b"UTF8")
        reply = pop.login(name)
        score.check("and reads it", reply.startswith(b"+OK 1 "), reply)
        text = pop.retrieve(1) or b""
        score.check("octet for octet", text.endswith(data[data.index(b"Subject"):]) and
                    f"Return-Path: <{name}>".encode() in text and
                    b" with UTF8SMTPA id " in text, text)


def octets(score, demo):
    """BINARYMIME, by hand: no client that Debian has says it."""
    body = bytes(range(256)) * 400 + b"\n.\n\r\n.\r\n\r.\r"
    data = HEADER % (b"octets", b"octets") + body
    with Smtp(demo.site["smtp"]) as smtp:
        smtp.ask(b"MAIL FROM:<alice@crepes.fr> BODY=BINARYMIME")
        smtp.ask(b"RCPT TO:<%s>" % ADDRESS.encode())
        for at in range(0, len(data), 10007):
            piece = data[at:at + 10007]
            smtp.say(b"BDAT %d\r\n" % len(piece) + piece)
            reply = smtp.reply()
            score.check(f"chunk at {at}", reply == b"250 2.0.0 %d octets received\r\n" %
                        len(piece), reply)
        reply = smtp.ask(b"BDAT 0 LAST")
        score.check("all of it", reply.startswith(b"250 2.0.0 Message"), reply)
    with Pop3(demo.site["pop3"]) as pop:
        pop.login()
        number = int(pop.ask(b"STAT").split()[1])
        pop.say(b"RETR %d\r\nNOOP\r\n" % number)
        size = int(pop.line().split()[1])
        heard = b""
        while not heard.endswith(b"\r\n.\r\n+OK\r\n"):
            heard += pop.file.read1(65536) or sys.exit("the session ended")
        heard = heard[:-len(b".\r\n+OK\r\n")]
        undone = undotted(heard)
        score.check("comes out of POP3", undone.rstrip(b"\r\n").endswith(
            data.rstrip(b"\r\n")), undone[-60:])
        score.check("its size is known", abs(size - len(undone)) <= 2, (size, len(undone)))


def undotted(text):
    """Dots that stand doubled behind an LF, bare or not."""
    lines = text.split(b"\n")
    return b"\n".join(line[1:] if line.startswith(b".") else line for line in lines)


def main():
    score = Score()
    with Demo() as demo, tempfile.TemporaryDirectory() as folder:
        msmtp(score, demo, folder)
        s_nail(score, demo, folder)
        gsasl(score, demo)
        python(score, demo)
        octets(score, demo)
    sys.exit(score.end())


main()
