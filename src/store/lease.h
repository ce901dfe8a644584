/*
 * lease - packs that have been compacted stay until nobody can name them.
 *
 * A session's snapshot names packs, for as long as it lasts: it has a lease of the
 * account's generation, and a compaction begins the next one.  And a crash may bring the
 * index back to what it was before the compaction, until a checkpoint has passed.
 */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include "store/core.h"

uint64_t lease_take(struct head *); /* 0: out of memory */
void lease_free_all(struct head *);
void retire(struct engine *, const struct compaction *);
void retired_look(struct engine *); /* those that nobody needs go */
void retired_forget(struct engine *, uint64_t account);

#endif
