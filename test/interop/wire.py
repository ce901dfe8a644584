#!/usr/bin/env python3
"""`packetboat wire FILTER...`: which sessions are shown, beside a server and without one;
that nothing secret was ever stored; and how long 64 megabytes take."""
import base64
import os
import re
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from peer import BOB, HEAD, KETCHUP, Pop3, Site, Smtp  # noqa: E402

CAROL = "carol@hamburger.edu"


def wire(site, *words, code=0):
    done = subprocess.run([BINARY, "wire", *words, "--dir", site.directory],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != code:
        raise RuntimeError(f"wire {words}: {done.returncode}: {done.stderr}")
    return done.stdout


def sessions(text):
    """{id: its lines, without time and id}"""
    found = {}
    for match in re.finditer(r"^[\d:.]{12} ([0-9a-f]{8}) (.*)$", text, re.M):
        found.setdefault(match[1], []).append(match[2])
    return found


def kinds(site, *words):
    """The first lines of what is shown, in order."""
    return [lines[0] for lines in sessions(wire(site, *words)).values()]


def play(site):
    """Five sessions, each of its own kind."""
    with Smtp(site.smtp, source="127.0.0.2") as smtp:  # ok
        smtp.send(HEAD + b"the body is nobody's business\r\n")
        smtp.ask(b"QUIT")
        smtp.rest()
    with Smtp(site.smtp, source="127.0.0.3") as smtp:  # refused
        smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
        smtp.ask(b"RCPT TO:<nobody@hamburger.edu>")
        smtp.ask(b"QUIT")
        smtp.rest()
    for name, source in ((BOB, "127.0.1.2"), (CAROL, "127.0.1.3")):  # ok
        with Pop3(site.pop3, source=source) as pop:
            pop.login(name)
            pop.ask(b"QUIT")
            pop.rest()
    with Pop3(site.pop3, source="127.0.0.2") as pop:  # refused and dropped
        pop.login(BOB, "topsecret-wrong")
    time.sleep(0.3)


ROWS = [
    ([], 5), (["smtp"], 2), (["pop3"], 3), (["127.0.0.2"], 2), (["127.0.1.0/24"], 2),
    (["127.0.0.0/16"], 5), (["pop3", "127.0.0.2"], 1), ([BOB], 1), ([CAROL], 1),
    ([CAROL.upper()], 1), (["alice@hamburger.edu"], 0), (["ok"], 3), (["refused"], 2),
    (["dropped"], 1), (["error"], 0), (["refused", "smtp"], 1), (["ok", BOB, "pop3"], 1),
    (["ok", BOB, "smtp"], 0), (["--since", "10m"], 5), (["--until", "10m"], 0),
    (["--since", "10m", "--until", "0s", "ok"], 3), (["--since", "2020-01-01"], 5),
    (["--until", "2020-01-01 10:00"], 0),
]


def filters(score, site, where):
    for words, count in ROWS:
        found = kinds(site, *words)
        score.check(f"{where}: {words}", len(found) == count, found)
    whole = sessions(wire(site))
    one = sessions(wire(site, BOB))
    for ident, lines in one.items():
        score.check(f"{where}: a session is whole, before the login too",
                    lines == whole[ident] and lines[0] == "pop3 127.0.1.2", lines)
        score.check(f"{where}: it says who it was", f"   account {BOB}" in lines, lines)
        score.check(f"{where}: by id", sessions(wire(site, ident)) == {ident: lines})
        score.check(f"{where}: by half an id", ident in sessions(wire(site, ident[:4])))
    refused = sessions(wire(site, "refused", "pop3")).values()
    score.check(f"{where}: the last line says how it went",
                all(lines[-1].endswith("[refused, dropped]") for lines in refused), refused)


def follow(score, site):
    """A session is shown from its beginning as soon as it is known to fit."""
    with open(os.path.join(site.folder, "followed"), "w+") as out:
        process = subprocess.Popen([BINARY, "wire", "--follow", CAROL, "--until", "23:59:59",
                                    "--dir", site.directory], stdout=out,
                                   stdin=subprocess.DEVNULL)
        time.sleep(0.3)
        for name in (BOB, CAROL):
            with Pop3(site.pop3) as pop:
                pop.ask(b"CAPA")
                pop.many()
                pop.login(name)
                pop.ask(b"QUIT")
        time.sleep(0.3)
        process.terminate()
        process.wait(10)
        out.seek(0)
        text = out.read()
    found = list(sessions(text).values())
    score.check("follow: one session", len(found) == 1, text)
    score.check("follow: and all of it", bool(found) and found[0][0] == "pop3 127.0.0.1"
                and "C: CAPA" in found[0] and f"   account {CAROL}" in found[0], text)


def say_on(peer, command, answers):
    """A challenge is answered; where there is none, nothing secret is said."""
    reply = peer.ask(command)
    for answer in answers:
        if reply.startswith((b"334", b"+ ")):
            reply = peer.ask(answer)


def secrets(score, site):
    """What a client says to log in, rightly and wrongly, is never written."""
    plain = base64.b64encode(b"\0bob@hamburger.edu\0topsecret-one")
    parts = [base64.b64encode(BOB.encode()), base64.b64encode(b"topsecret-two")]
    with Smtp(site.smtp) as smtp:
        smtp.ask(b"AUTH PLAIN " + plain)
        smtp.ask(b"auth  plain " + plain)
        say_on(smtp, b"AUTH PLAIN", [plain])
        say_on(smtp, b"AUTH LOGIN", parts)
    with Pop3(site.pop3) as pop:
        pop.login(BOB, "topsecret-three")
        pop.ask(b"AUTH PLAIN " + plain)
        say_on(pop, b"AUTH PLAIN", [plain])
        say_on(pop, b"AUTH LOGIN", parts)
        pop.login(BOB, KETCHUP)
    with Smtp(site.smtp) as smtp:
        smtp.send(HEAD + b"topsecret-body\r\n")
    time.sleep(0.3)
    kept = b""
    folder = os.path.join(site.directory, "log")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            kept += f.read()
    for secret in (b"topsecret", plain, plain[:16], base64.b64encode(b"topsecret-two"),
                   KETCHUP.encode(), b"nobody's business"):
        score.check(f"{secret} is not kept", secret not in kept)
    score.check("but the dialogue is", b"AUTH" in kept and b"USER " + BOB.encode() in kept)


def record(kind, session, text, level=0):
    return struct.pack("<IBBBBQq", len(text), kind, level, 0, 0, session,
                       int(time.time() * 1e6)) + text + b"\0" * (-len(text) % 8)


def a_session(number, account):
    ident = number << 32 | 1 << 16
    lines = [record(1, ident, b"pop3 192.0.2.%d" % (number % 250)),
             record(7, ident, account)]
    lines += [record(2 + i % 2, ident, b"x" * 60) for i in range(20)]
    return b"".join(lines) + record(5, ident, b"closed", 0)


def fill(site):
    """64 megabytes of sessions; one of them is another account's."""
    folder = os.path.join(site.directory, "log")
    number = 1
    for name in range(101, 105):
        whole = bytearray()
        while len(whole) < (16 << 20) - 4096:
            number += 1
            whole += a_session(number, b"needle@x.org" if number == 20000 else b"hay@x.org")
        with open(os.path.join(folder, f"wire.{name}"), "wb") as f:
            f.write(whole)
        os.chmod(f.name, 0o600)
        if os.geteuid() == 0:
            st = os.stat(folder)
            os.chown(f.name, st.st_uid, st.st_gid)
    return number - 1


def large(score, site):
    count = fill(site)
    for where in ("stopped", "running"):
        if where == "running":
            site.start()
        for words, wanted in ((["needle@x.org"], 1), (["192.0.2.7", "dropped"], 0),
                              (["00004e20"], 1)):
            begin = time.monotonic()
            found = sessions(wire(site, *words))
            took = time.monotonic() - begin
            score.check(f"64 MB, {where}, {words}: found", len(found) == wanted, len(found))
            score.check(f"64 MB, {where}, {words}: soon", took < 5, took)
            print(f"  64 MB, {where}, {words}: {took:.2f} s", flush=True)
    print(f"  of {count} sessions", flush=True)
    begin = time.monotonic()
    with Smtp(site.smtp) as smtp:
        score.check("and mail comes in", smtp.send(HEAD + b"x\r\n").startswith(b"250"))
    score.check("at once", time.monotonic() - begin < 1)


def main():
    score = Score()
    with Site(accounts=[CAROL]) as site:
        play(site)
        filters(score, site, "running")
        site.stop()
        filters(score, site, "stopped")
        site.start()
        follow(score, site)
        secrets(score, site)
        site.stop()
        large(score, site)
    sys.exit(score.end())


main()
