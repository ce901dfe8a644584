#!/usr/bin/env python3
"""curl, swaks and Postfix's smtp-source: clients that people have at hand."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402


def run(*command, stdin=b"", seconds=60):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds)


def stat(demo):
    out = run("curl", "-sS", f"pop3://127.0.0.1:{demo.site['pop3']}/",
              "-u", f"{ADDRESS}:{PASSWORD}")
    return len(out.stdout.split(b"\n")) - 1 if out.returncode == 0 else -1


def curl(score, demo):
    message = b"From: alice@crepes.fr\r\nSubject: curl\r\n\r\n.dot\r\nlast line\r\n"
    with tempfile.NamedTemporaryFile() as f:
        f.write(message)
        f.flush()
        out = run("curl", "-sS", f"smtp://127.0.0.1:{demo.site['smtp']}/crepes.fr",
                  "--mail-from", "alice@crepes.fr", "--mail-rcpt", ADDRESS,
                  "--upload-file", f.name)
    score.check("curl smtp", out.returncode == 0, out.stdout)
    out = run("curl", "-sS", f"pop3://127.0.0.1:{demo.site['pop3']}/1",
              "-u", f"{ADDRESS}:{PASSWORD}")
    score.check("curl pop3", out.returncode == 0 and out.stdout.endswith(message),
                out.stdout)
    out = run("curl", "-sS", f"pop3://127.0.0.1:{demo.site['pop3']}/",
              "-u", f"{ADDRESS}:mustard")
    score.check("curl, wrong password", out.returncode == 67, out.stdout)
    out = run("curl", "-sS", f"smtp://127.0.0.1:{demo.site['smtp']}/crepes.fr",
              "--mail-from", "alice@crepes.fr", "--mail-rcpt", "nobody@hamburger.edu",
              "--upload-file", "-", stdin=message)
    score.check("curl, unknown recipient", out.returncode == 55, out.stdout)


def swaks(score, demo):
    base = ["swaks", "--server", "127.0.0.1", "--port", str(demo.site["smtp"]),
            "--from", "alice@crepes.fr", "--helo", "crepes.fr"]
    for name, extra in (("swaks", []), ("swaks --pipeline", ["--pipeline"]),
                        ("swaks --protocol SMTP", ["--protocol", "SMTP"])):
        out = run(*base, "--to", ADDRESS, *extra)
        score.check(name, out.returncode == 0, out.stdout.decode())
    out = run(*base, "--to", "someone@example.org")
    score.check("swaks, no relaying", out.returncode == 24, out.stdout.decode())


def smtp_source(score, demo):
    before = stat(demo)
    path = "/usr/sbin:" + os.environ["PATH"]
    tool = shutil.which("smtp-source", path=path)
    if not score.check("smtp-source is there", tool is not None):
        return
    out = run(tool, "-c", "-s", "10", "-m", "1000", "-l", "4096", "-f",
              "alice@crepes.fr", "-t", ADDRESS, f"127.0.0.1:{demo.site['smtp']}")
    score.check("smtp-source", out.returncode == 0, out.stdout[-500:])
    score.check("all 1,000 are there", stat(demo) == before + 1000,
                f"{before} before, {stat(demo)} after")


score = Score()
with Demo() as demo:
    curl(score, demo)
    swaks(score, demo)
    smtp_source(score, demo)
sys.exit(score.end())
