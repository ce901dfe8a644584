#!/usr/bin/env python3
"""The attack table's rows about TLS, over TCP: A19 (what no honest client does in a handshake
or behind it), A20 (another protocol's client) and A21 (tickets of another service)."""
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import Score  # noqa: E402
from peer import Peer, Rows, Site, memory, processor_seconds  # noqa: E402

HANDSHAKE, ALERT, DATA = 22, 21, 23


class Raw(Peer):
    """A port under TLS, spoken to in octets."""

    def __init__(self, port):
        super().__init__(port, greeting=False)

    def heard(self):
        """What came, by records: (type, octets); then the end."""
        octets, records = self.rest(), []
        while len(octets) >= 5:
            length = struct.unpack(">H", octets[3:5])[0]
            records.append((octets[0], octets[5:5 + length]))
            octets = octets[5 + length:]
        return records


def record(kind, octets, version=0x0303):
    return struct.pack(">BHH", kind, version, len(octets)) + octets


def extension(number, octets):
    return struct.pack(">HH", number, len(octets)) + octets


def hello(version=0x0303, suites=b"\xc0\x2b\xc0\x2f", more=b"", session=b""):
    extensions = (extension(10, b"\0\x02\0\x17") + extension(13, b"\0\x04\x04\x03\x08\x04") +
                  more)
    body = (struct.pack(">H", version) + b"R" * 32 + bytes([len(session)]) + session +
            struct.pack(">H", len(suites)) + suites + b"\x01\0" +
            struct.pack(">H", len(extensions)) + extensions)
    return b"\x01" + struct.pack(">I", len(body))[1:] + body


def server_name(name):
    entry = b"\0" + struct.pack(">H", len(name)) + name
    return extension(0, struct.pack(">H", len(entry)) + entry)


def answer(site, octets):
    with Raw(site.pop3s) as raw:
        raw.say(octets)
        raw.socket.shutdown(socket.SHUT_WR)
        return raw.heard()


def alert_of(records):
    return records[0][1][1] if records and records[0][0] == ALERT else None


# ---- A19

def hellos(site):
    for what, octets, alert in (
            ("SSL 2.0", b"\x80\x1c\x01\x00\x02\x00\x03\x00\x00\x00\x10\x07\x00\xc0" +
             b"0123456789abcdef", None),
            ("SSL 3.0", record(HANDSHAKE, hello(0x0300), 0x0300), 40),
            ("TLS 1.0", record(HANDSHAKE, hello(0x0301), 0x0301), 70),
            ("TLS 1.1", record(HANDSHAKE, hello(0x0302), 0x0301), 70),
            ("RC4", record(HANDSHAKE, hello(suites=b"\0\x05\0\x04\xc0\x07\xc0\x11")), 40),
            ("export", record(HANDSHAKE, hello(suites=b"\0\x03\0\x06\0\x08")), 40),
            ("RSA key exchange", record(HANDSHAKE, hello(suites=b"\0\x9c\0\x9d\0\x2f")), 40),
            ("CBC", record(HANDSHAKE, hello(suites=b"\xc0\x23\xc0\x27\xc0\x09")), 40),
            ("anonymous", record(HANDSHAKE, hello(suites=b"\xc0\x18\0\x34")), 40),
            ("no suite", record(HANDSHAKE, hello(suites=b"")), 47),
            ("data first", record(DATA, b"USER bob\r\n"), 10),
            ("a record too long", b"\x16\x03\x01\x48\x01" + b"\x01" * 100, 22)):
        records = answer(site, octets)
        yield f"{what}: no session", not any(k in (DATA, HANDSHAKE) for k, _ in records), \
            records
        if alert is not None:
            yield f"{what}: alert {alert}", alert_of(records) == alert, records


def names(site):
    labels = b"a." * 128
    for what, name, good in (("ours", b"hamburger.edu", True), ("another", b"x.org", True),
                             ("255 octets", labels[:255], True), ("NUL", b"a\0b", False),
                             ("256 octets", labels[:256], False), ("IPv4", b"192.0.2.1", True),
                             ("IPv6", b"::1", True), ("control", b"\x1b[2J\r\n", True)):
        records = answer(site, record(HANDSHAKE, hello(more=server_name(name))))
        yield f"server_name, {what}", (bool(records) and records[0][0] == HANDSHAKE) == good, \
            records[:1]
    two = server_name(b"hamburger.edu") + server_name(b"crepes.fr")
    yield "server_name twice", alert_of(answer(site, record(HANDSHAKE, hello(more=two)))), two
    said = site.command("wire", "pop3s")
    yield "none of it reaches a terminal", "\x1b" not in said and "\0" not in said


