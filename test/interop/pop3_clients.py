#!/usr/bin/env python3
"""fetchmail, getmail6, mpop, curl and poplib: what they store is what was handed in.

Each fetches the same messages, byte for byte what the server has (line ends aside, which
are theirs); keeps them, fetches nothing twice (UIDL), and in the end deletes them: in the
clear, with STLS, and at pop3s.  They run as an ordinary user with a home of their own, as
getmail insists on.
"""
import email.policy
import os
import poplib
import shutil
import smtplib
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, PASSWORD, Demo, Score, as_nobody  # noqa: E402
from peer import HEAD, Pop3, Site, Smtp  # noqa: E402

HEADER = ("From: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\n"
          "Message-ID: <%s@crepes.fr>\r\nDate: Wed, 25 Nov 2026 12:00:00 +0000\r\n"
          "Subject: %s\r\n\r\n")
MESSAGES = {
    "plain": b"Do you like ketchup?\r\n",
    "dots": b".\r\n..\r\n...\r\n.hidden\r\nnot. hidden\r\n.\r\n",
    "empty": b"",
    "lines-of-998": b"\r\n".join(b"x" * 998 for _ in range(5)) + b"\r\n",
    "8bit": bytes(b for b in range(32, 256) if b != 127) + b"\r\n",
    "utf-8": "Grüße aus Genève, \u4f60\u597d\r\n".encode(),
    "from-line": b"From here\r\n>From there\r\n",
    "blank-lines": b"\r\n" * 100,
    "300K": (b"k" * 70 + b"\r\n") * 4400,
    "25M": (b"M" * 70 + b"\r\n") * 364000,
}


class Home:
    """A directory of an ordinary user's, whose programs run in it."""

    def __init__(self, files):
        # Not in TMPDIR: what the runner made is closed to other users.
        self.path = tempfile.mkdtemp(prefix="packetboat-home-", dir="/tmp")
        for name, text in files.items():
            with open(os.path.join(self.path, name), "w") as f:
                f.write(text.replace("HOME", self.path))
            os.chmod(os.path.join(self.path, name), 0o600)
        for folder in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(self.path, "mail", folder))
        if os.getuid() == 0:
            for folder, _, names in os.walk(self.path):
                for path in [folder] + [os.path.join(folder, n) for n in names]:
                    os.chown(path, 65534, 65534)

    def run(self, *command, seconds=120):
        """Again, when it was getmail's own race: a child that has delivered before getmail
        has noted the signal's earlier handler ends it."""
        user = as_nobody() if os.getuid() == 0 else []
        for _ in range(5):
            out = subprocess.run([*user, *command], stdin=subprocess.DEVNULL, cwd=self.path,
                                 env={"HOME": self.path, "PATH": os.environ["PATH"],
                                      "LANG": "C.UTF-8", "USER": "nobody",
                                      "LOGNAME": "nobody"},
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 timeout=seconds)
            if b"_ForkingBase__orig_handler" not in out.stdout:
                break
        return out

    def stored(self):
        """The messages in the mailbox, by Message-ID."""
        found = {}
        folder = os.path.join(self.path, "mail", "new")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as f:
                text = f.read()
            found[name_of(text)] = text
        return found

    def empty(self):
        shutil.rmtree(os.path.join(self.path, "mail", "new"))
        os.mkdir(os.path.join(self.path, "mail", "new"))
        if os.getuid() == 0:
            os.chown(os.path.join(self.path, "mail", "new"), 65534, 65534)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def name_of(text):
    at = text.find(b"Message-ID: <")
    return text[at + 13:text.find(b"@", at)].decode()


def fill(demo, largest=1 << 30):
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        smtp.ehlo("crepes.fr")
        for name, body in MESSAGES.items():
            if len(body) <= largest:
                smtp.sendmail("alice@crepes.fr", [ADDRESS],
                              (HEADER % (name, name)).encode() + body, ["BODY=8BITMIME"])


def at_server(demo):
    """What the server has, by Message-ID, as no client of others would show it."""
    with Pop3(demo.site["pop3"]) as pop:
        pop.login(ADDRESS, PASSWORD)
        pop.ask(b"STAT")
        texts = [pop.retrieve(n) for n in range(1, count(demo) + 1)]
    return {name_of(text): text.replace(b"\r\n", b"\n") for text in texts}


def count(demo):
    with Pop3(demo.site["pop3"]) as pop:
        pop.login(ADDRESS, PASSWORD)
        return int(pop.ask(b"STAT").split()[1])


def compare(score, who, stored, wanted):
    score.check(f"{who} has all of them", set(stored) == set(wanted),
                sorted(set(stored) ^ set(wanted)))
    for name in set(stored) & set(wanted):
        got, want = stored[name], wanted[name]
        score.check(f"{who}: octets of {name}", got == want, difference(got, want))


def difference(got, want):
    if got == want:
        return ""
    at = len(os.path.commonprefix([got, want]))
    return f"from {at} on: {got[at - 20:at + 60]!r}, not {want[at - 20:at + 60]!r}"


# ---- the programs; each: files of its home, the command that keeps, the one that deletes

