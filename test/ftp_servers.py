"""FTP servers of others, each on a port of 127.0.0.1 that is its own while it lives (none of
those that the kernel gives to connections, which another test's may get), with one account
(bob, ketchup) whose home is a directory of the test's.

    with Pyftpdlib(home) as server:
        server.port

vsftpd, pure-ftpd and proftpd conflict as packages: they are unpacked side by side below
build/peers, from where they run.  Peer() is a reason where that cannot be done."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import free_base  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = os.path.join(TOP, "build", "peers")
USER, PASSWORD = "bob", "ketchup"
PACKAGES = ("vsftpd", "pure-ftpd", "pure-ftpd-common", "proftpd-core",
            "proftpd-mod-crypto")


def certificate(folder):
    """both.pem: an ECDSA key and a certificate for 127.0.0.1, signed by itself."""
    key, chain = os.path.join(folder, "key.pem"), os.path.join(folder, "chain.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", chain], check=True, capture_output=True)
    both = os.path.join(folder, "both.pem")
    with open(both, "w") as f:
        for path in (key, chain):
            with open(path) as part:
                f.write(part.read())
    os.chmod(both, 0o600)
    return both


def unpack():
    """Unpacks what is missing below build/peers; the reason why it cannot be done."""
    done = os.path.join(PEERS, "unpacked")
    if os.path.exists(done):
        return None
    os.makedirs(os.path.join(PEERS, "debs"), exist_ok=True)
    os.chmod(PEERS, 0o755)
    got = subprocess.run(["apt-get", "-q", "download", *PACKAGES], capture_output=True,
                         text=True, cwd=os.path.join(PEERS, "debs"))
    if got.returncode:
        return "their packages cannot be had: " + got.stderr.strip().split("\n")[-1]
    for name in os.listdir(os.path.join(PEERS, "debs")):
        root = os.path.join(PEERS, name.split("_")[0].replace("-common", "")
                            .replace("-core", "").replace("-mod-crypto", ""))
        subprocess.run(["dpkg", "-x", os.path.join(PEERS, "debs", name), root],
                       check=True)
    open(done, "w").close()
    return None


class Server:
    """One that runs in the foreground; `command` and `prepare` are its own."""

    name = "?"

    def __init__(self, home, tls=True):
        self.home, self.base, self.tls = home, free_base(), tls
        self.port = self.base + 21
        self.folder = tempfile.mkdtemp(prefix="packetboat-ftp-")
        os.chmod(self.folder, 0o755)
        self.both = certificate(self.folder) if tls else None
        self.chain = os.path.join(self.folder, "chain.pem")
        self.process = None

    def url(self, path="", scheme="ftp"):
        return f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{path}"

    def file(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def prepare(self):
        pass

    def command(self):
        raise NotImplementedError

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as s:
                return s.recv(3) == b"220"
        except OSError:
            return False

    def __enter__(self):
        self.prepare()
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        end = time.monotonic() + 10
        while not self.answers():
            if time.monotonic() > end or self.process.poll() is not None:
                said = open(os.path.join(self.folder, "log")).read()
                self.__exit__()
                raise RuntimeError(f"{self.name} did not start: {said[-1000:]}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.base.lock.close()


class Pyftpdlib(Server):
    """Debian's python3 has it; this file is run by that one, too."""

    name = "pyftpdlib"

    def __init__(self, home, tls=True, rate=0):
        super().__init__(home, tls)
        self.rate = rate  # octets a second; 0: as fast as it goes

    def command(self):
        return ["/usr/bin/python3", os.path.abspath(__file__), self.home, str(self.port),
                str(self.rate), *([self.both] if self.tls else [])]


