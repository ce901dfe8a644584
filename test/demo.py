"""Starts `packetboat demo` in a directory of its own and stops it again.

    with Demo() as demo:
        demo.site["smtp"], demo.site["pop3"]   the ports, as DIR/ready.json names them

The base port is chosen so that nobody listens on what the demo will bind.
"""
import json
import os
import pathlib
import poplib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
BINARY = os.environ.get("PACKETBOAT", os.path.join(BUILD, "packetboat"))
SITE = "hamburger.edu"
ADDRESS, PASSWORD = "bob@hamburger.edu", "ketchup"


class Base(int):
    """What is added to a standard port.  Its ports are this one's while it lives: a lock
    says so to other tests, on a name that goes with the process."""


# Not the demo's own ports, and not those that connections get.
BASES = [*range(11100, 31000, 1100), *range(61000, 64000, 1100)]
PORTS = (21, 25, 110, 143, 465, 587, 990, 993, 995, 1000, 1099)


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_base(seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for number in random.sample(BASES, len(BASES)):
            lock = socket.socket(socket.AF_UNIX)
            try:
                lock.bind(f"\0packetboat-test-{number}")
            except OSError:
                lock.close()
                continue
            if all(is_free(number + port) for port in PORTS):
                base = Base(number)
                base.lock = lock
                return base
            lock.close()
        time.sleep(0.1)
    raise RuntimeError("no free ports")


def as_nobody(*paths):
    """Words before a command that make root run it as an ordinary user.  Where what it
    reads lies in a directory that is closed to others, with the right to look, in access()
    too; "/" itself is, where the whole system stands in somebody's private directory."""
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    above = {parent for path in ("/usr", *paths)
             for parent in pathlib.Path(os.path.abspath(path)).parents}
    if not all(parent.stat().st_mode & 0o001 for parent in above):
        words += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
                  "--securebits=+no_setuid_fixup"]
    return words


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def role_pids(master):
    """{"mx 0": pid, ...} of the roles that this master runs."""
    roles = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
            if parent != master:
                continue
            with open(f"/proc/{entry}/cmdline", "rb") as f:
                title = f.read().split(b"\0")[0].decode()
        except (OSError, ValueError):
            continue
        if title.startswith("packetboat: "):
            roles[title[len("packetboat: "):]] = int(entry)
    return roles


class Demo:
    def __init__(self, directory=None, binary=BINARY, keep=False, log=None, settings=None):
        self.own = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="packetboat-demo-")
        self.binary, self.keep = binary, keep
        self.log_path = log or os.path.join(self.directory, "demo.log")
        self.base = free_base()
        self.settings = settings  # lines for its configuration
        self.process = None

    def start(self, seconds=20):
        self.begin(seconds)
        if self.settings:
            self.stop()
            with open(os.path.join(self.directory, SITE, "packetboat.conf"), "a") as f:
                f.write(self.settings + "\n")
            self.settings = None
            self.begin(seconds)
        return self

    def begin(self, seconds):
        ready = os.path.join(self.directory, "ready.json")
        if os.path.exists(ready):
            os.unlink(ready)
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen(
                [self.binary, "demo", "--dir", self.directory, "--base", str(self.base)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with open(ready) as f:
                    self.site = json.load(f)[SITE]
                if os.path.exists(f"/proc/{self.site['pid']}"):
                    return
            except (OSError, ValueError, KeyError):
                pass
            time.sleep(0.01)
        code = self.stop()
        with open(self.log_path) as f:
            raise RuntimeError(f"the demo did not start ({code}):\n" + f.read()[-2000:])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        code = self.process.returncode if self.process else None
        self.process = None
        return code

    def kill(self):
        """As a power cut does it: no process gets to say a word."""
        try:
            os.kill(self.site["pid"], signal.SIGKILL)
        except ProcessLookupError:
            pass  # it gave up by itself: its disk has gone
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process = None
        while is_alive(self.site["pid"]):
            time.sleep(0.002)

    def roles(self):
        return role_pids(self.site["pid"])

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        if self.own and not self.keep:
            shutil.rmtree(self.directory, ignore_errors=True)


def stored(demo):
    """The messages in bob's INBOX, by POP3."""
    pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
    pop.user(ADDRESS)
    pop.pass_(PASSWORD)
    texts = [b"".join(line + b"\r\n" for line in pop.retr(i + 1)[1])
             for i in range(pop.stat()[0])]
    pop.quit()
    return texts


class Score:
    """Counts what passed and failed; the last line is the runner's."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {name}" + (f": {detail}" if detail else ""), flush=True)
        return ok

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped: {name}: {why}", flush=True)

    def end(self):
        line = f"{self.passed} passed, {self.failed} failed"
        print(line + (f", {self.skipped} skipped" if self.skipped else ""), flush=True)
        return 1 if self.failed or not self.passed else 0


class Administered:
    """A demo's site, and the commands that change it while it runs."""

    def __init__(self, score, demo):
        self.score, self.demo = score, demo
        self.place = os.path.join(demo.directory, SITE)

    def run(self, what, *arguments, wanted=0, words="", said=""):
        r = subprocess.run([BINARY, *arguments, "--dir", self.place], input=said,
                           capture_output=True, text=True, timeout=30)
        where = r.stderr if wanted else r.stdout + r.stderr
        self.score.check(what, r.returncode == wanted and words in where,
                         f"{arguments[:4]}: exit {r.returncode}, {r.stdout!r}, {r.stderr!r}, "
                         f"wanted {words!r}")
        return r.stdout