def slow(site):
    """One octet at a time: the whole handshake has its deadline (2 s here)."""
    begin = time.monotonic()
    with Raw(site.pop3s) as raw:
        octets = record(HANDSHAKE, hello())
        raw.socket.settimeout(0.2)
        for i in range(len(octets)):
            if not raw.say(octets[i:i + 1]):
                break
            time.sleep(0.1)
            if time.monotonic() - begin > 10:
                break
    yield "a slow handshake ends", 1.5 < time.monotonic() - begin < 6
    begin = time.monotonic()
    with Raw(site.pop3s) as raw:
        yield "a silent one, too", raw.is_closed() and time.monotonic() - begin < 5


def huge(site):
    """Records of one octet, and a hello without end."""
    for what, octets in (("one octet a record", record(HANDSHAKE, b"\x01", 0x0301)),
                         ("large records", record(HANDSHAKE, b"\x01" * 16000, 0x0301))):
        with Raw(site.pop3s) as raw:
            raw.say(record(HANDSHAKE, b"\x01\x01\xff\x00", 0x0301))
            said = 0
            before = memory(site.roles()["pop3 0"])
            while said < 1 << 20 and raw.say(octets * (1 + 6000 // len(octets))):
                said += len(octets) * (1 + 6000 // len(octets))
                if memory(site.roles()["pop3 0"]) > before + (1 << 20):
                    break
            grown = memory(site.roles()["pop3 0"]) - before
        yield f"huge hello, {what}: no memory", grown < 1 << 20, grown
        yield f"huge hello, {what}: it ends", said < 1 << 20, said


def open_ssl(site, *words, say=b""):
    """What s_client prints; `say`: its commands, each 0.2 s after the one before."""
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{site.pop3s}", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.4)
    try:
        for line in say.split(b"\n"):
            client.stdin.write(line + b"\n")
            client.stdin.flush()
            time.sleep(0.2)
        client.stdin.close()
    except BrokenPipeError:
        pass
    try:
        return client.communicate(timeout=5)[0].decode(errors="replace")
    except ValueError:  # the pipe is closed already
        said = client.stdout.read().decode(errors="replace")
        client.wait(5)
        return said


def behind_the_handshake(site):
    said = open_ssl(site, "-tls1_2", say=b"R")
    yield "renegotiation is refused", "RENEGOTIATING" in said and \
        "no renegotiation" in said, said[-300:]
    before = processor_seconds(site.roles()["pop3 0"])
    said = open_ssl(site, "-tls1_3", say=b"\n".join([b"K"] * 20))
    yield "a KeyUpdate flood is ended", 2 < said.count("KEYUPDATE") < 20, said[-300:]
    yield "and cost nothing", processor_seconds(site.roles()["pop3 0"]) - before < 0.3
    with tempfile.TemporaryDirectory() as folder:
        session, early = os.path.join(folder, "session"), os.path.join(folder, "early")
        with open(early, "wb") as f:
            f.write(b"USER bob@hamburger.edu\r\n")
        open_ssl(site, "-tls1_3", "-sess_out", session)
        said = open_ssl(site, "-tls1_3", "-sess_in", session, "-early_data", early)
        yield "no early data", "Early data was rejected" in said or \
            "Early data was not sent" in said, said[-300:]
    yield "no compression", "Compression: NONE" in open_ssl(site, "-tls1_2", "-comp")


def empty_records(site):
    context = ssl._create_unverified_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Raw(site.pop3s) as raw:
        inner = context.wrap_socket(socket.socket(fileno=os.dup(raw.socket.fileno())),
                                    do_handshake_on_connect=True)
        yield "greeting", inner.recv(100).startswith(b"+OK")
        said = 0
        raw.socket.settimeout(5)
        while said < 10000 and raw.say(record(DATA, b"") * 10):
            said += 10
            time.sleep(0.001)
        yield "empty records without end", said < 10000, said
        inner.close()


def crowd(site):
    """Two hundred hands that are never shaken do not keep an honest client out."""
    idle = [Raw(site.pop3s) for _ in range(200)]
    for raw in idle[::2]:
        raw.say(record(HANDSHAKE, hello())[:40])
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", site.pop3s), 5) as plain:
        with ssl._create_unverified_context().wrap_socket(plain) as tls:
            yield "an honest one is served", tls.recv(100).startswith(b"+OK")
    yield "at once", time.monotonic() - begin < 2, time.monotonic() - begin
    yield "the others are gone when their time is over", \
        all(raw.is_closed() for raw in idle) and time.monotonic() - begin < 8
    for raw in idle:
        raw.close()


# ---- A20

def other_protocols(site):
    for offered in (["http/1.1"], ["h2", "http/1.1"], ["smtp"], ["imap"], ["pop"], ["pop3s"]):
        context = ssl._create_unverified_context()
        context.set_alpn_protocols(offered)
        try:
            with socket.create_connection(("127.0.0.1", site.pop3s), 5) as plain, \
                    context.wrap_socket(plain):
                yield f"ALPN {offered}", False
        except ssl.SSLError as error:
            yield f"ALPN {offered}: alert 120", "no application protocol" in str(error), error
    for offered in (["pop3"], ["h2", "pop3"], None):
        context = ssl._create_unverified_context()
        if offered:
            context.set_alpn_protocols(offered)
        with socket.create_connection(("127.0.0.1", site.pop3s), 5) as plain, \
                context.wrap_socket(plain) as tls:
            yield f"ALPN {offered}", tls.selected_alpn_protocol() == (offered and "pop3")
            tls.recv(100)
            tls.sendall(b"POST /marker HTTP/1.1\r\nHost: marker\r\n\r\nUSER bob\r\n")
            heard = b""
            while octets := tls.recv(1000):
                heard += octets
            yield "an HTTP request is the last word", heard.count(b"\r\n") == 1, heard
            yield "and is not repeated", b"marker" not in heard, heard
    for octets in (b"GET / HTTP/1.1\r\nHost: marker\r\n\r\n", b"EHLO marker\r\n",
                   b"USER marker\r\nPASS marker\r\n", b"SSH-2.0-marker\r\n"):
        records = answer(site, octets)
        yield f"{octets[:8]} in the clear gets no word", b"+OK" not in b"".join(
            o for _, o in records) and not any(k == DATA for k, _ in records), records


# ---- A21

def resumed(port, session, *words):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}",
                           "-ign_eof", *words, *session], input=b"QUIT\r\n",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    return b"Reused, " in done.stdout, done.stdout[-200:]


def tickets(site):
    """Its own are taken, another service's mean a full handshake."""
    smtp, stls = ["-starttls", "smtp"], ["-starttls", "pop3"]
    for version in ("-tls1_2", "-tls1_3"):
        with tempfile.TemporaryDirectory() as folder:
            mine, mail = os.path.join(folder, "pop3"), os.path.join(folder, "smtp")
            resumed(site.pop3s, ["-sess_out", mine], version)
            ok, said = resumed(site.pop3s, ["-sess_in", mine], version)
            yield f"{version}: its own", ok, said
            ok, said = resumed(site.smtp, ["-sess_in", mine], version, *smtp)
            yield f"{version}: POP3's at SMTP", not ok, said
            resumed(site.smtp, ["-sess_out", mail], version, *smtp)
            ok, said = resumed(site.smtp, ["-sess_in", mail], version, *smtp)
            yield f"{version}: SMTP's own", ok, said
            ok, said = resumed(site.pop3, ["-sess_in", mail], version, *stls)
            yield f"{version}: SMTP's at POP3", not ok, said


def main():
    score = Score()
    with Site("handshake_seconds = 2\nsource { exempt = { 127.0.0.0/8 } }") as site:
        rows = Rows(score, site)
        for name, row in (("A19 hello", hellos), ("A19 names", names), ("A19 slow", slow),
                          ("A19 huge", huge), ("A19 behind", behind_the_handshake),
                          ("A19 empty", empty_records), ("A19 crowd", crowd),
                          ("A20", other_protocols), ("A21", tickets)):
            rows.play(name, row)
    sys.exit(score.end())


main()
