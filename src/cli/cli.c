#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>

#ifndef PACKETBOAT_VERSION
#define PACKETBOAT_VERSION "unknown"
#endif

/* clang-format off */
static const struct cli_command commands[] = {
    { "demo",
      "demo [--dir DIR] [--base N]\n",
      "a mail server to play with: hamburger.edu, on this machine alone",
      "DIR is ./packetboat-demo.  Ports are N + the standard port: with N = 10000, which\n"
      "it is at first, SMTP answers at 10025.  DIR remembers N.\n", cli_demo },
    { "init",
      "init HOSTNAME ADDRESS [--dir DIR]\n",
      "make a site: its directory, its configuration, its first account",
      "The account's password is asked for, or read from standard input.\n", cli_init },
    { "serve",
      "serve [--dir DIR]\n",
      "run the site in the foreground, until Ctrl-C or SIGTERM", NULL, cli_serve },
    { "reload",
      "reload [--dir DIR]\n",
      "let the running server read packetboat.conf again",
      "It says what takes a restart; with a mistake in the file nothing changes.\n",
      cli_reload },
    { "account",
      "account add ADDRESS [--dir DIR]\n"
      "account app-password ADDRESS add LABEL [--rights read,delete,send] [--dir DIR]\n"
      "account app-password ADDRESS list [--dir DIR]\n"
      "account app-password ADDRESS remove NUMBER [--dir DIR]\n"
      "account identity ADDRESS add IDENTITY [--dir DIR]\n"
      "account identity ADDRESS list [--dir DIR]\n"
      "account identity ADDRESS remove IDENTITY [--dir DIR]\n"
      "account import FILE [--domain DOMAIN] [--dir DIR]\n"
      "account list [-v] [--dir DIR]\n"
      "account passwd ADDRESS [--dir DIR]\n"
      "account quota ADDRESS [SIZE|none|default] [--dir DIR]\n"
      "account remove ADDRESS [--dir DIR]\n"
      "account scram ADDRESS on|off [--dir DIR]\n",
      "who has mail here; passwords are asked, or read from standard input",
      "Beside a running server or without one; remove takes the account's mail along.\n"
      "An app password is one more, made here for one program, with fewer rights.\n"
      "An identity is an address that the account may send as beside its own.\n"
      "FILE (- is standard input) has lines NAME:HASH, as of /etc/shadow, Dovecot's\n"
      "passwd-file or htpasswd -B; names without a domain get DOMAIN.\n"
      "SIZE is as 500M or 2G; default is the domain's.\n"
      "With SCRAM clients log in without saying the password; it is on unless said.\n",
      cli_account },
    { "alias",
      "alias add ADDRESS TARGET... [--dir DIR]\n"
      "alias list [--dir DIR]\n"
      "alias remove ADDRESS [TARGET...] [--dir DIR]\n",
      "addresses that stand for accounts, or for other aliases",
      "add gives an alias further targets, remove takes some away, or all.\n",
      cli_alias },
    { "certificate",
      "certificate add CHAIN.pem KEY.pem [--dir DIR]\n"
      "certificate list [--dir DIR]\n"
      "certificate show [HOST] [--dir DIR]\n"
      "certificate remove HOST [ecdsa | rsa | self-signed] [--dir DIR]\n",
      "what the server shows to those who ask for TLS",
      "Beside a running server, which uses it at once, or without one.  CHAIN.pem has the\n"
      "host's certificate first, then those that vouch for it.  show prints a chain, for\n"
      "programs that are to trust it.\n", cli_certificate },
    { "domain",
      "domain add DOMAIN [--dir DIR]\n"
      "domain list [--dir DIR]\n"
      "domain remove DOMAIN [--dir DIR]\n"
      "domain set DOMAIN [catch-all ADDRESS|none] [detail yes|no] [quota SIZE|none]"
      " [--dir DIR]\n",
      "whose mail is ours, and how it is taken",
      "catch-all: who gets what is for nobody else.  detail: whether name+anything is\n"
      "name.  quota: of each account that has none of its own; SIZE is as 500M or 2G.\n",
      cli_domain },
    { "lookup",
      "lookup NAME [KIND] [--dir DIR]\n",
      "what the running server finds in the DNS",
      "KIND is A, AAAA, MX, TXT, TLSA, PTR or CNAME; MX, where none is said.\n",
      cli_lookup },
    { "wire",
      "wire [--follow] [--since TIME] [--until TIME] [FILTER...] [--dir DIR]\n",
      "show what clients and server said to each other",
      "A FILTER chooses sessions; of several, all have to fit:\n"
      "  smtp, pop3, imap              the protocol\n"
      "  192.0.2.7, 192.0.2.0/24       the client's address, or its network\n"
      "  bob@example.org               the account that it logged in to\n"
      "  ok, refused, error, dropped   how it went\n"
      "  1f2e3d4c                      the beginning of its id, as the lines bear it\n"
      "TIME is 10m (ago; s, m, h or d), 09:30 (today), 2026-11-21, or '2026-11-21 09:30'.\n"
      "With --follow: what is said from now on, until Ctrl-C.\n", cli_wire },
    { "ftp",
      "ftp [OPTION...] [URL]\n",
      "fetch and send files: a client for any FTP server",
      "With a URL that ends in a file's name the file is fetched; with any other one goes\n"
      "there, and says what is to be done: 'help' lists it.\n"
      "  -c COMMANDS   do these, parted by \";\", and leave\n"
      "  -f FILE       do what stands in the file (-: standard input)\n"
      "  -k            go on with the next command when one has failed\n"
      "  -l            list the URL's directory, and leave\n"
      "  -o LOCAL      fetch the URL's file to there (-: standard output)\n"
      "  -P N          so many transfers at once, where there are several\n"
      "  -q            nothing but what was asked for, and what went wrong\n"
      "  -v            show what is said on the wire\n"
      "  -4, -6        by IPv4, by IPv6 alone\n"
      "  --active      the server makes the data connections\n"
      "  --ca FILE     certificates to be trusted, PEM\n"
      "  --any-certificate  trust whoever it is; for tests\n"
      "  --no-tls, --plain-data  no TLS; TLS for the control connection alone\n"
      "  --timeout S, --tries N  how long, and how often\n"
      "The exit code is 0 when all went well, 1 when something failed, 130 after Ctrl-C.\n",
      cli_ftp },
    { "queue",
      "queue list [FILTER...] [--dir DIR]\n"
      "queue show NUMBER|FILTER... [--dir DIR]\n"
      "queue retry NUMBER|FILTER...|all [--dir DIR]\n"
      "queue hold NUMBER|FILTER...|all [--dir DIR]\n"
      "queue release NUMBER|FILTER...|all [--dir DIR]\n"
      "queue fail NUMBER|FILTER...|all [--dir DIR]\n"
      "queue drop NUMBER|FILTER...|all [--dir DIR]\n",
      "what waits to be sent on, and what is to be done with it",
      "A FILTER chooses; of several, all have to fit:\n"
      "  to:hamburger.edu     part of a recipient's address\n"
      "  from:alice@crepes.fr part of the sender's\n"
      "  code:450, code:4     what the last server said, or how that begins\n"
      "  age:2h               so old at least (s, m, h or d)\n"
      "retry: now, and not when its time comes.  hold: not before it is released.\n"
      "fail: it is given up, and the sender is told; drop: nobody is told.\n",
      cli_queue },
    { "share",
      "share add OWNER FOLDER GUEST [read|add|write] [--dir DIR]\n"
      "share list [--dir DIR]\n"
      "share remove OWNER FOLDER GUEST [--dir DIR]\n",
      "folders of one account's files that another may see",
      "FOLDER is as the owner sees it: /photos.  The guest finds it over FTP in\n"
      "/Shared/OWNER.  read, as it is at first: look and read; add: store new files, too;\n"
      "write: change and remove what is there.  add again changes what the guest may.\n",
      cli_share },
    { "verify",
      "verify [--dir DIR]\n",
      "read the whole store of a stopped site and say what is wrong with it",
      NULL, cli_verify },
    { "check",
      "check --sandbox\n",
      "show what this kernel has to lock the server's processes in",
      "The exit code is 1 when something is missing; the server runs without it.\n",
      cli_check },
    { "version", "version\n", "print the version", NULL, cli_version },
    { "help", "help [COMMAND]\n", "this list, or one command's usage", NULL, cli_help },
};
/* clang-format on */

