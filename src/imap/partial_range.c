/* partial_range - see partial_range.h. */
#include "imap/partial_range.h"

#include "imap/grammar.h"

bool imap_take_partial_range(struct span *rest, struct partial_range *range_r)
{
    struct span at = *rest;
    bool back = span_take(&at, SPAN("-"));
    uint32_t a, b;

    if (!imap_take_nz_number(&at, &a) || !span_take(&at, SPAN(":")) ||
        span_take(&at, SPAN("-")) != back || !imap_take_nz_number(&at, &b))
        return false;
    *range_r = (struct partial_range){
        .said = span_first(*rest, rest->len - at.len),
        .first = a < b ? a : b,
        .last = a < b ? b : a,
        .from_end = back,
    };
    *rest = at;
    return true;
}

size_t partial_range_of(const struct partial_range *r, size_t count, size_t *from_r)
{
    size_t first = r->first - 1, last = r->last < count ? r->last : count;

    *from_r = 0;
    if (first >= last)
        return 0;
    *from_r = r->from_end ? count - last : first;
    return last - first;
}
