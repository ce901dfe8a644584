#!/usr/bin/env python3
"""THREAD (RFC 5256) by imaplib: random mail in the threads that a model in Python finds.

The model follows the RFC's steps with lists of children and walks to the root.  Whole
mailboxes and parts of them, by numbers and uids.  Then I03 and I17: mail whose references are
made to be dear is threaded soon, and another client has its turns meanwhile.
"""
import imaplib
import os
import random
import re
import smtplib
import sys
import threading
import time
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

MESSAGES, NAMED, DEAR, DEAR_NAMES = 300, 120, 1200, 400
SUBJECTS = ("apple", "Banana", "cherry", "date palm", "elder", "fig", "")
REPLIES = ("Re: {}", "[list] re[2]: {}", "fwd: {}", "{} (fwd)", "[Fwd: {}]")
PLAIN = ("{}", "[list] {}")


class Node:
    def __init__(self, message=None):
        self.message, self.parent, self.children = message, None, []

    def adopt(self, child):
        child.drop()
        child.parent = self
        self.children.append(child)

    def drop(self):
        if self.parent:
            self.parent.children.remove(self)
        self.parent = None

    def is_below(self, above):
        node = self
        while node:
            if node is above:
                return True
            node = node.parent
        return False

    def key(self):
        return self.message.key if self.message else min(c.key() for c in self.children)

    def subject(self):
        return (self if self.message else min(self.children, key=Node.key)).message.subject

    def is_reply(self):
        return self.message is not None and self.message.is_reply

    def said(self):
        lists = [c.said() for c in sorted(self.children, key=Node.key)]
        own = str(self.message.number) if self.message else ""
        if len(lists) == 1:
            return f"{own} {lists[0]}"
        return own + (" " if own and lists else "") + "".join(f"({one})" for one in lists)


class Message:
    """One that is sent, and what the model knows of it."""
    def __init__(self, number):
        self.number = number
        zone = timezone(timedelta(minutes=random.randrange(-720, 720, 15)))
        date = datetime(2001, 1, random.randrange(1, 9), random.randrange(24), tzinfo=zone)
        self.key = (date.timestamp(), number)
        base = random.choice(SUBJECTS)
        self.is_reply = bool(base) and random.random() < 0.5
        self.subject = base.lower()
        subject = random.choice(REPLIES if self.is_reply else PLAIN if base else ("{}",)).format(base)
        self.id = random.choice((f"{number}@x", f"{random.randrange(NAMED)}@x", None))
        names = [f"{random.randrange(NAMED)}@x" for _ in range(random.choice((0, 0, 1, 2, 3, 6)))]
        by_reply = random.random() < 0.2
        self.names = names[:1] if by_reply else names
        head = [f"Date: {format_datetime(date)}", "From: a@crepes.fr", f"Subject: {subject}"]
        if self.id:
            head.append(f"Message-ID: <{self.id}>")
        if names:
            head.append(("In-Reply-To: " if by_reply else "References: ") +
                        "\r\n ".join(f"<{name}>" for name in names))
        self.text = ("\r\n".join(head) + "\r\n\r\nx\r\n").encode()


def linked(messages):
    """Step 1: every node."""
    named, nodes = {}, []

    def of(name):
        if name not in named:
            named[name] = Node()
            nodes.append(named[name])
        return named[name]

    for m in messages:
        node = of(m.id) if m.id else Node()
        if node.message:
            node = Node()
        if node not in nodes:
            nodes.append(node)
        node.message, last = m, None
        for name in m.names:
            child = of(name)
            if last and not child.parent and not last.is_below(child):
                last.adopt(child)
            last = child
        node.drop()
        if last and not last.is_below(node):
            last.adopt(node)
    return nodes


def prune(node, is_top):
    """Steps 2 and 3; what stands in its place."""
    node.children = [kept for c in list(node.children) for kept in prune(c, False)]
    for child in node.children:
        child.parent = node
    if node.message or (is_top and len(node.children) > 1):
        return [node]
    for child in node.children:
        child.parent = None
    return node.children


