#!/usr/bin/env python3
"""Data connections of FTP over TCP, as dialer and ftp make them in their sandboxes: who may
have them (F01, F02), TLS that has to be the control connection's (F03), how many there can
be (F14), and one port for all."""
import ftplib
import io
import os
import re
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

CONTENT = os.urandom(300000)


def context(version=None):
    c = ssl.create_default_context()
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    if version:
        c.maximum_version = version
    return c


class Secure(ftplib.FTP_TLS):
    """Resumes the control connection's session, as RFC 4217 has it; or does not."""
    resumes = True

    def ntransfercmd(self, command, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, command, rest)
        return self.context.wrap_socket(
            connection, server_hostname="hamburger.edu",
            session=self.sock.session if self.resumes else None), size


def login(port, version=None, secure=False):
    ftp = Secure(context=context(version)) if secure else ftplib.FTP()
    ftp.connect("127.0.0.1", port, timeout=30)
    ftp.login(ADDRESS, PASSWORD)
    if secure:
        ftp.prot_p()
    return ftp


def get(ftp, name="file"):
    content = io.BytesIO()
    ftp.retrbinary(f"RETR {name}", content.write)
    return content.getvalue()


def refusal(run):
    """The code of the reply with which it ends; 0: it did well."""
    try:
        run()
    except ftplib.Error as e:
        return int(str(e)[:3])
    except (OSError, EOFError):
        return 1
    return 0


def refused_get(ftp):
    """The same of get, whose data connection may break first."""
    try:
        get(ftp)
    except ftplib.Error as e:
        return int(str(e)[:3])
    except (OSError, EOFError):
        return refusal(ftp.voidresp)
    return 0


def passive_port(ftp):
    return int(re.search(r"\|(\d+)\|", ftp.sendcmd("EPSV")).group(1))


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), 20, (source, 0))


def everything(s):
    got = b""
    try:
        while more := s.recv(65536):
            got += more
    except OSError:
        pass
    s.close()
    return got


# ---- who may have one

def strangers(score, port):
    ftp = login(port)
    for second in ("127.0.0.2", "127.0.0.1"):
        at = passive_port(ftp)
        if second == "127.0.0.2":  # comes first, and is another host
            thief, ours = connect(at, second), connect(at)
        else:                      # the same, and comes second
            ours = connect(at)
            thief = socket.socket()
            thief.settimeout(20)
            thief.connect_ex(("127.0.0.1", at))
        ftp.sendcmd("TYPE I")
        ftp.putcmd("RETR file")
        score.check(f"F02: {second}: the client gets its file", everything(ours) == CONTENT)
        score.check("F02: and nobody else", everything(thief) == b"")
        reply = ftp.getresp(), ftp.getresp()
        score.check("F02: and hears so", reply[1].startswith("226"), reply)
    ftp.quit()


def bounces(score, demo, port):
    ftp = login(port)
    smtp = demo.site["smtp"]
    for what, command in (
            ("another host", f"PORT 127,0,0,2,{40000 >> 8},{40000 & 255}"),
            ("a privileged port", "PORT 127,0,0,1,0,25"),
            ("another host, extended", "EPRT |1|127.0.0.2|40000|"),
            ("another family", "EPRT |2|::1|40000|")):
        score.check(f"F01: PORT to {what}", refusal(lambda: ftp.sendcmd(command)) >= 500)

    def ours():
        ftp.sendcmd(f"PORT 127,0,0,1,{smtp >> 8},{smtp & 255}")
        if ftp.sendcmd("RETR file").startswith("1"):
            ftp.getresp()

    score.check("F01: nor to a port of this server's own", refusal(ours) >= 425)
    ftp.quit()


def active(score, demo, port):
    ftp = login(port)
    ftp.sendcmd("TYPE I")
    sources = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        for _ in range(3):  # that pair of ports is in TIME_WAIT from the second time on
            ftp.sendport("127.0.0.1", listener.getsockname()[1])
            ftp.putcmd("RETR file")
            s, source = listener.accept()
            sources.append(source[1])
            score.check("active: the file", everything(s) == CONTENT)
            replies = ftp.getresp(), ftp.getresp()
            score.check("active: and 226", replies[1].startswith("226"), replies)
    score.check("active: from the port below the control's", sources[0] == demo.base + 20,
                sources)
    ftp.quit()


def many(score, demo, port):
    """A client that asks for passive ports and never comes holds one."""
    pid = demo.roles()["ftp 0"]
    count = lambda: len(os.listdir(f"/proc/{pid}/fd"))  # noqa: E731
    ftp = login(port)
    before = count()
    ports = {passive_port(ftp) for _ in range(300)}
    score.check("F14: 300 times PASV hold one descriptor", count() <= before + 1,
                f"{before}, {count()}")
    score.check("F02: and were at many ports", len(ports) > 50, len(ports))
    score.check("F14: and it works after that", get(ftp) == CONTENT)
    ftp.quit()


# ---- TLS

