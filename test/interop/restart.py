#!/usr/bin/env python3
"""A role that is killed is back within a second, and no other role notices.

Each role is killed in turn while mail comes in; the others keep their processes, and a
message can be handed in and fetched again within a second.  Then the master itself, the
whole demo, and stopping in order.  At the end everything that was acknowledged is there.
"""
import hashlib
import json
import os
import poplib
import signal
import socket
import smtplib
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score, role_pids  # noqa: E402

ROLES = {"log 0", "store 0", "auth 0", "parse 0", "control 0", "mx 0",
         "submission 0", "pop3 0", "imap 0"}
acknowledged = 0
seen = []  # (unique-id, digest) of each message that was ever looked at, in order


def hand_in(port):
    """True once the server has taken a message over."""
    global acknowledged
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
            smtp.sendmail("alice@crepes.fr", ADDRESS,
                          f"Subject: {acknowledged}\r\n\r\nDo you like ketchup?\r\n")
        acknowledged += 1
        return True
    except (smtplib.SMTPException, OSError):
        return False


def count(port):
    """How many messages Bob has; None when he cannot look."""
    try:
        pop = poplib.POP3("127.0.0.1", port, timeout=5)
        pop.user(ADDRESS)
        pop.pass_(PASSWORD)
        messages = pop.stat()[0]
        pop.quit()
        return messages
    except (poplib.error_proto, OSError):
        return None


def check_unique_ids(score, port, when):
    """RFC 1939 §7: a unique-id stays, in every session and whatever has crashed."""
    global seen
    pop = poplib.POP3("127.0.0.1", port, timeout=5)
    pop.user(ADDRESS)
    pop.pass_(PASSWORD)
    now = [(line.split()[1], hashlib.sha256(b"\n".join(pop.retr(n)[1])).hexdigest())
           for n, line in enumerate(pop.uidl()[1], 1)]
    pop.quit()
    score.check(f"{when}: unique-ids are what they were", now[:len(seen)] == seen,
                [pair for pair in zip(seen, now) if pair[0] != pair[1]][:3])
    score.check(f"{when}: and unique", len({uid for uid, _ in now}) == len(now) and
                all(0 < len(uid) <= 70 for uid, _ in now))
    seen = now


