#!/usr/bin/env python3
"""handshakes.py [SECONDS] - how many sessions a second begin under TLS, on one machine.

Clients (Python's ssl, four processes) shake hands with pop3s, read the greeting and leave,
for SECONDS (4) of each kind: with an ECDSA P-256 and with an RSA-2048 certificate, full and
resumed.  Beside the rate stands what one costs the server's processes; the clients take the
other part of the same cores.
"""
import multiprocessing
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../test"))
from peer import Site, processor_seconds  # noqa: E402

CLIENTS = 4
V13, V12 = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
KINDS = (("ECDSA", V13, False), ("ECDSA", V13, True), ("ECDSA", V12, False),
         ("ECDSA", V12, True), ("RSA", V13, False), ("RSA", V12, False))


def client(port, version, resume, seconds, result):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    end, number, reused, session = time.monotonic() + seconds, 0, 0, None
    while time.monotonic() < end:
        with socket.create_connection(("127.0.0.1", port)) as plain, \
                context.wrap_socket(plain, session=session) as tls:
            tls.recv(100)
            number, reused = number + 1, reused + tls.session_reused
            session = tls.session if resume else None
    result.put((number, reused))


def spent(site):
    return {name: processor_seconds(pid) for name, pid in site.roles().items()}


def measure(site, seconds, version, resume):
    before, result = spent(site), multiprocessing.Queue()
    clients = [multiprocessing.Process(
        target=client, args=(site.pop3s, version, resume, seconds, result))
        for _ in range(CLIENTS)]
    for c in clients:
        c.start()
    numbers = [result.get() for _ in clients]
    for c in clients:
        c.join()
    after, number = spent(site), sum(n for n, _ in numbers)
    cost = {name: 1e6 * (after[name] - before[name]) / number for name in after}
    return number, sum(r for _, r in numbers), cost


def add_rsa(site):
    with tempfile.TemporaryDirectory() as folder:
        chain, key = os.path.join(folder, "chain"), os.path.join(folder, "key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=x", "-addext", "subjectAltName=DNS:hamburger.edu",
                        "-keyout", key, "-out", chain], check=True,
                       stderr=subprocess.DEVNULL)
        site.command("certificate", "add", chain, key)


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    with Site() as site:
        shown = "ECDSA"
        for kind, version, resume in KINDS:
            if kind != shown:
                add_rsa(site)
                shown = kind
            number, reused, cost = measure(site, seconds, version, resume)
            parts = ", ".join(f"{name} {us:.0f} µs" for name, us in cost.items() if us > 5)
            print(f"{kind:<6} {version.name:<8} {'resumed' if resume else 'full':<8}"
                  f"{number / seconds:7.0f}/s  {100 * reused // number:3} % resumed  {parts}",
                  flush=True)


main()