enum { COMMANDS = sizeof commands / sizeof *commands };

/* Of "account quota" the first word counts. */
static const struct cli_command *find(const char *words)
{
    struct span name = span_first(span_of(words), span_find(span_of(words), ' '));
    for (size_t i = 0; i < COMMANDS; i++)
        if (span_is(name, span_of(commands[i].name)))
            return &commands[i];
    return NULL;
}

/* ---- usage */

/* The lines that begin with these words. */
static void print_usage(FILE *to, const struct cli_command *c, struct span words)
{
    const char *before = "usage: ";
    for (struct span rest = span_of(c->usage); rest.len > 0;) {
        struct span line = span_first(rest, span_find(rest, '\n'));
        rest = span_skip(rest, line.len + 1);
        if (!span_starts_nocase(line, words))
            continue;
        fprintf(to, "%spacketboat %.*s\n", before, SPAN_ARG(line));
        before = "       ";
    }
}

static void print_help(const struct cli_command *c)
{
    print_usage(stdout, c, SPAN(""));
    printf("\n%s\n", c->summary);
    if (c->details)
        printf("\n%s", c->details);
}

static void print_commands(FILE *to)
{
    fputs("usage: packetboat COMMAND [ARGUMENT...]\n\n", to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-11s  %s\n", commands[i].name, commands[i].summary);
    fputs("\nThe site is --dir DIR, or $PACKETBOAT_DIR, or /var/lib/packetboat.\n"
          "packetboat help COMMAND: how it is used.\n",
          to);
}

int cli_usage(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "packetboat %s: ", command);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    const struct cli_command *c = find(command);
    if (c)
        print_usage(stderr, c, span_of(command));
    return EXIT_USAGE;
}

