#!/usr/bin/env python3
"""Submission: swaks, curl and Python's smtplib log in and hand mail in."""
import os
import smtplib
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score, stored  # noqa: E402

MESSAGE = (b"From: bob@hamburger.edu\r\nDate: Wed, 25 Nov 2026 22:00:00 +0000\r\n"
           b"Message-ID: <1@hamburger.edu>\r\nSubject: %s\r\n\r\n.dot\r\nlast line\r\n")


def run(*command, stdin=b""):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)


def python(score, demo):
    with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
        smtp.ehlo("laptop.hamburger.edu")
        score.check("AUTH is announced", "PLAIN" in smtp.esmtp_features.get("auth", ""),
                    smtp.esmtp_features)
        code, text = smtp.mail(ADDRESS)
        score.check("nothing without a login", code == 530, (code, text))
        try:
            smtp.login(ADDRESS, "mustard")
            score.check("a wrong password", False)
        except smtplib.SMTPAuthenticationError as e:
            score.check("a wrong password", e.smtp_code == 535, e)
        smtp.login(ADDRESS, PASSWORD)
        refused = smtp.sendmail(ADDRESS, [ADDRESS], MESSAGE % b"smtplib")
        score.check("smtplib", refused == {}, refused)
        try:
            smtp.sendmail(ADDRESS, ["alice@crepes.fr"], MESSAGE % b"elsewhere")
            score.check("mail for elsewhere", False)
        except smtplib.SMTPRecipientsRefused as e:
            code, text = e.recipients["alice@crepes.fr"]
            score.check("mail for elsewhere", code == 451 and b"no queue" in text, text)


def as_whom(score, demo):
    """S21, and what is added (RFC 6409 8.2, 8.3) and taken away."""
    with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
        smtp.login(ADDRESS, PASSWORD)
        code, text = smtp.mail("alice@crepes.fr")
        score.check("as somebody else", code == 550, (code, text))
        smtp.rset()
        for field in ("From", "Sender", "Resent-From", "Resent-Sender"):
            try:
                smtp.sendmail(ADDRESS, [ADDRESS], f"From: {ADDRESS}\r\n"
                              f"{field}: alice@crepes.fr\r\n\r\nx\r\n")
                score.check(f"{field} says somebody else", False)
            except smtplib.SMTPDataError as e:
                score.check(f"{field} says somebody else", e.smtp_code == 550, e)
        smtp.sendmail(ADDRESS, [ADDRESS], b"Bcc: secret@crepes.fr\r\n\r\nx\r\n")
    text = stored(demo)[-1]
    score.check("what was missing is there", all(
        b"\r\n" + name in text for name in (b"From: <bob@hamburger.edu>\r\n", b"Date: ",
                                            b"Message-ID: <")), text)
    score.check("and what nobody is to know is not", b"secret" not in text, text)


def swaks(score, demo):
    base = ["swaks", "--server", "127.0.0.1", "--port", str(demo.site["submission"]),
            "--from", ADDRESS, "--to", ADDRESS, "--auth-user", ADDRESS]
    for mechanism in ("PLAIN", "LOGIN"):
        out = run(*base, "--auth", mechanism, "--auth-password", PASSWORD)
        score.check(f"swaks, {mechanism}", out.returncode == 0, out.stdout.decode())
    out = run(*base, "--auth", "PLAIN", "--auth-password", "mustard")
    score.check("swaks, wrong password", out.returncode == 28, out.stdout.decode())
    out = run(*base, "--auth", "CRAM-MD5", "--auth-password", PASSWORD)
    score.check("swaks, CRAM-MD5 is not offered", out.returncode == 28, out.stdout.decode())


def python_tls(score, demo):
    anyone = ssl._create_unverified_context()
    with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
        smtp.starttls(context=anyone)
        smtp.ehlo("laptop.hamburger.edu")
        score.check("no STARTTLS under TLS", not smtp.has_extn("starttls"))
        smtp.login(ADDRESS, PASSWORD)
        refused = smtp.sendmail(ADDRESS, [ADDRESS], MESSAGE % b"starttls")
        score.check("smtplib, STARTTLS", refused == {}, refused)
    with smtplib.SMTP_SSL("127.0.0.1", demo.site["submissions"], context=anyone) as smtp:
        smtp.login(ADDRESS, PASSWORD)
        refused = smtp.sendmail(ADDRESS, [ADDRESS], MESSAGE % b"implicit")
        score.check("smtplib, TLS first", refused == {}, refused)
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"]) as smtp:
        smtp.starttls(context=anyone)
        refused = smtp.sendmail("alice@crepes.fr", [ADDRESS], MESSAGE % b"stranger")
        score.check("smtplib, STARTTLS on port 25", refused == {}, refused)
    texts = stored(demo)[-3:]
    score.check("each says how it came",
                b" with ESMTPSA id " in texts[0] and b" with ESMTPSA id " in texts[1] and
                b" with ESMTPS id " in texts[2] and
                all(b"\r\n\ttls TLS_" in t for t in texts), texts)


def tools_tls(score, demo):
    base = ["swaks", "--server", "127.0.0.1", "--from", ADDRESS, "--to", ADDRESS,
            "--auth", "PLAIN", "--auth-user", ADDRESS, "--auth-password", PASSWORD]
    for what, extra in (("STARTTLS", ["--tls", "--port", str(demo.site["submission"])]),
                        ("TLS first", ["--tls-on-connect", "--port",
                                       str(demo.site["submissions"])])):
        out = run(*base, *extra)
        score.check(f"swaks, {what}", out.returncode == 0, out.stdout.decode())
    for url, extra in ((f"smtp://127.0.0.1:{demo.site['submission']}/laptop", ["--ssl-reqd"]),
                       (f"smtps://127.0.0.1:{demo.site['submissions']}/laptop", [])):
        out = run("curl", "-sSk", *extra, url, "--mail-from", ADDRESS, "--mail-rcpt", ADDRESS,
                  "--upload-file", "-", "--user", f"{ADDRESS}:{PASSWORD}",
                  stdin=MESSAGE % b"curl")
        score.check(f"curl {url[:5]}", out.returncode == 0, out.stdout)


def curl(score, demo):
    out = run("curl", "-sS", f"smtp://127.0.0.1:{demo.site['submission']}/laptop",
              "--mail-from", ADDRESS, "--mail-rcpt", ADDRESS, "--upload-file", "-",
              "--user", f"{ADDRESS}:{PASSWORD}", stdin=MESSAGE % b"curl")
    score.check("curl", out.returncode == 0, out.stdout)


def main():
    score = Score()
    with Demo() as demo:
        python(score, demo)
        swaks(score, demo)
        curl(score, demo)
        texts = stored(demo)
        as_whom(score, demo)
        python_tls(score, demo)
        tools_tls(score, demo)
        score.check("all are there", len(texts) == 4, len(texts))
        score.check("and say that somebody had logged in",
                    all(b" with ESMTPA id " in t for t in texts), texts)
        score.check("octet for octet", texts[0].endswith(MESSAGE % b"smtplib"), texts[0])
        told = subprocess.run([demo.binary, "wire", "submission", "--dir",
                               os.path.join(demo.directory, "hamburger.edu")],
                              stdout=subprocess.PIPE, timeout=30).stdout
        score.check("the transcript has the logins", told.count(b"AUTH ****") >= 1 and
                    told.count(b"logged in") >= 4, told[-2000:])
        score.check("and no password", PASSWORD.encode() not in told and
                    b"AGJvYkBoYW1idXJnZXIuZWR1" not in told, told[-2000:])
    sys.exit(score.end())


main()
