/*
 * site_test - a directory of a test's own, in a place of its own.
 *
 * That place is the working directory while the test runs.
 */
#ifndef AUTH_SITE_TEST_H
#define AUTH_SITE_TEST_H

#include "auth/administration.h"

struct site {
    char path[64];
    int dir, before;
    struct directory *directory;
};

bool site_begin(struct site *);
void site_end(struct site *);
bool site_reopen(struct site *);

/* The account's number. */
uint64_t site_add(struct site *, const char *address);
/* What directory_alias_add says of these targets, parted by spaces. */
int site_alias(struct site *, const char *address, const char *targets);
int site_unalias(struct site *, const char *address, const char *targets);
/* Whether mail for it may come in; the account, where it is for one alone, or 0. */
enum auth_verdict site_recipient(struct site *, const char *address,
                                 uint64_t *account_r);
/* How many accounts it reaches; 0: not accepted. */
size_t site_reach(struct site *, const char *address);

#endif
