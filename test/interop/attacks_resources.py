#!/usr/bin/env python3
"""The attack table's rows that starve the server of time, memory, descriptors or an
answer (A01 to A05), and keepers that stand still (T08), over TCP."""
import base64
import os
import re
import resource
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score  # noqa: E402
from peer import (BOB, HEAD, Frozen, Peer, Pop3, Rows, Site, Smtp, count, empty,  # noqa: E402
                  hand_in, memory, processor_seconds, stored, wait_until)

IMPATIENT = ("smtp_command_seconds = 2\nsmtp_data_seconds = 2\nlogin_seconds = 2\n"
             "pop3_idle_seconds = 2\nsend_seconds = 1\nask_seconds = 1\n")

# What one session may cost; sanitizers keep what was freed, and more.
ONE_SESSION = 4 << 20 if "san" in BINARY else 400 << 10

# ---- A01

def trickle(peer, octets, seconds):
    """Says one octet each 100 ms until the server ends it; (how long, its last words)"""
    begin, heard = time.monotonic(), b""
    peer.socket.settimeout(0.1)
    while time.monotonic() - begin < seconds:
        peer.say(octets[:1])
        octets = octets[1:] + octets[:1]
        try:
            more = peer.socket.recv(4096)
        except TimeoutError:
            continue
        except ConnectionResetError:
            more = b""
        if not more:
            return time.monotonic() - begin, heard
        heard += more
    return None, heard


def in_data(site):
    smtp = Smtp(site.smtp)
    smtp.open_data()
    return smtp


def logged_in(site):
    pop = Pop3(site.pop3)
    pop.login()
    return pop


def slowloris(site):
    cases = [("a command", lambda: Smtp(site.smtp), b"NOOP xxxxxxxxxx", b"421 4.4.2 "),
             ("nothing at all", lambda: Smtp(site.smtp), b"", b"421 4.4.2 "),
             ("nothing before HELO", lambda: Peer(site.smtp), b"", b"421 4.4.2 "),
             ("silence in DATA", lambda: in_data(site), b"", b"421 4.4.2 "),
             ("a POP3 command", lambda: logged_in(site), b"NOOP xxxxxx", b""),
             ("a login", lambda: Peer(site.pop3), b"USER bob@hamburger.edu", b""),
             ("logins, line by line", lambda: Peer(site.pop3), b"CAPA\r\n", b"+OK")]
    found = {}

    def play(name, make, octets):
        with make() as peer:
            found[name] = trickle(peer, octets, 6)

    threads = [threading.Thread(target=play, args=case[:3]) for case in cases]
    for t in threads:
        t.start()
    time.sleep(1)
    yield "others are served meanwhile", hand_in(site, seconds=2)
    with Peer(site.pop3) as peer:  # never silent, and never logged in
        begin = time.monotonic()
        while time.monotonic() - begin < 5 and peer.say(b"CAPA\r\n" * 50):
            for _ in range(50):
                peer.many()
        took = time.monotonic() - begin
    yield "logins without a pause: over in time", 1.5 < took < 4, took
    for t in threads:
        t.join()
    for name, _, _, last in cases:
        took, heard = found[name]
        yield f"{name}: over in time", took is not None and 1.5 < took < 4, took
        yield f"{name}: its last words", heard.startswith(last), heard


# ---- A02

def deaf_smtp(site):
    peer, replies = Smtp(site.smtp), 0
    peer.socket.settimeout(0.5)
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < 10:
            peer.socket.sendall(b"HELP\r\n" * 1000)
            replies += 1000
    except OSError:
        pass
    return peer, replies


