/* sequence - see sequence.h. */
#include "imap/sequence.h"

#include <inttypes.h>
#include <stdlib.h>

/* seq-number = nz-number / "*" */
static bool take_number(struct span *rest, uint32_t *number_r)
{
    uint64_t number;

    if (span_take(rest, SPAN("*"))) {
        *number_r = SEQUENCE_STAR;
        return true;
    }
    if (!span_take_number(rest, UINT32_MAX, &number) || number == 0)
        return false;
    *number_r = (uint32_t)number;
    return true;
}

/* seq-range = seq-number ":" seq-number */
static bool take_range(struct span *rest, struct sequence_range *range_r)
{
    if (!take_number(rest, &range_r->first))
        return false;
    range_r->last = range_r->first;
    return !span_take(rest, SPAN(":")) || take_number(rest, &range_r->last);
}

/* So many commas, in what may belong to the set. */
static size_t most_ranges(struct span rest)
{
    size_t count = 1;

    for (size_t i = 0; i < rest.len && strchr("0123456789:*,", rest.at[i]); i++)
        count += rest.at[i] == ',';
    return count;
}

bool sequence_take(struct span *rest, struct arena *arena, struct sequence_set *set_r)
{
    struct span at = *rest;

    *set_r = (struct sequence_set){ .saved = span_take(&at, SPAN("$")) };
    if (!set_r->saved) {
        set_r->ranges = arena_alloc(arena, most_ranges(at) * sizeof(*set_r->ranges));
        do {
            if (!set_r->ranges || !take_range(&at, &set_r->ranges[set_r->count++]))
                return false;
        } while (span_take(&at, SPAN(",")));
    }
    *rest = at;
    return true;
}

static int by_first(const void *a, const void *b)
{
    const struct sequence_range *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Both ends as numbers, the less one first; false: it means nothing. */
static bool settle_range(struct sequence_range *r, uint32_t last)
{
    if (r->first == SEQUENCE_STAR)
        r->first = last;
    if (r->last == SEQUENCE_STAR)
        r->last = last;
    if (r->first > r->last)
        *r = (struct sequence_range){ r->last, r->first };
    if (r->first == 0)
        r->first = r->last;
    return r->last > 0;
}

void sequence_settle(struct sequence_set *set, uint32_t last)
{
    struct sequence_range *r = set->ranges;
    size_t count = 0, kept = 0;

    for (size_t i = 0; i < set->count; i++)
        if (settle_range(&r[i], last))
            r[count++] = r[i];
    if (count > 1)
        qsort(r, count, sizeof(*r), by_first);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && (uint64_t)r[kept - 1].last + 1 >= r[i].first) {
            if (r[i].last > r[kept - 1].last)
                r[kept - 1].last = r[i].last;
        } else {
            r[kept++] = r[i];
        }
    }
    set->count = kept;
}

bool sequence_has(const struct sequence_set *set, uint32_t number)
{
    size_t from = 0, to = set->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (set->ranges[middle].last < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from < set->count && set->ranges[from].first <= number;
}

int sequence_put(struct sequence_writer *w, uint32_t number)
{
    if (w->first > 0 && w->last + 1 == number) {
        w->last = number;
        return 0;
    }
    int error = sequence_put_end(w);
    w->first = w->last = number;
    return error;
}

int sequence_put_end(struct sequence_writer *w)
{
    int error = 0;

    if (w->first > 0) {
        error = buf_printf(w->to, "%s%" PRIu32, w->begun ? "," : "", w->first);
        if (!error && w->last > w->first)
            error = buf_printf(w->to, ":%" PRIu32, w->last);
        w->begun = true;
    }
    w->first = w->last = 0;
    return error;
}
