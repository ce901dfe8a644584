#!/usr/bin/env python3
"""`packetboat alias` and `packetboat domain`, and what SMTP's RCPT says of it at once."""
import os
import poplib
import smtplib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, SITE, Administered, Demo, Score  # noqa: E402

CAROL, DAVE = f"carol@{SITE}", f"dave@{SITE}"


class Site(Administered):
    def rcpt(self, what, *pairs, size=None):
        """Each an address and the code that RCPT is answered with."""
        with smtplib.SMTP("127.0.0.1", self.demo.site["smtp"], timeout=20) as smtp:
            smtp.ehlo("crepes.fr")
            smtp.mail("alice@crepes.fr", [f"size={size}"] if size else [])
            for address, code in pairs:
                got = smtp.rcpt(address)
                self.score.check(f"{what}: {address}", got[0] == code, str(got))

    def send(self, *recipients):
        with smtplib.SMTP("127.0.0.1", self.demo.site["smtp"], timeout=20) as smtp:
            smtp.sendmail("alice@crepes.fr", recipients, "Subject: hello\r\n\r\nhello\r\n")

    def count(self, address):
        pop = poplib.POP3("127.0.0.1", self.demo.site["pop3"], timeout=20)
        pop.user(address)
        pop.pass_("ketchup")
        count = pop.stat()[0]
        pop.quit()
        return count


def aliases(s):
    for address in CAROL, DAVE:
        s.run("an account", "account", "add", address, said="ketchup\n")
    s.rcpt("before", (f"sales@{SITE}", 550))
    s.run("an alias", "alias", "add", f"sales@{SITE}", CAROL)
    s.rcpt("at once", (f"sales@{SITE}", 250), (f"SALES+x@{SITE}", 250))
    s.run("one for several", "alias", "add", f"staff@{SITE}", ADDRESS, CAROL, DAVE)
    s.run("one of aliases", "alias", "add", f"all@{SITE}", f"staff@{SITE}", f"sales@{SITE}")
    before = [s.count(address) for address in (ADDRESS, CAROL, DAVE)]
    s.send(f"all@{SITE}", f"sales@{SITE}", CAROL)
    after = [s.count(address) for address in (ADDRESS, CAROL, DAVE)]
    s.score.check("each has it once", after == [n + 1 for n in before],
                  f"{before} {after}")
    out = s.run("list", "alias", "list")
    s.score.check("as add takes it", out == (
        f"all@{SITE} staff@{SITE} sales@{SITE}\n"
        f"sales@{SITE} {CAROL}\n"
        f"staff@{SITE} {ADDRESS} {CAROL} {DAVE}\n"), out)
    swaks = subprocess.run(
        ["swaks", "--server", "127.0.0.1", "--port", str(s.demo.site["smtp"]), "--from",
         "alice@crepes.fr", "--to", f"staff@{SITE},nobody@{SITE}"],
        capture_output=True, text=True, timeout=30)
    s.score.check("swaks", "250 2.1.5" in swaks.stdout and "550 5.1.1" in swaks.stdout and
                  s.count(DAVE) == after[2] + 1, swaks.stdout)


def refusals(s):
    add = "alias", "add"
    s.run("a circle", *add, f"staff@{SITE}", f"all@{SITE}", wanted=1,
          words=f"that would lead from staff@{SITE} back to itself")
    s.run("itself", *add, f"x@{SITE}", f"x@{SITE}", wanted=1, words="back to itself")
    s.run("elsewhere", *add, f"x@{SITE}", "alice@crepes.fr", wanted=1,
          words="forwarding needs the queue, which is not there yet")
    s.run("of elsewhere", *add, "x@crepes.fr", ADDRESS, wanted=1,
          words="no domain of this site; packetboat domain add makes one")
    s.run("to nobody", *add, f"x@{SITE}", CAROL, f"nobody@{SITE}", wanted=1,
          words=f"there is no account and no alias nobody@{SITE}")
    s.run("an account", *add, ADDRESS, CAROL, wanted=1, words="is an account")
    s.run("again", *add, f"sales@{SITE}", CAROL, wanted=1, words="goes there already")
    for target in "|id", "/etc/passwd", ":include:/etc/passwd", "bob":  # S30
        s.run(f"S30 {target}", *add, f"x@{SITE}", target, wanted=1,
              words=f'"{target}" is no address')
    s.run("an account of that name", "account", "add", f"sales@{SITE}", wanted=1,
          words="is an alias", said="ketchup\n")
    s.run("nobody's alias", "alias", "remove", f"x@{SITE}", wanted=1,
          words="there is no alias")
    s.run("not its target", "alias", "remove", f"sales@{SITE}", DAVE, wanted=1,
          words=f"does not go to {DAVE}")
    s.run("needed", "alias", "remove", f"staff@{SITE}", wanted=1, words="change that first")
    s.run("needed", "account", "remove", DAVE, wanted=1, words="change that first")
    s.rcpt("nothing came of it", (f"x@{SITE}", 550), (f"sales@{SITE}", 250),
           (DAVE, 250))


