/*
 * quota - how much each account may hold.
 *
 * auth knows the limits and grants room in blocks; within a block nobody is asked.  An
 * account without a limit is asked for once, and again after QUOTA_SECONDS, or when auth
 * says that quotas have changed.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "store/core.h"

/* May they all take so many octets more?  0, -EDQUOT, or -errno; may park. */
int quota_ask(struct engine *, const uint64_t *accounts, size_t count, uint64_t size);
/* The same without asking, until the next park. */
bool quota_allows(struct engine *, const struct head *, uint64_t size);
void quota_take_freed(struct engine *); /* what the applier tells of expunges */

#endif
