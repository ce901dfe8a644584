/*
 * administer - what the commands that change accounts, domains and aliases share.
 *
 * Such a command has subcommands; each asks the running server, or without one its
 * keepers, and says in words what came of it.
 */
#ifndef CLI_ADMINISTER_H
#define CLI_ADMINISTER_H

#include "base/arena.h"
#include "cli/cli.h"

/* ---- subcommands */
struct words {
    const char *command, *subcommand, *site;
    int count;
    char **at; /* those behind the subcommand */
};
struct subcommand {
    const char *name;
    int least, most; /* words */
    int (*run)(const struct words *);
};
/* Finds the row (the last one has no name) and runs it; an exit code. */
int run_subcommand(const struct subcommand *, const char *site, int argc, char **argv);
/* Says what is wrong with the words, and the usage; EXIT_USAGE. */
int wrong_words(const struct words *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- asking */
enum { ALREADY_SAID = 1 };
/* Runs ask(arg) on a fiber, connected.  0; what ask returned (-errno); or ALREADY_SAID:
 * there was nobody to ask. */
int administer(const char *site, int (*ask)(void *arg), void *arg);
/* What may be wrong with any question, in words; EXIT_FAILURE_.  0: EXIT_SUCCESS. */
int explain_error(int error);

/* ---- words */
/* Octets, or with K, M, G, T that many times 1024; false: no such number, or 0. */
bool size_of(const char *word, uint64_t *octets_r);
/* The same back, or "none". */
enum { SIZE_TEXT = 24 };
const char *size_text(uint64_t octets, char text_r[SIZE_TEXT]);

#endif
