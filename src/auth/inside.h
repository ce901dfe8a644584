/*
 * inside - what the files of the directory know of each other.
 *
 *     directory.c    opening; who receives, sends, logs in
 *     accounts.c     accounts come, change and go
 *     aliases.c      so do aliases
 *     domains.c      and domains
 *     proofs.c       what an account logs in with, and identities
 *     shares.c       folders that one account lets another see
 *
 * Changes take turns: one decides on what is in memory, waits until the database has it
 * on the disk, and only then changes the memory.  Everything else just looks.
 */
#ifndef AUTH_INSIDE_H
#define AUTH_INSIDE_H

#include "auth/administration.h"
#include "auth/database.h"
#include "auth/roll.h"
#include "base/list.h"
#include "config/limits.h"
#include "ipc/right.h"

struct share {
    uint64_t owner, guest;
    struct span path; /* its own */
    enum share_access access;
};

struct directory {
    struct database *database;
    struct roll roll;
    struct share *shares; /* by owner, path, guest */
    size_t share_count, share_room;
    struct arena *looking;  /* for one look */
    struct arena *changing; /* for one change, which parks */
    uint8_t secret[DIRECTORY_SECRET];
    bool turn_taken;
    struct list waiting; /* struct waiter */
    struct account *reached[RECIPIENTS_MAX];
    uint64_t numbers[RECIPIENTS_MAX]; /* of those, for who asked */
};

/* Waits for the turn; 0 or -ECANCELED.  With it `changing` is empty. */
int turn_take(struct directory *);
void turn_give(struct directory *);

/* name "@" domain; empty when out of memory. */
struct span at_domain(struct arena *, struct span name, struct span domain);
/* What a person calls it: an address, or a name in the first domain.  NULL: no such
 * account, no such alias. */
struct address *called(struct directory *, struct arena *, struct span name);
struct account *account_called(struct directory *, struct arena *, struct span name);
uint64_t limit_of(const struct account *);

/* ---- shares.c */
int share_put(struct directory *, const struct share *); /* copied; 0 or -ENOMEM */
/* The account has gone, and with it what it shared and was let see. */
void shares_forget(struct directory *, uint64_t account);
void shares_close(struct directory *);

#endif
