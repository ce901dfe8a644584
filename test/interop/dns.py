#!/usr/bin/env python3
"""Role dns, as `packetboat lookup` sees it: the site's own records, a signed zone of NSD on
loopback, a server that lies, one that is silent, and none."""
import glob
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import BINARY, Score, free_base  # noqa: E402

ZONE = """$ORIGIN hamburger.edu.
$TTL 60
@ SOA ns root 1 60 60 60 60
@ NS ns
ns A 127.0.0.1
@ MX 10 mail
@ MX 20 mail.crepes.fr.
mail A 127.0.0.1
mail AAAA ::1
www CNAME mail
@ TXT "v=spf1 " "mx -all"
odd PTR a\\ b.example.
_25._tcp.mail TLSA 3 1 1 {tlsa}
"""
TLSA = "0123456789ABCDEF" * 4


class Nsd:
    def __init__(self, folder):
        self.folder, self.base = folder, free_base()
        self.port = self.base + 53
        # A text that no datagram holds, so that TCP is needed.
        large = "".join(f'big TXT "{i:03}{"x" * 200}"\n' for i in range(20))
        many = "".join(f"many A 192.0.2.{i}\n" for i in range(65))
        with open(os.path.join(folder, "zone"), "w") as f:
            f.write(ZONE.format(tlsa=TLSA) + large + many)
        self.key = self.run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256",
                            "hamburger.edu").strip()
        self.run("ldns-signzone", "-n", "-f", "signed", "zone", self.key)
        with open(os.path.join(folder, "nsd.conf"), "w") as f:
            f.write(f"""server:
 ip-address: 127.0.0.1@{self.port}
 username: ""
 zonesdir: {folder}
 database: ""
 pidfile: {folder}/pid
 xfrdfile: ""
 zonelistfile: {folder}/zones
 server-count: 1
remote-control:
 control-enable: no
zone:
 name: hamburger.edu
 zonefile: signed
""")
        with open(os.path.join(folder, "nsd.log"), "w") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/nsd", "-d", "-c", os.path.join(folder, "nsd.conf")],
                stdout=log, stderr=log)

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, check=True, timeout=60,
                              capture_output=True, text=True).stdout

    def anchor(self):
        with open(glob.glob(os.path.join(self.folder, "*.ds"))[0]) as f:
            return " ".join(f.read().split())

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


class Server:
    """A site with that section dns, while the block runs."""

    def __init__(self, section):
        self.folder = tempfile.TemporaryDirectory()
        self.site = os.path.join(self.folder.name, "site")
        subprocess.run([BINARY, "init", "mail.example.org", "you@example.org", "--dir",
                        self.site], input="ketchup\n", text=True, check=True,
                       capture_output=True, timeout=60)
        with open(os.path.join(self.site, "packetboat.conf"), "w") as f:
            f.write(f"hostname = mail.example.org\n{section}\n")

    def __enter__(self):
        self.log = os.path.join(self.folder.name, "said")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([BINARY, "serve", "--dir", self.site],
                                            stdout=log, stderr=log)
        until = time.monotonic() + 30
        while "ready in" not in self.said() and time.monotonic() < until:
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.folder.cleanup()

    def said(self):
        with open(self.log) as f:
            return f.read()

    def lookup(self, *words):
        """(exit code, the lines)"""
        r = subprocess.run([BINARY, "lookup", *words, "--dir", self.site],
                           capture_output=True, text=True, timeout=60)
        return r.returncode, (r.stdout + r.stderr).splitlines()


def expect(score, server, words, lines, code=0):
    got = server.lookup(*words.split())
    score.check(f"lookup {words}", got == (code, lines), f"{got}")


def own_records(score):
    with Server("""dns {
    resolve = no
    record = "hamburger.edu. MX 10 mail.hamburger.edu."
    record = "www.hamburger.edu CNAME mail.hamburger.edu"
    record = "mail.hamburger.edu A 127.0.0.1"
    record = 'insecure crepes.fr. IN TXT "v=spf1 " "mx -all"'
    record = "a.loop CNAME b.loop"
    record = "b.loop CNAME a.loop"
}""") as s:
        expect(score, s, "hamburger.edu",
               ["hamburger.edu. MX: found, validated", "10 mail.hamburger.edu."])
        expect(score, s, "www.hamburger.edu. a",
               ["mail.hamburger.edu. A: found, validated", "127.0.0.1"])
        expect(score, s, "crepes.fr TXT", ["crepes.fr. TXT: found", '"v=spf1 mx -all"'])
        expect(score, s, "crepes.fr A", ["crepes.fr. A: the name has no such record"], 1)
        expect(score, s, "nobody.example A",
               ["nobody.example. A: there is no such name, validated"], 1)
        code, lines = s.lookup("a.loop", "A")
        score.check("a circle of CNAMEs ends", code == 1 and
                    "more than 8 CNAMEs in a row" in lines[0], lines)
        conf = os.path.join(s.site, "packetboat.conf")
        with open(conf) as f:
            text = f.read()
        with open(conf, "w") as f:
            f.write(text.replace("MX 10", "MX 5"))
        subprocess.run([BINARY, "reload", "--dir", s.site], capture_output=True,
                       check=True, timeout=60)
        until = time.monotonic() + 20
        while "5 mail.hamburger.edu." not in s.lookup("hamburger.edu")[1] and \
                time.monotonic() < until:
            time.sleep(0.1)
        expect(score, s, "hamburger.edu",
               ["hamburger.edu. MX: found, validated", "5 mail.hamburger.edu."])


