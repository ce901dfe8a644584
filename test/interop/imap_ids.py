#!/usr/bin/env python3
"""OBJECTID (RFC 8474) and SAVEDATE (RFC 8514): what imaplib is told of mailboxes, messages and
threads stays so when they are renamed, copied and moved, after a restart, a crash, and when the
index is gone.
"""
import re
import sys

from imap_mailboxes import log_in, lose_index, names, ok, quoted
from demo import Demo, Score  # noqa: E402


def message(number, answers=()):
    lines = [f"Message-ID: <{number}@hamburger.edu>", f"Subject: {number}"]
    if answers:
        lines.append("References: " + " ".join(f"<{n}@hamburger.edu>" for n in answers))
    return "\r\n".join(lines + ["", f"message {number}", ""]).encode()


def mailbox_ids(imap):
    return {name: re.search(rb"MAILBOXID \((\S+)\)", imap.status(quoted(name), "(MAILBOXID)")[1][0])[1]
            for name in names(imap)}


def ids(imap, name):
    """{number: (email, thread, save date)}"""
    found = {}
    imap.select(quoted(name), readonly=True)
    for item in imap.fetch("1:*", "(EMAILID THREADID SAVEDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]:
        if isinstance(item, tuple):
            email, thread, saved = re.search(
                rb"EMAILID \((\S+)\) THREADID \((\S+)\) SAVEDATE (\"[^\"]+\")", item[0]).groups()
            found[int(item[1].split(b":")[1])] = (email, thread, saved)
    return found


def fill(score, imap):
    if imap.select()[1] != [b"0"]:
        imap.store("1:*", "+FLAGS.SILENT", "(\\Deleted)")
        imap.expunge()
    imap.create("there/below")
    imap.create("other")
    for number in range(1, 21):
        ok(score, f"append {number}", imap.append(
            "INBOX", None, None, message(number, () if number < 6 else (number % 5 + 1,))))
    threads = {}
    for number, (_, thread, _) in ids(imap, "INBOX").items():
        threads.setdefault(thread, set()).add(number if number < 6 else number % 5 + 1)
    score.check("a thread is what answers one message", sorted(map(sorted, threads.values())) ==
                [[1], [2], [3], [4], [5]], threads)


def main():
    score = Score()
    with Demo() as demo:
        imap = log_in(demo)
        fill(score, imap)
        before, boxes = ids(imap, "INBOX"), mailbox_ids(imap)
        score.check("ids are different", len({e for e, _, _ in before.values()}) == 20 and
                    len(set(boxes.values())) == len(boxes), (before, boxes))
        imap.select("INBOX")
        imap.copy("1:5", "other")
        imap._simple_command("MOVE", "6:10", quoted("there/below"))
        imap.unselect()
        ok(score, "rename", imap.rename("other", "elsewhere"))
        boxes["elsewhere"] = boxes.pop("other")
        imap.delete(quoted("there/below"))
        gone = boxes.pop("there/below")
        imap.create(quoted("there/below"))
        boxes["there/below"] = mailbox_ids(imap)["there/below"]
        score.check("a mailbox that is made anew is another one", boxes["there/below"] != gone)
        saved = ids(imap, "elsewhere")
        for way in ("at once", "after a restart", "after a crash", "without the index"):
            if way == "after a crash":
                demo.kill()
            elif way != "at once":
                imap.logout()
                demo.stop()
            if way == "without the index":
                lose_index(demo)
            if way != "at once":
                demo.start()
                imap = log_in(demo)
            now = {**ids(imap, "INBOX")}
            score.check(f"messages {way}", all(before[n] == now[n] for n in now) and
                        len(now) == 15, (before, now))
            copies = ids(imap, "elsewhere")
            score.check(f"copies {way}", copies == saved and len(copies) == 5 and
                        all(copies[n][:2] == before[n][:2] for n in copies), (before, copies))
            score.check(f"mailboxes {way}", mailbox_ids(imap) == boxes, (mailbox_ids(imap), boxes))
            imap.select("INBOX", readonly=True)
            email, thread, _ = before[12]
            score.check(f"EMAILID is found {way}",
                        imap.search(None, "EMAILID", email.decode())[1] == [b"7"])
            score.check(f"THREADID is found {way}", len(
                imap.search(None, "THREADID", thread.decode())[1][0].split()) == 3)
        imap.logout()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