def deaf(site):
    """Who never reads is not read from either, costs 64 KiB, and is given up."""
    for role, play in (("mx 0", deaf_smtp), ("pop3 0", deaf_pop3)):
        pid = site.roles()[role]
        before, most = memory(pid), 0
        peer, asked = play(site)
        end = time.monotonic() + 30
        while time.monotonic() < end and descriptors(pid) > site.idle[role]:
            most = max(most, memory(pid))
            time.sleep(0.05)
        yield f"{role} holds little for it", most - before < ONE_SESSION, \
            most - before
        yield f"{role} gives it up", descriptors(pid) <= site.idle[role], \
            (descriptors(pid), site.idle[role])
        yield f"{role} was asked for much", asked > 10, asked
        peer.close()


def shared_memory(site):
    """What memfds hold in the site's processes, in octets; each is counted once."""
    held = {}
    for pid in site.roles().values():
        for fd in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{fd}"
            try:
                if os.readlink(path).startswith("/memfd:"):
                    is_now = os.stat(path)
                    held[is_now.st_ino] = 512 * is_now.st_blocks
            except OSError:
                pass  # it has just been closed
    return sum(held.values())


def unfinished(site):
    """Large messages that never end: all together they have a bound, 64 MiB here."""
    text = HEAD + (b"u" * 62 + b"\r\n") * 15500  # nearly message_size
    before, most = shared_memory(site), 0
    peers = [in_data(site) for _ in range(150)]
    for peer in peers:
        peer.say(text)
        most = max(most, shared_memory(site) - before)
    time.sleep(0.5)
    most = max(most, shared_memory(site) - before)
    yield "they do not fill the memory", 8 << 20 < most < 80 << 20, most
    with Smtp(site.smtp) as smtp:
        yield "small ones come in meanwhile", smtp.send(HEAD + b"x\r\n").startswith(b"250")
        reply = smtp.send(text)
        yield "another large one is asked to come again", \
            reply.startswith(b"452 4.3.1 "), reply
        replies = [peer.ask(b".")[:9] for peer in peers]
        kinds = set(replies)
        yield "each hears which it was", kinds == {b"250 2.0.0", b"452 4.3.1"}, kinds
        yield "most were taken", replies.count(b"250 2.0.0") > 50, \
            replies.count(b"250 2.0.0")
        yield "then there is room", smtp.send(text).startswith(b"250")
    for peer in peers:
        peer.close()
    yield "and all are there", count(site) == replies.count(b"250 2.0.0") + 2 + \
        site.honest, count(site)


def deaf_pop3(site):
    peer = logged_in(site)
    peer.say(b"RETR 1\r\n" * 2000)
    return peer, 2000


def descriptors(pid):
    """Its sockets; what a thread pool opens when it is first needed stays, and may."""
    found = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found += os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
        except OSError:
            pass
    return found


# ---- A03, A04, A05

def sessions(site):
    """No more than `sessions` at once; who comes then waits until there is room.  (For what
    one source may have see sources.py.)"""
    peers = [Smtp(site.smtp) for _ in range(8)]
    yield "eight are served", all(p.ask(b"NOOP").startswith(b"250") for p in peers)
    ninth = Peer(site.smtp, greeting=False)
    ninth.socket.settimeout(1)
    try:
        first = ninth.socket.recv(512)
    except TimeoutError:
        first = None
    yield "the ninth waits", first is None, first
    yield "the eight still are", all(p.ask(b"NOOP").startswith(b"250") for p in peers)
    for p in peers[:4]:
        p.reset()
    ninth.socket.settimeout(20)
    yield "then the ninth is served", ninth.socket.recv(512).startswith(b"220 ")
    yield "and others are", hand_in(site)
    for p in [*peers[4:], ninth]:
        p.close()


def resets(site):
    for role, port in (("mx 0", site.smtp), ("pop3 0", site.pop3)):
        pid = site.roles()[role]
        for _ in range(2500):
            Peer(port, greeting=False).reset()
        took = wait_until(lambda: descriptors(pid) <= site.idle[role] + 1, 60)
        yield f"{role} has closed them all", took is not None, \
            (descriptors(pid), site.idle[role])
        before = processor_seconds(pid)
        time.sleep(0.4)
        used = processor_seconds(pid) - before
        yield f"{role} is not busy afterwards", used < 0.1, used


