/*
 * mailbox_name_fuzz - what is read from modified UTF-7 is written as it stood, and is
 * UTF-8; what is a name can be written, and read again.
 */
#include "imap/mailbox_name.h"

#include "base/utf8.h"
#include "store/names.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span in = span_at(octets, len);
    struct buf there = { .max = SIZE_MAX / 2 }, back = { .max = SIZE_MAX / 2 };

    if (mailbox_name_of_utf7(in, &there)) {
        assert(utf8_is_text(buf_span(&there)));
        assert(mailbox_name_to_utf7(buf_span(&there), &back) == 0);
        assert(span_is(buf_span(&back), in));
    }
    buf_clear(&there);
    buf_clear(&back);
    if (name_is_good(in)) {
        assert(mailbox_name_to_utf7(in, &there) == 0);
        assert(!utf8_is_beyond_ascii(buf_span(&there)));
        assert(mailbox_name_of_utf7(buf_span(&there), &back));
        assert(span_is(buf_span(&back), in));
    }
    buf_free(&there);
    buf_free(&back);
    return 0;
}
