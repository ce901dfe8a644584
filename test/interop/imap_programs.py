#!/usr/bin/env python3
"""offlineimap, imapfilter, neomutt and Perl's Mail::IMAPClient: what they do by IMAP is done.

offlineimap keeps Maildirs and mailboxes the same, both sides changing; imapfilter and neomutt
sort mail into mailboxes; Mail::IMAPClient walks through most of the commands.
"""
import imaplib
import os
import pty
import select
import subprocess
import sys
import time

import pop3_clients as pop3
from demo import ADDRESS, PASSWORD, Demo, Score, as_nobody
from pop3_clients import Home, name_of


def log_in(demo):
    imap = imaplib.IMAP4("127.0.0.1", demo.site["imap"], timeout=60)
    imap.login(ADDRESS, PASSWORD)
    return imap


def look(demo, mailbox):
    """{name: flags} of what is there; None: there is no such mailbox."""
    imap = log_in(demo)
    found = {}
    if imap.select(f'"{mailbox}"', readonly=True)[0] != "OK":
        return None
    for item in imap.fetch("1:*", "(FLAGS BODY.PEEK[])")[1]:
        if isinstance(item, tuple):
            found[name_of(item[1])] = set(imaplib.ParseFlags(item[0]))
    imap.logout()
    return found


# ---- offlineimap

OFFLINEIMAP = """[general]
accounts = demo
ui = quiet
metadata = HOME/meta
[Account demo]
localrepository = local
remoterepository = remote
[Repository local]
type = Maildir
localfolders = HOME/boxes
[Repository remote]
type = IMAP
remotehost = 127.0.0.1
remoteport = %d
remoteuser = %s
remotepass = %s
ssl = no
starttls = no
auth_mechanisms = PLAIN, LOGIN
folderfilter = lambda name: name in ("INBOX", "Work/Here", "Local")
"""


def maildir(home, box):
    """{name: (path, flags)}"""
    found = {}
    for folder in ("new", "cur"):
        there = os.path.join(home.path, "boxes", box, folder)
        for name in os.listdir(there) if os.path.isdir(there) else ():
            with open(os.path.join(there, name), "rb") as f:
                found[name_of(f.read())] = (os.path.join(there, name), name.partition(":2,")[2])
    return found


def offlineimap(score, demo):
    imap = log_in(demo)
    imap.create("Work/Here")
    imap.append("Work/Here", r"(\Flagged)", None,
                (pop3.HEADER % ("kept", "kept")).encode() + b"x\r\n")
    with Home({"rc": OFFLINEIMAP % (demo.site["imap"], ADDRESS, PASSWORD)}) as home:
        def sync(what):
            out = home.run("offlineimap", "-c", "rc", "-o")
            score.check(f"offlineimap {what}", out.returncode == 0, out.stdout[-800:])

        sync("fetches")
        score.check("offlineimap: INBOX", set(maildir(home, "INBOX")) == set(look(demo, "INBOX")),
                    set(maildir(home, "INBOX")))
        score.check("offlineimap: flags", maildir(home, "Work.Here").get("kept", ("", ""))[1] == "F",
                    maildir(home, "Work.Here"))
        path = maildir(home, "INBOX")["plain"][0]
        os.rename(path, path.partition(":2,")[0].replace("/new/", "/cur/") + ":2,RS")
        os.remove(maildir(home, "INBOX")["dots"][0])
        with open(os.path.join(home.path, "boxes/INBOX/new/1.local.demo"), "wb") as f:
            f.write((pop3.HEADER % ("written", "written")).encode().replace(b"\r\n", b"\n"))
        os.chown(f.name, *os.stat(os.path.dirname(f.name))[4:6])
        imap.select()
        empty = imap.search(None, "SUBJECT", "empty")[1][0].decode()
        imap.store(empty, "+FLAGS", r"(\Answered)")
        sync("sends and fetches")
        there = look(demo, "INBOX")
        score.check("offlineimap: flags at the server",
                    there["plain"] >= {b"\\Seen", b"\\Answered"}, there["plain"])
        score.check("offlineimap: deleted, and written", "dots" not in there and
                    "written" in there, set(there))
        score.check("offlineimap: flags here", "R" in maildir(home, "INBOX")["empty"][1],
                    maildir(home, "INBOX")["empty"])
        sync("has nothing to do")
        score.check("offlineimap: both are the same",
                    set(maildir(home, "INBOX")) == set(look(demo, "INBOX")))
    imap.logout()


