"""A site of the test's own and rude clients for it; what the attack tests share.

    with Site("message_size = 1M") as site:     made small, run by serve
        peer = Peer(site.smtp); peer.say(b"NOOP\r\n"); peer.reply()

A row of the attack table is played by `Rows.play`: afterwards every role must be the same
process as before, and an honest client must get its mail through (G0).
"""
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time

from demo import BINARY, free_base, is_alive, role_pids

HOST = "hamburger.edu"
BOB, KETCHUP = "bob@hamburger.edu", "ketchup"
HEAD = b"From: alice@crepes.fr\r\nSubject: attack\r\n\r\n"
WAIT = 20


class Site:
    """A site, served; settings: further lines of packetboat.conf; files: the limit of
    descriptors under which the master starts; inside: the directory that holds it."""

    def __init__(self, settings="", inside=None, files=None, accounts=()):
        self.folder = tempfile.mkdtemp(prefix="packetboat-attack-", dir=inside)
        self.directory = os.path.join(self.folder, "site")
        self.files, self.process = files, None
        self.base = base = free_base()
        self.smtp, self.pop3, self.pop3s = base + 25, base + 110, base + 995
        self.submission, self.submissions = base + 587, base + 465
        self.lmtp = os.path.join(self.directory, "lmtp")
        os.mkdir(self.directory, 0o700)
        with open(os.path.join(self.directory, "packetboat.conf"), "w") as f:
            f.write(f"hostname = {HOST}\nplaintext_login = loopback\n"
                    f"listen smtp {{ address = 127.0.0.1  port = {self.smtp} }}\n"
                    f"listen submission {{ address = 127.0.0.1  port = {self.submission} }}\n"
                    f"listen submissions {{ address = 127.0.0.1  port = {self.submissions} }}\n"
                    f"listen lmtp {{ path = lmtp }}\n"
                    f"listen pop3 {{ address = 127.0.0.1  port = {self.pop3} }}\n"
                    f"listen pop3s {{ address = 127.0.0.1  port = {self.pop3s} }}\n"
                    f"journal_segment = 1M\nmx_copies = 1\n{settings}\n")
        # Not by init: the journal is made with the first account, and is to be small.
        for address in (BOB, *accounts):
            self.command("account", "add", address, said=KETCHUP + "\n")

    def command(self, *words, said=""):
        done = subprocess.run([BINARY, *words, "--dir", self.directory], input=said,
                              capture_output=True, text=True, timeout=30)
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stderr}")
        return done.stdout

    def start(self):
        def limit():
            if self.files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))

        self.log = open(os.path.join(self.folder, "serve.log"), "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--dir", self.directory], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, preexec_fn=limit)
        if not self.process.stdout.readline().startswith(b"packetboat: "):
            self.stop()
            raise RuntimeError("the site did not start:\n" + self.said()[-2000:])
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(WAIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        code = self.process.returncode if self.process else None
        if self.process:
            self.process.stdout.close()
            self.log.close()
        self.process = None
        return code

    def said(self):
        with open(os.path.join(self.folder, "serve.log"), errors="replace") as f:
            return f.read()

    def roles(self):
        return role_pids(self.process.pid)

    def signal(self, role, number):
        os.kill(self.roles()[role], number)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Frozen:
    """The role is stopped (SIGSTOP) while the block runs."""

    def __init__(self, site, role):
        self.pid = site.roles()[role]

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        while is_alive(self.pid) and any(t != "T" for t in self.threads()):
            time.sleep(0.001)

    def threads(self):
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{thread}/stat") as f:
                yield f.read().rsplit(")", 1)[1].split()[0]

    def __exit__(self, *_):
        if is_alive(self.pid):
            os.kill(self.pid, signal.SIGCONT)


class Peer:
    """One connection.  Replies are bytes; b"" means that the server has closed."""

    def __init__(self, port, greeting=True, seconds=WAIT, source=None):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds,
                                               source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply() if greeting else b""

    def say(self, octets):
        """False: the server has closed."""
        try:
            self.socket.sendall(octets)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def start_tls(self):
        """Shakes hands; False: the server would not."""
        try:
            self.socket = ssl._create_unverified_context().wrap_socket(self.socket)
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
            return False
        self.file = self.socket.makefile("rb")
        return True

    def line(self):
        try:
            return self.file.readline()
        except ConnectionResetError:
            return b""

    def reply(self):
        """An SMTP reply, all of its lines; a POP3 status line."""
        whole = line = self.line()
        while line[3:4] == b"-" and line[:3].isdigit():
            line = self.line()
            whole += line
        return whole

    def ask(self, octets):
        """Says a line, returns the reply."""
        self.say(octets + b"\r\n")
        return self.reply()

    def many(self):
        """The rest of a POP3 multi-line response, dots undone."""
        lines = []
        while (line := self.line()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def rest(self):
        try:
            return self.file.read()
        except ConnectionResetError:
            return b""

    def is_closed(self):
        return self.rest() == b""

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Smtp(Peer):
    """In the clear, or with STARTTLS first."""

    secure = False

    def __init__(self, port, hello=b"EHLO crepes.fr", **more):
        super().__init__(port, **more)
        if self.secure:
            self.ask(b"EHLO crepes.fr")
            if not (self.ask(b"STARTTLS").startswith(b"220") and self.start_tls()):
                raise RuntimeError("no TLS")
        if hello:
            self.hello = self.ask(hello)

    def open_data(self, recipient=BOB):
        """As far as DATA; the reply to it, or the first that was none of success."""
        for line in (b"MAIL FROM:<alice@crepes.fr>", b"RCPT TO:<%s>" % recipient.encode(),
                     b"DATA"):
            reply = self.ask(line)
            if reply[:1] not in (b"2", b"3"):
                break
        return reply

    def send(self, octets, recipient=BOB):
        """One message; octets as they go over the wire, without the final dot."""
        reply = self.open_data(recipient)
        return self.ask(octets + b".") if reply.startswith(b"354") else reply


class Pop3(Peer):
    def login(self, name=BOB, password=KETCHUP):
        self.ask(b"USER " + name.encode())
        return self.ask(b"PASS " + password.encode())

    def retrieve(self, number):
        if self.ask(b"RETR %d" % number)[:3] != b"+OK":
            return None
        return self.many()


def count(site, name=BOB):
    """How many messages are there; None: cannot be told."""
    with Pop3(site.pop3) as pop:
        if pop.login(name)[:3] != b"+OK":
            return None
        number = int(pop.ask(b"STAT").split()[1])
        pop.ask(b"QUIT")
        return number


def stored(site, name=BOB, remove=False):
    """Every message of the maildrop."""
    with Pop3(site.pop3) as pop:
        pop.login(name)
        number = int(pop.ask(b"STAT").split()[1])
        messages = [pop.retrieve(i + 1) for i in range(number)]
        for i in range(number if remove else 0):
            pop.ask(b"DELE %d" % (i + 1))
        pop.ask(b"QUIT")
    return messages


def empty(site, name=BOB):
    with Pop3(site.pop3) as pop:
        pop.login(name)
        number = int(pop.ask(b"STAT").split()[1])
        pop.say(b"".join(b"DELE %d\r\n" % (i + 1) for i in range(number)) + b"QUIT\r\n")
        pop.rest()


def hand_in(site, text=b"honest\r\n", seconds=WAIT):
    """True: the server has taken a message over."""
    try:
        with Smtp(site.smtp, seconds=seconds) as smtp:
            return smtp.send(HEAD + text).startswith(b"250")
    except OSError:
        return False


def memory(pid):
    """Of one process, in octets: what no other has, without shared memory."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return 1024 * int(re.search(r"^Pss_Anon:\s+(\d+)", f.read(), re.M).group(1))


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(condition, seconds=WAIT):
    """How long it took, or None."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.01)
    return None


class Rows:
    """Plays rows of the attack table; each is a function of the site that yields
    (what, whether it was so, what was found)."""

    def __init__(self, score, site):
        self.score, self.site = score, site

    def play(self, name, row, *more):
        before, begin, number = self.site.roles(), time.monotonic(), 0
        try:
            for what, ok, *found in row(self.site, *more):
                self.score.check(f"{name} {what}", ok, ", ".join(map(repr, found)))
                number += 1
        except (OSError, ValueError, IndexError) as error:
            self.score.check(f"{name} was played to its end", False, repr(error))
        self.score.check(f"{name} has assertions", number > 0)
        after = self.site.roles()
        self.score.check(f"{name} ended no process", after == before, (before, after))
        self.score.check(f"{name} left the server well", hand_in(self.site, seconds=5) and
                         count(self.site) is not None, self.site.said()[-500:])
        took = time.monotonic() - begin
        if took > 1:
            print(f"  {name}: {took:.1f} s", flush=True)
