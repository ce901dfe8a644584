#!/usr/bin/env python3
"""trust_arc - chains both ways with python3-dkim and Perl's Mail::DKIM::ARC (RFC 8617):
what they seal holds here, what is sealed here holds there, and what is broken nowhere."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append("/usr/lib/python3/dist-packages")
import trust_dkim  # noqa: E402
import dkim  # noqa: E402

MESSAGES = trust_dkim.MESSAGES
HEADER = b"Authentication-Results: crepes.fr; arc=none; spf=pass smtp.mailfrom=crepes.fr\r\n"
PERL_VERIFY = """
use Mail::DKIM::ARC::Verifier; use Net::DNS;
my $record = shift @ARGV;
my $rr = Net::DNS::RR->new(name => 'rsa._domainkey.crepes.fr', type => 'TXT',
    txtdata => [unpack('(a200)*', $record)]);
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub { return ($rr); };
*Mail::DKIM::DNS::query_async = sub { my ($n, $t, %p) = @_;
    return sub { return $p{Callbacks}{Success}->($rr) }; };
my $v = Mail::DKIM::ARC::Verifier->new();
local $/; my $m = <STDIN>; $v->PRINT($m); $v->CLOSE;
print $v->result;
"""


class Judge(trust_dkim.Judge):
    def arc(self, message):
        self.say(f"ARC\t{self.file(message)}")
        return self.process.stdout.readline().decode().split(" ", 3)

    def seal(self, message, key, selector="rsa"):
        self.say(f"SEAL\t{self.file(message)}\t{key}\tcrepes.fr\t{selector}\t"
                 f"{trust_dkim.NOW}")
        error, octets = map(int, self.process.stdout.readline().split())
        text = self.process.stdout.read(octets + 1)
        return error, text[:octets] + message


def sealed_by_python(message, rsa):
    """The first set, by python3-dkim."""
    made = dkim.arc_sign(HEADER + message, b"rsa", b"crepes.fr", rsa, b"crepes.fr",
                         include_headers=[b"from", b"subject"])
    return b"".join(made) + message


def holds(made, record):
    verdict, _, reason = dkim.arc_verify(made, dnsfunc=lambda *a, **k: record.encode())
    return verdict == b"pass", reason


def broken(made):
    yield "body", made.replace(b"\r\n\r\n", b"\r\n\r\nx", 1)
    yield "a set's results", made.replace(b"spf=pass", b"spf=fail", 1)
    yield "no results", made.replace(b"ARC-Authentication-Results:", b"X-Gone:", 1)
    yield "i= twice", made.replace(b"ARC-Seal:", b"ARC-Seal: i=1; b=x\r\nARC-Seal:", 1)
    yield "cv=fail", made.replace(b"cv=none", b"cv=fail", 1)
    yield "forged cv=pass", made.replace(b"cv=none", b"cv=pass", 1)
    yield "51 sets", made.replace(b"ARC-Seal:", b"ARC-Seal: i=51; b=x\r\nARC-Seal:", 1)
    yield "a gap", made.replace(b"i=1;", b"i=3;")


def main():
    score = trust_dkim.Score()
    with tempfile.TemporaryDirectory() as folder:
        judge, keys = Judge(folder), trust_dkim.make_keys(folder)
        with open(keys[0], "rb") as file:
            rsa = file.read()
        _, record = judge.sign(MESSAGES["plain"], keys[0], "rsa")
        _, edward = judge.sign(MESSAGES["plain"], keys[1], "ed")
        judge.say(f"TXT\trsa._domainkey.crepes.fr\t{record}")
        judge.say(f"TXT\ted._domainkey.crepes.fr\t{edward}")
        for name, message in MESSAGES.items():
            score.check(f"{name}: none", judge.arc(message)[0] == "none")
            made = message
            for hop in range(1, 4):
                error, made = judge.seal(made, keys[0])
                said = judge.arc(made)
                score.check(f"{name}: ours, hop {hop}",
                            error == 0 and said[:3] == ["pass", str(hop), "crepes.fr"],
                            (error, said))
                score.check(f"{name}: ours, hop {hop}, python3-dkim",
                            holds(made, record)[0], holds(made, record))
                said = trust_dkim.perl(PERL_VERIFY, record, stdin=made)
                score.check(f"{name}: ours, hop {hop}, Mail::DKIM", said == b"pass", said)
            made = sealed_by_python(message, rsa)
            said = judge.arc(made)
            score.check(f"{name}: python3-dkim's", said[0] == "pass", said)
            error, made = judge.seal(made, keys[0])
            score.check(f"{name}: ours on theirs", judge.arc(made)[:2] == ["pass", "2"]
                        and holds(made, record)[0], judge.arc(made))
            error, made = judge.seal(message, keys[1], "ed")
            said = judge.arc(made)
            score.check(f"{name}: ed25519", said[0] == "pass", said)
            error, made = judge.seal(message, keys[0])
            for what, changed in broken(made):
                said = judge.arc(changed)
                score.check(f"D07 {name}: {what}", said[0] == "fail", said)
            # A chain that fails here is sealed so, and nothing is added to that.
            error, made = judge.seal(made.replace(b"\r\n\r\n", b"\r\n\r\nx", 1), keys[0])
            said = judge.arc(made)
            score.check(f"D07 {name}: sealed as failed",
                        error == 0 and b"cv=fail" in made and said[0] == "fail", said)
            error, _ = judge.seal(made, keys[0])
            score.check(f"D07 {name}: nothing added", error != 0, error)
        many = MESSAGES["plain"]
        for _ in range(50):
            error, many = judge.seal(many, keys[1], "ed")
        score.check("D07 50 sets", judge.arc(many)[:2] == ["pass", "50"], judge.arc(many))
        error, _ = judge.seal(many, keys[1], "ed")
        score.check("D07 no 51st", error != 0, error)
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


if __name__ == "__main__":
    sys.exit(main())