def few_descriptors(site):
    """RLIMIT_NOFILE 64: who is in stays in, others are turned away and may come back."""
    smtp, pop = Smtp(site.smtp), Pop3(site.pop3)
    smtp.open_data()
    pop.login()
    peers, turned_away = [], 0
    for port in (site.smtp, site.pop3):
        for _ in range(80):
            peer = Peer(port, greeting=False)
            peer.socket.settimeout(0.5)
            peers.append(peer)
    pids = site.roles()
    before = sum(processor_seconds(p) for p in pids.values())
    for peer in peers:
        try:
            hello = peer.socket.recv(512)
        except (TimeoutError, ConnectionResetError):
            hello = b""
        turned_away += not hello.startswith((b"220 ", b"+OK "))
    time.sleep(0.5)
    used = sum(processor_seconds(p) for p in pids.values()) - before
    yield "many are turned away", turned_away > 40, turned_away
    yield "the server is not busy with it", used < 0.5, used
    large = HEAD + (b"z" * 62 + b"\r\n") * 6000
    reply = smtp.ask(large + b".")
    yield "a large message under way", reply[:3] in (b"250", b"451", b"452"), reply
    yield "its session goes on", smtp.ask(b"NOOP").startswith(b"250")
    yield "so does a maildrop's", pop.ask(b"STAT").startswith(b"+OK")
    pop.ask(b"QUIT")
    for peer in [*peers, smtp, pop]:
        peer.close()
    took = wait_until(lambda: hand_in(site, seconds=1), 20)
    yield "they may come back", took is not None and took < 10, took
    texts = stored(site)
    yield "what was acknowledged is there", \
        sum(t.endswith(large) for t in texts) == reply.startswith(b"250"), len(texts)


def limit_descriptors(pid, most):
    """Of a process that runs: who has its uid may."""
    with open(f"/proc/{pid}/status") as f:
        uid, gid = (int(n) for n in re.findall(r"^[UG]id:\s+(\d+)", f.read(), re.M))
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(gid, gid, gid)
                os.setresuid(uid, uid, uid)
            hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, hard))
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError("its limit stays")


def refused_command(site):
    """The socket for commands: who cannot be served is hung up on, the next is well."""
    pid = site.roles()["control 0"]
    free = next(n for n in range(1024) if not os.path.exists(f"/proc/{pid}/fd/{n}"))
    limit_descriptors(pid, free)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as command:
        command.settimeout(20)
        command.connect(os.path.join(site.directory, "control"))
        try:
            yield "no descriptor: hung up on", command.recv(1) == b""
        except (TimeoutError, ConnectionResetError) as error:
            yield "no descriptor: hung up on", isinstance(error, ConnectionResetError), error
    limit_descriptors(pid, 256)
    yield "the next command is served", BOB in site.command("account", "list")


# ---- T08