def signed_zone(score, nsd):
    with Server(f"""dns {{ seconds = 5 forward = "127.0.0.1@{nsd.port}"
    trust_anchor = "{nsd.anchor()}"
    record = "insecure here.example CNAME mail.hamburger.edu"
    record = "there.example CNAME mail.hamburger.edu"
}}""") as s:
        code, lines = s.lookup("hamburger.edu", "MX")
        score.check("MX of NSD's", (code, lines[0], sorted(lines[1:])) == (
            0, "hamburger.edu. MX: found, validated",
            ["10 mail.hamburger.edu.", "20 mail.crepes.fr."]), lines)
        expect(score, s, "www.hamburger.edu A",
               ["mail.hamburger.edu. A: found, validated", "127.0.0.1"])
        expect(score, s, "mail.hamburger.edu AAAA",
               ["mail.hamburger.edu. AAAA: found, validated", "::1"])
        expect(score, s, "hamburger.edu TXT",
               ["hamburger.edu. TXT: found, validated", '"v=spf1 mx -all"'])
        expect(score, s, "_25._tcp.mail.hamburger.edu TLSA",
               ["_25._tcp.mail.hamburger.edu. TLSA: found, validated", f"3 1 1 {TLSA}"])
        expect(score, s, "www.hamburger.edu CNAME",
               ["www.hamburger.edu. CNAME: found, validated", "mail.hamburger.edu."])
        expect(score, s, "hamburger.edu AAAA",
               ["hamburger.edu. AAAA: the name has no such record, validated"], 1)
        expect(score, s, "nobody.hamburger.edu A",
               ["nobody.hamburger.edu. A: there is no such name, validated"], 1)
        expect(score, s, "odd.hamburger.edu PTR",  # its target is no text
               ["odd.hamburger.edu. PTR: the name has no such record, validated"], 1)
        expect(score, s, "many.hamburger.edu A",
               ["many.hamburger.edu. A: the answer is too large"], 1)
        expect(score, s, "here.example A",
               ["mail.hamburger.edu. A: found", "127.0.0.1"])
        expect(score, s, "there.example A",
               ["mail.hamburger.edu. A: found, validated", "127.0.0.1"])
        code, lines = s.lookup("big.hamburger.edu", "TXT")
        score.check("an answer that needs TCP", code == 0 and len(lines) == 21 and
                    lines[0] == "big.hamburger.edu. TXT: found, validated", lines[:2])
        code, lines = s.lookup("crepes.fr", "A")
        score.check("a server that refuses", code == 1 and
                    "its servers say that they failed" in lines[0], lines)


def wrong_keys(score, nsd):
    wrong = re.sub(r"[0-9A-Fa-f]{64}$", "ab" * 32, nsd.anchor())
    with Server(f'dns {{ seconds = 5 forward = "127.0.0.1@{nsd.port}"\n'
                f'trust_anchor = "{wrong}" }}') as s:
        code, lines = s.lookup("hamburger.edu", "MX")
        score.check("signatures of another key are bogus", code == 1 and len(lines) == 1
                    and "DNSSEC says that the answer is false" in lines[0], lines)
    with Server(f'dns {{ seconds = 5 forward = "127.0.0.1@{nsd.port}"\n'
                f'trust_anchor = "example. DS 4711 13 2 {"ab" * 32}" }}') as s:
        code, lines = s.lookup("mail.hamburger.edu", "A")
        score.check("a zone below no known key is not validated",
                    (code, lines) == (0, ["mail.hamburger.edu. A: found", "127.0.0.1"]),
                    lines)


def silence(score):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with Server(f'dns {{ seconds = 1 forward = "127.0.0.1@{silent.getsockname()[1]}"\n'
                    'record = "mail.crepes.fr A 127.0.0.2" }') as s:
            begun = time.monotonic()
            asked = [subprocess.Popen([BINARY, "lookup", f"n{i}.example", "A", "--dir",
                                       s.site], stdout=subprocess.PIPE, text=True)
                     for i in range(8)]
            expect(score, s, "mail.crepes.fr A",
                   ["mail.crepes.fr. A: found, validated", "127.0.0.2"])
            said = [p.communicate(timeout=60)[0] for p in asked]
            score.check("a silent server: no answer in time",
                        all("no answer in time" in line for line in said), said)
            score.check("and soon", time.monotonic() - begun < 20)


def mistakes(score):
    with Server("") as s:
        code, lines = s.lookup("hamburger.edu")
        score.check("no section dns, no role", (code, lines) == (
            1, ["packetboat: packetboat.conf has no section dns"]), lines)
        for words in (["hamburger.edu", "NS"], ["a..b"], [], ["a", "A", "b"]):
            score.check(f"lookup {words}", s.lookup(*words)[0] == 2)


def main():
    score = Score()
    own_records(score)
    with tempfile.TemporaryDirectory() as folder:
        nsd = Nsd(folder)
        try:
            until = time.monotonic() + 20
            while not nsd.is_up() and time.monotonic() < until:
                time.sleep(0.05)
            signed_zone(score, nsd)
            wrong_keys(score, nsd)
        finally:
            nsd.stop()
    silence(score)
    mistakes(score)
    return score.end()


if __name__ == "__main__":
    sys.exit(main())