def tickets(score, port, must):
    """Again and again with the session of the control connection: each needs a ticket."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        ftp = login(port, version, secure=True)
        for i in range(5):
            score.check(f"{version.name}: transfer {i}", get(ftp) == CONTENT)
        ftp.resumes = False
        code = refused_get(ftp)
        score.check(f"F03: {version.name}: without its session", code == must * 522, code)
        ftp.resumes = True
        score.check(f"{version.name}: and again with it", get(ftp) == CONTENT)
        ftp.quit()


def meanwhile(score, port):
    """RFC 959 4.1.3: STAT is answered while octets move; what else is said waits."""
    ftp = login(port)
    ftp.voidcmd("TYPE I")
    ftp.storbinary("STOR big", io.BytesIO(bytes(32 << 20)))
    s, _ = ftp.ntransfercmd("RETR big")
    ftp.putcmd("NOOP")
    ftp.putcmd("STAT")
    status = ftp.getresp()
    score.check("STAT while octets move", re.match(r"211 RETR: \d+ octets so far", status),
                status)
    octets = 0
    while piece := s.recv(1 << 20):
        octets += len(piece)
    s.close()
    score.check("the file is whole", octets == 32 << 20, octets)
    replies = [ftp.getresp()[:3], ftp.getresp()[:3]]
    score.check("226, then what NOOP asked for", replies == ["226", "200"], replies)
    s, _ = ftp.ntransfercmd("RETR big")
    ftp.putcmd("ABOR")
    code = refusal(ftp.getresp)
    score.check("ABOR ends it", code == 426, code)
    score.check("and is answered", ftp.getresp()[:3] == "226")
    s.close()
    ftp.delete("big")
    ftp.quit()


def cut_upload(score, port):
    ftp = login(port, secure=True)
    ftp.voidcmd("TYPE I")
    s, _ = ftp.ntransfercmd("STOR cut")
    s.sendall(CONTENT[:100000])
    plain = socket.socket(fileno=s.detach())  # its end, and no word of TLS's
    plain.close()
    code = refusal(ftp.voidresp)
    score.check("F03: an upload that TLS did not end is refused", code // 100 in (4, 5), code)
    score.check("F03: and leaves no file", refusal(lambda: get(ftp, "cut")) == 550)
    ftp.quit()


# ---- one port

def one_port_plain(score, port, shared):
    first, second = login(port), login(port)
    score.check("one port", passive_port(first) == shared)
    second.putcmd("EPSV")
    time.sleep(0.2)
    second.sock.setblocking(False)
    score.check("the second of an address waits",
                refusal(lambda: second.sock.recv(100)) == 1)
    second.sock.settimeout(30)
    s = connect(shared)
    first.sendcmd("TYPE I")
    first.putcmd("RETR file")
    score.check("the first gets its file", everything(s) == CONTENT)
    first.getresp(), first.getresp()
    score.check("then it is the second's turn", str(shared) in second.getresp())
    s = connect(shared)
    second.sendcmd("TYPE I")
    second.putcmd("RETR other")
    score.check("and it gets its own", everything(s) == CONTENT[::-1])
    for ftp in first, second:
        ftp.close()


def one_port_secure(score, port, resumes):
    """Many at once from one address: each has what it asked for."""
    wrong, names = [], {"file": CONTENT, "other": CONTENT[::-1]}

    def run(name):
        try:
            ftp = login(port, secure=True)
            ftp.resumes = resumes
            for _ in range(5 if resumes else 1):
                if get(ftp, name) != names[name]:
                    wrong.append(name)
            ftp.quit()
        except (OSError, EOFError, ftplib.Error) as e:
            wrong.append(f"{name}: {e!r}")

    threads = [threading.Thread(target=run, args=(name,))
               for name in list(names) * (3 if resumes else 1)]
    for thread in threads:
        thread.start()
        if not resumes:
            thread.join()
    for thread in threads:
        thread.join()
    score.check(f"one port under TLS, resuming: {resumes}", not wrong, wrong[:3])


def main():
    score = Score()
    with Demo() as demo:
        port = demo.site["ftp"]
        ftp = login(port)
        ftp.storbinary("STOR file", io.BytesIO(CONTENT))
        ftp.storbinary("STOR other", io.BytesIO(CONTENT[::-1]))
        ftp.quit()
        strangers(score, port)
        bounces(score, demo, port)
        active(score, demo, port)
        many(score, demo, port)
        meanwhile(score, port)
        tickets(score, port, must=False)
        cut_upload(score, port)
        shared = demo.base + 1000
        for settings in ("data_binding = session", f"passive_ports = {shared}"):
            demo.settings = "ftp { " + settings + " }"
            demo.stop()
            demo.start()
            if "session" in settings:
                tickets(score, port, must=True)
        one_port_plain(score, port, shared)
        one_port_secure(score, port, True)
    print(f"{score.passed} passed, {score.failed} failed")
    return bool(score.failed)


sys.exit(main())
