/*
 * directory - accounts and addresses: auth.db, and all of it in memory.
 *
 * Who looks is answered from memory and never parks; who changes something parks until
 * it is durable, and changes take turns.
 */
#ifndef AUTH_DIRECTORY_H
#define AUTH_DIRECTORY_H

#include "auth/auth.h"

struct directory;
/* dir becomes the process's working directory.  0 or -errno (auth/database.h). */
int directory_open(struct directory **directory_r, int dir);
void directory_close(struct directory **);
/* AUTH_OK and the account, AUTH_NO_SUCH_USER, AUTH_NOT_OURS or AUTH_BAD_ADDRESS.  Never
 * parks.  "postmaster" alone is that of the first domain (RFC 5321 §4.5.1). */
enum auth_verdict directory_recipient(struct directory *, struct span address,
                                      uint64_t *account_r);
/* What the proofs that come with a login name are checked against. */
struct credentials {
    uint64_t account;
    struct span name; /* the account's canonical address */
    struct span hash; /* crypt(3); empty: none, no password is right */
};
/* A login name is an address of the account; without a domain, one of the first domain.
 * -ENOENT.  All of it is borrowed until the fiber next waits. */
int directory_login(struct directory *, struct span name,
                    struct credentials *credentials_r);
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

#endif