# ---- imapfilter

IMAPFILTER = """
options.timeout = 60
options.create = true
options.starttls = false
account = IMAP { server = '127.0.0.1', port = %d, username = '%s', password = '%s' }
utf8 = account.INBOX:contain_subject('utf-8')
utf8:mark_flagged()
utf8:move_messages(account['Filtered/Here'])
large = account.INBOX:is_larger(200000) * account.INBOX:is_unseen()
large:copy_messages(account['Filtered/Large'])
print(#account.INBOX:contain_body('ketchup'))
"""


def imapfilter(score, demo):
    before = set(look(demo, "INBOX"))
    with Home({"rc": IMAPFILTER % (demo.site["imap"], ADDRESS, PASSWORD)}) as home:
        out = home.run("imapfilter", "-c", "rc", "-t", "HOME".replace("HOME", home.path))
    score.check("imapfilter", out.returncode == 0 and out.stdout.split()[-1:] == [b"1"],
                out.stdout[-500:])
    score.check("imapfilter moves", set(look(demo, "INBOX")) == before - {"utf-8"})
    score.check("imapfilter: what it moved",
                (look(demo, "Filtered/Here") or {}).get("utf-8", set()) >= {b"\\Flagged"},
                look(demo, "Filtered/Here"))
    score.check("imapfilter copies", set(look(demo, "Filtered/Large") or ()) == {"300K"},
                look(demo, "Filtered/Large"))


# ---- neomutt, on a terminal of its own

NEOMUTT = """
set folder = imap://127.0.0.1:%d/
set spoolfile = +INBOX
set imap_user = %s
set imap_pass = %s
set ssl_starttls = no
set ssl_force_tls = no
set confirmappend = no
set confirmcreate = no
set delete = yes
set quit = yes
set wait_key = no
set mark_old = no
set sort = threads
push "<tag-pattern>~s 8bit<enter><tag-prefix><save-message>=Mutt/Kept<enter><limit>all<enter><flag-message><sync-mailbox><quit>"
"""


def neomutt(score, demo):
    before = set(look(demo, "INBOX"))
    with Home({"rc": NEOMUTT % (demo.site["imap"], ADDRESS, PASSWORD)}) as home:
        ours, theirs = pty.openpty()
        user = as_nobody() if os.getuid() == 0 else []
        program = subprocess.Popen(
            [*user, "neomutt", "-n", "-F", "rc"], cwd=home.path, stdin=theirs, stdout=theirs,
            stderr=theirs, env={"HOME": home.path, "PATH": os.environ["PATH"], "TERM": "xterm",
                                "LANG": "C.UTF-8", "LINES": "24", "COLUMNS": "80"})
        os.close(theirs)
        screen, end = b"", time.monotonic() + 60
        while program.poll() is None and time.monotonic() < end:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    screen += os.read(ours, 65536)
                except OSError:
                    break
        try:
            program.wait(5)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        os.close(ours)
    score.check("neomutt ends", program.returncode == 0, screen[-500:])
    score.check("neomutt saves", set(look(demo, "Mutt/Kept") or ()) == {"8bit"},
                look(demo, "Mutt/Kept"))
    there = look(demo, "INBOX")
    score.check("neomutt deletes what it saved", set(there) == before - {"8bit"}, set(there))
    score.check("neomutt flags", any(b"\\Flagged" in flags for flags in there.values()), there)


# ---- Mail::IMAPClient

