#!/usr/bin/env python3
"""Starts a site that a load generator can be pointed at, and says in JSON where it is.

    bench/target.py start DIRECTORY [SETTING …]     such as 'text_index = no'
    bench/target.py stop DIRECTORY

The site has the accounts u000 to u099, big, pop and idle @bench.test with the password
"cakeshop"; DIRECTORY.json names its ports, its accounts and its process, for programs that
compare servers in one run.  Where $FTPROOT names a tree of files, the account "bench" has a
copy of it.  The site goes on until it is stopped; DIRECTORY goes with it.
"""
import ftplib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test"))
from demo import BINARY, free_base  # noqa: E402

DOMAIN, PASSWORD = "bench.test", "cakeshop"
NAMES = [f"u{number:03}" for number in range(100)] + ["big", "pop", "idle", "bench"]
DOORS = {"ftp": 21, "ftps": 990, "smtp": 25, "pop3": 110, "pop3s": 995, "imap": 143, "imaps": 993}
# Messages of a run beside a peer's: a server that is faster needs more, or it never meets
# a checkpoint.
MESSAGES_FACTOR = 150


def command(directory, *words):
    subprocess.run([BINARY, *words, "--dir", directory], check=True,
                   input=PASSWORD.encode() + b"\n", stdout=subprocess.DEVNULL)


def configuration(base, settings):
    doors = "".join(f"listen {name} {{ address = 127.0.0.1  port = {base + port} }}\n"
                    for name, port in DOORS.items())
    return "\n".join([f"hostname = mail.{DOMAIN}", doors, "plaintext_login = loopback",
                      *settings, ""])


def copy_files(directory, tree):
    """Into the home of "bench", the account made last: as whoever owns the others' files."""
    homes = os.path.join(directory, "files", "accounts")
    number = max(map(int, filter(str.isdigit, os.listdir(homes))), default=None)
    home = os.path.join(homes, str(number), "home")
    owner = os.stat(home)
    subprocess.run(["cp", "-a", f"{tree}/.", home], check=True)
    subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", home], check=True)


def log_in(target):
    """Its home comes into being."""
    with ftplib.FTP() as ftp:
        ftp.connect(target["host"], target["ftp"])
        ftp.login(target["ftp_user"], PASSWORD)
        ftp.nlst()


def start(directory, settings):
    base = free_base()
    command(directory, "init", f"mail.{DOMAIN}", f"{NAMES[0]}@{DOMAIN}")
    with open(os.path.join(directory, "packetboat.conf"), "w") as f:
        f.write(configuration(base, settings))
    master = subprocess.Popen([BINARY, "serve", "--dir", directory], start_new_session=True,
                              stdout=subprocess.PIPE, stderr=open(directory + ".log", "w"))
    if b"serves" not in master.stdout.readline():
        sys.exit(f"the site does not start: {directory}.log says why")
    for name in NAMES[1:]:
        command(directory, "account", "add", f"{name}@{DOMAIN}")
    target = {"name": "packetboat", "host": "127.0.0.1", "pids": [master.pid], "pass": PASSWORD,
              "user_pattern": f"u%03d@{DOMAIN}", "rcpt_pattern": f"u%03d@{DOMAIN}", "multi": 100,
              "msgs_factor": float(os.environ.get("MESSAGES_FACTOR", MESSAGES_FACTOR)),
              "idle_rcpt": f"idle@{DOMAIN}", "ftp_user": f"bench@{DOMAIN}"}
    target |= {field: f"{name}@{DOMAIN}" for field, name in
               [("user", "big"), ("pop_user", "pop"), ("idle_user", "idle")]}
    target |= {name: base + port for name, port in DOORS.items()}
    if "FTPROOT" in os.environ:
        log_in(target)
        copy_files(directory, os.environ["FTPROOT"])
    with open(directory + ".json", "w") as f:
        json.dump(target, f, indent=1)


def stop(directory):
    with open(directory + ".json") as f:
        [pid] = json.load(f)["pids"]
    os.kill(pid, signal.SIGTERM)
    for _ in range(600):
        if not os.path.exists(f"/proc/{pid}"):
            break
        time.sleep(0.1)
    shutil.rmtree(directory)
    os.unlink(directory + ".json")


if __name__ == "__main__":
    if sys.argv[1:2] == ["start"] and len(sys.argv) > 2:
        start(os.path.abspath(sys.argv[2]), sys.argv[3:])
    elif sys.argv[1:2] == ["stop"] and len(sys.argv) == 3:
        stop(os.path.abspath(sys.argv[2]))
    else:
        sys.exit(__doc__)
