#include "mime/maker.h"

#include "config/limits.h"

#include "test/unit.h"

#include <stdlib.h>

/* A multipart of two, the second a message, with one row of each kind. */
static void make(struct buf *record_r)
{
    struct maker m = { 0 };
    maker_open(&m);
    struct record_text text = maker_text(&m, SPAN("text"));
    struct record_parameter parameter = { 0, text, text, text };
    struct record_address address = { RECORD_MAILBOX, { 0, 0 }, { 0, 0 }, text, text };
    struct record_part p = { .below = 2,
                             .header_length = 10,
                             .body = 10,
                             .body_length = 90,
                             .kind = RECORD_MULTIPART,
                             .type = text,
                             .subtype = text };
    p.parameters = (struct record_rows){ maker_add_parameter(&m, &parameter), 1 };
    struct record_envelope e = { .time = 5, .subject = text };
    e.from = (struct record_rows){ maker_add_address(&m, &address), 1 };
    e.ids = (struct record_rows){ maker_add_word(&m, text), 1 };
    p.envelope = maker_add_envelope(&m, &e);
    maker_add_part(&m, &p);
    p = (struct record_part){ .header = 20,
                              .header_length = 5,
                              .body = 25,
                              .body_length = 10,
                              .envelope = (uint32_t)RECORD_NONE,
                              .kind = RECORD_MESSAGE,
                              .below = 1,
                              .type = text,
                              .subtype = text };
    maker_add_part(&m, &p);
    p.kind = RECORD_OTHER;
    p.parent = 1;
    p.below = 0;
    p.header = 25;
    p.header_length = 0;
    maker_add_part(&m, &p);
    m.head.text = 9;
    m.head.text_body = 4;
    CHECK_EQ_INT(maker_finish(&m, 100, record_r), 0);
    maker_free(&m);
}

TEST(a_record_gives_back_what_was_put_in)
{
    struct buf b = { 0 };
    struct record r;
    make(&b);
    if (!CHECK(record_is_sound(buf_span(&b))))
        return;
    record_open(buf_span(&b), &r);
    CHECK_EQ_UINT(r.head.parts, 3);
    CHECK_EQ_UINT(record_part(&r, 1).body, 25);
    CHECK_EQ_UINT(record_part(&r, 2).parent, 1);
    CHECK_EQ_INT(record_envelope(&r, 0).time, 5);
    CHECK_SPAN(record_text(&r, record_envelope(&r, 0).subject), "text");
    CHECK(record_text(&r, record_address(&r, 0).name).at == NULL);
    CHECK_SPAN(record_text(&r, record_address(&r, 0).domain), "text");
    CHECK_SPAN(record_text(&r, record_parameter(&r, 0).value), "text");
    CHECK_SPAN(record_text(&r, record_word(&r, 0)), "text");
    buf_free(&b);
}

TEST(a_record_without_reading_is_one_opaque_part)
{
    struct buf b = { 0 };
    struct record r;
    CHECK_EQ_INT(record_opaque(1000, &b), 0);
    CHECK(record_is_sound(buf_span(&b)));
    record_open(buf_span(&b), &r);
    CHECK_EQ_UINT(r.head.flags, RECORD_UNREAD);
    CHECK_EQ_UINT(record_part(&r, 0).body_length, 1000);
    CHECK_SPAN(record_text(&r, record_part(&r, 0).type), "application");
    buf_free(&b);
}

static bool is_sound_with(struct buf *b, size_t at, uint32_t value)
{
    uint32_t before;
    memcpy(&before, b->at + at, 4);
    memcpy(b->at + at, &value, 4);
    bool sound = record_is_sound(buf_span(b));
    memcpy(b->at + at, &before, 4);
    return sound;
}

/* Whatever record_is_sound lets through can be read to the end: every number in turn is
 * made wrong, and what is still taken is walked through (under ASan in make check). */
TEST(a_record_with_a_wrong_number_is_refused_or_harmless)
{
    static const uint32_t wrong[] = { 1, 3, 99, 101, 0x7fffffff, 0xffffffff };
    struct buf b = { 0 };
    make(&b);
    size_t refused = 0;
    for (size_t at = 0; at + 4 <= b.len; at += 4)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
            refused += !is_sound_with(&b, at, wrong[i]);
    CHECK(refused > b.len / 4);
    CHECK(record_is_sound(buf_span(&b)));
    for (size_t len = 0; len < b.len; len++)
        CHECK(!record_is_sound(span_at(b.at, len)));
    buf_free(&b);
}

TEST(a_record_has_its_bounds_checked)
{
    struct buf b = { 0 };
    make(&b);
    size_t part = sizeof(struct record_head),
           second = part + sizeof(struct record_part);
    CHECK(!is_sound_with(&b, 0, RECORD_MAGIC + 1));
    CHECK(!is_sound_with(&b, offsetof(struct record_head, strings), 0));
    CHECK(!is_sound_with(&b, offsetof(struct record_head, text_body), 10));
    CHECK(!is_sound_with(&b, part + offsetof(struct record_part, body_length), 91));
    CHECK(!is_sound_with(&b, part + offsetof(struct record_part, below), 3));
    CHECK(!is_sound_with(&b, part + offsetof(struct record_part, envelope), 1));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, parent), 1));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, header), 9));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, body_length), 76));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, below), 2));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, parameters), 2));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, type), 0));
    CHECK(!is_sound_with(&b, second + offsetof(struct record_part, type), 6));
    buf_free(&b);
}

TEST(a_record_that_is_full_leaves_out_and_says_so)
{
    struct maker m = { 0 };
    struct buf b = { 0 };
    maker_open(&m);
    struct record_text text = maker_text(&m, SPAN("a"));
    for (int i = 0; i < 20000; i++)
        CHECK_EQ_UINT(maker_add_word(&m, text), i);
    CHECK_EQ_UINT(m.head.flags, 0);
    CHECK_EQ_UINT(maker_add_word(&m, text), (uint32_t)RECORD_NONE);
    CHECK_EQ_UINT(m.head.flags, RECORD_CUT);
    m.head.flags = 0;
    char *long_one = calloc(1, MIME_TEXT_MAX + 1);
    CHECK_EQ_UINT(maker_text(&m, span_at(long_one, MIME_TEXT_MAX + 1)).len,
                  MIME_TEXT_MAX);
    CHECK_EQ_UINT(m.head.flags, RECORD_CUT);
    for (int i = 0; i < 300; i++)
        text = maker_text(&m, span_at(long_one, MIME_TEXT_MAX));
    CHECK_EQ_UINT(text.len, 0);
    CHECK(text.at > 0);
    struct record_part p = { .type = text, .subtype = text };
    p.envelope = (uint32_t)RECORD_NONE;
    maker_add_part(&m, &p);
    CHECK_EQ_INT(maker_finish(&m, 0, &b), 0);
    CHECK(record_is_sound(buf_span(&b)));
    free(long_one);
    buf_free(&b);
    maker_free(&m);
}
