/*
 * sequence_fuzz - a settled set holds the numbers that a reader of every range by itself
 * finds, in order and apart.
 */
#include "imap/sequence.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

enum { LAST = 40, TRIED = 100 };

static bool naive_has(const struct sequence_range *ranges, size_t count, uint32_t n)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t a = ranges[i].first ? ranges[i].first : LAST;
        uint32_t b = ranges[i].last ? ranges[i].last : LAST;
        if ((a <= n && n <= b) || (b <= n && n <= a))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct arena *arena = arena_open(1 << 24);
    struct span rest = span_at(octets, len);
    struct sequence_set set;

    if (sequence_take(&rest, arena, &set)) {
        size_t count = set.count;
        struct sequence_range *said = arena_alloc(arena, (count + 1) * sizeof(*said));
        if (count > 0)
            memcpy(said, set.ranges, count * sizeof(*said));
        sequence_settle(&set, LAST);
        for (uint32_t n = 1; n < TRIED; n++)
            assert(sequence_has(&set, n) == naive_has(said, count, n));
        for (size_t i = 0; i < set.count; i++) {
            assert(set.ranges[i].first > 0 &&
                   set.ranges[i].first <= set.ranges[i].last);
            assert(i == 0 || set.ranges[i - 1].last + 1 < set.ranges[i].first);
        }
        assert(set.count <= count && rest.len < len);
    }
    arena_close(&arena);
    return 0;
}
