#!/usr/bin/env python3
"""curl, ftplib, lftp, ncftp, wget and tnftp: what they store is what they fetch.

Active and passive, IPv4 and IPv6, in the clear, with AUTH TLS and at ftps, TLS 1.2 and
1.3; resumed, appended, renamed, listed, mirrored both ways in parallel.
"""
import ftplib
import hashlib
import io
import os
import shutil
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score  # noqa: E402

LARGE = b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(30000))
TEXT = b"Do you like ketchup?\nHow about pickles?\n" * 1000


def run(*command, seconds=60, cwd=None):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=seconds, cwd=cwd, env={**os.environ, "HOME": cwd or "/tmp"})


def write(folder, name, octets):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(octets)
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


# ---- curl

def curl(score, site, folder):
    source, back = write(folder, "large", LARGE), os.path.join(folder, "back")
    ways = {
        "EPSV": [], "PASV": ["--disable-epsv"], "EPRT": ["--ftp-port", "-"],
        "PORT": ["--ftp-port", "127.0.0.1", "--disable-eprt"],
        "TLS 1.2": ["--ssl-reqd", "-k", "--tls-max", "1.2"],
        "TLS 1.3": ["--ssl-reqd", "-k", "--tlsv1.3"],
        "clear data": ["--ftp-ssl-control", "-k"],
        "CCC": ["--ssl-reqd", "-k", "--ftp-ssl-ccc"],
        "ftps": ["-k"], "IPv6": ["-6"], "IPv6 active": ["-6", "--ftp-port", "-"],
        "IPv6 TLS": ["-6", "--ssl-reqd", "-k"],
    }
    for name, options in ways.items():
        url = f"ftp://127.0.0.1:{site['ftp']}"
        if name == "ftps":
            url = f"ftps://127.0.0.1:{site['ftps']}"
        elif "IPv6" in name:
            url = f"ftp://[::1]:{site['ftp']}"
        user = ["curl", "-sS", "-m", "50", "-u", f"{ADDRESS}:{PASSWORD}", *options]
        put = run(*user, "-T", source, f"{url}/curl/{name.replace(' ', '')}",
                  "--ftp-create-dirs")
        score.check(f"curl stores, {name}", put.returncode == 0, put.stderr.decode())
        got = run(*user, "-o", back, f"{url}/curl/{name.replace(' ', '')}")
        score.check(f"curl fetches, {name}", got.returncode == 0 and read(back) == LARGE,
                    got.stderr.decode())
    user = ["curl", "-sS", "-m", "50", "-u", f"{ADDRESS}:{PASSWORD}"]
    url = f"ftp://127.0.0.1:{site['ftp']}/curl/"
    text = write(folder, "text", TEXT)
    run(*user, "-T", text, url + "text")
    score.check("curl: a range", run(*user, "-r", "7-10", url + "text").stdout == TEXT[7:11])
    score.check("curl: from there on", run(*user, "-C", "39990", url + "text").stdout ==
                TEXT[39990:])
    run(*user, "-a", "-T", text, url + "text")
    score.check("curl: appended", run(*user, url + "text").stdout == TEXT * 2)
    score.check("curl: ASCII", run(*user, url + "text;type=a").stdout.replace(
        b"\r\n", b"\n") == TEXT * 2)
    head = run(*user, "-I", url + "text").stdout
    score.check("curl: its size", b"Content-Length: 80000" in head, head)
    names = run(*user, "-l", url).stdout.split()
    score.check("curl: names", b"text" in names and b"EPSV" in names, names)
    many = run(*user, "-o", "#1", url + "{EPSV,PASV,text}", cwd=folder)
    score.check("curl: several", many.returncode == 0 and
                read(os.path.join(folder, "PASV")) == LARGE, many.stderr)
    quoted = run(*user, "-Q", "-RNFR text", "-Q", "-RNTO renamed", url, "-o", "/dev/null")
    score.check("curl: quotes", quoted.returncode == 0, quoted.stderr)
    for method in ("multicwd", "singlecwd", "nocwd"):
        got = run(*user, "--ftp-method", method, url + "renamed")
        score.check(f"curl: {method}", got.stdout == TEXT * 2, got.stderr)
    wrong = run("curl", "-sS", "-u", f"{ADDRESS}:wrong", url)
    score.check("curl: a wrong password", wrong.returncode == 67, wrong.stderr)


# ---- Python's ftplib

class Reusing(ftplib.FTP_TLS):
    """Data connections resume the control connection's session, as servers may demand."""

    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(conn, server_hostname=self.host,
                                            session=self.sock.session)
        return conn, size


def converse(score, name, ftp):
    ftp.login(ADDRESS, PASSWORD)
    if isinstance(ftp, ftplib.FTP_TLS):
        ftp.prot_p()
    folder = "ftplib " + name
    ftp.mkd(folder)
    ftp.cwd(folder)
    score.check(f"{name}: pwd", ftp.pwd() == "/" + folder)
    ftp.storbinary("STOR large", io.BytesIO(LARGE))
    got = []
    ftp.retrbinary("RETR large", got.append)
    score.check(f"{name}: what was stored", b"".join(got) == LARGE)
    score.check(f"{name}: size", ftp.size("large") == len(LARGE))
    ftp.storlines("STOR text", io.BytesIO(TEXT))
    lines = []
    ftp.retrlines("RETR text", lines.append)
    score.check(f"{name}: lines", "\n".join(lines).encode() + b"\n" == TEXT)
    got = []
    ftp.retrbinary("RETR large", got.append, rest=500000)
    score.check(f"{name}: from there on", b"".join(got) == LARGE[500000:])
    facts = dict(ftp.mlsd())
    score.check(f"{name}: facts", facts["large"]["size"] == str(len(LARGE)) and
                facts["text"]["type"] == "file", facts)
    ftp.rename("text", "renamed")
    score.check(f"{name}: names", sorted(ftp.nlst()) == ["large", "renamed"], ftp.nlst())
    digest = hashlib.sha256(LARGE).hexdigest()
    score.check(f"{name}: digest", digest in ftp.sendcmd("HASH large"))
    ftp.delete("large")
    ftp.delete("renamed")
    ftp.cwd("..")
    ftp.rmd(folder)
    ftp.quit()


