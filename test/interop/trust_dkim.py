#!/usr/bin/env python3
"""trust_dkim - signatures both ways with python3-dkim, Perl's Mail::DKIM and opendkim: what they
sign is verified, what is signed is verified by them, and what is changed is not."""
import base64
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.append("/usr/lib/python3/dist-packages")
import dkim  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
NOW = int(time.time())
MESSAGES = {
    "plain": b"From: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\n"
             b"Subject: Do you like\r\n ketchup?\r\nDate: Thu, 26 Nov 2026 12:00:00 +0000"
             b"\r\nMessage-ID: <1@crepes.fr>\r\n\r\nHow about pickles?\r\n",
    "white": b"From:  alice@crepes.fr \r\nSubject:\ta \t b\r\n\tc  \r\nX-Empty:\r\n\r\n"
             b" a  b\t\tc \r\n\r\n \t\r\nline \r\n\r\n\r\n \r\n",
    "empty": b"From: alice@crepes.fr\r\nSubject: nothing\r\n\r\n",
    "lines": b"From: alice@crepes.fr\r\nSubject: lines\r\n\r\n\r\n\r\n\r\n",
    "octets": b"From: alice@crepes.fr\r\nSubject: \xc3\xa9t\xc3\xa9\r\n\r\n"
              b"\xc3\xa9t\xc3\xa9 \x80\r\n.dots\r\n..\r\n",
    "long": b"From: alice@crepes.fr\r\nTo: " + b", ".join(
        b"a%d@x.example\r\n" % i for i in range(30)).replace(b"\r\n,", b",\r\n") +
        b"Subject: long\r\n\r\n" + b"word  " * 150 + b"\r\n" + b"0123456789\r\n" * 9000,
}
PERL_SIGN = """
use Mail::DKIM::Signer;
my ($key, $method) = @ARGV;
my $s = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => $method,
    Domain => 'crepes.fr', Selector => 'rsa', KeyFile => $key);
local $/; my $m = <STDIN>; $s->PRINT($m); $s->CLOSE;
print $s->signature->as_string, "\\r\\n";
"""
PERL_VERIFY = """
use Mail::DKIM::Verifier; use Net::DNS;
my $record = shift @ARGV;
my $rr = Net::DNS::RR->new(name => 'rsa._domainkey.crepes.fr', type => 'TXT',
    txtdata => [unpack('(a200)*', $record)]);
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub { return ($rr); };
*Mail::DKIM::DNS::query_async = sub { my ($n, $t, %p) = @_;
    return sub { return $p{Callbacks}{Success}->($rr) }; };
my $v = Mail::DKIM::Verifier->new();
local $/; my $m = <STDIN>; $v->PRINT($m); $v->CLOSE;
print $v->result;
"""