PLAIN, STLS, POP3S = "in the clear", "with STLS", "at pop3s"


def fetchmail(port, how):
    ssl = {PLAIN: "sslproto \"\"", STLS: "sslproto tls1.2+ no sslcertck",
           POP3S: "ssl no sslcertck"}[how]
    config = (f"set invisible\npoll 127.0.0.1 service {port} protocol pop3 uidl auth password\n"
              f"user \"{ADDRESS}\" password \"{PASSWORD}\" {ssl} pass8bits\n"
              "no rewrite mda \"/bin/sh -c 'cat > HOME/mail/new/$$'\"\n")
    base = ["fetchmail", "-s", "-f", ".rc"]
    return {".rc": config}, [*base, "--keep"], [*base, "--nokeep", "--fetchall"], 1


def getmail(port, how):
    """It knows no STLS."""
    kind = "SimplePOP3SSLRetriever" if how == POP3S else "SimplePOP3Retriever"
    config = (f"[retriever]\ntype = {kind}\nserver = 127.0.0.1\nport = {port}\n"
              f"username = {ADDRESS}\npassword = {PASSWORD}\n"
              "[destination]\ntype = Maildir\npath = HOME/mail/\n"
              "[options]\ndelivered_to = false\nreceived = false\nread_all = false\n")
    base = ["getmail", "--getmaildir", ".", "--rcfile", "rc", "-q"]
    return {"rc": config}, [*base, "--dont-delete"], [*base, "--delete", "--all"], 0


def mpop(port, how):
    tls = {PLAIN: "tls off", STLS: "tls on\ntls_starttls on\ntls_certcheck off",
           POP3S: "tls on\ntls_starttls off\ntls_certcheck off"}[how]
    config = (f"account default\nhost 127.0.0.1\nport {port}\nuser {ADDRESS}\n"
              f"passwordeval echo {PASSWORD}\nauth plain\n{tls}\n"
              "delivery maildir HOME/mail\nreceived_header off\nuidls_file HOME/uidls\n")
    base = ["mpop", "-C", "rc", "-q"]
    return {"rc": config}, [*base, "--keep=on"], [*base, "--keep=off", "--only-new=off"], 0


def play(score, demo, program, how):
    who = f"{program.__name__} {how}"
    port = demo.site["pop3s" if how == POP3S else "pop3"]
    files, keep, delete, nothing_new = program(port, how)
    wanted = at_server(demo)
    with Home(files) as home:
        out = home.run(*keep)
        score.check(f"{who} keeps", out.returncode == 0, out.stdout[-500:])
        compare(score, who, home.stored(), wanted)
        home.empty()
        out = home.run(*keep)
        score.check(f"{who} fetches nothing twice",
                    out.returncode in (0, nothing_new) and home.stored() == {},
                    (out.returncode, out.stdout[-500:], list(home.stored())))
        score.check(f"{who} has left them", count(demo) == len(wanted), count(demo))
        out = home.run(*delete)
        score.check(f"{who} deletes", out.returncode == 0 and count(demo) == 0,
                    (out.returncode, out.stdout[-500:], count(demo)))
        compare(score, who, home.stored(), wanted)


def curl(score, demo):
    base = ["curl", "-sS", "-k", "-u", f"{ADDRESS}:{PASSWORD}"]
    url = f"pop3://127.0.0.1:{demo.site['pop3']}/"
    wanted = at_server(demo)
    got = {}
    for number in range(1, len(wanted) + 1):
        out = subprocess.run([*base, url + str(number)], capture_output=True, timeout=60)
        got[name_of(out.stdout)] = out.stdout.replace(b"\r\n", b"\n")
    compare(score, "curl", got, wanted)
    ways = [[url + "1", "--sasl-ir"], [url + "1", "--login-options", "AUTH=PLAIN"],
            [url + "1", "--login-options", "AUTH=LOGIN"], [url + "1", "--ssl-reqd"],
            [url + "1", "--ssl-reqd", "--tls-max", "1.2"]]
    if "pop3s" in demo.site:
        ways.append([f"pop3s://127.0.0.1:{demo.site['pop3s']}/1"])
    for way in ways:
        out = subprocess.run([*base, *way], capture_output=True, timeout=60)
        text = out.stdout.replace(b"\r\n", b"\n")
        score.check(f"curl {way}", text == wanted.get(name_of(text)), out.stderr)
    out = subprocess.run([*base, url, "-X", "UIDL"], capture_output=True, timeout=60)
    score.check("curl UIDL", len(out.stdout.splitlines()) == len(wanted), out.stdout)