PERL = r"""
use strict; use warnings; use Mail::IMAPClient;
my $imap = Mail::IMAPClient->new(Server => '127.0.0.1', Port => %d, User => '%s',
    Password => '%s', Uid => 1, Timeout => 30) or die "no login: $@";
sub ok { my ($what, $is) = @_; print(($is ? "ok " : "not ok "), $what, "\n");
         print("  ", $imap->LastError // '', "\n") unless $is }
ok('capability', $imap->has_capability('THREAD=REFERENCES'));
ok('namespace', $imap->is_parent('INBOX') || 1);
ok('create', $imap->create('Perl/Box'));
ok('exists', $imap->exists('Perl/Box') && !$imap->exists('Perl/Nothing'));
ok('folders', grep { $_ eq 'Perl/Box' } $imap->folders);
ok('subscribe', $imap->subscribe('Perl/Box') && grep { $_ eq 'Perl/Box' } $imap->subscribed);
my $text = "From: a\@crepes.fr\r\nSubject: from perl\r\nMessage-ID: <p1\@x>\r\n\r\nhello\r\n";
my $uid = $imap->append_string('Perl/Box', $text, '\Seen');
ok('append', defined $uid && $uid =~ /^\d+$/);
$imap->append_string('Perl/Box', "Subject: Re: from perl\r\nIn-Reply-To: <p1\@x>\r\n\r\nx\r\n");
ok('select', $imap->select('Perl/Box'));
my @all = $imap->messages; ok('messages', @all == 2);
ok('text', $imap->message_string($uid) eq $text);
ok('seen', grep { $_ eq '\Seen' } $imap->flags($uid));
ok('unseen', $imap->unseen_count == 1);
my @found = $imap->search('SUBJECT "from perl"');
ok("search @found", "@found" eq "@all");
ok('sort', join(',', $imap->sort('REVERSE ARRIVAL', 'UTF-8', 'ALL')) =~ /^\d+,\d+$/);
my $threads = $imap->thread('REFERENCES', 'UTF-8', 'ALL');
ok('thread', $threads && @$threads == 1 && "@{$threads->[0]}" eq "$uid " . ($uid + 1));
ok('envelope', $imap->get_envelope($uid)->subject eq 'from perl');
ok('structure', $imap->get_bodystructure($uid)->bodytype eq 'TEXT');
ok('headers', $imap->get_header($uid, 'Subject') eq 'from perl');
ok('set a flag', $imap->set_flag('Flagged', $uid) && grep { $_ eq '\Flagged' } $imap->flags($uid));
ok('copy', $imap->copy('INBOX', $uid));
ok('move', $imap->create('Perl/Other') && $imap->move('Perl/Other', $uid));
ok('expunge', $imap->expunge && $imap->message_count('Perl/Box') == 1);
ok('it is there', $imap->message_count('Perl/Other') == 1);
my $tag = $imap->idle; ok('idle', $tag && $imap->done($tag));
ok('rename', $imap->rename('Perl/Other', 'Perl/Third') && $imap->exists('Perl/Third'));
ok('status', $imap->status('Perl/Third', 'MESSAGES'));
ok('close', $imap->close);
ok('delete', $imap->delete('Perl/Third') && !$imap->exists('Perl/Third'));
ok('logout', $imap->logout);
"""


def perl(score, demo):
    script = PERL % (demo.site["imap"], ADDRESS, PASSWORD)
    out = subprocess.run(["perl", "-e", script], capture_output=True, text=True, timeout=120)
    lines = out.stdout.splitlines()
    score.check("Mail::IMAPClient", out.returncode == 0 and "ok logout" in lines, out.stderr[-500:])
    for number, line in enumerate(lines):
        if line.startswith(("ok ", "not ok ")):
            score.check(f"Mail::IMAPClient {line.split('ok ', 1)[1]}", line.startswith("ok "),
                        lines[number + 1:number + 2])


def main():
    score = Score()
    with Demo() as demo:
        pop3.fill(demo, 1 << 20)
        for program in (offlineimap, imapfilter, neomutt, perl):
            program(score, demo)
    sys.exit(score.end())


if __name__ == "__main__":
    main()
