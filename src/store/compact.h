/*
 * compact - packs that are more than half dead are written anew, and go.
 *
 *   plan    which packs, and what in them is needed; the one that is appended to has a
 *           successor then                                   the applier's thread
 *   copy    into a new pack, no faster than COMPACT_RATE; durable at the end   any thread
 *   adopt   the rows point there, some at a time; a roster at last    the applier's thread
 *   drop    the old packs go: when a checkpoint has passed, so that no crash leaves a row
 *           that points to them, and no session has a snapshot that names them
 *                                                            the applier's thread
 *
 * A crash in the middle leaves octets that nobody needs, and the next compaction finds
 * them.
 */
#ifndef STORE_COMPACT_H
#define STORE_COMPACT_H

#include "store/account.h"
#include "store/rows.h"

enum { COMPACT_PACKS = 64 }; /* at once */

struct moving {
    struct mail mail; /* where it was */
    uint64_t off;     /* where it is */
};

struct compaction {
    uint64_t account;
    uint32_t uidvalidity; /* tells a later account of the same number */
    uint32_t seed;
    uint32_t old[COMPACT_PACKS], old_count;
    uint32_t pack; /* the new one; 0: nothing of the old ones is needed */
    struct moving *moving;
    size_t count, room, adopted;
    uint64_t live; /* octets to be copied */
};

/* -ENOENT: there is nothing to be done. */
int compaction_plan(struct account *, struct compaction *compaction_r);
/* pause: called with octets that were copied; false: stop (-ECANCELED). */
int compaction_copy(struct compaction *, const struct shelf *,
                    bool (*pause)(size_t octets, void *arg), void *arg);
/* 1: there is more; 0: done; -ESTALE: another account; -errno. */
int compaction_adopt(struct account *, struct compaction *);
int compaction_drop(struct account *, uint32_t uidvalidity, uint32_t pack);
void compaction_free(struct compaction *);

#endif