def python(score, demo):
    context = ssl._create_unverified_context()
    wanted = at_server(demo)
    poplib._MAXLINE = 1 << 16
    for how in (PLAIN, STLS, POP3S):
        if how == POP3S and "pop3s" not in demo.site:
            continue
        if how == POP3S:
            pop = poplib.POP3_SSL("127.0.0.1", demo.site["pop3s"], timeout=60, context=context)
        else:
            pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
        if how == STLS:
            score.check("poplib stls", pop.stls(context).startswith(b"+OK"))
        score.check(f"poplib utf8 {how}", pop.utf8().startswith(b"+OK"))
        capabilities = pop.capa()
        score.check(f"poplib capa {how}", capabilities["UTF8"] == ["USER"] and
                    "PLAIN" in capabilities["SASL"] and capabilities["EXPIRE"] == ["NEVER"] and
                    ("STLS" in capabilities) == (how == PLAIN), capabilities)
        pop.user(ADDRESS)
        pop.pass_(PASSWORD)
        texts = [b"\n".join(pop.retr(n)[1]) + b"\n" for n in range(1, pop.stat()[0] + 1)]
        compare(score, f"poplib {how}", {name_of(t): t for t in texts}, wanted)
        pop.quit()


def mechanisms(score, demo):
    """mpop logs in in every way that it and the server know."""
    for how in (PLAIN, STLS, POP3S):
        for auth in ("user", "plain", "login", "scram-sha-256"):
            port = demo.site["pop3s" if how == POP3S else "pop3"]
            files, keep, _, _ = mpop(port, how)
            files["rc"] = files["rc"].replace("auth plain", f"auth {auth}")
            with Home(files) as home:
                out = home.run(*keep)
            score.check(f"mpop {auth} {how}", out.returncode == 0, out.stdout[-300:])


def surrogates(score, demo):
    """RFC 6856 §2.1, RFC 6858: UTF-8 in the header for those who say UTF8; for others, what
    any reader of MIME understands as the same."""
    subject = "Gr\u00fc\u00dfe " * 30
    said = ("From: \"J\u00fcrgen \u4f60\" <j\u00fcrgen@crepes.fr>\r\nTo: bob@hamburger.edu\r\n"
            f"Subject: {subject}\r\n\r\n\u4f60\r\n").encode()
    with smtplib.SMTP("127.0.0.1", demo.site["smtp"], timeout=60) as smtp:
        smtp.ehlo("crepes.fr")
        smtp.sendmail("alice@crepes.fr", [ADDRESS], said, ["SMTPUTF8", "BODY=8BITMIME"])
    for utf8 in (True, False):
        pop = poplib.POP3("127.0.0.1", demo.site["pop3"], timeout=60)
        if utf8:
            pop.utf8()
        pop.user(ADDRESS)
        pop.pass_(PASSWORD)
        got = b"\r\n".join(pop.retr(1)[1]) + b"\r\n"
        if not utf8:
            pop.dele(1)
        pop.quit()
        if utf8:
            score.check("as it was sent", got.endswith(said), got)
            continue
        header, body = got.split(b"\r\n\r\n", 1)
        message = email.message_from_bytes(got, policy=email.policy.default)
        sender = message["From"].addresses[0]
        score.check("a header of ASCII", header.isascii() and
                    max(map(len, header.split(b"\r\n"))) <= 78, header)
        score.check("the same subject", message["Subject"].strip() == subject.strip(),
                    message["Subject"])
        score.check("the same name", sender.display_name == "J\u00fcrgen \u4f60", sender)
        score.check("no address", sender.addr_spec == "invalid@internationalized-address.invalid",
                    sender)
        score.check("the same body", body == "\u4f60\r\n".encode(), body)


def settings(score):
    """EXPIRE and LOGIN-DELAY, as configured (RFC 2449 §6.5, §6.7)."""
    with Site("pop3_expire = 0\npop3_login_delay = 60", accounts=["carol@hamburger.edu"]) as site:
        with Smtp(site.smtp) as smtp:
            for _ in range(2):
                smtp.send(HEAD + b"expires\r\n")
        with Pop3(site.pop3) as pop:
            pop.ask(b"CAPA")
            lines = pop.many().splitlines()
            score.check("EXPIRE 0", b"EXPIRE 0" in lines and b"LOGIN-DELAY 60" in lines, lines)
            pop.login()
            pop.retrieve(1)
            pop.ask(b"QUIT")
        with Pop3(site.pop3) as pop:
            reply = pop.login()
            score.check("LOGIN-DELAY", reply.startswith(b"-ERR [LOGIN-DELAY] "), reply)
            score.check("another's login", pop.login("carol@hamburger.edu").startswith(b"+OK"))
    with Site("pop3_expire = 30") as site:
        with Pop3(site.pop3) as pop:
            pop.ask(b"CAPA")
            score.check("EXPIRE 30", b"EXPIRE 30" in pop.many().splitlines())


def main():
    score = Score()
    settings(score)
    with Demo() as demo:
        if shutil.which("mpop"):
            mechanisms(score, demo)
        surrogates(score, demo)
        fill(demo)
        curl(score, demo)
        python(score, demo)
        for program in (fetchmail, getmail, mpop):
            for how in (PLAIN, STLS, POP3S):
                if how == POP3S and "pop3s" not in demo.site or (program, how) == (getmail, STLS):
                    continue
                if count(demo) == 0:
                    fill(demo, 1 << 30 if how == PLAIN else 1 << 20)
                if shutil.which(program.__name__):
                    play(score, demo, program, how)
                else:
                    score.skip(f"{program.__name__} {how}", "it is not installed")
    sys.exit(score.end())


if __name__ == "__main__":
    main()
