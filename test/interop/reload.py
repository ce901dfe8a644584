#!/usr/bin/env python3
"""`packetboat reload` and SIGHUP: what a running site takes, what waits for a restart,
and that a mistake changes nothing (T09: any mistake has its line)."""
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from peer import BOB, KETCHUP, Peer, Pop3, Site, Smtp, hand_in, wait_until  # noqa: E402


class Changing(Site):
    def configuration(self):
        with open(os.path.join(self.directory, "packetboat.conf"), "rb") as f:
            return f.read()

    def write(self, text):
        with open(os.path.join(self.directory, "packetboat.conf"), "wb") as f:
            f.write(text)

    def reload(self):
        """(exit code, what it says)"""
        done = subprocess.run([BINARY, "reload", "--dir", self.directory],
                              capture_output=True, timeout=30)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def events(self):
        with open(os.path.join(self.directory, "log", "events"), errors="replace") as f:
            return f.read()


def size_of(smtp):
    match = re.search(rb"SIZE (\d+)", smtp.ask(b"EHLO crepes.fr"))
    return int(match[1])


def soon(condition):
    """What was read again reaches every role, but not in the moment of the answer."""
    return wait_until(condition, 20) is not None


def third_is_turned_away(site):
    with Smtp(site.smtp), Smtp(site.smtp), Peer(site.smtp) as third:
        return third.greeting.startswith(b"421 4.7.0 ")


def may_login_in_the_clear(site):
    with Pop3(site.pop3) as pop:
        return pop.login(BOB, KETCHUP).startswith(b"+OK")


def taken(score, site, usual):
    with Smtp(site.smtp) as smtp, Pop3(site.pop3) as pop:
        score.check("at first", size_of(smtp) == 50 << 20)
        site.write(usual + b"message_size = 1M\nplaintext_login = never\n"
                           b"source { sessions = 2  exempt = {} }\n")
        code, words = site.reload()
        score.check("reload", (code, words) == (0, "packetboat.conf was read again\n"),
                    words)
        score.check("the size, in a session under way",
                    soon(lambda: size_of(smtp) == 1 << 20))
        score.check("who was in stays in", pop.ask(b"CAPA").startswith(b"+OK"))
    with Smtp(site.smtp) as smtp:
        score.check("the size, in a new session", size_of(smtp) == 1 << 20)
    score.check("a source's limit", soon(lambda: third_is_turned_away(site)))
    score.check("no login without TLS any more",
                soon(lambda: not may_login_in_the_clear(site)))
    pid = site.roles()["mx 0"]
    os.kill(pid, signal.SIGKILL)
    soon(lambda: site.roles().get("mx 0", pid) != pid)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with Smtp(site.smtp) as smtp:
                score.check("a role that begins later has it", size_of(smtp) == 1 << 20)
                break
        except (OSError, TypeError):
            time.sleep(0.05)


def by_signal(score, site, usual):
    site.write(usual + b"message_size = 2M\n")
    site.process.send_signal(signal.SIGHUP)

    def is_known():
        with Smtp(site.smtp) as smtp:
            return size_of(smtp) == 2 << 20

    score.check("SIGHUP", soon(is_known))
    score.check("is in the log", soon(lambda: "was read again" in site.events()))
    site.write(usual + b"message_size = 2T\n")
    site.process.send_signal(signal.SIGHUP)
    words = "message_size '2T' is not between"
    score.check("a mistake, too", soon(lambda: words in site.events()))
    score.check("and nothing changes", is_known())


def restart(score, site, usual):
    more = b"listen smtp { address = 127.0.0.1  port = 1 }\nuid_base = 4000\n" \
           b"journal_segment = 2M\nmessage_size = 3M\n"
    site.write(usual + more)
    code, words = site.reload()
    score.check("what takes a restart is named", code == 0 and
                "what it changes of listen, journal_segment, uid_base takes a restart"
                in words, words)
    with Smtp(site.smtp) as smtp:
        score.check("the rest is taken", soon(lambda: size_of(smtp) == 3 << 20))
    pid = site.roles()["store 0"]
    os.kill(pid, signal.SIGKILL)
    score.check("a keeper that begins later is well",
                soon(lambda: hand_in(site, seconds=1)))


def mistakes(score, site, usual):
    site.write(usual + b"\n\nno_such = 1\n")
    code, words = site.reload()
    line = usual.count(b"\n") + 3
    score.check("a mistake has its line", code == 1 and
                f"packetboat.conf:{line}: no such option 'no_such'" in words and
                "nothing has changed" in words, words)
    os.unlink(os.path.join(site.directory, "packetboat.conf"))
    code, words = site.reload()
    score.check("no file", code == 1 and "No such file" in words, words)
    site.write(b"hostname = x\n" + b"#" * 70000)
    code, words = site.reload()
    score.check("a large file", code == 1 and "too large" in words, words)


def mutant(random_, text):
    text = bytearray(text)
    for _ in range(random_.randrange(6)):
        at = random_.randrange(len(text) + 1)
        kind = random_.randrange(5)
        if kind == 0:
            text[at:at] = random_.choice((b"{", b"}", b"=", b"\"", b"'", b"\n", b"#", b"/*",
                                          b"\\", b"$", b"\0", b"\xff", b"9" * 30, b"+="))
        elif kind == 1:
            del text[at:at + random_.randrange(1, 20)]
        elif kind == 2 and at < len(text):
            text[at] ^= 1 << random_.randrange(8)
        elif kind == 3:
            text[at:at] = text[:random_.randrange(1, 60)]
        else:
            text[at:at] = random_.randbytes(random_.randrange(1, 8))
    return bytes(text)


def storm(score, site, usual):
    """T09: a few hundred mutated files through the program; config_storm has the many."""
    seed = int(time.time())
    random_ = random.Random(seed)
    print(f"T09: seed {seed}", flush=True)
    odd, good = [], 0
    for _ in range(200):
        text = mutant(random_, usual)
        site.write(text)
        code, words = site.reload()
        good += code == 0
        if code != 0 and not re.search(r"packetboat\.conf:\d+: .", words):
            odd.append((text, words))
    score.check("T09 each mistake has its line", not odd, odd[:1])
    score.check("T09 some are good, some are not", 0 < good < 200, good)
    site.write(usual)
    code, words = site.reload()
    score.check("T09 and all is well again", code == 0, words)


def main():
    score = Score()
    with Changing() as site:
        usual = site.configuration()
        pids = site.roles()
        mistakes(score, site, usual)
        storm(score, site, usual)
        score.check("nothing of it ended a role", site.roles() == pids)
        taken(score, site, usual)
        by_signal(score, site, usual)
        restart(score, site, usual)
        site.write(usual)
        score.check("and back", site.reload()[0] == 0)
        score.check("mail comes in", hand_in(site, seconds=5))
        site.stop()
        code, words = site.reload()
        score.check("without a server", code == 1 and "no server runs" in words, words)
    sys.exit(score.end())


main()
