/* prepare_fuzz - what is prepared is not empty and holds no control character; ASCII stays
 * as it is. */
#include "auth/prepare.h"

#include "base/own.h"
#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span text =
        span_at(octets, len < PASSWORD_OCTETS_MAX ? len : PASSWORD_OCTETS_MAX);
    struct span prepared;
    OWN(arena_close) struct arena *arena = arena_open(64 << 10);
    if (!arena || !prepare(text, arena, &prepared))
        return 0;
    bool ascii = true;
    for (size_t i = 0; i < text.len; i++)
        ascii = ascii && (unsigned char)text.at[i] < 128;
    assert(prepared.len > 0 && (!ascii || span_is(prepared, text)));
    for (size_t i = 0; i < prepared.len; i++)
        assert((unsigned char)prepared.at[i] >= ' ' && prepared.at[i] != 127);
    return 0;
}
