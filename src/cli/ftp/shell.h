/*
 * shell - the FTP client as a person sees it: commands, typed or from a script, on top of
 * the engine in ftp/client.h.
 *
 * THE TABLE is in commands.c: a row a command.  A command is a function on the shell's
 * fiber that gets its words (struct call), does its work with the engine, prints what was
 * asked for to shell->out and what went wrong to standard error, and returns an exit code:
 * EXIT_SUCCESS, EXIT_FAILURE_ or EXIT_USAGE.  Local names are relative to this process's
 * working directory, as lcd sets it.
 *
 * Ctrl-C ends the command under way (shell_interrupted); a second one ends the shell.
 */
#ifndef CLI_FTP_SHELL_H
#define CLI_FTP_SHELL_H

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/ftp/call.h"
#include "cli/ftp/progress.h"
#include "cli/ftp/url.h"
#include "ftp/client_transfer.h"

enum {
    EXIT_INTERRUPTED = 130,
    PARALLEL_MOST = 32,
    CALL_OCTETS_MAX = 2 << 20, /* of what one command prints in a line, and the like */
};

struct shell {
    struct ftp_client *client; /* NULL: no place is open */
    struct url place;          /* of it; the path is where it began */
    char account[URL_NAME_MAX + 1];
    char home[URL_PATH_MAX + 1]; /* the directory that we were in at first */
    /* What the next connection is like. */
    bool active, plain_data, any_certificate, no_tls;
    int family;
    const char *ca_file;
    unsigned seconds, tries;
    /* How commands behave. */
    bool ascii, verbose, quiet;
    unsigned parallel; /* transfers at once, unless it is said */
    /* The session. */
    bool interactive, leaving, keep_going;
    int code; /* what the shell ends with */
    FILE *out;
    struct screen screen;
    /* Whom Ctrl-C has to reach. */
    struct fiber *fiber;
    struct ftp_client *second; /* the other server of an fxp */
    struct ftp_pool *pool;
    unsigned interrupts; /* of the command under way */
    struct editor *editor;
};

/* To standard error, where a person looks on: what was done. */
void shell_note(struct shell *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- shell.c */
/* Runs all commands of the text; an exit code.  It stops at the first that fails, unless
 * shell->keep_going, or a person types them. */
int shell_run(struct shell *, struct span text);
bool shell_interrupted(const struct shell *);
/* The signal SIGINT. */
void shell_interrupt(void *shell);

/* ---- children.c: other programs.  An exit code. */
int child_run(const char *command); /* by the system's shell; waits for it */
FILE *child_pipe(const char *command, int *pid_r); /* to its standard input; or NULL */
int child_end(FILE **, int pid);

/* ---- place.c: whereto.  Exit codes; what went wrong is said. */
/* A bookmark's name, or a URL.  Where the place that is open ends. */
int shell_open(struct shell *, const char *where);
int shell_reopen(struct shell *); /* with what has changed in shell; in its directory */
void shell_close(struct shell *);
/* What `where` means; the password is asked for.  false: it is said. */
bool shell_find(struct shell *, const char *where, struct url *r);
struct ftp_options shell_options(struct shell *, const struct url *);
/* The pins, ~/.config/packetboat/certificates; NULL: there is no place for them. */
const char *shell_pins(void);

#endif
