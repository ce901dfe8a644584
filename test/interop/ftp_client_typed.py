#!/usr/bin/env python3
"""Our FTP client at a terminal: prompts, completion, history, Ctrl-C, progress, passwords."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import BINARY, Score  # noqa: E402
from ftp_client import Client, fill, read  # noqa: E402
from ftp_servers import Pyftpdlib  # noqa: E402

WIDE = 60


def plain(octets):
    """Without what moves the cursor: libedit writes only what is new of a line."""
    return re.sub(r"\r\x1b\[\d*G|\x1b\[[0-9;]*[A-Z]", "", octets.decode(errors="replace"))


class Terminal:
    """packetboat ftp on a pseudo-terminal, WIDE columns wide."""

    def __init__(self, client, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(client.here)
            environment = {"PATH": os.environ["PATH"], "HOME": client.home,
                           "TERM": "xterm", "LC_ALL": "C.UTF-8"}
            os.execve(BINARY, [BINARY, "ftp", *arguments], environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDE, 0, 0))
        self.all = b""

    def read_until(self, *wanted, seconds=10):
        """What came up to and with one of these; "" when none came."""
        said, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    octets = os.read(self.fd, 65536)
                except OSError:
                    break
                said += octets
                self.all += octets
            text = plain(said)
            if any(w in text for w in wanted):
                return text
        return ""

    def prompt(self, seconds=10):
        """Waits until it asks; what came before that."""
        said, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.fd], [], [], 0.1)[0]:
                if re.search(r"> $", plain(self.all)):
                    break
                continue
            octets = os.read(self.fd, 65536)
            said += octets
            self.all += octets
        return plain(said)

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, seconds=10):
        """Its exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.all += os.read(self.fd, 65536)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        return None


def edits(score, client):
    t = Terminal(client, client.server.url())
    score.check("a prompt", t.read_until("127.0.0.1> "), t.all)
    t.type("pwd\n")
    score.check("a command", "/" in t.read_until("\n/"), t.all)
    t.type("ca\t")
    score.check("Tab completes a command", t.read_until("cat "), t.all)
    t.type("a.t\t")
    score.check("Tab completes a name there", t.read_until("a.txt "), t.all)
    t.type("\n")
    score.check("... which is shown", t.read_until("hello"), t.all)
    t.type("ls d/w\t")
    t.type("\t")
    both = t.read_until("wild", seconds=5)
    score.check("Tab twice lists what there is", "w*ld" in both, t.all)
    t.type("i\t\n")
    score.check("... and goes on", t.read_until("d/wild"), t.all)
    t.type("cd d/e\n")
    t.prompt()
    t.type("cat y\t\n")
    score.check("a blank is quoted", t.read_until("y\\ z"), t.all)
    t.type("\x1b[A\x1b[A\n")  # up, up
    score.check("the history", t.read_until("cd d/e", "d/e: "), t.all)
    t.type("user bob\n")
    t.read_until("Password")
    t.type("ketchup\n")
    t.prompt()
    t.type("quit\n")
    score.check("quit ends it", t.end() == 0, t.all)
    score.check("no password is shown", b"ketchup" not in t.all, t.all)
    kept = read(client.home, ".local/state/packetboat/ftp-history") or b""
    score.check("the history is kept", b"cat" in kept and b"user" not in kept, kept)
    t = Terminal(client, client.server.url())
    t.prompt()
    t.type("\x1b[A\x1b[A\n")
    score.check("... and read again", t.read_until("cd d/e", "y\\ z"), t.all)
    t.prompt()
    t.type("\x04")
    score.check("Ctrl-D ends it", t.end() is not None, t.all)


def drawn_lines(octets):
    """The lines of progress, as they were drawn one after the other."""
    parts = re.split(r"\r\x1b\[J|\n", octets.decode(errors="replace"))
    return [p for p in parts if "/s " in p and "%" in p]


def is_interrupted(score, client):
    t = Terminal(client, client.server.url())
    t.prompt()

    t.type("get big.bin\n")
    shown = t.read_until("%")
    score.check("progress is drawn", shown, t.all)
    t.type("\x03")
    score.check("Ctrl-C ends the transfer, and asks again",
                "interrupted" in t.prompt(seconds=3), t.all)
    lines = drawn_lines(t.all)
    score.check("a line is never wider than the terminal", lines and
                max(map(len, lines)) < WIDE, lines)
    t.type("pwd\n")
    score.check("the connection serves on", t.read_until("\n/\r\n"), t.all)
    t.prompt()
    t.type("nonsense\x03")
    t.prompt()
    t.type("ls -1 a*\n")
    score.check("Ctrl-C takes back what is typed", t.read_until("a.txt") and
                b"no command" not in t.all, t.all)
    t.prompt()
    t.type("\x03")
    t.prompt()
    t.type("\x03")
    score.check("Ctrl-C twice leaves", t.end() == 130, t.all)
    t = Terminal(client, "-c", "get big.bin; pwd", client.server.url())
    t.read_until("%")
    t.type("\x03")
    score.check("a script ends with 130", t.end() == 130 and b"\n/\r" not in t.all, t.all)
    size = os.path.getsize(os.path.join(client.here, "big.bin"))
    score.check("what has come is kept for -c", 0 < size < 2000000, size)
    t = Terminal(client, "-q", "-c", "get -c big.bin", client.server.url())
    time.sleep(1)
    t.type("\x03")
    score.check("-q draws nothing", t.end() == 130 and b"%" not in t.all, t.all)


def trusts(score, client):
    """A certificate that nobody vouches for: a person decides, once."""
    url = client.server.url("", "ftpes")
    t = Terminal(client, url)
    asked = t.read_until("[y/N]")
    score.check("a fingerprint is shown", "SHA256:" in asked, t.all)
    t.type("n\n")
    t.prompt()
    score.check("no is no", b"ftp> " in t.all and b"TLS1" not in t.all, t.all)
    t.type(f"open {url}\n")
    t.read_until("[y/N]")
    t.type("y\n")
    t.prompt()
    score.check("yes is yes", b"TLS1." in t.all, t.all)
    t.type("quit\n")
    t.end()
    r = client.run("-c", "cat a.txt", url)
    score.check("it is known from then on", r.stdout == "hello\n", r)


def main():
    score = Score()
    home = tempfile.mkdtemp(prefix="packetboat-ftp-home-")
    fill(home)
    with Pyftpdlib(home, tls=False) as server:
        client = Client(server)
        edits(score, client)
        client.close()
    with Pyftpdlib(home) as server:
        client = Client(server)
        trusts(score, client)
        client.close()
    with Pyftpdlib(home, tls=False, rate=50000) as server:
        client = Client(server)
        is_interrupted(score, client)
        client.close()
    shutil.rmtree(home)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
