/*
 * client_reply_fuzz - a server's lines: what is read of them is within its bounds, and
 * whole only if each line has the same code.
 */
#include "smtp/client_reply.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void judge(const struct smtp_reply *r)
{
    struct smtp_extensions e;
    char words[64];

    assert(r->code >= 200 && r->code <= 599);
    assert(r->lines >= 1 && r->lines <= SMTP_REPLY_LINES_MAX);
    assert(r->status.class == 0 || r->status.class == r->code / 100);
    assert(r->status.subject <= 999 && r->status.detail <= 999);
    smtp_extensions_read(buf_span(&r->text), &e);
    assert(!(e.has & SMTP_HAS_BINARYMIME) || (e.has & SMTP_HAS_CHUNKING));
    smtp_reply_words(r, words, sizeof(words));
    assert(strlen(words) < sizeof(words));
    for (const char *c = words; *c; c++)
        assert((unsigned char)*c >= ' ' && *c != 127);
}

/* The naive reading of the same lines: the last one has "NNN" or "NNN ". */
static bool is_last(struct span line)
{
    return line.len == 3 || (line.len > 3 && line.at[3] == ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct smtp_reply r = { .text.max = SMTP_REPLY_OCTETS_MAX };
    enum smtp_reply_step step = SMTP_REPLY_WHOLE;

    for (struct span rest = span_at(octets, len); rest.len > 0;) {
        size_t end = span_find(rest, '\n');
        struct span line = span_first(rest, end);
        step = smtp_reply_read(&r, line);
        assert((step == SMTP_REPLY_MORE) == r.is_open);
        if (step == SMTP_REPLY_BROKEN)
            break;
        assert(is_last(line) == (step == SMTP_REPLY_WHOLE));
        if (step == SMTP_REPLY_WHOLE)
            judge(&r);
        rest = span_skip(rest, end < rest.len ? end + 1 : end);
    }
    buf_free(&r.text);
    return 0;
}
