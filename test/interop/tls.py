#!/usr/bin/env python3
"""TLS with real clients: openssl s_client, Python's ssl and poplib, curl; certificates that
change while the server runs; keys killed; and `packetboat certificate`."""
import hashlib
import os
import poplib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, BINARY, PASSWORD, SITE, Demo, Score, is_alive  # noqa: E402
from peer import HEAD, Smtp, wait_until  # noqa: E402

EC, RSA = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-newkey", "rsa:2048"]


def run(*words, said="", wanted=0):
    done = subprocess.run(words, input=said.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30)
    done.out, done.err = done.stdout.decode(errors="replace"), done.stderr.decode()
    done.ok = done.returncode == wanted
    done.what = f"exit {done.returncode}, {done.out[-300:]!r}, {done.err[-300:]!r}"
    return done


def packetboat(site, *words, wanted=0):
    return run(BINARY, *words, "--dir", site, wanted=wanted)


def make(folder, name, kind, names, days=90):
    """A self-signed certificate; the paths of chain and key."""
    chain, key = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
    run("openssl", "req", "-x509", *kind, "-nodes", "-days", str(days), "-subj", "/CN=x",
        "-addext", "subjectAltName=" + names, "-keyout", key, "-out", chain)
    return chain, key


def context(trusted, alpn=None, most=ssl.TLSVersion.TLSv1_3):
    c = ssl.create_default_context(cafile=trusted)
    c.maximum_version = most
    if alpn:
        c.set_alpn_protocols(alpn)
    return c


class Local(poplib.POP3_SSL):
    """hamburger.edu is at 127.0.0.1."""

    def __init__(self, demo, c, host=SITE):
        self.at, self.wanted = ("127.0.0.1", demo.site["pop3s"]), host
        super().__init__(host, demo.site["pop3s"], context=c, timeout=20)

    def _create_socket(self, timeout):
        plain = socket.create_connection(self.at, timeout)
        return self.context.wrap_socket(plain, server_hostname=self.wanted)


