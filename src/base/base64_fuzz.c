/* base64_fuzz - what decodes is the one encoding of its octets; octets come back. */
#include "base/base64.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    static char decoded[4096], text[BASE64_SIZE(sizeof decoded) + 1];
    size_t n;
    struct span input = span_at(octets, len < sizeof decoded ? len : sizeof decoded);
    if (base64_decode(input, decoded, sizeof decoded, &n)) {
        size_t encoded = base64_encode(span_at(decoded, n), text);
        assert(span_is(span_at(text, encoded), input));
    }
    size_t encoded = base64_encode(input, text);
    assert(encoded == BASE64_SIZE(input.len));
    bool good = base64_decode(span_at(text, encoded), decoded, sizeof decoded, &n);
    assert(good && span_is(span_at(decoded, n), input));
    return 0;
}