int cli_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("packetboat: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_FAILURE_;
}

/* ---- arguments */

static void drop(int *argc, char **argv, int at, int count)
{
    for (int i = at; i + count <= *argc; i++) /* the NULL behind them too */
        argv[i] = argv[i + count];
    *argc -= count;
}

static bool ends_options(const char *argument)
{
    return span_is(span_of(argument), SPAN("--"));
}

static bool is_flag(struct span argument, struct span name)
{
    if (name.len == 1)
        return span_take(&argument, SPAN("-")) && span_is(argument, name);
    return span_take(&argument, SPAN("--")) && span_is(argument, name);
}

bool cli_flag(int *argc, char **argv, const char *name)
{
    bool found = false;
    for (int i = 1; i < *argc && !ends_options(argv[i]);) {
        if (is_flag(span_of(argv[i]), span_of(name))) {
            drop(argc, argv, i, 1);
            found = true;
        } else {
            i++;
        }
    }
    return found;
}

/* How many arguments an option and its value are, 0 where it is another; the value. */
static int option_at(char **argv, int at, struct span name, const char **value_r)
{
    struct span argument = span_of(argv[at]);
    *value_r = argv[at + 1];
    if (is_flag(argument, name))
        return 2;
    if (name.len == 1 || !span_take(&argument, SPAN("--")) ||
        !span_take(&argument, name) || argument.len == 0 || argument.at[0] != '=')
        return 0;
    *value_r = argument.at + 1;
    return 1;
}

const char *cli_option(int *argc, char **argv, const char *name)
{
    const char *value = NULL, *found;
    for (int i = 1; i < *argc && !ends_options(argv[i]);) {
        int count = option_at(argv, i, span_of(name), &found);
        if (count == 0) {
            i++;
            continue;
        }
        if (!found || !*found) /* --dir "$UNSET" is no wish for the usual directory */
            exit(cli_usage(argv[0], "%s%s needs a value", name[1] ? "--" : "-", name));
        value = found;
        drop(argc, argv, i, count);
    }
    return value;
}

const char *cli_site(int *argc, char **argv)
{
    const char *site = cli_option(argc, argv, "dir");
    if (!site)
        site = getenv("PACKETBOAT_DIR");
    return site && *site ? site : "/var/lib/packetboat";
}

bool cli_words(int *argc, char **argv, int least, int most)
{
    for (int i = 1; i < *argc; i++) {
        if (ends_options(argv[i])) {
            drop(argc, argv, i, 1);
            break;
        }
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            cli_usage(argv[0], "there is no option %s", argv[i]);
            return false;
        }
    }
    if (*argc - 1 < least)
        cli_usage(argv[0], "something is missing");
    else if (*argc - 1 > most)
        cli_usage(argv[0], "'%s' is too much", argv[most + 1]);
    return *argc - 1 >= least && *argc - 1 <= most;
}

/* ---- the commands that are about commands */

static const char *program = "packetboat";

const char *cli_program(void)
{
    return program;
}

int cli_version(int argc, char **argv)
{
    if (!cli_words(&argc, argv, 0, 0))
        return EXIT_USAGE;
    puts("packetboat " PACKETBOAT_VERSION);
    return EXIT_SUCCESS;
}

int cli_help(int argc, char **argv)
{
    if (!cli_words(&argc, argv, 0, 1))
        return EXIT_USAGE;
    if (argc == 1) {
        print_commands(stdout);
        return EXIT_SUCCESS;
    }
    const struct cli_command *c = find(argv[1]);
    if (!c)
        return cli_usage("help", "there is no command '%s'", argv[1]);
    print_help(c);
    return EXIT_SUCCESS;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc && !ends_options(argv[i]); i++)
        if (span_is(span_of(argv[i]), SPAN("--help")) ||
            span_is(span_of(argv[i]), SPAN("-h")))
            return true;
    return false;
}

int cli_main(int argc, char **argv)
{
    if (argc < 2) {
        print_commands(stderr);
        return EXIT_USAGE;
    }
    program = argv[0];
    char *name = argv[1];
    if (span_is(span_of(name), SPAN("--help")) || span_is(span_of(name), SPAN("-h")))
        return cli_help(1, (char *[]){ name, NULL });
    if (span_is(span_of(name), SPAN("--version")))
        return cli_version(1, (char *[]){ name, NULL });
    const struct cli_command *c = find(name);
    if (!c) {
        cli_fail("there is no command '%s'", name);
        print_commands(stderr);
        return EXIT_USAGE;
    }
    if (asks_help(argc - 1, argv + 1)) {
        print_help(c);
        return EXIT_SUCCESS;
    }
    int code = c->run(argc - 1, argv + 1);
    /* What was printed into a full disk or a closed pipe was not printed. */
    if (fflush(stdout) != 0 && code == EXIT_SUCCESS)
        code = cli_fail("standard output: %s", strerror(errno));
    return code;
}
