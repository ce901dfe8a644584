#!/usr/bin/env python3
"""kqueue.py [ROUNDS] - a server that sends mail on is killed again and again (SIGKILL, every
process), while clients submit and another server takes what comes, puts off some of it and
breaks off some sessions.  Nothing that was acknowledged is lost, and nothing comes twice but
what was under way when the server was killed or the session broke."""
import collections
import itertools
import os
import random
import signal
import smtplib
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "interop")]
from demo import ADDRESS, PASSWORD, Demo, Score, free_base  # noqa: E402
from relaying import SETTINGS, Sink, until  # noqa: E402

CLIENTS, CONNECTIONS = 4, 20
MESSAGE = "From: bob@hamburger.edu\r\nMessage-ID: <%d@hamburger.edu>\r\n\r\n%s\r\n"


class Fickle(Sink):
    """Puts off one message in ten, one recipient in ten, and one session in twenty."""

    def reply_to(self, line, usual):
        chance = random.random()
        if line == "MESSAGE" and chance < 0.1:
            return "451 4.3.0 later"
        if line == "GREETING" and chance < 0.05:
            return "421 4.3.2 not now"
        if line.startswith("RCPT") and chance < 0.1:
            return "450 4.2.1 busy"
        return usual


class Clients:
    """They submit until they are stopped; `acknowledged` has what the server took."""

    def __init__(self, port, numbers, acknowledged):
        self.port, self.numbers, self.acknowledged = port, numbers, acknowledged
        self.stopped = False
        self.threads = [threading.Thread(target=self.run) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as smtp:
                smtp.login(ADDRESS, PASSWORD)
                while not self.stopped:
                    self.submit(smtp)
        except (smtplib.SMTPException, OSError):
            pass  # it was killed

    def submit(self, smtp):
        number = next(self.numbers)
        body = ("x" * 70 + "\r\n") * random.choice((1, 40, 700, 4500))
        recipients = random.choice((["alice@crepes.fr"], ["alice@crepes.fr", ADDRESS]))
        smtp.sendmail(ADDRESS, recipients, MESSAGE % (number, body))
        self.acknowledged.add(number)

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def came(sinks):
    """How often each message came."""
    times = collections.Counter()
    for sink in sinks:
        for _, _, data in list(sink.messages):
            head = data.split(b"<", 1)[1].split(b"@", 1)[0]
            times[int(head)] += 1
    return times


def kill_one(demo, score):
    """A role that mail on its way out needs; the others live on, but relay begins anew with
    store."""
    roles = demo.roles()
    name = random.choice(("relay 0", "store 0", "dialer 0", "dns 0", "auth 0", "submission 0"))
    os.kill(roles[name], signal.SIGKILL)
    back = until(lambda: demo.roles().get(name, roles[name]) != roles[name], 5)
    score.check(f"{name} is back", back)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    score, base = Score(), free_base()
    port = base + 25
    sinks = [Fickle("127.0.0.2", port), Fickle("127.0.0.3", port)]
    numbers, acknowledged = itertools.count(1), set()
    settings = SETTINGS.replace("give_up_after = 8", "give_up_after = 3600")
    settings = settings.replace("notice_after = 4", "notice_after = 3600") % port
    with Demo(settings=settings) as demo:
        for number in range(rounds):
            clients = Clients(demo.site["submission"], numbers, acknowledged)
            time.sleep(random.uniform(0.2, 1.5))
            if number % 2:
                kill_one(demo, score)
                clients.stop()
                continue
            demo.kill()
            clients.stop()
            demo.start()
        missing = until(lambda: not acknowledged - set(came(sinks)), 60)
        times = came(sinks)
        score.check("nothing is lost", missing, sorted(acknowledged - set(times))[:10])
        time.sleep(5)
        times = came(sinks)
    twice = sum(count - 1 for count in times.values())
    score.check("nothing more than what was under way comes twice",
                twice <= rounds * CONNECTIONS, twice)
    score.check("something was sent", len(acknowledged) > rounds, len(acknowledged))
    print(f"{len(acknowledged)} acknowledged, {len(times)} came, {twice} once more")
    for sink in sinks:
        sink.close()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
