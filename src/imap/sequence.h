/*
 * sequence - sequence sets (RFC 9051 §9, sequence-set): "2,4:7,9,12:*".
 *
 * A set is read as it was said, then settled against the greatest number in use: ranges
 * in order, none touching the next, so that work on it grows with the length of what was
 * said and never with the numbers in it (I04).
 */
#ifndef IMAP_SEQUENCE_H
#define IMAP_SEQUENCE_H

#include "base/arena.h"
#include "base/buf.h"

enum { SEQUENCE_STAR = 0 }; /* "*", until the set is settled; 0 is no nz-number */

struct sequence_range {
    uint32_t first, last;
};

struct sequence_set {
    struct sequence_range *ranges; /* the arena's */
    size_t count;
    bool saved; /* "$": what the last SEARCH has saved: see imap_settle */
};

/* Takes one off the front; false: there is none, or no memory for it. */
bool sequence_take(struct span *rest, struct arena *, struct sequence_set *set_r);
/* last: the greatest number in use, 0: there is none, so that "*" means nothing. */
void sequence_settle(struct sequence_set *, uint32_t last);
/* Of a settled set. */
bool sequence_has(const struct sequence_set *, uint32_t number);

/* Writes numbers, which must grow, as a set. */
struct sequence_writer {
    struct buf *to;
    uint32_t first, last; /* the range that is not written yet; 0: none */
    bool begun;
};
int sequence_put(struct sequence_writer *, uint32_t number); /* as buf_put */
int sequence_put_end(struct sequence_writer *);

#endif
