/*
 * account - an account's folder, open: index.db and the pack that is appended to.
 *
 * Journal entries are filed here, in order, many in one transaction: bodies into the
 * pack first, then the rows.  An entry that meta.applied_lsn says has been filed already
 * (a replay after a crash) writes its body once more where its row says: the row may be
 * durable when the pack's octets are not.
 *
 * Used by one thread at a time.  Errors as in index.h.
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "store/engine.h"
#include "store/entry.h"

struct account;

/* Which store: DIR/store, and its number (checkpoint.h). */
struct shelf {
    int store;
    uint64_t id;
    bool recovering; /* what a crash left in big/ without a row goes when one opens */
    uint64_t compact_from;  /* octets of no use in an account's packs */
    _Atomic uint64_t floor; /* below this lsn all has been filed; the applier says so */
};

/* -ENOENT: there is none; -EUCLEAN: damaged, or of another store. */
int account_open(struct account **account_r, const struct shelf *, uint64_t id);
/* The same, and makes it first when it is not there. */
int account_make(struct account **account_r, const struct shelf *, uint64_t id,
                 uint32_t uidvalidity);
void account_close(struct account **);

/* Files entries from *at on, as many as make a transaction; what is filed is taken off
 * the list.  Stops before ENTRY_FORGET, which is not this one's to do. */
int account_file(struct account *, struct pending **at);
uint64_t account_applied(const struct account *);
/* Octets that expunges have given back since it was asked last. */
uint64_t account_take_freed(struct account *);
/* Is it worth a look whether its packs can be compacted?  Says so once for each
 * shelf.compact_from octets. */
bool account_is_loose(struct account *);

/* ---- reading */
struct inbox {
    uint32_t uidvalidity, uidnext;
    uint64_t used; /* octets of all its messages */
};
void account_inbox(const struct account *, struct inbox *inbox_r);
/* -ENOENT: there is no such mailbox. */
int account_status(const struct account *, uint32_t mailbox, struct status *status_r);
int account_snapshot(struct account *, uint32_t mailbox, struct snapshot *snapshot_r);
/* As engine_stretch. */
int account_rows(struct account *, uint32_t mailbox, uint32_t from, uint32_t most,
                 struct snapshot *snapshot_r);

#endif
