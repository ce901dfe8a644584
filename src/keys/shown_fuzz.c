/* What a front is given: whatever is read lies within it, and written again is the same. */
#include "keys/shown.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span octets = span_at(data, size);
    struct shown shown;
    struct buf again = { .max = size + 1 };
    if (!shown_read(octets, &shown))
        return 0;
    assert(shown_begin(&again, (uint32_t)shown.count, &shown.now, &shown.before) == 0);
    for (size_t i = 0; i < shown.count; i++)
        assert(shown_put(&again, shown.chains[i]) == 0);
    assert(again.len == size);
    buf_free(&again);
    return 0;
}