def python(score, site):
    context = ssl.create_default_context(cafile=site["certificate"])
    context.check_hostname = False
    old = ssl.create_default_context(cafile=site["certificate"])
    old.check_hostname = False
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    for name, make in {
            "passive": ftplib.FTP, "active": ftplib.FTP,
            "TLS 1.3": lambda: ftplib.FTP_TLS(context=context),
            "TLS 1.3 active": lambda: ftplib.FTP_TLS(context=context),
            "TLS 1.2": lambda: ftplib.FTP_TLS(context=old),
            "TLS 1.2 resumed": lambda: Reusing(context=old)}.items():
        for host in ("127.0.0.1", "::1"):
            ftp = make()
            try:
                ftp.connect(host, site["ftp"], timeout=20)
                ftp.set_pasv("active" not in name)
                converse(score, f"{name} {host}", ftp)
            except (OSError, EOFError, ftplib.Error) as error:
                score.check(f"ftplib, {name}, {host}", False, repr(error))
                ftp.close()


# ---- those with commands of their own

def same_tree(a, b):
    names = sorted(os.path.relpath(os.path.join(f, n), a) for f, _, ns in os.walk(a) for n in ns)
    return names and all(os.path.exists(os.path.join(b, n)) and
                         read(os.path.join(a, n)) == read(os.path.join(b, n)) for n in names)


def tree(folder):
    for i in range(60):
        write(folder, f"d{i % 7}/é {i}.txt", hashlib.sha512(bytes([i])).digest() * i)
    write(folder, "large", LARGE)


def lftp(score, site, folder):
    there, back = os.path.join(folder, "there"), os.path.join(folder, "lback")
    tree(there)
    for name, options in {"clear": "set ftp:ssl-allow no",
                          "TLS": "set ftp:ssl-force yes; set ssl:verify-certificate no",
                          "active": "set ftp:ssl-allow no; set ftp:passive-mode no"}.items():
        shutil.rmtree(back, ignore_errors=True)
        r = run("lftp", "-c", f"set net:max-retries 2; set net:timeout 20; set ftp:charset utf-8;"
                f"set file:charset utf-8; {options}; open -u {ADDRESS},{PASSWORD} "
                f"-p {site['ftp']} 127.0.0.1; mirror -R --parallel=4 {there} {name}; "
                f"mirror --parallel=4 {name} {back}; mirror --only-newer {name} {back}; "
                f"du {name}; rm -r {name}", cwd=folder)
        score.check(f"lftp mirrors both ways, {name}", r.returncode == 0 and
                    same_tree(there, back), (r.stdout + r.stderr).decode()[-300:])


def others(score, site, folder):
    source = write(folder, "up/other", LARGE)
    port, url = str(site["ftp"]), f"ftp://127.0.0.1:{site['ftp']}"
    login = ["-u", ADDRESS, "-p", PASSWORD, "-P", port]
    r = run("ncftpput", *login, "127.0.0.1", "/", source, cwd=folder)
    score.check("ncftp stores", r.returncode == 0, r.stderr)
    os.makedirs(os.path.join(folder, "nc"))
    r = run("ncftpget", *login, "127.0.0.1", os.path.join(folder, "nc"), "/other", cwd=folder)
    score.check("ncftp fetches", r.returncode == 0 and
                read(os.path.join(folder, "nc/other")) == LARGE, r.stderr)
    for name, options in {"": [], " active": ["--no-passive-ftp"]}.items():
        out = os.path.join(folder, "wget" + name.strip())
        r = run("wget", "-q", "-O", out, f"--user={ADDRESS}", f"--password={PASSWORD}", *options,
                url + "/other", cwd=folder)
        score.check("wget fetches" + name, r.returncode == 0 and read(out) == LARGE, r.stderr)
    r = run("wget", "-q", "-r", "-nH", f"--user={ADDRESS}", f"--password={PASSWORD}",
            url + "/curl/", cwd=folder)
    score.check("wget fetches a tree", r.returncode == 0 and
                read(os.path.join(folder, "curl/renamed")) == TEXT * 2, r.stderr)
    out = os.path.join(folder, "tnftp")
    user = ADDRESS.replace("@", "%40")
    r = run("tnftp", "-o", out, f"ftp://{user}:{PASSWORD}@127.0.0.1:{port}/other", cwd=folder)
    score.check("tnftp fetches", r.returncode == 0 and read(out) == LARGE,
                r.stdout + r.stderr)
    r = run("tnftp", "-u", f"ftp://{user}:{PASSWORD}@127.0.0.1:{port}/tn", source, cwd=folder)
    score.check("tnftp stores", r.returncode == 0, r.stdout + r.stderr)


def main():
    score = Score()
    demo = Demo()
    # The same port at ::1, too.
    demo.settings = f'listen ftp {{ address = "::1"  port = {demo.base + 21} }}'
    with demo, tempfile.TemporaryDirectory(prefix="packetboat-ftp-") as folder:
        curl(score, demo.site, folder)
        python(score, demo.site)
        lftp(score, demo.site, folder)
        others(score, demo.site, folder)
    return score.end()


sys.exit(main())