def wait_until(condition, seconds=20):
    """How long it took, or None."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.005)
    return None


def kill_role(score, demo, name):
    before = demo.roles()
    begin = time.monotonic()
    os.kill(before[name], signal.SIGKILL)
    back = wait_until(lambda: demo.roles().get(name, before[name]) != before[name])
    score.check(f"{name} is started again", back is not None and back <= 1, back)
    wait_until(lambda: hand_in(demo.site["smtp"]))
    wait_until(lambda: count(demo.site["pop3"]) is not None)
    took = time.monotonic() - begin
    score.check(f"{name}: mail comes in and goes out after a second", took <= 1,
                f"{took:.3f} s")
    after = demo.roles()
    kept = {n: pid for n, pid in before.items() if n != name}
    score.check(f"{name}: the others keep their processes",
                all(after.get(n) == pid for n, pid in kept.items()), (before, after))
    score.check(f"{name}: nobody else appears", set(after) == set(before), after)
    check_unique_ids(score, demo.site["pop3"], name)
    print(f"  {name:<10} back after {back or 0:.3f} s, mail after {took:.3f} s")


def kill_again_and_again(score, demo):
    """The back-off grows, and never past a second."""
    for turn in range(4):
        pid = demo.roles()["mx 0"]
        os.kill(pid, signal.SIGKILL)
        back = wait_until(lambda: demo.roles().get("mx 0", pid) != pid)
        score.check(f"mx is back, kill {turn + 1}", back is not None and back <= 1, back)


def second_server(score, demo):
    site = os.path.join(demo.directory, SITE)
    for command in (["serve", "--dir", site], ["demo", "--dir", demo.directory]):
        done = subprocess.run([BINARY, *command], capture_output=True, text=True,
                              timeout=10)
        score.check(f"a second {command[0]} is refused", done.returncode == 1 and
                    ("in use" in done.stderr or "another demo" in done.stderr),
                    done.stderr)
    score.check("and does the first no harm", hand_in(demo.site["smtp"]) and
                os.path.exists(os.path.join(demo.directory, "ready.json")))


def all_gone(pids):
    return wait_until(lambda: not any(os.path.exists(f"/proc/{p}") for p in pids))


def kill_master(score, demo):
    pids = list(demo.roles().values())
    os.kill(demo.site["pid"], signal.SIGKILL)
    score.check("no role outlives the master", all_gone(pids) is not None)
    score.check("the demo says that its server has ended", demo.process.wait(10) == 1)
    score.check("ready.json is gone",
                not os.path.exists(os.path.join(demo.directory, "ready.json")))


def start_again(score, demo, why):
    begin = time.monotonic()
    demo.start()
    took = time.monotonic() - begin
    score.check(f"{why}: up again in under a second", took < 1, f"{took:.3f} s")
    score.check(f"{why}: all that was acknowledged is there",
                count(demo.site["pop3"]) == acknowledged,
                (count(demo.site["pop3"]), acknowledged))
    check_unique_ids(score, demo.site["pop3"], why)
    print(f"  {why}: up after {took:.3f} s")


def kill_demo(score, demo):
    pids = [demo.site["pid"], *demo.roles().values()]
    demo.process.kill()
    demo.process.wait()
    score.check("nothing outlives the demo", all_gone(pids) is not None)


def stop_in_order(score, demo):
    pids = [demo.site["pid"], *demo.roles().values()]
    begin = time.monotonic()
    code = demo.stop()
    took = time.monotonic() - begin
    score.check("Ctrl-C stops it cleanly", code == 0, code)
    score.check("soon", took < 3, f"{took:.3f} s")
    score.check("all processes have ended", all_gone(pids) is not None)
    score.check("ready.json is gone",
                not os.path.exists(os.path.join(demo.directory, "ready.json")))
    print(f"  stopped after {took:.3f} s")


def earlier_version(score, demo):
    """A directory that a version without IMAP has made: what is new is added."""
    demo.stop()
    path = os.path.join(demo.directory, SITE, "packetboat.conf")
    with open(path) as f:
        lines = [line for line in f if not line.startswith("listen imap")]
    with open(path, "w") as f:
        f.writelines([*lines, "message_size = 1M\n"])
    demo.start()
    with socket.create_connection(("127.0.0.1", demo.site["imap"]), 20) as s:
        score.check("what is new is served", s.recv(100).startswith(b"* OK"))
    with open(path) as f:
        score.check("what a person changed stays", "message_size = 1M\n" in f.read())


def main():
    score = Score()
    with Demo() as demo:
        with open(os.path.join(demo.directory, "ready.json")) as f:
            ready = json.load(f)[SITE]
        score.check("ready.json", ready == {"address": "127.0.0.1",
                                            "pid": demo.site["pid"],
                                            "smtp": demo.base + 25,
                                            "submission": demo.base + 587,
                                            "submissions": demo.base + 465,
                                            "lmtp": os.path.join(demo.directory, SITE, "lmtp"),
                                            "pop3": demo.base + 110,
                                            "pop3s": demo.base + 995,
                                            "imap": demo.base + 143,
                                            "imaps": demo.base + 993,
                                            "ftp": demo.base + 21,
                                            "ftps": demo.base + 990,
                                            "certificate": os.path.join(demo.directory,
                                                                        "certificate.pem")},
                    ready)
        roles = role_pids(demo.site["pid"])
        score.check("all roles run", ROLES <= set(roles), roles)
        score.check("mail comes in", hand_in(demo.site["smtp"]))
        score.check("and goes out", count(demo.site["pop3"]) == 1)
        for name in sorted(roles):
            kill_role(score, demo, name)
        kill_again_and_again(score, demo)
        second_server(score, demo)
        kill_master(score, demo)
        start_again(score, demo, "after the master was killed")
        kill_demo(score, demo)
        start_again(score, demo, "after the demo was killed")
        stop_in_order(score, demo)
        start_again(score, demo, "after it was stopped")
        earlier_version(score, demo)
    sys.exit(score.end())


main()