def references(messages):
    roots = [kept for n in linked(messages) if not n.parent for kept in prune(n, True)]
    roots.sort(key=Node.key)
    table, subjects = {}, {root: root.subject() for root in roots}
    for root, subject in subjects.items():
        there = table.get(subject)
        if subject and (not there or (there.message and (
                not root.message or (there.is_reply() and not root.is_reply())))):
            table[subject] = root
    top = Node()
    for root in roots:
        top.adopt(root)
    for root, subject in subjects.items():
        there = table.get(subject)
        if not subject or there is root or root.parent is not top:
            continue
        if not there.message and not root.message:
            for child in list(root.children):
                there.adopt(child)
            root.drop()
        elif not there.message or (root.is_reply() and not there.is_reply()):
            there.adopt(root)
        else:
            both = Node()
            both.adopt(there)
            both.adopt(root)
            top.adopt(both)
            table[subject] = both
    return "".join(f"({n.said()})" for n in sorted(top.children, key=Node.key))


def ordered_subject(messages):
    threads = {}
    for m in sorted(messages, key=lambda m: m.key):
        if m.subject in threads:
            threads[m.subject].adopt(Node(m))
        else:
            threads[m.subject] = Node(m)
    return "".join(f"({n.said()})" for n in threads.values())


MODELS = {"REFERENCES": references, "ORDEREDSUBJECT": ordered_subject}


def check(score, imap, messages, algorithm, first, last):
    wanted = MODELS[algorithm](messages[first - 1:last])
    for uids in (False, True):
        answer = imap.uid("THREAD", algorithm, "UTF-8", f"{first}:{last}") if uids else \
            imap.thread(algorithm, "UTF-8", f"{first}:{last}")
        heard = (answer[1][0] or b"").decode()
        score.check(f"{'UID ' if uids else ''}THREAD {algorithm} {first}:{last}",
                    heard == wanted, (heard[:200], wanted[:200]))


def dear(number):
    """One chain through all, each message naming a stretch of it, the last ones first."""
    names = [f"{(number * 7 + k * 13) % 100000}@dear" for k in range(DEAR_NAMES)]
    return (f"From: a@crepes.fr\r\nMessage-ID: <{number}@dear>\r\nReferences: " +
            "\r\n ".join(f"<{name}>" for name in reversed(names)) + "\r\n\r\nx\r\n").encode()


def pauses(demo, done):
    """The longest that another client has waited for a NOOP."""
    worst = [0.0]

    def run():
        imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
        imap.login(ADDRESS, PASSWORD)
        while not done.is_set():
            before = time.monotonic()
            imap.noop()
            worst[0] = max(worst[0], time.monotonic() - before)
            time.sleep(0.01)
        imap.logout()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, worst


def send(demo, texts):
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        for text in texts:
            smtp.sendmail("alice@crepes.fr", [ADDRESS], text)


def check_dear(score, demo):
    send(demo, map(dear, range(DEAR)))
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(ADDRESS, PASSWORD)
    imap.select(readonly=True)
    imap.thread("REFERENCES", "UTF-8", "ALL")  # what parse has not read yet is read now
    done = threading.Event()
    thread, worst = pauses(demo, done)
    begun = time.monotonic()
    answer = imap.thread("REFERENCES", "UTF-8", "ALL")[1][0].decode()
    took = time.monotonic() - begun
    done.set()
    thread.join()
    said = sorted(int(n) for n in re.findall(r"\d+", answer))
    score.check("I03 every message once", said == list(range(1, len(said) + 1)) and
                len(said) == MESSAGES + DEAR, len(said))
    score.check(f"I17 {DEAR * DEAR_NAMES} references in {took:.2f} s", took < 5)
    score.check(f"I17 another client waits {worst[0]:.3f} s", worst[0] < 1)
    imap.logout()


def main():
    score = Score()
    random.seed(os.environ.get("SEED", "5256"))
    with Demo() as demo:
        messages = [Message(n + 1) for n in range(MESSAGES)]
        send(demo, (m.text for m in messages))
        imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
        imap.login(ADDRESS, PASSWORD)
        imap.select(readonly=True)
        for algorithm in MODELS:
            check(score, imap, messages, algorithm, 1, MESSAGES)
            for _ in range(15):
                first = random.randrange(1, MESSAGES)
                last = min(MESSAGES, first + random.choice((3, 8, 20, 90)))
                check(score, imap, messages, algorithm, first, last)
        imap.logout()
        check_dear(score, demo)
    sys.exit(score.end())


if __name__ == "__main__":
    main()