def s_client(demo, *words, said="QUIT\r\n"):
    """Everything that it prints."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{demo.site['pop3s']}",
         "-ign_eof", *words],
        input=said.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    return done.stdout.decode(errors="replace")


def clients(score, demo):
    trusted = demo.site["certificate"]
    sent = []
    with Smtp(demo.site["smtp"]) as smtp:
        for body in (b"small\r\n", b"..dot\r\n", (b"x" * 62 + b"\r\n") * 5000):
            sent.append(body.replace(b"..", b"."))
            score.check("mail", smtp.send(HEAD + body).startswith(b"250"))
    for version in ("TLSv1.2", "TLSv1.3"):
        most = getattr(ssl.TLSVersion, version.replace(".", "_"))
        poplib._MAXLINE = 1 << 16
        pop = Local(demo, context(trusted, ["pop3"], most))
        pop.user(ADDRESS)
        pop.pass_(PASSWORD)
        got = [b"".join(line + b"\r\n" for line in pop.retr(i + 1)[1])
               for i in range(len(sent))]
        score.check(f"poplib: {version}", pop.sock.version() == version)
        score.check("poplib: ALPN", pop.sock.selected_alpn_protocol() == "pop3")
        score.check("poplib: octets", all(g.endswith(s) for g, s in zip(got, sent)))
        pop.quit()
    curl = ["curl", "-s", "--cacert", trusted, "-u", f"{ADDRESS}:{PASSWORD}"]
    for options in ([], ["--tls-max", "1.2"]):
        r = run(*curl, *options, f"pop3s://localhost:{demo.site['pop3s']}/3")
        score.check(f"curl {options}", r.ok and r.stdout.endswith(sent[2]), r.what)
    r = run("curl", "-s", f"pop3s://localhost:{demo.site['pop3s']}/", wanted=60)
    score.check("curl does not trust it unasked", r.ok, r.what)
    for words in (["-tls1_2"], ["-tls1_3"]):
        said = s_client(demo, *words, "-CAfile", trusted, "-verify_return_error",
                        "-verify_hostname", SITE, "-servername", SITE, "-alpn", "pop3")
        score.check(f"s_client {words}", "Verify return code: 0 (ok)" in said and
                    "ALPN protocol: pop3" in said and "+OK" in said, said[-300:])
        score.check(f"s_client {words}: safe renegotiation, no compression",
                    "Compression: NONE" in said, said[-300:])


def resumption(score, demo, folder):
    """A ticket is good for the same service, once; not after the server was started anew."""
    session = os.path.join(folder, "session")
    for version in ("-tls1_2", "-tls1_3"):
        first = s_client(demo, version, "-sess_out", session)
        again = s_client(demo, version, "-sess_in", session)
        score.check(f"{version}: resumed", "New, " in first and "Reused, " in again,
                    again[-300:])
    keys = demo.roles()["keys 0"]
    os.kill(keys, signal.SIGKILL)
    wait_until(lambda: demo.roles().get("keys 0", keys) != keys)
    time.sleep(0.3)
    score.check("other ticket keys: a full handshake",
                "New, " in s_client(demo, "-tls1_3", "-sess_in", session))


def fingerprint(demo, host=SITE, signatures=None):
    words = ["-servername", host] + (["-sigalgs", signatures] if signatures else [])
    found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----",
                      s_client(demo, *words), re.S)
    return found and hashlib.sha256(ssl.PEM_cert_to_DER_cert(found[0])).hexdigest()


def of_file(path):
    with open(path) as f:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()


def changes(score, demo, site, folder):
    """Certificates come and go while a session lives."""
    own = of_file(demo.site["certificate"])
    living = Local(demo, context(demo.site["certificate"]))
    ec = make(folder, "ec", EC, f"DNS:{SITE}")
    rsa = make(folder, "rsa", RSA, f"DNS:{SITE}")
    wild = make(folder, "wild", RSA, "DNS:*.crepes.fr,DNS:crepes.fr")
    r = packetboat(site, "certificate", "list")
    score.check("list", r.ok and r.out.startswith(f"{SITE}  self-signed, 256 bits, until "),
                r.what)
    score.check("at first our own", fingerprint(demo) == own)
    r = packetboat(site, "certificate", "add", *rsa)
    score.check("add", r.ok and f"for {SITE} is added; it ends on 20" in r.out, r.what)
    score.check("it is shown at once, and our own is gone",
                fingerprint(demo) == of_file(rsa[0]) == fingerprint(demo, "example.org"))
    for pair in (ec, wild):
        r = packetboat(site, "certificate", "add", *pair)
        score.check("add another", r.ok, r.what)
    score.check("ECDSA for who can", fingerprint(demo) == of_file(ec[0]))
    score.check("RSA for who cannot",
                fingerprint(demo, SITE, "rsa_pss_rsae_sha256") == of_file(rsa[0]))
    score.check("a wildcard", fingerprint(demo, "mail.crepes.fr") == of_file(wild[0]))
    score.check("TLS 1.2 with RSA and PKCS #1", "+OK" in
                s_client(demo, "-tls1_2", "-sigalgs", "RSA+SHA256", "-servername", SITE))
    r = packetboat(site, "certificate", "list")
    score.check("list three", [line.split()[0] for line in r.out.splitlines()].count(SITE)
                == 2 and "*.crepes.fr" in r.out, r.what)
    r = packetboat(site, "certificate", "show", "*.crepes.fr")
    with open(wild[0]) as f:
        score.check("show", r.ok and r.out == f.read(), r.what)
    score.check("the session that was there lives",
                living.user(ADDRESS).startswith(b"+OK"))
    living.pass_(PASSWORD)
    living.quit()
    return ec, rsa


def removal(score, demo, site, ec, rsa):
    r = packetboat(site, "certificate", "remove", SITE, "ecdsa")
    score.check("remove one", r.ok and fingerprint(demo) == of_file(rsa[0]), r.what)
    r = packetboat(site, "certificate", "remove", SITE, "ecdsa", wanted=1)
    score.check("remove none", r.ok and "there is no certificate for" in r.err, r.what)
    # As somebody who copies a file back does it, and says so.
    kept = os.path.join(site, "keys", SITE + ".rsa")
    with open(kept, "rb") as f:
        content = f.read()
    packetboat(site, "certificate", "remove", SITE)
    score.check("without any for our host a new one is made",
                fingerprint(demo) not in (of_file(ec[0]), of_file(rsa[0]), None))
    with open(kept, "wb") as f:
        f.write(content)
    st = os.stat(os.path.dirname(kept))
    if os.geteuid() == 0:
        os.chown(kept, st.st_uid, st.st_gid)
    os.kill(demo.site["pid"], signal.SIGHUP)
    score.check("SIGHUP: it is there again",
                wait_until(lambda: fingerprint(demo) == of_file(rsa[0])) is not None)


def keys_dies(score, demo):
    """Running sessions are not disturbed; new ones wait until it is back."""
    c = ssl.create_default_context()
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    living = Local(demo, c)
    for _ in range(3):
        keys = demo.roles()["keys 0"]
        os.kill(keys, signal.SIGKILL)
        begin = time.monotonic()
        pop = Local(demo, c)
        score.check("a handshake while keys is away", time.monotonic() - begin < 5)
        pop.quit()
        wait_until(lambda: "keys 0" in demo.roles())
    keys = demo.roles()["keys 0"]
    os.kill(keys, signal.SIGSTOP)
    try:
        living.user(ADDRESS)
        living.pass_(PASSWORD)
        score.check("a session without keys", living.stat()[0] == 3)
        with socket.create_connection(("127.0.0.1", demo.site["pop3"])) as plain:
            score.check("and one without TLS", plain.recv(3) == b"+OK")
    finally:
        os.kill(keys, signal.SIGCONT)
    living.quit()
    score.check("keys lives", is_alive(keys))


def mistakes(score, site, folder, ec):
    other = make(folder, "other", EC, "DNS:hamburger.edu")
    nameless = make(folder, "nameless", EC, "IP:127.0.0.1")
    short = make(folder, "short", ["-newkey", "rsa:1024"], "DNS:hamburger.edu")
    empty = os.path.join(folder, "empty")
    open(empty, "w").close()
    for words, why in (
            ((ec[0], other[1]), "the key does not belong to the first certificate"),
            ((ec[1], ec[1]), "there is no certificate in it"),
            ((ec[0], ec[0]), "there is no private key in it"),
            ((empty, empty), "there is no certificate in it"),
            ((ec[0], os.path.join(folder, "nowhere")), "No such file"),
            (nameless, "it names no host"),
            (short, "RSA with 2048, 3072 or 4096 bits")):
        r = packetboat(site, "certificate", "add", *words, wanted=1)
        score.check(f"add: {why}", r.ok and why in r.err, r.what)
    for words in ([], ["add"], ["add", "x"], ["list", "x"], ["remove"], ["frobnicate"],
                  ["remove", "x", "dsa"]):
        r = packetboat(site, "certificate", *words, wanted=2)
        score.check(f"usage: certificate {words}", r.ok and "usage:" in r.err, r.what)


def ends_soon(score, demo, site, folder):
    """Said in the log at each start, two weeks before."""
    packetboat(site, "certificate", "add", *make(folder, "soon", EC, "DNS:soon.example",
                                                 days=5))
    demo.stop()
    r = packetboat(site, "certificate", "list")
    score.check("list, stopped", r.ok and "soon.example" in r.out, r.what)
    r = packetboat(site, "certificate", "remove", "soon.example", "rsa", wanted=1)
    score.check("remove, stopped", r.ok, r.what)
    demo.start()
    with open(os.path.join(site, "log", "events")) as f:
        score.check("the end is near",
                    "the certificate for soon.example ends on " in f.read())


def transcript(score, site):
    r = packetboat(site, "wire", "pop3s")
    for what in ("TLS1.3 TLS_AES_256_GCM_SHA384, SNI hamburger.edu, ALPN pop3",
                 "SNI mail.crepes.fr, ALPN none", ", resumed", "TLS1.2 TLS_ECDHE_"):
        score.check(f"the transcript: {what}", what in r.out, r.out[-300:])
    score.check("no key is in the log", "PRIVATE" not in r.out)


def main():
    score = Score()
    with Demo() as demo, tempfile.TemporaryDirectory() as folder:
        site = os.path.join(demo.directory, SITE)
        clients(score, demo)
        resumption(score, demo, folder)
        ec, rsa = changes(score, demo, site, folder)
        removal(score, demo, site, ec, rsa)
        keys_dies(score, demo)
        mistakes(score, site, folder, ec)
        transcript(score, site)
        ends_soon(score, demo, site, folder)
    sys.exit(score.end())


main()
