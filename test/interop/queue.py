#!/usr/bin/env python3
"""`packetboat queue`: what waits is shown and chosen by filters, tried now, held over a
restart, released, given up with a report, and dropped without one."""
import os
import smtplib
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score, free_base  # noqa: E402
from relaying import SETTINGS, Sink, reports, submit, until  # noqa: E402

SLOW = ("retry_first = 1\n  retry_most = 2\n  notice_after = 4\n  give_up_after = 8",
        "retry_first = 3600")


def queue(demo, *words, site=None):
    return subprocess.run([BINARY, "queue", *words, "--dir",
                           site or os.path.join(demo.directory, SITE)],
                          capture_output=True, text=True, timeout=30)


def listed(demo, *filters):
    """{number: lines} of what fits."""
    found, number = {}, None
    for line in queue(demo, "list", *filters).stdout.splitlines():
        if not line.startswith(" "):
            number = line.split()[0]
            found[number] = []
        found[number].append(line)
    return found


def is_shown(score, demo, sink):
    sink.replies = {"RCPT": "450 4.2.1 busy"}
    submit(demo, b"one", ["alice@crepes.fr", "dana@crepes.fr"])
    submit(demo, b"two", ["x@down.example"])
    submit(demo, b"three", ["alice@crepes.fr", "y@down.example"])
    until(lambda: len(listed(demo, "code:450")) == 2 and
          "attempt" in queue(demo, "list", "to:down.example").stdout)
    all_of_it = listed(demo)
    score.check("three wait", len(all_of_it) == 3, all_of_it)
    text = "\n".join(line for lines in all_of_it.values() for line in lines)
    score.check("from whom", text.count(f"from <{ADDRESS}>") == 3, text)
    score.check("what was said", "450 4.2.1 busy (mail.crepes.fr)" in text or
                "450 busy (mail.crepes.fr)" in text, text)
    score.check("why there was no connection", "no connection to mail.down.example: "
                "Connection refused" in text, text)
    score.check("when it goes on", "next in 5" in text or "next in 6" in text or
                "next in 1" in text, text)
    for filters, wanted in ((("to:down.example",), 2), (("to:dana@",), 1), (("code:4",), 2),
                            (("code:5",), 0), (("from:BOB@",), 3), (("from:carol",), 0),
                            (("age:1h",), 0), (("to:down", "code:450"), 0)):
        found = listed(demo, *filters)
        score.check(f"filter {filters}", len(found) == wanted, found)
    number = next(iter(listed(demo, "to:dana@")))
    shown = queue(demo, "show", number).stdout
    score.check("show", "by session" in shown and "dana@crepes.fr" in shown, shown)


def is_tried(score, demo, sink):
    sink.replies = {}
    before, calls = len(sink.messages), sink.sessions
    r = queue(demo, "retry", "to:dana@")
    score.check("retry", r.returncode == 0 and "1 of 1 tried now" in r.stdout,
                r.stdout + r.stderr)
    score.check("it goes at once", until(lambda: len(sink.messages) == before + 1))
    score.check("to both", len(sink.messages[-1][1]) == 2, sink.messages[-1][1])
    time.sleep(0.2)
    score.check("by one connection", sink.sessions == calls + 1, sink.sessions - calls)
    score.check("two are left", until(lambda: len(listed(demo)) == 2), listed(demo))


def is_held(score, demo, sink):
    before = len(sink.messages)
    r = queue(demo, "hold", "to:alice@")
    score.check("hold", "1 of 1 held" in r.stdout, r.stdout + r.stderr)
    r = queue(demo, "retry", "to:alice@")
    score.check("what is held is not tried", r.returncode == 1 and "release it" in r.stderr,
                r.stderr)
    demo.stop()
    demo.start()
    until(lambda: listed(demo))
    text = queue(demo, "list", "to:alice@").stdout
    score.check("held over a restart", "held" in text, text)
    time.sleep(0.5)
    score.check("and not sent", len(sink.messages) == before)
    r = queue(demo, "release", "to:alice@")
    score.check("release", "1 of 1 released" in r.stdout, r.stdout + r.stderr)
    queue(demo, "retry", "to:alice@")
    score.check("then it goes", until(lambda: len(sink.messages) == before + 1))
    score.check("to alice alone", until(lambda: len(listed(demo)) == 2), listed(demo))


def is_hurried_under_load(score, demo, sink):
    """Many are sent while a person hurries them: each once, by one and the same relay."""
    relay = demo.roles()["relay 0"]
    sink.replies = {"GREETING": "421 4.3.2 not now"}
    before = len(sink.messages)
    with smtplib.SMTP("127.0.0.1", demo.site["submission"]) as smtp:
        smtp.login(ADDRESS, PASSWORD)
        for _ in range(400):
            smtp.sendmail(ADDRESS, ["eve@crepes.fr"], b"From: bob@hamburger.edu\r\n\r\nHi\r\n")
    sink.replies = {}
    hurried = [subprocess.Popen([BINARY, "queue", "retry", "to:eve@", "--dir",
                                 os.path.join(demo.directory, SITE)],
                                stdout=subprocess.DEVNULL) for _ in range(3)]
    codes = [process.wait(30) for process in hurried]
    score.check("hurried thrice", codes == [0, 0, 0], codes)
    until(lambda: not listed(demo, "to:eve@"))
    score.check("all came, once", len(sink.messages) == before + 400,
                len(sink.messages) - before)
    score.check("relay lives", demo.roles()["relay 0"] == relay)


def is_given_up(score, demo):
    two = next(n for n, lines in listed(demo).items() if "x@down.example" in str(lines))
    r = queue(demo, "fail", two)
    score.check("fail", r.returncode == 0, r.stdout + r.stderr)
    report = until(lambda: reports(demo, b"two"))
    score.check("the sender is told", report and "5.7.0" in report[0].as_string(), report)
    r = queue(demo, "drop", "all")
    score.check("drop", r.returncode == 0 and "1 of 1 dropped" in r.stdout,
                r.stdout + r.stderr)
    score.check("nothing is left", not listed(demo), listed(demo))
    time.sleep(0.3)
    score.check("and nobody is told", not reports(demo, b"three"))


def mistakes(score, demo):
    for words, code, said in ((("retry", "4711"), 1, "is not in"), (("show", "4711"), 1, "is not in"),
                              (("list", "nonsense"), 2, "no filter"),
                              (("list", "code:9"), 2, "no filter"),
                              (("list", "age:2w"), 2, "no filter"), (("drop",), 2, "usage: packetboat queue drop"),
                              (("burn", "all"), 2, "usage: ")):
        r = queue(demo, *words)
        score.check(f"queue {words}", r.returncode == code and said in r.stderr,
                    f"{r.returncode} {r.stdout} {r.stderr}")
    r = queue(demo, "list", site="/nonexistent")
    score.check("no server", r.returncode == 1 and "packetboat serve" in r.stderr, r.stderr)


def main():
    score, base = Score(), free_base()
    port = base + 25
    sink = Sink("127.0.0.2", port)
    settings = SETTINGS.replace(*SLOW) % port
    with Demo(settings=settings) as demo:
        is_shown(score, demo, sink)
        is_tried(score, demo, sink)
        is_held(score, demo, sink)
        is_hurried_under_load(score, demo, sink)
        is_given_up(score, demo)
        mistakes(score, demo)
    with Demo() as demo:
        r = queue(demo, "list")
        score.check("no section relay", r.returncode == 1 and "no section relay" in r.stderr,
                    r.stderr)
    sink.close()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