class Score:
    passed = failed = 0

    def check(self, name, good, why=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED {name}: {why}")


class Judge:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen([f"{BUILD}/trust/judge"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def file(self, message):
        path = os.path.join(self.folder, "message")
        with open(path, "wb") as file:
            file.write(message)
        return path

    def verify(self, message, now=NOW):
        self.say(f"DKIM\t{self.file(message)}\t{now}")
        return self.process.stdout.readline().decode().rstrip("\n").split("\t")

    def sign(self, message, key, selector):
        self.say(f"SIGN\t{self.file(message)}\t{key}\tcrepes.fr\t{selector}\t{NOW}")
        field, whole = map(int, self.process.stdout.readline().split())
        text = self.process.stdout.read(whole + 1)
        return text[:field] + message, text[field:whole].decode()


def openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def make_keys(folder):
    rsa, ed = os.path.join(folder, "rsa.pem"), os.path.join(folder, "ed.pem")
    openssl("genrsa", "-traditional", "-out", rsa, "2048")
    openssl("genpkey", "-algorithm", "ed25519", "-out", ed)
    return rsa, ed


def perl(script, *arguments, stdin):
    return subprocess.run(["perl", "-e", script, *arguments], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def spoilt(message):
    """The ways in which a message is no longer what was signed."""
    head, body = message.split(b"\r\n\r\n", 1)
    yield "body", head + b"\r\n\r\n" + b"x" + body
    yield "more body", head + b"\r\n\r\n" + body + b"more\r\n"
    yield "subject", message.replace(b"\r\nSubject:", b"\r\nSubject: x", 1)
    yield "second From", b"From: eve@example.org\r\n" + message
    yield "second Subject", b"Subject: eve\r\n" + message


def ours(score, judge, keys, records):
    """What we sign, the others verify."""
    for name, message in MESSAGES.items():
        for selector, key in zip(("rsa", "ed"), keys):
            made, record = judge.sign(message, key, selector)
            records[selector] = record
            judge.say("CLEAR")
            judge.say(f"TXT\t{selector}._domainkey.crepes.fr\t{record}")
            said = judge.verify(made)
            score.check(f"ours/{name}/{selector}", said[0].startswith("pass crepes.fr"),
                        said)
            for what, changed in spoilt(made):
                said = judge.verify(changed)
                score.check(f"ours/{name}/{selector}/{what}",
                            said[0].startswith("fail"), said)
            dns = lambda *a, r=record, **k: r.encode()  # noqa: E731
            score.check(f"python3-dkim/{name}/{selector}", dkim.verify(made, dnsfunc=dns))
            if selector == "rsa":
                said = perl(PERL_VERIFY, record, stdin=made)
                score.check(f"Mail::DKIM/{name}", said == b"pass", said)


def opendkim_sign(message, key):
    return subprocess.run(["opendkim-testmsg", "-C", "-d", "crepes.fr", "-s", "rsa",
                           "-k", key], input=message, stdout=subprocess.PIPE).stdout


def theirs(score, judge, keys, records):
    """What they sign, we verify."""
    judge.say("CLEAR")
    for selector, record in records.items():
        judge.say(f"TXT\t{selector}._domainkey.crepes.fr\t{record}")
    with open(keys[0], "rb") as file:
        rsa = file.read()
    seed = openssl("pkey", "-in", keys[1], "-outform", "DER")[-32:]
    ed = base64.b64encode(seed)
    for name, message in MESSAGES.items():
        for header in (b"relaxed", b"simple"):
            for body in (b"relaxed", b"simple"):
                for selector, key, algorithm in ((b"rsa", rsa, b"rsa-sha256"),
                                                 (b"ed", ed, b"ed25519-sha256")):
                    field = dkim.sign(message, selector, b"crepes.fr", key,
                                      canonicalize=(header, body),
                                      signature_algorithm=algorithm)
                    way = f"{name}/{header.decode()}/{body.decode()}/{algorithm.decode()}"
                    said = judge.verify(field + message)
                    score.check(f"from python3-dkim/{way}", said[0].startswith("pass"),
                                said)
                    said = judge.verify(field + message.replace(b"\r\n\r\n", b"\r\n\r\nx",
                                                                1))
                    score.check(f"from python3-dkim/{way}, changed",
                                said[0].startswith("fail"), said)
                field = perl(PERL_SIGN, keys[0], f"{header.decode()}/{body.decode()}",
                             stdin=message)
                said = judge.verify(field + message)
                score.check(f"from Mail::DKIM/{name}/{header}/{body}",
                            said[0].startswith("pass"), (said, field))
    # It signs with rsa-sha1, which RFC 8301 has done away with.
    said = judge.verify(opendkim_sign(MESSAGES["plain"], keys[0]))
    score.check("from opendkim", said == ["permerror crepes.fr algorithm not supported"],
                said)


def limits(score, judge, keys):
    """D05: what must not pass."""
    message = MESSAGES["plain"]
    signed, record = judge.sign(message, keys[0], "rsa")
    field = signed[:-len(message)]
    for name, zone, made, wanted in (
            ("no key", "", signed, "permerror"),
            ("revoked", "v=DKIM1; p=", signed, "permerror"),
            ("another algorithm", record.replace("k=rsa", "k=ed25519"), signed, "permerror"),
            ("sha1 only", record + "; h=sha1", signed, "permerror"),
            ("not for mail", record + "; s=web", signed, "permerror"),
            ("a=rsa-sha1", record, signed.replace(b"rsa-sha256", b"rsa-sha1"), "permerror"),
            ("v=2", record, signed.replace(b"v=1;", b"v=2;"), "permerror"),
            ("tag twice", record, signed.replace(b"v=1;", b"v=1; v=1;"), "permerror"),
            ("path in s=", record, signed.replace(b"s=rsa", b"s=../rsa"), "permerror"),
            ("From not signed", record, signed.replace(b"h=From:From", b"h=To"),
             "permerror"),
            ("i= elsewhere", record, signed.replace(b"s=rsa", b"i=@example.org; s=rsa"),
             "permerror"),
            ("i= of another name that ends so", record,
             signed.replace(b"s=rsa", b"i=@xcrepes.fr; s=rsa"), "permerror"),
            ("expired", record, signed.replace(b"; t=", b"; x=%d; t=" % (NOW - 1)),
             "permerror"),
            ("l= of more", record, signed.replace(b"; t=", b"; l=9999; t="), "permerror"),
            ("no field", record, b"nonsense\r\n" + signed, "permerror"),
    ):
        judge.say("CLEAR")
        if zone:
            judge.say(f"TXT\trsa._domainkey.crepes.fr\t{zone}")
        said = judge.verify(made)
        score.check(f"D05 {name}", said[0].startswith(wanted), said)
    judge.say("CLEAR")
    judge.say("FAIL\trsa._domainkey.crepes.fr\t")
    score.check("D05 no answer", judge.verify(signed)[0].startswith("temperror"))
    said = judge.verify(field * 1000 + message)
    score.check("D05 1000 signatures", len(said) == 10, said)
    others = b"".join(field.replace(b"s=rsa", b"s=rsa%d" % i) for i in range(8))
    said = judge.verify(others + message)
    score.check("D05 many keys", sum("too many" in s for s in said) == 3, said)
    for bits in (512, 768):
        key = os.path.join(judge.folder, "odd.pem")
        openssl("genrsa", "-out", key, str(bits))
        judge.say("CLEAR")
        made, record = judge.sign(message, key, "odd")
        judge.say(f"TXT\todd._domainkey.crepes.fr\t{record}")
        said = judge.verify(made)
        score.check(f"D05 RSA {bits}", said[0].startswith("policy"), said)


def whole(score, judge, keys):
    """SPF, DKIM and DMARC of one message, and Authentication-Results of it."""
    made, record = judge.sign(MESSAGES["plain"], keys[1], "ed")
    judge.say("CLEAR")
    judge.say(f"TXT\ted._domainkey.crepes.fr\t{record}")
    judge.say("TXT\tcrepes.fr\tv=spf1 ip4:192.0.2.1 -all")
    judge.say("TXT\t_dmarc.crepes.fr\tv=DMARC1; p=reject")
    for name, message, address, wanted in (
            ("both", made, "192.0.2.1", "spf=pass dkim=pass dmarc=pass"),
            ("forwarded", made, "198.51.100.1", "spf=fail dkim=pass dmarc=pass"),
            ("changed", made + b"x", "192.0.2.1", "spf=pass dkim=fail dmarc=pass"),
            ("forged", MESSAGES["plain"], "198.51.100.1",
             "spf=fail dkim=none dmarc=fail policy.dmarc=reject")):
        judge.say(f"ALL\t{judge.file(message)}\t{address}\tmail.crepes.fr\t"
                  f"alice@crepes.fr\t{NOW}")
        said = judge.process.stdout.readline().decode()
        found = " ".join(re.findall(r"(?:spf|dkim|dmarc|policy.dmarc)=[^ ;]+", said))
        score.check(f"whole/{name}", found == wanted and
                    said.startswith("Authentication-Results: hamburger.edu;"), said)


def main():
    score, records = Score(), {}
    with tempfile.TemporaryDirectory() as folder:
        judge, keys = Judge(folder), make_keys(folder)
        ours(score, judge, keys, records)
        theirs(score, judge, keys, records)
        limits(score, judge, keys)
        whole(score, judge, keys)
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


if __name__ == "__main__":
    sys.exit(main())