def frozen(site):
    hand_in(site)
    with Smtp(site.smtp) as smtp, Pop3(site.pop3) as pop, Pop3(site.pop3) as other:
        pop.login()
        pop.retrieve(1)
        smtp.ask(b"MAIL FROM:<alice@crepes.fr>")
        with Frozen(site, "auth 0"):
            begin = time.monotonic()
            reply = smtp.ask(b"RCPT TO:<carol@hamburger.edu>")
            yield "auth stands: RCPT", reply.startswith(b"451 4.3.0 "), reply
            reply = other.login()
            yield "auth stands: PASS", reply.startswith(b"-ERR [SYS/TEMP] "), reply
            yield "who has had mail gets more", \
                smtp.ask(b"RCPT TO:<bob@hamburger.edu>").startswith(b"250")
            yield "after ask_seconds", 1.5 < time.monotonic() - begin < 4
            yield "who is in reads on", (pop.retrieve(1) or b"").endswith(b"honest\r\n")
        reply = smtp.ask(b"RCPT TO:<carol@hamburger.edu>")
        yield "auth goes: RCPT", reply.startswith(b"250"), reply
        reply = other.login()
        yield "auth goes: PASS", reply.startswith(b"+OK"), reply
        other.ask(b"QUIT")
        smtp.ask(b"DATA")
        with Frozen(site, "store 0"):
            reply = smtp.ask(HEAD + b"while it stood\r\n.")
            yield "store stands: DATA", reply.startswith(b"451 4.3.0 "), reply
            with Pop3(site.pop3) as late:
                reply = late.login()
                yield "store stands: PASS", reply.startswith(b"-ERR [SYS/TEMP] "), reply
            yield "NOOP is felt by nobody", smtp.ask(b"NOOP").startswith(b"250") and \
                pop.ask(b"STAT").startswith(b"+OK")
            yield "the pack is open", (pop.retrieve(1) or b"").endswith(b"honest\r\n")
            pop.ask(b"DELE 1")
            reply = pop.ask(b"QUIT")
            yield "store stands: QUIT", reply.startswith(b"-ERR [SYS/TEMP] "), reply
        yield "store goes", wait_until(lambda: hand_in(site, seconds=2), 20) is not None
        with Frozen(site, "log 0"):
            begin = time.monotonic()
            for _ in range(50):
                if not hand_in(site, b"l" * 900 + b"\r\n", seconds=2):
                    break
            else:
                yield "log stands: mail comes in", True
            smtp.say(b"VRFY %s\r\n" % (b"r" * 900) * 3000)  # more than its ring holds
            said = [smtp.reply()[:3] for _ in range(3000)]
            yield "log stands: all is answered", set(said) == {b"252"}, set(said)
            yield "log stands: at the old pace", time.monotonic() - begin < 15, \
                time.monotonic() - begin
            yield "log stands: mail goes out", count(site) >= 50, count(site)


def unfinished_headers(site):
    """Header sections that never end, which submission holds back: the same bound."""
    text = b"From: bob@hamburger.edu\r\n" + (b"X: " + b"h" * 59 + b"\r\n") * 15500
    login = b"AUTH PLAIN " + base64.b64encode(b"\0bob@hamburger.edu\0ketchup")
    pid, peers = site.roles()["submission 0"], []
    before = memory(pid)
    for _ in range(100):
        peers.append(Smtp(site.submission))
        for line in (login, b"MAIL FROM:<bob@hamburger.edu>", b"RCPT TO:<bob@hamburger.edu>",
                     b"DATA"):
            peers[-1].ask(line)
        peers[-1].say(text)
    time.sleep(0.5)
    grown = memory(pid) - before
    yield "they do not fill the memory", grown < 100 << 20, grown
    kinds = {peer.ask(b"\r\n.")[:9] for peer in peers}
    yield "each hears which it was", kinds == {b"250 2.0.0", b"452 4.3.1"}, kinds
    for peer in peers:
        peer.close()


def main():
    score = Score()
    with Site(IMPATIENT) as site:
        site.idle = {role: descriptors(pid) for role, pid in site.roles().items()}
        rows = Rows(score, site)
        rows.play("A01", slowloris)
        empty(site)
        with Smtp(site.smtp) as smtp:
            smtp.send(HEAD + (b"b" * 62 + b"\r\n") * 8000)
        rows.play("A02", deaf)
        rows.play("A04", resets)
        rows.play("A05 control", refused_command)
    with Site("ask_seconds = 1", accounts=["carol@hamburger.edu"]) as site:
        Rows(score, site).play("T08", frozen)
    with Site("sessions = 8") as site:
        Rows(score, site).play("A03", sessions)
    with Site("ask_seconds = 5", files=64) as site:
        Rows(score, site).play("A05", few_descriptors)
    with Site("message_size = 1M") as site:
        site.honest = 0
        Rows(score, site).play("A02 messages", unfinished)
        Rows(score, site).play("A02 header sections", unfinished_headers)
    sys.exit(score.end())


main()
