/*
 * directory - domains, accounts and aliases: auth.db, and all of it in memory.
 *
 * Who looks is answered from memory and never parks; who changes something parks until
 * it is durable, and changes take turns.  What a look returns is borrowed until the
 * fiber next waits, or looks again.
 *
 * An address is looked for as: an account's or an alias's own name; without its detail
 * (RFC 5233: name+detail), where the domain has that; the domain's catch-all; and
 * "postmaster" (RFC 5321 §4.5.1, RFC 2142), who is then the domain's first account, or
 * the site's.
 */
#ifndef AUTH_DIRECTORY_H
#define AUTH_DIRECTORY_H

#include "auth/auth.h"

#define QUOTA_NONE    UINT64_MAX
#define QUOTA_DEFAULT 0 /* an account's: that of its domain */

/* What an account has of mail, and of files: one quota is for both. */
enum holding { HELD_MAIL, HELD_FILES, HOLDINGS };

struct directory;
/* dir becomes the process's working directory.  0 or -errno (auth/database.h). */
int directory_open(struct directory **directory_r, int dir);
void directory_close(struct directory **);

/* ---- mail that comes in, and goes out */
struct reach {
    const uint64_t *accounts; /* each once */
    size_t count;
    uint64_t limit, room; /* octets, of the one that has least; QUOTA_NONE */
};
/* AUTH_OK or AUTH_OVER_QUOTA and whom it reaches, AUTH_NO_SUCH_USER, AUTH_NOT_OURS,
 * AUTH_BAD_ADDRESS; AUTH_BUSY: cannot be said now.  "postmaster" alone is that of the
 * first domain. */
enum auth_verdict directory_recipient(struct directory *, struct span address,
                                      struct reach *reach_r);
/* May the account send as this?  AUTH_OK: its own name, with a detail or without, an
 * alias that reaches it and nobody else, or what it was allowed; or AUTH_REFUSED,
 * AUTH_BAD_ADDRESS. */
enum auth_verdict directory_sender(struct directory *, uint64_t account,
                                   struct span address);

/* ---- logins */
struct scram_keys {      /* RFC 5802 §3; octets, not base64 */
    uint32_t iterations; /* 0: there are none yet */
    struct span salt, stored_key, server_key;
    bool off; /* this account wants none */
};
struct app_password {
    uint64_t id;
    struct span label;
    struct span salt, digest; /* app_password.c */
    uint32_t rights;          /* enum right, store/session.h */
    uint32_t created, used;   /* days since 1970; used 0: never */
};
/* What the proofs that come with a login name are checked against. */
struct credentials {
    uint64_t account;
    struct span name; /* the account's canonical address */
    struct span hash; /* crypt(3) */
    struct scram_keys scram;
    const struct app_password *app_passwords;
    size_t app_password_count;
};
/* Random octets of this site's own, the same for as long as auth.db lives. */
enum { DIRECTORY_SECRET = 32 };
const uint8_t *directory_secret(const struct directory *);
/* A login name in its canonical form, whether anybody has it or not, into the arena;
 * what cannot be a name is left as it is. */
struct span directory_login_name(struct directory *, struct span name, struct arena *);
/* A login name is an account's; without a domain, one of the first domain.  -ENOENT. */
int directory_login(struct directory *, struct span name,
                    struct credentials *credentials_r);

/* It has `used` octets of the kind: how many in all, as far as that is known, and how many
 * may it have (or QUOTA_NONE)?  Nothing is granted by it.  -ENOENT. */
int directory_holds(struct directory *, uint64_t account, enum holding, uint64_t used,
                    uint64_t *held_r, uint64_t *limit_r);

#endif
