/* Oracle: what is an envelope is written as it was read, and nothing in it has controls. */
#include "queue/queued.h"

#include "base/own.h"
#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    OWN(buf_free) struct buf again = { .max = 2 * ENVELOPE_OCTETS_MAX };
    struct queued e;
    if (!arena || queued_take(span_at(data, size), arena, &e))
        return 0;
    assert(e.count > 0);
    for (uint32_t i = 0; i < e.count; i++)
        assert(e.recipients[i].mailbox.len > 0 &&
               span_find(e.recipients[i].mailbox, '\n') == e.recipients[i].mailbox.len);
    assert(queued_put(&again, &e) == 0);
    assert(span_is(buf_span(&again), span_at(data, size)));
    return 0;
}
