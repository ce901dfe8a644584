#include "imap/fetch_att.h"

#include "test/unit.h"

#include "base/buf.h"

static struct arena *arena;

/* The labels, each with a space behind it; "?" where it is no FETCH. */
static struct span labels(const char *text, struct buf *b)
{
    struct span rest = span_of(text);
    struct fetch_atts atts;

    buf_clear(b);
    if (!fetch_atts_take(&rest, arena, &atts) || rest.len > 0) {
        buf_put(b, SPAN("?"));
        return buf_span(b);
    }
    for (size_t i = 0; i < atts.count; i++) {
        buf_put(b, atts.atts[i].label);
        buf_put(b, SPAN(" "));
    }
    return buf_span(b);
}

TEST(what_a_FETCH_may_ask_for)
{
    struct buf b = { .max = 1 << 16 };

    arena = arena_open(1 << 20);
    /* RFC 9051 §6.4.5's example, and its macros */
    CHECK_SPAN(labels("(FLAGS BODY[HEADER.FIELDS (DATE FROM)])", &b),
               "FLAGS BODY[HEADER.FIELDS (DATE FROM)] ");
    CHECK_SPAN(labels("all", &b), "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE ");
    CHECK_SPAN(labels("FAST", &b), "FLAGS INTERNALDATE RFC822.SIZE ");
    CHECK_SPAN(labels("FULL", &b), "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY ");
    CHECK_SPAN(labels("body.peek[4.2.header]<0.2048>", &b), "BODY[4.2.HEADER]<0> ");
    CHECK_SPAN(labels("BODY[]", &b), "BODY[] ");
    CHECK_SPAN(labels("BODY", &b), "BODY ");
    CHECK_SPAN(labels("BODYSTRUCTURE", &b), "BODYSTRUCTURE ");
    CHECK_SPAN(labels("(BODY[1.MIME] BODY[TEXT] RFC822.TEXT RFC822)", &b),
               "BODY[1.MIME] BODY[TEXT] RFC822.TEXT RFC822 ");
    CHECK_SPAN(labels("BODY[1.HEADER.FIELDS.NOT (\"a b\" {3}\r\nX-Y)]", &b),
               "BODY[1.HEADER.FIELDS.NOT (\"a b\" X-Y)] ");
    CHECK_SPAN(labels("(BINARY[1] BINARY.PEEK[2]<5.1> BINARY.SIZE[3.1])", &b),
               "BINARY[1] BINARY[2]<5> BINARY.SIZE[3.1] ");
    CHECK_SPAN(labels("(PREVIEW (LAZY) UID)", &b), "PREVIEW UID ");
    CHECK_SPAN(labels("PREVIEW", &b), "PREVIEW ");
    arena_close(&arena);
    buf_free(&b);
}

TEST(what_no_FETCH_asks_for_I12)
{
    static const char *const wrong[] = {
        "",
        "()",
        "(FLAGS",
        "(FLAGS ALL)",
        "BODY[",
        "BODY[MIME]",
        "BODY[0]",
        "BODY[1.]",
        "BODY[1..2]",
        "BODY[.1]",
        "BODY[4294967296]",
        "BODY[HEADER.FIELDS]",
        "BODY[HEADER.FIELDS ()]",
        "BODY[HEADER.FIELDS (A]",
        "BODY[]<0>",
        "BODY[]<0.0>",
        "BODY[]<9223372036854775808.1>",
        "BODY[]<-1.1>",
        "BINARY[TEXT]",
        "BINARY[1.HEADER]",
        "BINARY.SIZE[1]<0.1>",
        "FLAGS FLAGS",
        "RFC822.PEEK",
        "BODY.PEEK",
    };
    struct buf b = { .max = 1 << 16 };

    arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!CHECK_SPAN(labels(wrong[i], &b), "?"))
            CHECK_STR(wrong[i], "");
    CHECK_SPAN(labels("BODY[1.2.3.MIME]<4294967295.9223372036854775807>", &b),
               "BODY[1.2.3.MIME]<4294967295> ");
    buf_clear(&b);
    for (int i = 0; i < 200; i++)
        buf_put(&b, i ? SPAN(".1") : SPAN("BODY[1"));
    buf_put(&b, SPAN("]\0"));
    struct buf c = { .max = 1 << 16 };
    CHECK_SPAN(labels(b.at, &c), "?");
    arena_close(&arena);
    buf_free(&b);
    buf_free(&c);
}
