/*
 * cli - the commands that a person types.
 *
 * Each command is a row of the table in cli.c and a function in a file of its own.  A
 * command gets what stands after its name (argv[0] is the name itself), prints its
 * result to standard output and what went wrong to standard error, and returns an exit
 * code.  Secrets come from the terminal or standard input, never from an argument.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/span.h"
#include "ipc/message.h"

#include <stdio.h>

/* Exit codes, beside EXIT_SUCCESS. */
enum { EXIT_FAILURE_ = 1, EXIT_USAGE = 2 };

struct cli_command {
    const char *name;
    const char *usage;   /* one usage line or more, each ended by a newline */
    const char *summary; /* one line */
    const char *details; /* what --help says below it; NULL: nothing more */
    int (*run)(int argc, char **argv);
};

/* ---- the commands; exit codes */
int cli_account(int argc, char **argv);
int cli_alias(int argc, char **argv);
int cli_certificate(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_demo(int argc, char **argv);
int cli_domain(int argc, char **argv);
int cli_ftp(int argc, char **argv);
int cli_help(int argc, char **argv);
int cli_init(int argc, char **argv);
int cli_lookup(int argc, char **argv);
int cli_queue(int argc, char **argv);
int cli_reload(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_share(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_version(int argc, char **argv);
int cli_wire(int argc, char **argv);

/* packetboat ARGUMENT...: finds the command, answers --help, runs it. */
int cli_main(int argc, char **argv);
/* How this program was called, for commands to be copied from what we print. */
const char *cli_program(void);

/* ---- arguments.  Options are taken out of argv wherever they stand (before "--"), so
 * that afterwards argv[1] ... argv[*argc - 1] are the words. */
/* --name, or -n where the name is one letter; or false. */
bool cli_flag(int *argc, char **argv, const char *name);
/* The value of --name VALUE or --name=VALUE, or of -n VALUE where the name is one letter;
 * NULL when it is not there.  The value is missing or empty: says so and exits with
 * EXIT_USAGE. */
const char *cli_option(int *argc, char **argv, const char *name);
/* --dir DIR, $PACKETBOAT_DIR or /var/lib/packetboat. */
const char *cli_site(int *argc, char **argv);
/* Call it once all options are taken: an argument left that begins with "-", or a count
 * of words outside least..most (the command's name not counted) is answered with the
 * usage on standard error and false: return EXIT_USAGE then. */
bool cli_words(int *argc, char **argv, int least, int most);
/* Says what is wrong ("packetboat account: ..."), and the command's usage; EXIT_USAGE.
 * "account quota": that of this subcommand alone. */
int cli_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "packetboat: ..." on standard error; EXIT_FAILURE_. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new password for `address`: asked twice on the terminal without echo, or one line
 * of standard input when that is no terminal.  False: says why. */
bool cli_new_password(const char *address, char *password_r, size_t size);
/* One line from the terminal, wherever standard input comes from; shown: as it is typed.
 * False: there is no terminal, or Ctrl-C. */
bool cli_ask(const char *prompt, bool shown, char *line_r, size_t size);

/* ---- asking the site */
/* Opens the loop, runs fn(arg) on a fiber, closes; fn's exit code. */
int cli_on_fiber(int (*fn)(void *arg), void *arg);
/* Both on that fiber.  cli_control: connects to the running server's DIR/control;
 * 0 or -errno (-ENOENT, -ECONNREFUSED: no server runs).  From then on this process is
 * ROLE_ADMIN and its questions go to ROLE_CONTROL. */
int cli_control(const char *site);
/* The same, or, when no server runs, starts the keeper (ROLE_AUTH, ROLE_KEYS) for this
 * command alone; then this process stands in for ROLE_CONTROL and the same questions go
 * to it.  0, or -errno and it has been said. */
int cli_connect(const char *site, enum role keeper);
void cli_disconnect(void);

/* ---- account.c: what init and demo use of it */
/* May an account have this address?  False: has said why not. */
bool account_address_is_good(struct span address);
/* Calls cli_connect itself; not on a fiber.  0 or -errno, and what is wrong has been
 * said. */
int account_add(const char *site, struct span address, struct span password);

/* ---- certificate.c: the same */
/* The chain that a host (NULL: any) is shown, as PEM.  0 or -errno, and it is said. */
int certificate_print(const char *site, const char *host, FILE *to);

#endif
