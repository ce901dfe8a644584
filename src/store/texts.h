/*
 * texts - the accounts' texts (text.h), behind the readings: a thread of its own, which
 * comes after everybody else (nice), and has a few accounts open.
 *
 * Its work comes in pieces of UNREAD_MAX messages at most, cut into slices of
 * TEXT_SLICE: what else it is asked waits no longer than one of them.
 */
#ifndef STORE_TEXTS_H
#define STORE_TEXTS_H

#include "store/text_search.h"

struct texts;

struct texts *texts_open(int store, uint64_t store_id); /* NULL: out of memory */
void texts_close(struct texts **);                      /* nothing may be under way */

/* How far an account's text goes. */
struct texts_state {
    uint64_t indexed, count; /* as in text.h */
    bool
        look; /* it was opened just now, and it is time to look whether most of it is of
                * messages that have gone */
};

/* All park.  0 or -errno.  What is damaged begins anew: indexed is 0 again. */
int texts_state(struct texts *, uint64_t account, struct texts_state *state_r);
int texts_begin_anew(struct texts *, uint64_t account);
int texts_add(struct texts *, uint64_t account, const struct text_item *, size_t count);
/* One slice of a search (text_search.h); after 0: it begins. */
int texts_find(struct texts *, uint64_t account, struct span folded, bool body,
               uint64_t after, struct text_slice *slice_r);

#endif
