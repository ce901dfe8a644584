/*
 * auth - accounts, addresses and passwords, as role/auth keeps them.
 *
 * The database is DIR/auth/auth.db (SQLite, synchronous=FULL); addresses are also in
 * memory, so that a recipient is answered without touching it.  Passwords are kept as
 * yescrypt hashes by crypt(3) and checked on threads; a verified one is remembered for
 * VERIFIED_SECONDS as a keyed digest.  An unknown name costs what a wrong password
 * costs and gets the same answer.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/arena.h"
#include "base/span.h"

enum auth_verdict {
    AUTH_OK,
    AUTH_NO_SUCH_USER, /* a recipient in a domain of ours that is not there */
    AUTH_NOT_OURS,     /* a recipient elsewhere: relaying denied */
    AUTH_BAD_ADDRESS,
    AUTH_REFUSED, /* wrong name or password: which of them is not said */
    AUTH_BUSY,    /* too many logins wait: try again */
};

/* ---- address.c: RFC 5321 §4.1.2 Mailbox, as auth compares it */
/* The canonical form (domain in lower case without a trailing dot, local-part in lower
 * case, quoting that is not needed removed) into the arena; false: not an address. */
bool address_canonical(struct span address, struct arena *, struct span *canonical_r);
/* What stands behind the "@" of a canonical address: a domain or "[...]". */
struct span address_domain(struct span canonical);

/* ---- directory.c: accounts and addresses */
struct directory;
/* dir becomes the process's working directory.  0 or -errno (auth/database.h). */
int directory_open(struct directory **directory_r, int dir);
void directory_close(struct directory **);
/* AUTH_OK and the account, AUTH_NO_SUCH_USER, AUTH_NOT_OURS or AUTH_BAD_ADDRESS.  Never
 * parks.  "postmaster" alone is that of the first domain (RFC 5321 §4.5.1). */
enum auth_verdict directory_recipient(struct directory *, struct span address,
                                      uint64_t *account_r);
/* A login name is an address of the account; without a domain, one of the first domain.
 * -ENOENT.  The hash is borrowed until the fiber next waits. */
int directory_login(struct directory *, struct span name, uint64_t *account_r,
                    struct span *hash_r);
/* 0, -EEXIST, -ENOENT, -EINVAL (not an address), -errno.  Durable when they return;
 * they park the fiber while a thread writes.  A domain is ours while it has an account;
 * its first account, and after that one's removal the next, is its postmaster. */
int directory_add(struct directory *, struct span address, struct span hash,
                  uint64_t *account_r);
int directory_passwd(struct directory *, struct span address, struct span hash,
                     uint64_t *account_r);
int directory_remove(struct directory *, struct span address, uint64_t *account_r);
/* The account with the lowest number past `after`, and its name, borrowed until the
 * fiber next waits.  -ENOENT. */
int directory_next(struct directory *, uint64_t after, uint64_t *account_r,
                   struct span *address_r);

/* ---- password.c: hashes and checks, on threads */
struct passwords;
struct passwords *passwords_open(void);
void passwords_close(struct passwords **);
/* AUTH_OK, AUTH_REFUSED or AUTH_BUSY.  hash empty: nobody has that name; takes as long
 * as any other check.  Parks the fiber. */
enum auth_verdict password_check(struct passwords *, uint64_t account, struct span hash,
                                 struct span password);
/* A new yescrypt hash into the arena; 0 or -errno.  Parks the fiber. */
int password_hash(struct passwords *, struct span password, struct arena *,
                  struct span *hash_r);
void passwords_forget(struct passwords *, uint64_t account); /* its password changed */
/* How often crypt(3) has run, for tests and measurements. */
uint64_t passwords_crypted(const struct passwords *);

#endif
