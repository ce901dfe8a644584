/* commands - see shell.h: what may be typed. */
#include "cli/ftp/commands.h"

/* clang-format off */
const struct ftp_command ftp_commands[] = {
    /* ---- places */
    { "open [--active] [--no-tls] [USER@]HOST[:PORT] | URL | BOOKMARK", NULL,
      "go there and log in", TAKES_PLACE, ftp_do_open,
      "A URL is ftp://USER@HOST:PORT/DIRECTORY; ftps:// has TLS from the first octet,\n"
      "ftpes:// wants it by AUTH TLS, ftp:// takes it where it is offered.  Without a user,\n"
      "~/.netrc is asked, then it is anonymous.\n" },
    { "user NAME", NULL, "log in as somebody else; the password is asked for",
      ONLINE | SECRET, ftp_do_user, NULL },
    { "close", "disconnect", "leave the place that is open", ONLINE, ftp_do_close, NULL },
    { "bookmarks [list | add NAME [URL] | remove NAME]", "bookmark",
      "names for places; add without a URL: for this one", TAKES_PLACE | SECRET, ftp_do_bookmarks,
      NULL },
    { "status", NULL, "where we are, and how", 0, ftp_do_status, NULL },
    { "quit", "bye exit", "the end", 0, ftp_do_quit, NULL },
    /* ---- directories */
    { "cd [DIRECTORY]", NULL, "change the directory there; without one, back to the first",
      ONLINE | TAKES_REMOTE, ftp_do_cd, NULL },
    { "cdup", NULL, "cd ..", ONLINE, ftp_do_cdup, NULL },
    { "pwd", NULL, "which directory it is there", ONLINE, ftp_do_pwd, NULL },
    { "lcd [DIRECTORY]", NULL, "change the directory here", TAKES_LOCAL, ftp_do_lcd, NULL },
    { "lpwd", NULL, "which directory it is here", 0, ftp_do_lpwd, NULL },
    { "ls [-1] [-t | -S] [-r] [NAME...]", "dir", "list there; -1 names alone, -t the newest\n"
      "first, -S the largest first, -r the other way round", ONLINE | TAKES_REMOTE, ftp_do_ls,
      NULL },
    { "nlist [-t | -S] [-r] [NAME...]", "nls", "ls -1", ONLINE | TAKES_REMOTE, ftp_do_nlist, NULL },
    { "find [DIRECTORY] [PATTERN]", NULL, "all that lies below it", ONLINE | TAKES_REMOTE,
      ftp_do_find, NULL },
    { "du [-s] [DIRECTORY]", NULL, "how much lies in it, and in each one below",
      ONLINE | TAKES_REMOTE, ftp_do_du, NULL },
    { "mkdir [-p] DIRECTORY...", NULL, "make directories there; -p: those above, too",
      ONLINE | TAKES_REMOTE, ftp_do_mkdir, NULL },
    { "rmdir DIRECTORY...", NULL, "remove empty directories there", ONLINE | TAKES_REMOTE,
      ftp_do_rmdir, NULL },
    /* ---- files there */
    { "rm [-r] NAME...", "delete mdelete", "remove there; -r: directories and all in them",
      ONLINE | TAKES_REMOTE, ftp_do_rm, NULL },
    { "mv NAME... TO", "rename", "give another name, or put into a directory, there",
      ONLINE | TAKES_REMOTE, ftp_do_mv, NULL },
    { "chmod MODE NAME...", NULL, "change the rights there; MODE is octal",
      ONLINE | TAKES_REMOTE, ftp_do_chmod, NULL },
    { "hash NAME...", NULL, "checksums, as the server makes them", ONLINE | TAKES_REMOTE,
      ftp_do_hash, NULL },
    { "cat NAME...", NULL, "show files of there", ONLINE | TAKES_REMOTE, ftp_do_cat, NULL },
    { "less NAME...", "more page", "the same, with $PAGER", ONLINE | TAKES_REMOTE, ftp_do_less,
      NULL },
    /* ---- transfers */
    { "get [-c] [--check] NAME [LOCAL]", "recv",
      "fetch a file; -c goes on where it stopped, - as LOCAL shows it",
      ONLINE | TAKES_REMOTE | LOCAL_SECOND, ftp_do_get,
      "--check compares checksums behind it, where the server has HASH.\n" },
    { "put [-c] [-a] [--check] LOCAL [NAME]", "send",
      "send a file; -c goes on where it stopped, -a appends",
      ONLINE | TAKES_LOCAL | REMOTE_SECOND, ftp_do_put, NULL },
    { "reget NAME [LOCAL]", NULL, "get -c", ONLINE | TAKES_REMOTE | LOCAL_SECOND, ftp_do_reget,
      NULL },
    { "reput LOCAL [NAME]", NULL, "put -c", ONLINE | TAKES_LOCAL | REMOTE_SECOND, ftp_do_reput,
      NULL },
    { "append LOCAL [NAME]", NULL, "put -a", ONLINE | TAKES_LOCAL | REMOTE_SECOND,
      ftp_do_append, NULL },
    { "mget [-c] [-P N] [-O DIRECTORY] [--check] NAME...", NULL,
      "fetch files, N at once, into a directory here", ONLINE | TAKES_REMOTE, ftp_do_mget, NULL },
    { "mput [-c] [-P N] [-O DIRECTORY] [--check] LOCAL...", NULL,
      "send files, N at once, into a directory there", ONLINE | TAKES_LOCAL, ftp_do_mput, NULL },
    { "mirror [-R] [-e] [-n] [-P N] [-X GLOB] [-I GLOB] [--dry-run] [--replace] [--check]"
      " [FROM [TO]]", NULL,
      "make a directory here as one there is; -R: there as here",
      ONLINE | TAKES_REMOTE | TAKES_LOCAL, ftp_do_mirror,
      "-e, --delete      remove what is not at FROM\n"
      "-n, --only-newer  nothing but what is newer, whatever the size\n"
      "-P, --parallel N  so many transfers at once\n"
      "-X, --exclude GLOB  pass over what it fits; GLOB/: directories alone\n"
      "-I, --include GLOB  but not what this one fits; alone: only such files\n"
      "--dry-run         say what would be done\n"
      "--replace         a file where a directory is, and the other way round\n"
      "--check           compare checksums behind each, where the server has HASH\n" },
    { "fxp [-o NAME] NAME... PLACE", NULL,
      "copy files from there to another server, not by way of here",
      ONLINE | TAKES_REMOTE | TAKES_PLACE, ftp_do_fxp, NULL },
    /* ---- how */
    { "type [ascii | binary]", NULL, "how files are transferred", 0, ftp_do_type, NULL },
    { "ascii", NULL, "type ascii: line ends become this machine's", 0, ftp_do_ascii, NULL },
    { "binary", "image", "type binary: octets stay as they are, which is usual", 0,
      ftp_do_binary, NULL },
    { "passive", NULL, "we make the data connections, which is usual", 0, ftp_do_passive,
      NULL },
    { "active", NULL, "the server makes them", 0, ftp_do_active, NULL },
    { "verbose [on | off]", "debug", "show what is said on the wire", 0, ftp_do_verbose, NULL },
    { "quote COMMAND", "literal", "say a line as it is to the server", ONLINE | SECRET,
      ftp_do_quote, NULL },
    { "site COMMAND", NULL, "quote SITE ...", ONLINE, ftp_do_site, NULL },
    /* ---- here */
    { "! COMMAND", NULL, "a command of this machine's shell", 0, ftp_do_shell, NULL },
    { "help [COMMAND]", "?", "this list, or how a command is used", TAKES_COMMAND, ftp_do_help,
      NULL },
};
/* clang-format on */

