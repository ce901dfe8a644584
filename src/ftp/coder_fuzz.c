/* A decoder takes any octets; what an encoder made comes back as it was. */
#include "ftp/coder.h"

#include "base/buf.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int say(void *arg, struct span octets)
{
    return buf_put(arg, octets);
}

static int run(struct coder *c, struct span octets, size_t step)
{
    int error = 0;
    assert(c);
    while (octets.len > 0 && !error) {
        size_t n = octets.len < step ? octets.len : step;
        error = coder_put(c, span_first(octets, n));
        octets = span_skip(octets, n);
    }
    if (!error)
        error = coder_end(c);
    coder_close(&c);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct coder_form form = { data[0] & 1, data[0] & 2, "SBZS"[data[0] >> 2 & 3], 1 };
    struct span input = span_at(data + 1, size - 1);
    struct buf decoded = { .max = 1 << 20 }, wire = { .max = 1 << 22 };
    struct buf again = { .max = 1 << 22 };
    size_t step = 1 + (data[0] >> 4);
    if (run(decoder_open(&form, say, NULL, &decoded), input, step) == 0 &&
        (!form.ascii || span_find(buf_span(&decoded), '\r') == decoded.len)) {
        assert(run(encoder_open(&form, say, &wire), buf_span(&decoded), 7) == 0);
        assert(run(decoder_open(&form, say, NULL, &again), buf_span(&wire), 5) == 0);
        assert(span_is(buf_span(&again), buf_span(&decoded)));
    }
    buf_free(&decoded);
    buf_free(&wire);
    buf_free(&again);
    return 0;
}
