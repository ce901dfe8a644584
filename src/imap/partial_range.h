/*
 * partial_range - so many of what was found, from the first or the last on (RFC 9394 §5).
 *
 *     partial-range = nz-number ":" nz-number / MINUS nz-number ":" MINUS nz-number
 */
#ifndef IMAP_PARTIAL_RANGE_H
#define IMAP_PARTIAL_RANGE_H

#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

struct partial_range {
    struct span said;
    uint32_t first, last; /* first <= last */
    bool from_end;        /* counted from the last one back */
};

bool imap_take_partial_range(struct span *rest, struct partial_range *range_r);
/* Of `count` that were found: how many are meant, and from which on. */
size_t partial_range_of(const struct partial_range *, size_t count, size_t *from_r);

#endif
