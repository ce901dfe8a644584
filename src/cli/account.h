/*
 * account - what the files of packetboat account know of each other.
 *
 *     account.c          add, list, passwd, quota, remove
 *     account_proofs.c   app-password, identity
 *     import.c           import
 */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include "cli/administer.h"

/* Why it is not so, for that address, and what to do; EXIT_FAILURE_. */
int account_explain(int error, const char *address);

extern const char *account_rights; /* --rights; NULL: not given */
extern const char *account_domain; /* --domain; NULL: not given */

int account_app_password(const struct words *);
int account_identity(const struct words *);
int account_import(const struct words *);

#endif
