#!/usr/bin/env python3
"""SCRAM-SHA-256-PLUS over real TLS: the three kinds of channel binding, and who is in
between (A14).  tls-exporter is openssl s_client's and gsasl's, tls-unique is Python's."""
import base64
import hashlib
import hmac
import os
import re
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402
from peer import BOB, KETCHUP, Pop3, Rows, Site  # noqa: E402

REFUSED = b"-ERR [AUTH] wrong name or password\r\n"
PLUS, PLAIN = "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"


def mac(key, text):
    return hmac.new(key, text, "sha256").digest()


def login(peer, mechanism, header, binding=b"", name=BOB, password=KETCHUP):
    """The server's last line."""
    bare = b"n=%s,r=%s" % (name.encode(), base64.b64encode(os.urandom(12)))
    reply = peer.ask(b"AUTH %s %s" % (mechanism.encode(), base64.b64encode(header + bare)))
    if not reply.startswith(b"+ "):
        return reply
    said = base64.b64decode(reply[2:])
    parts = dict(part.split(b"=", 1) for part in said.split(b","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts[b"s"]),
                                 int(parts[b"i"]))
    without = b"c=%s,r=%s" % (base64.b64encode(header + binding), parts[b"r"])
    key = mac(salted, b"Client Key")
    proof = mac(hashlib.sha256(key).digest(), b",".join((bare, said, without)))
    proof = bytes(a ^ b for a, b in zip(key, proof))
    reply = peer.ask(base64.b64encode(without + b",p=" + base64.b64encode(proof)))
    if not reply.startswith(b"+ "):
        return reply
    wanted = mac(mac(salted, b"Server Key"), b",".join((bare, said, without)))
    if base64.b64decode(reply[2:]) != b"v=" + base64.b64encode(wanted):
        return b"the server does not know the password"
    return peer.ask(b"")


class Tls(Pop3):
    """At port 995, or behind STLS."""

    def __init__(self, site, version=None, stls=False):
        super().__init__(site.pop3 if stls else site.pop3s, greeting=stls)
        context = ssl._create_unverified_context()
        if version:
            context.maximum_version = version
        if stls:
            self.ask(b"STLS")
        self.file.close()
        self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        if not stls:
            self.greeting = self.reply()

    def unique(self):
        return self.socket.get_channel_binding("tls-unique")

    def end_point(self):
        """RFC 5929 §4.1; our own certificates are signed with SHA-256."""
        return hashlib.sha256(self.socket.getpeercert(binary_form=True)).digest()


class Exporter:
    """openssl s_client, which knows RFC 9266's keying material."""

    def __init__(self, site):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{site.pop3s}", "-ign_eof",
             "-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.material = None
        while not (line := self.process.stdout.readline()).startswith(b"+OK"):
            found = re.match(rb"\s*Keying material: ([0-9A-F]+)", line)
            if found:
                self.material = bytes.fromhex(found[1].decode())
            if not line:
                raise ValueError("s_client ended")

    def ask(self, line):
        self.process.stdin.write(line + b"\r\n")
        self.process.stdin.flush()
        while (reply := self.process.stdout.readline()):
            if reply[:1] in b"+-" and not reply.startswith(b"---"):
                return reply
        return b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def bindings(site):
    for stls in (False, True):
        where = "behind STLS" if stls else "at port 995"
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with Tls(site, version, stls) as pop:
                reply = login(pop, PLUS, b"p=tls-server-end-point,,", pop.end_point())
                yield f"{where}: tls-server-end-point, {version.name}", \
                    reply.startswith(b"+OK"), reply
        with Tls(site, ssl.TLSVersion.TLSv1_2, stls) as pop:
            reply = login(pop, PLUS, b"p=tls-unique,,", pop.unique())
            yield f"{where}: tls-unique", reply.startswith(b"+OK"), reply
    with Exporter(site) as pop:
        reply = login(pop, PLUS, b"p=tls-exporter,,", pop.material)
        yield "tls-exporter", reply.startswith(b"+OK"), reply


def others(site):
    """What somebody in between would have: another channel's octets, or none."""
    with Exporter(site) as one, Exporter(site) as other:
        yield "each connection has its own", one.material != other.material
        reply = login(other, PLUS, b"p=tls-exporter,,", one.material)
        yield "another connection's", reply == REFUSED, reply
    with Tls(site, ssl.TLSVersion.TLSv1_2) as one, \
            Tls(site, ssl.TLSVersion.TLSv1_2) as other:
        reply = login(other, PLUS, b"p=tls-unique,,", one.unique())
        yield "another handshake's", reply == REFUSED, reply
        reply = login(one, PLUS, b"p=tls-exporter,,", one.unique())
        yield "octets of another kind", reply == REFUSED, reply
    with Tls(site) as pop:
        yield "none", login(pop, PLUS, b"p=tls-server-end-point,,") == REFUSED
        yield "cut", login(pop, PLUS, b"p=tls-server-end-point,,",
                           pop.end_point()[:-1]) == REFUSED
    with Tls(site) as pop:
        yield "tls-unique in TLS 1.3", login(pop, PLUS, b"p=tls-unique,,", b"x") == REFUSED
        yield "a kind that there is not", login(pop, PLUS, b"p=tls-x,,", b"x") == REFUSED


def downgrade(site):
    with Tls(site) as pop:
        reply = login(pop, PLAIN, b"y,,")
        yield "y, where -PLUS was offered", reply == REFUSED, reply
        reply = login(pop, PLUS, b"y,,")
        yield "y for -PLUS itself", reply == REFUSED, reply
    with Tls(site) as pop:
        reply = login(pop, PLUS, b"n,,")
        yield "n for -PLUS", reply == REFUSED, reply
        reply = login(pop, PLAIN, b"p=tls-server-end-point,,", pop.end_point())
        yield "p without -PLUS", reply == REFUSED, reply
    with Tls(site) as pop:
        reply = login(pop, PLAIN, b"n,,")
        yield "n, who knows of none", reply.startswith(b"+OK"), reply
    with Pop3(site.pop3) as pop:
        reply = login(pop, PLUS, b"p=tls-server-end-point,,", b"x" * 32)
        yield "-PLUS without TLS", reply == b"-ERR no login without encryption here\r\n", reply
        reply = login(pop, PLAIN, b"y,,")
        yield "y without TLS", reply.startswith(b"+OK"), reply


def gsasl(score):
    """GNU SASL at the submission port: it takes tls-exporter of TLS 1.3 by itself."""
    with Demo() as demo:
        for mechanism, options, ok in ((PLUS, [], True), (PLAIN, ["--no-cb"], True),
                                       (PLAIN, ["--no-starttls"], True),
                                       ("PLAIN", [], True), ("LOGIN", [], True),
                                       (PLUS, ["-p", "mustard"], False),
                                       (PLUS, ["--no-starttls"], False)):
            done = subprocess.run(
                ["gsasl", "--smtp", "--x509-ca-file=", "-d", "-m", mechanism, "-a", ADDRESS,
                 "-p", PASSWORD, *options, "127.0.0.1", str(demo.site["submission"])],
                input="", capture_output=True, text=True, timeout=30)
            score.check(f"gsasl {mechanism} {options}",
                        ("235 2.7.0 " in done.stdout) == ok and
                        (done.returncode == 0) == ok, done.stdout + done.stderr[-300:])


def main():
    score = Score()
    gsasl(score)
    with Site() as site:
        rows = Rows(score, site)
        rows.play("RFC 5929, RFC 9266", bindings)
        rows.play("A14 channels", others)
        rows.play("A14 downgrade", downgrade)
    sys.exit(score.end())


main()
