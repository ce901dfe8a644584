/*
 * encoded_word_fuzz - whatever is decoded is UTF-8 without control characters; text
 * without encoded words stays what it is.
 */
#include "mime/encoded_word.h"

#include "config/limits.h"
#include "mime/charset.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    char decoded[MIME_TEXT_MAX], again[MIME_TEXT_MAX];
    struct out o = OUT(decoded), clean = OUT(again);
    struct span text = span_at(octets, len);
    charsets_open();
    mime_steps = 0;
    encoded_words_decode(text, &o);
    assert(mime_steps <= 50 * len + 100);
    utf8_clean(out_span(&o), &clean);
    assert(span_is(out_span(&o), out_span(&clean)));
    if (encoded_words_are_none(text) && len <= MIME_TEXT_MAX)
        assert(span_is(out_span(&o), text));
    return 0;
}
