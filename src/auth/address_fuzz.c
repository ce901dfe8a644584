/*
 * address_fuzz - parse, print, parse: a canonical address is its own canonical form, and
 * its parts are where address_domain says.
 */
#include "auth/auth.h"

#include "base/utf8.h"
#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void check_parts(struct span canonical)
{
    struct span domain = address_domain(canonical);
    assert(domain.len > 0 && domain.len <= DOMAIN_OCTETS_MAX);
    assert(domain.at + domain.len == canonical.at + canonical.len);
    assert(domain.at > canonical.at + 1 && domain.at[-1] == '@');
    assert(utf8_is_text(canonical) && !utf8_is_beyond_ascii(domain));
    for (size_t i = 0; i < canonical.len; i++)
        assert((uint8_t)canonical.at[i] >= ' ' && canonical.at[i] != 0x7f &&
               !(canonical.at[i] >= 'A' && canonical.at[i] <= 'Z'));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span once, twice;
    struct arena *arena = arena_open(4096);
    if (arena && address_canonical(span_at(octets, len), arena, &once)) {
        assert(once.len <= ADDRESS_OCTETS_MAX);
        check_parts(once);
        bool again = address_canonical(once, arena, &twice);
        assert(again && span_is(once, twice));
    }
    arena_close(&arena);
    return 0;
}
