/* reply_read_fuzz - replies, and what is read out of them: bounded, and within range. */
#include "ftp/reply_read.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void judge(struct span text)
{
    uint8_t host[4];
    uint16_t port = 0;
    char path[64];
    if (reply_passive(text, host, &port))
        assert(port > 0);
    port = 0;
    if (reply_extended_passive(text, &port))
        assert(port > 0);
    if (reply_directory(text, path, sizeof(path)))
        assert(path[0] && strlen(path) < sizeof(path) && !strchr(path, '\n'));
    assert(reply_features(text) & FEATURE_KNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct reply r = { .text.max = 4096 };
    for (struct span rest = span_at(octets, len); rest.len > 0;) {
        size_t end = span_find(rest, '\n');
        enum reply_step step = reply_read(&r, span_first(rest, end));
        assert(r.text.len <= 4096 && (step == REPLY_MORE) == r.is_open);
        if (step == REPLY_WHOLE) {
            assert(r.code >= 100 && r.code <= 599);
            judge(buf_span(&r.text));
        }
        rest = span_skip(rest, end < rest.len ? end + 1 : end);
    }
    buf_free(&r.text);
    judge(span_at(octets, len));
    return 0;
}