def domains(s):
    s.rcpt("before", ("you@example.org", 550))
    s.run("a domain", "domain", "add", "Example.ORG")
    s.run("again", "domain", "add", "example.org", wanted=1, words="is there already")
    s.run("none", "domain", "add", "a b", wanted=1, words="is no domain")
    s.rcpt("a domain without anybody", ("you@example.org", 550),
           ("postmaster@example.org", 250), ("abuse@example.org", 550))
    s.run("an alias there", "alias", "add", "you@example.org", ADDRESS)
    s.run("in use", "domain", "remove", "example.org", wanted=1,
          words="has accounts or aliases")
    s.run("catch-all", "domain", "set", "example.org", "catch-all", CAROL, "detail", "no")
    s.rcpt("all caught", ("anybody@example.org", 250), ("you+x@example.org", 250))
    out = s.run("listed", "domain", "list")
    s.score.check("with its settings", "example.org  accounts 0  aliases 1  catch-all "
                  f"{CAROL}  detail no  quota none\n" in out, out)
    s.run("catch-all for nobody", "domain", "set", "example.org", "catch-all",
          f"nobody@{SITE}", wanted=1, words="is neither")
    s.run("no catch-all", "domain", "set", "example.org", "catch-all", "none")
    s.rcpt("none caught", ("anybody@example.org", 550), ("you+x@example.org", 550),
           ("you@example.org", 250))
    s.run("detail again", "domain", "set", "example.org", "detail", "yes")
    s.rcpt("with a detail", ("you+x@example.org", 250))
    s.run("the alias goes", "alias", "remove", "you@example.org")
    s.run("the domain goes", "domain", "remove", "example.org")
    s.rcpt("after", ("you@example.org", 550), ("postmaster@example.org", 550))
    s.run("no such domain", "domain", "remove", "example.org", wanted=1,
          words="there is no domain")


def quotas(s):
    s.run("a quota", "account", "quota", DAVE, "1M")
    s.rcpt("what it can hold", (DAVE, 250), size=1000000)
    s.rcpt("what it never can", (DAVE, 552), (CAROL, 250), size=1100000)
    s.run("no quota", "account", "quota", DAVE, "none")
    s.rcpt("at once", (DAVE, 250), size=1100000)


def beyond_ascii(s):
    """RFC 6531: an address has many forms, and they are one (S15)."""
    s.run("an account", "account", "add", "J\u00f6rg@b\u00fccher.example", said="ketchup\n")
    s.run("its domain", "domain", "list", words="xn--bcher-kva.example  accounts 1")
    with smtplib.SMTP("127.0.0.1", s.demo.site["smtp"], timeout=20) as smtp:
        smtp.ehlo("crepes.fr")
        smtp.command_encoding = "utf-8"
        smtp.mail("alice@crepes.fr", ["SMTPUTF8"])
        for address, code in (("j\u00f6rg@xn--bcher-kva.example", 250),
                              ("JO\u0308RG@BU\u0308CHER.example", 250),
                              ("j\u00f6rg+x@b\u00fccher.example", 250),
                              ("jorg@b\u00fccher.example", 550),
                              ("j\u00f6rg\u202e@b\u00fccher.example", 553)):
            got = smtp.docmd(f"RCPT TO:<{address}>")
            s.score.check(f"RCPT {ascii(address)}", got[0] == code, str(got))
    s.run("it goes", "account", "remove", "j\u00f6rg@xn--bcher-kva.example")
    s.run("and its domain", "domain", "remove", "b\u00fccher.example")


def thousands(s, folder):
    """S12: aliases as large as one answer holds; one transaction takes no more."""
    people = [f"u{i}@{SITE}" for i in range(1100)]
    path = os.path.join(folder, "hashes")
    with open(path, "w") as f:
        f.writelines(f"{one}:$6$saltsalt${'x' * 86}\n" for one in people)
    s.run("1100 accounts", "account", "import", path, words="1100 accounts added")
    s.run("600", "alias", "add", f"first@{SITE}", *people[:600])
    s.run("500", "alias", "add", f"second@{SITE}", *people[600:])
    s.run("1000", "alias", "add", f"third@{SITE}", *people[:999])
    s.run("one", "alias", "add", f"third@{SITE}", people[999])
    s.run("one too many", "alias", "add", f"third@{SITE}", people[1000], wanted=1,
          words="more accounts than the 1000")
    s.run("both", "alias", "add", f"both@{SITE}", f"first@{SITE}", f"second@{SITE}",
          wanted=1, words="more accounts than the 1000")
    s.rcpt("in one transaction", (f"first@{SITE}", 250), (f"second@{SITE}", 452),
           (f"first@{SITE}", 250), (people[7], 250), (people[1050], 250),
           (f"third@{SITE}", 452))
    s.rcpt("the most", *[(f"third@{SITE}", 250)] * 1000, (people[0], 452))


def without_a_server(s):
    s.demo.stop()
    s.run("an alias", "alias", "add", f"late@{SITE}", CAROL)
    s.score.check("it is kept", f"late@{SITE} {CAROL}\n" in s.run("list", "alias", "list"))
    s.run("a domain", "domain", "add", "late.example")
    s.run("it goes", "domain", "remove", "late.example")
    s.run("and goes", "alias", "remove", f"late@{SITE}")


def main():
    score = Score()
    with tempfile.TemporaryDirectory() as folder, Demo() as demo:
        s = Site(score, demo)
        aliases(s)
        refusals(s)
        domains(s)
        quotas(s)
        beyond_ascii(s)
        thousands(s, folder)
        without_a_server(s)
    return score.end()


sys.exit(main())
