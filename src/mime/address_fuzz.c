/*
 * address_fuzz - any value of an address field: bounded, linear, and groups that begin
 * before they end.
 */
#include "mime/address.h"

#include "config/limits.h"
#include "mime/out.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

struct seen {
    size_t rows;
    bool in_group;
};

static void check(const struct address *a, void *arg)
{
    struct seen *seen = arg;
    seen->rows++;
    if (a->kind != RECORD_MAILBOX) {
        assert(seen->in_group == (a->kind == RECORD_GROUP_END));
        seen->in_group = !seen->in_group;
    } else {
        assert(a->local_part.at && a->domain.at);
        for (size_t i = 0; i < a->domain.len; i++)
            assert((unsigned char)a->domain.at[i] > ' ');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct seen seen = { 0 };
    mime_steps = 0;
    bool all = addresses_read(span_at(octets, len), check, &seen);
    assert(seen.rows <= MIME_ADDRESSES_MAX);
    assert(!all || !seen.in_group || seen.rows == MIME_ADDRESSES_MAX);
    assert(mime_steps <= 50 * len + 100);
    return 0;
}
