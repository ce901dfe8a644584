/* import_fuzz - whatever a password file says: what is taken from it lies within it, and
 * its hash is one that is taken again. */
#include "auth/import.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span text = span_at(octets, len);
    struct import_line line = { 0 };
    const char *why;
    if (!import_take_line(text, &line, &why))
        return 0;
    assert(!why);
    assert(line.name.len > 0 && span_find(line.name, ':') == line.name.len);
    assert(line.name.at >= text.at && line.hash.at + line.hash.len <= text.at + len);
    assert(line.hash.len > 0 && line.hash.len <= HASH_OCTETS_MAX);
    assert(hash_is_usable(line.hash));
    return 0;
}
