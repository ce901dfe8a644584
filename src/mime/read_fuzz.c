/*
 * read_fuzz - any message: its record is sound (so its parts are nested), the text is
 * within its bounds and folded, and it took at most 50 steps an octet.
 */
#include "mime/read.h"

#include "config/limits.h"
#include "mime/charset.h"
#include "mime/fold.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

/* Siblings do not overlap. */
static void check_order(const struct record *r)
{
    for (uint32_t row = 1; row < r->head.parts; row++) {
        struct record_part p = record_part(r, row), above = record_part(r, p.parent);
        uint32_t next = row + p.below + 1;
        if (next > p.parent + above.below)
            continue;
        struct record_part sibling = record_part(r, next);
        assert(sibling.parent == p.parent);
        assert(sibling.header >= p.body + p.body_length);
    }
}

static void check_text(struct span text)
{
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        assert(c >= ' ' || c == '\n');
        assert(c < 'A' || c > 'Z');
    }
}

/* Without its text a message has the same record. */
static void check_without_text(struct span message, struct span record)
{
    static struct reading reading = { .without_text = true };
    struct record_head a, b;
    int error = message_read(&reading, message);
    assert(error == 0);
    struct span again = buf_span(&reading.record);
    assert(again.len == record.len && reading.text.len == 0);
    memcpy(&a, record.at, sizeof a);
    memcpy(&b, again.at, sizeof b);
    assert(b.text == 0 && b.text_body == 0);
    b.text = a.text;
    b.text_body = a.text_body;
    assert(memcmp(&a, &b, sizeof a) == 0);
    assert(span_is(span_skip(record, sizeof a), span_skip(again, sizeof b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    static struct reading reading;
    struct record r;
    charsets_open();
    mime_steps = 0;
    int error = message_read(&reading, span_at(octets, len));
    assert(error == 0);
    assert(mime_steps <= 50 * len + 1000);
    struct span record = buf_span(&reading.record);
    bool sound = record_is_sound(record);
    assert(sound);
    record_open(record, &r);
    check_order(&r);
    assert(reading.text.len == r.head.text);
    check_text(buf_span(&reading.text));
    if (len < SEARCH_HEAD_MAX / 8) /* nothing of the text is cut */
        check_without_text(span_at(octets, len), record);
    return 0;
}
