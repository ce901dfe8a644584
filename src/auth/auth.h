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
    AUTH_REFUSED,    /* wrong name or password: which of them is not said */
    AUTH_BUSY,       /* too many logins wait, or it cannot be said now: try again */
    AUTH_LATER,      /* too many wrong ones from there: not for a while */
    AUTH_OVER_QUOTA, /* a recipient whose mailbox is full */
    AUTH_ELSEWHERE,  /* one that is not ours, for who may put mail into the queue */
};

/* ---- address.c: RFC 5321 §4.1.2 Mailbox, as auth compares it */
/* The canonical form (domain in lower case without a trailing dot, local-part in lower
 * case, quoting that is not needed removed) into the arena; false: not an address. */
bool address_canonical(struct span address, struct arena *, struct span *canonical_r);
/* What stands behind the "@" of a canonical address: a domain or "[...]". */
struct span address_domain(struct span canonical);

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
/* Is it a hash that password_hash would not make, of another method? */
bool password_hash_is_old(struct span hash);
/* RFC 5802 §3, for the iterations and the salt in *keys; 0 or -errno.  Parks. */
struct scram_secret;
int password_derive(struct passwords *, struct span password,
                    struct scram_secret *keys);
void passwords_forget(struct passwords *, uint64_t account); /* its password changed */
/* How often crypt(3) has run, for tests and measurements. */
uint64_t passwords_crypted(const struct passwords *);

#endif