class Vsftpd(Server):
    name = "vsftpd"

    def prepare(self):
        os.mkdir(os.path.join(self.folder, "empty"))
        # Any password will do: PAM asks for none in this file of the test's own.
        with open(self.pam(), "w") as f:
            f.write("auth required pam_permit.so\naccount required pam_permit.so\n"
                    "session required pam_permit.so\n")
        self.file("conf", f"""listen=YES
listen_address=127.0.0.1
listen_port={self.port}
background=NO
anonymous_enable=NO
local_enable=YES
guest_enable=YES
guest_username=root
virtual_use_local_privs=YES
local_root={self.home}
write_enable=YES
force_dot_files=YES
allow_writeable_chroot=YES
pam_service_name={os.path.basename(self.pam())}
secure_chroot_dir={self.folder}/empty
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
ssl_enable={"YES" if self.tls else "NO"}
force_local_data_ssl=NO
force_local_logins_ssl=NO
require_ssl_reuse=NO
ssl_tlsv1=YES
rsa_cert_file={self.both}
ssl_ciphers=HIGH
""")

    def pam(self):
        return f"/etc/pam.d/packetboat-test-{self.port}"

    def command(self):
        return [os.path.join(PEERS, "vsftpd/usr/sbin/vsftpd"),
                os.path.join(self.folder, "conf")]

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        if os.path.exists(self.pam()):
            os.unlink(self.pam())


def password_hash():
    return subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True,
                          capture_output=True, text=True).stdout.strip()


class PureFtpd(Server):
    name = "pure-ftpd"

    def prepare(self):
        self.file("passwd", f"{USER}:{password_hash()}:65534:65534::{self.home}/./"
                            "::::::::::::\n")
        subprocess.run([os.path.join(PEERS, "pure-ftpd/usr/bin/pure-pw"), "mkdb",
                        os.path.join(self.folder, "pdb"), "-f",
                        os.path.join(self.folder, "passwd")], check=True,
                       capture_output=True)
        for folder, _, names in os.walk(self.home):  # to nobody, as whom it serves it
            for path in (folder, *(os.path.join(folder, n) for n in names)):
                os.chown(path, 65534, 65534)

    def command(self):
        tls = ["-Y", "1", "-2", f"{self.folder}/chain.pem,{self.folder}/key.pem"]
        return [os.path.join(PEERS, "pure-ftpd/usr/sbin/pure-ftpd"), "-S",
                f"127.0.0.1,{self.port}", "-c", "50", "-C", "50", "-H", "-E", "-u", "1",
                *(tls if self.tls else []), "-l", f"puredb:{self.folder}/pdb", "-g",
                f"{self.folder}/pid"]


class Proftpd(Server):
    name = "proftpd"

    def prepare(self):
        # As root, for it goes home as the user before it makes the home its root, and
        # another user may not get there.
        self.file("users", f"{USER}:{password_hash()}:0:0::{self.home}:/bin/sh\n", 0o600)
        self.file("groups", "root:x:0:\n", 0o600)
        modules = os.path.join(PEERS, "proftpd/usr/lib/proftpd")
        tls = f"""TLSEngine on
TLSLog {self.folder}/tls.log
TLSRequired off
TLSECCertificateFile {self.chain}
TLSECCertificateKeyFile {self.folder}/key.pem
""" if self.tls else ""
        self.file("conf", f"""ModulePath {modules}
LoadModule mod_tls.c
ServerName test
ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
Port {self.port}
UseIPv6 off
UseReverseDNS off
DelayEngine off
User root
Group root
RootLogin on
AuthOrder mod_auth_file.c
AuthUserFile {self.folder}/users
AuthGroupFile {self.folder}/groups
RequireValidShell off
WtmpLog off
DefaultRoot ~
ScoreboardFile {self.folder}/scoreboard
PidFile {self.folder}/pid
SystemLog {self.folder}/system.log
TransferLog none
AllowOverwrite on
AllowStoreRestart on
{tls}""")

    def command(self):
        return [os.path.join(PEERS, "proftpd/usr/sbin/proftpd"), "-n", "-c",
                os.path.join(self.folder, "conf")]


def serve_pyftpdlib():
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler, ThrottledDTPHandler
    from pyftpdlib.servers import FTPServer
    handler = FTPHandler
    if len(sys.argv) > 4:
        handler = TLS_FTPHandler
        handler.certfile = sys.argv[4]
    elif int(sys.argv[3]):
        handler.dtp_handler = ThrottledDTPHandler
        handler.dtp_handler.read_limit = handler.dtp_handler.write_limit = int(sys.argv[3])
    handler.authorizer = DummyAuthorizer()
    handler.authorizer.add_user(USER, PASSWORD, sys.argv[1], perm="elradfmwMT")
    handler.authorizer.add_anonymous(sys.argv[1])
    FTPServer(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()


if __name__ == "__main__":
    serve_pyftpdlib()
