#!/usr/bin/env python3
"""F15: our FTP client, whole, against a server that is up to no good: whatever it lists,
nothing is written outside the directory that is to be filled, no terminal is steered, and
nobody waits for ever."""
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import BINARY, Score  # noqa: E402
from ftp_client import Client, tree  # noqa: E402

NAMES = (b"../up", b"../../upper", b"/tmp/packetboat-f15", b"..", b".", b"a/b", b"a\x1b[2Jb",
         b"\xc2\x9b31m", b"a\x00b", b"~/home", b"x" * 300, b"..\\back", b"a\x7fb", b"", b"twice", b"twice")
FACTS = (b"type=file;size=5;", b"type=file;size=99999999999999999999;", b"type=dir;",
         b"type=cdir;size=5;", b"type=pdir;", b"Type=OS.unix=slink:/etc;", b"size=-1;",
         b"type=file;modify=99999999999999;size=5;", b"")


class Hostile(socketserver.StreamRequestHandler):
    """One control connection.  `mode` of the server says which trick is played."""

    disable_nagle_algorithm = True

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def passive(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.say(b"229 it is (|||%d|)" % self.listener.getsockname()[1])

    def send(self, parts):
        self.say(b"150 here it comes")
        data, _ = self.listener.accept()
        try:
            for part in parts:
                data.sendall(part)
        except OSError:
            pass
        data.close()
        self.listener.close()
        self.say(b"226 done")

    def listing(self, path):
        if self.server.mode == "endless":
            while True:
                yield b"".join(b"type=file;size=1; n%d\r\n" % n for n in range(1000))
        if self.server.mode == "deep" and len(path) < 1000:
            yield b"type=dir; deeper\r\ntype=file;size=5; f\r\n"
        elif self.server.mode == "names" and not path:
            for facts in FACTS:
                yield b"".join(facts + b" " + name + b"\r\n" for name in NAMES)
            yield b"type=file;size=5; good\r\n"

    def handle(self):
        self.say(b"220 come in")
        try:
            for line in self.rfile:
                verb, _, rest = line.rstrip(b"\r\n").partition(b" ")
                if self.answer(verb.upper(), rest):
                    return
        except OSError:
            pass  # it has gone: so much the better for it

    def answer(self, verb, rest):
        if verb == b"EPSV":
            self.passive()
        elif verb == b"MLSD":
            self.send(self.listing(rest))
        elif verb == b"RETR":
            self.send([b"owned"])
        elif verb == b"FEAT":
            self.say(b"211-\r\n MLST type*;size*;modify*;\r\n EPSV\r\n211 end")
        elif verb == b"PWD":
            self.say(b'257 "/" is it')
        elif verb == b"QUIT":
            self.say(b"221 bye")
            return True
        elif verb == b"MLST":
            self.say(b"502 \x1b[31mno such thing")
        else:
            self.say(b"331 go on" if verb == b"USER" else b"230 as you like")
        return False


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Hostile)
        self.mode, self.port = "names", self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path=""):
        return f"ftp://bob:ketchup@127.0.0.1:{self.port}/{path}"


def stays_inside(score, client, outside, commands):
    client.afresh()
    r = client.do(commands, "--timeout", "5")
    name = f"F15 {commands}"
    score.check(f"{name}: an exit code", r.returncode in (0, 1), r)
    inside = tree(client.here)
    score.check(f"{name}: nothing stands outside", tree(client.folder).keys() ==
                outside | {os.path.join("here", n) for n in inside} and
                not os.path.exists("/tmp/packetboat-f15"), sorted(tree(client.folder)))
    score.check(f"{name}: no name steers a terminal", all(
        n.isprintable() and len(n) < 256 for n in os.listdir(client.here)), inside.keys())
    score.check(f"{name}: nor does what is said", "\x1b" not in r.stderr and
                "\x9b" not in r.stderr, r.stderr)
    return inside


def is_interrupted(score, client, server):
    server.mode = "endless"
    process = subprocess.Popen([BINARY, "ftp", "-c", "ls", server.url()],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               cwd=client.here)
    time.sleep(1)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        code = process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    seconds = time.monotonic() - start
    score.check("F15 Ctrl-C ends a list without end", code in (1, 130) and seconds < 3,
                (code, seconds))


def main():
    score = Score()
    server = Server()
    client = Client(server)
    outside = {n for n in tree(client.folder)}
    for commands in ("ls; nlist", "mirror", "mirror -P 3", "mget *", "get ../up", "get /a/../..",
                     "mirror ..", "mirror /tmp/..", "get good"):
        inside = stays_inside(score, client, outside, commands)
        if commands in ("mirror", "mget *", "get good"):
            score.check(f"F15 {commands}: what is a name comes", b"owned" in inside.values(),
                        inside)
    server.mode = "deep"
    inside = stays_inside(score, client, outside, "mirror")
    is_interrupted(score, client, server)
    server.shutdown()
    client.close()
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
