/*
 * The octets in two ways of cutting them give the same message; its header section has no
 * UTF-8 beyond ASCII, and the body is what it was.
 */
#include "pop3/surrogate.h"

#include "base/utf8.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf convert(struct span message, size_t step)
{
    struct buf said = { .max = 16 << 20 };
    struct surrogate s;

    surrogate_open(&s);
    while (message.len > 0) {
        size_t n = step < message.len ? step : message.len;
        struct span input = span_first(message, n);
        while (input.len > 0)
            assert(buf_put(&said, surrogate_take(&s, &input)) == 0);
        message = span_skip(message, n);
    }
    assert(buf_put(&said, surrogate_end(&s)) == 0);
    surrogate_close(&s);
    return said;
}

/* The lines up to the empty one: each is ASCII, or as it was. */
static void check_header(struct span said, struct span message)
{
    while (said.len > 0 && *said.at != '\r' && *said.at != '\n') {
        size_t lf = span_find(said, '\n');
        struct span line = span_first(said, lf);
        assert(!utf8_is_beyond_ascii(line) ||
               memmem(message.at, message.len, line.at, line.len));
        said = span_skip(said, lf < said.len ? lf + 1 : lf);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span message = span_at(data, size);
    struct buf whole = convert(message, size + 1);
    struct buf pieces = convert(message, 1 + size % 7);

    assert(span_is(buf_span(&whole), buf_span(&pieces)));
    check_header(buf_span(&whole), message);
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
