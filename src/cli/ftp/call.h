/*
 * call - one command of the FTP client's shell: its row, its words, and what it says.
 *
 * The words are taken apart in this order: options first, then call_words, which answers
 * what is wrong with the rest; then they are names (names.h).
 */
#ifndef CLI_FTP_CALL_H
#define CLI_FTP_CALL_H

#include "cli/ftp/words.h"
#include "ftp/client.h"

struct shell;

struct call {
    struct shell *shell;
    const struct ftp_command *command;
    struct arena *arena; /* for as long as the command runs */
    struct word *words;  /* behind its name, without options once these are taken */
    size_t count;
};

struct ftp_command {
    const char *usage; /* its name, then what it takes; further lines: other names */
    const char *also;  /* other names, parted by blanks; may be NULL */
    const char *summary;
    unsigned flags;
    int (*run)(struct call *);
    const char *details; /* may be NULL */
};

enum {
    ONLINE = 1,       /* needs a place that is open */
    TAKES_REMOTE = 2, /* what its words are, for completion */
    TAKES_LOCAL = 4,
    TAKES_PLACE = 8, /* a bookmark, a URL */
    TAKES_COMMAND = 16,
    SECRET = 32,        /* its words are not kept in the history */
    LOCAL_SECOND = 64,  /* the first word is remote, the second local, */
    REMOTE_SECOND = 128 /* or the other way round */
};

/* ---- commands.c */
extern const struct ftp_command ftp_commands[];
extern const size_t ftp_commands_count;
const struct ftp_command *ftp_command_find(struct span name); /* or NULL */
struct span ftp_command_name(const struct ftp_command *);

/* ---- call.c: words and what is said */
/* -x or --name, taken out of the words; name may be NULL, letter NUL. */
bool call_flag(struct call *, char letter, const char *name);
/* -x VALUE, -xVALUE, --name VALUE or --name=VALUE: the last one's; NULL: not there. */
const char *call_option(struct call *, char letter, const char *name);
/* The same, one after the other, for an option that may be said several times. */
const char *call_next_option(struct call *, char letter, const char *name);
/* A number in least..most; false: what was said is none, and it is said. */
bool call_number(struct call *, char letter, const char *name, unsigned least,
                 unsigned most, unsigned *number);
/* Once options are taken: what still looks like one, or a count outside least..most, is
 * answered with the usage, and false: return EXIT_USAGE then. */
bool call_words(struct call *, size_t least, size_t most);
int call_usage(struct call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "get: ..." on standard error; EXIT_FAILURE_. */
int call_fail(struct call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What the engine says of its last call to this client, which returned `error`, about a
 * name; EXIT_SUCCESS when it is 0.  Nothing is said of an interruption. */
int call_met(struct call *, struct ftp_client *, int error, const char *name);
/* A line to shell->out, cleaned where that is a terminal. */
void call_print(struct call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