const size_t ftp_commands_count = sizeof ftp_commands / sizeof *ftp_commands;

struct span ftp_command_name(const struct ftp_command *c)
{
    struct span usage = span_of(c->usage);
    return span_first(usage, span_find(usage, ' '));
}

static bool has_word(const char *words, struct span word)
{
    for (struct span rest = span_of(words ? words : ""); rest.len > 0;) {
        struct span next = span_first(rest, span_find(rest, ' '));
        if (span_is(next, word))
            return true;
        rest = span_skip(rest, next.len < rest.len ? next.len + 1 : next.len);
    }
    return false;
}

const struct ftp_command *ftp_command_find(struct span name)
{
    for (size_t i = 0; i < ftp_commands_count; i++)
        if (span_is(ftp_command_name(&ftp_commands[i]), name) ||
            has_word(ftp_commands[i].also, name))
            return &ftp_commands[i];
    return NULL;
}

/* ---- help */

static void print_summary(FILE *to, const struct ftp_command *c)
{
    fprintf(to, "  %-9.*s  ", SPAN_ARG(ftp_command_name(c)));
    for (const char *at = c->summary; *at; at++)
        fputs(*at == '\n' ? "\n             " : (char[]){ *at, '\0' }, to);
    fputc('\n', to);
}

int ftp_do_help(struct call *c)
{
    FILE *to = c->shell->out;
    if (!call_words(c, 0, 1))
        return EXIT_USAGE;
    if (c->count == 0) {
        for (size_t i = 0; i < ftp_commands_count; i++)
            print_summary(to, &ftp_commands[i]);
        fputs("  Behind a command: > FILE, >> FILE, | COMMAND.  help COMMAND says "
              "more.\n",
              to);
        return EXIT_SUCCESS;
    }
    const struct ftp_command *of = ftp_command_find(span_of(c->words[0].text));
    if (!of)
        return call_fail(c, "there is no command '%s'", c->words[0].text);
    fprintf(to, "usage: %s\n%s%s%s\n%s\n", of->usage, of->also ? "also called: " : "",
            of->also ? of->also : "", of->also ? "\n" : "", of->summary);
    if (of->details)
        fprintf(to, "\n%s", of->details);
    return EXIT_SUCCESS;
}
