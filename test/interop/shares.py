#!/usr/bin/env python3
"""`packetboat share`, and what FTP's clients see of it at once: in /Shared, by name alone."""
import ftplib
import io
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from demo import ADDRESS, SITE, Administered, Demo, Score  # noqa: E402

CAROL = f"carol@{SITE}"
FROM_BOB = f"/Shared/{ADDRESS}"


class Site(Administered):
    def login(self, who):
        ftp = ftplib.FTP()
        ftp.connect("127.0.0.1", self.demo.site["ftp"], timeout=20)
        ftp.login(who, "ketchup")
        return ftp

    def refused(self, what, code, fn, *arguments):
        try:
            got = fn(*arguments)
        except ftplib.Error as error:
            got = str(error)
        self.score.check(what, str(got).startswith(code), f"{got!r}, wanted {code}")


def put(ftp, path, octets):
    return ftp.storbinary(f"STOR {path}", io.BytesIO(octets))


def get(ftp, path):
    content = []
    ftp.retrbinary(f"RETR {path}", content.append)
    return b"".join(content)


def names(ftp, path):
    return {name: facts for name, facts in ftp.mlsd(path) if facts["type"] in ("file", "dir")}


def commands(s):
    share = "share", "add"
    s.run("carol", "account", "add", CAROL, said="ketchup\n")
    s.run("no such owner", *share, f"x@{SITE}", "/photos", CAROL, wanted=1, words="no account x@")
    s.run("no such guest", *share, ADDRESS, "/photos", f"y@{SITE}", wanted=1,
          words="no account y@")
    s.run("himself", *share, ADDRESS, "/photos", ADDRESS, wanted=1, words="owner")
    s.run("the top", *share, ADDRESS, "/", CAROL, wanted=1, words="is no folder")
    s.run("out of it", *share, ADDRESS, "/a/../../b", CAROL, wanted=1, words="is no folder")
    s.run("no access", *share, ADDRESS, "/photos", CAROL, "own", wanted=2, words="neither")
    s.run("share", *share, ADDRESS, "/photos", CAROL, words="may read it")
    s.run("two of a name", *share, ADDRESS, "/x/photos", CAROL, wanted=1, words="of that name")
    s.run("drop box", *share, ADDRESS, "/drop", CAROL, "add", words="add files")
    out = s.run("list", "share", "list")
    s.score.check("as given", f"{ADDRESS} /photos {CAROL} read\n" in out and
                  f"{ADDRESS} /drop {CAROL} add\n" in out, repr(out))
    s.run("not shared", "share", "remove", ADDRESS, "/other", CAROL, wanted=1,
          words="does not share")


def see(s, bob, carol):
    bob.mkd("/photos")
    bob.mkd("/drop")
    put(bob, "/photos/boat.jpg", b"a boat")
    put(bob, "/secret", b"bob's own")
    s.score.check("/ has it", names(carol, "/")["Shared"]["perm"] == "el",
                  str(names(carol, "/")))
    s.score.check("its owner", list(names(carol, "/Shared")) == [ADDRESS],
                  str(names(carol, "/Shared")))
    s.score.check("its folders", sorted(names(carol, FROM_BOB)) == ["drop", "photos"],
                  str(names(carol, FROM_BOB)))
    carol.cwd(f"{FROM_BOB}/photos")
    s.score.check("read", get(carol, "boat.jpg") == b"a boat")
    s.score.check("perm", names(carol, ".")["boat.jpg"]["perm"] == "r", str(names(carol, ".")))
    s.refused("not changed", "553", put, carol, "boat.jpg", b"x")
    s.refused("not removed", "550", carol.delete, "boat.jpg")
    s.refused("nothing else", "550", get, carol, f"{FROM_BOB}/secret")
    s.refused("nor beyond", "550", get, carol, f"{FROM_BOB}/photos/../secret")
    s.refused("bob has none", "550", bob.cwd, "/Shared")


def store(s, bob, carol):
    put(carol, f"{FROM_BOB}/drop/for bob", b"hello")
    s.score.check("arrived", get(bob, "/drop/for bob") == b"hello")
    s.refused("not over it", "55", put, carol, f"{FROM_BOB}/drop/for bob", b"other")
    s.refused("nor away", "550", carol.delete, f"{FROM_BOB}/drop/for bob")
    put(carol, "/own", b"carol's")
    carol.sendcmd("RNFR /own")
    s.refused("not moved there", "55", carol.sendcmd, f"RNTO {FROM_BOB}/drop/own")


def change(s, bob, carol):
    """All in the sessions that stand."""
    s.run("more", "share", "add", ADDRESS, "/photos", CAROL, "write", words="change everything")
    put(carol, f"{FROM_BOB}/photos/boat.jpg", b"a better boat")
    s.score.check("changed", get(bob, "/photos/boat.jpg") == b"a better boat")
    carol.rename(f"{FROM_BOB}/photos/boat.jpg", f"{FROM_BOB}/photos/ship.jpg")
    s.refused("the folder stays", "550", carol.rmd, f"{FROM_BOB}/photos")
    s.run("no longer", "share", "remove", ADDRESS, "/photos", CAROL, words="no longer sees")
    s.refused("gone", "550", get, carol, f"{FROM_BOB}/photos/ship.jpg")
    s.score.check("the other is left", list(names(carol, FROM_BOB)) == ["drop"])
    s.run("nor that", "share", "remove", ADDRESS, "/drop", CAROL)
    s.refused("no /Shared", "550", carol.cwd, "/Shared")
    s.score.check("nor in /", "Shared" not in names(carol, "/"), str(names(carol, "/")))


def mirrored(s, directory):
    """lftp walks the tree as any other."""
    s.run("once more", "share", "add", ADDRESS, "/photos", CAROL)
    r = subprocess.run(["lftp", "-c", f"set ftp:ssl-allow no; set net:max-retries 1; "
                        f"open -u {CAROL},ketchup ftp://127.0.0.1:{s.demo.site['ftp']}; "
                        f"mirror /Shared {directory}/m"],
                       capture_output=True, text=True, timeout=60)
    path = os.path.join(directory, "m", ADDRESS, "photos", "ship.jpg")
    s.score.check("lftp's mirror", r.returncode == 0 and os.path.exists(path), r.stderr)


def main():
    score = Score()
    with Demo() as demo:
        s = Site(score, demo)
        commands(s)
        bob, carol = s.login(ADDRESS), s.login(CAROL)
        see(s, bob, carol)
        store(s, bob, carol)
        change(s, bob, carol)
        mirrored(s, demo.directory)
        bob.quit()
        carol.quit()
    return score.end()


sys.exit(main())
