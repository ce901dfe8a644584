#include "trust/canonical.h"

#include "base/buf.h"
#include "test/unit.h"

static void put(void *arg, struct span s)
{
    CHECK_EQ_INT(buf_put(arg, s), 0);
}

/* In pieces of each size, for they come in any. */
static void check_body(struct span body, bool relaxed, struct span wanted)
{
    for (size_t size = 1; size <= body.len + 1; size++) {
        struct buf out = { .max = 4096 };
        struct canonical_body b;
        canonical_body_begin(&b, (struct canonical_sink){ put, &out }, relaxed,
                             UINT64_MAX);
        for (struct span rest = body; rest.len > 0;) {
            size_t n = size < rest.len ? size : rest.len;
            canonical_body_take(&b, span_first(rest, n));
            rest = span_skip(rest, n);
        }
        canonical_body_end(&b);
        unit_equal_span(buf_span(&out), wanted, __FILE__, __LINE__, "body");
        CHECK_EQ_UINT(b.octets, wanted.len);
        buf_free(&out);
    }
}

static void check_field(struct span field, bool relaxed, struct span wanted)
{
    struct buf out = { .max = 4096 };
    struct canonical_sink sink = { put, &out };

    canonical_field(field, relaxed, &sink);
    unit_equal_span(buf_span(&out), wanted, __FILE__, __LINE__, "field");
    buf_free(&out);
}

TEST(canonical_examples_of_rfc_6376_section_3_4_5)
{
    struct span body = SPAN(" C \r\nD \t E\r\n\r\n\r\n");

    check_field(SPAN("A: X"), true, SPAN("a:X"));
    check_field(SPAN("B : Y\t\r\n\tZ  "), true, SPAN("b:Y Z"));
    check_body(body, true, SPAN(" C\r\nD E\r\n"));
    check_field(SPAN("A: X"), false, SPAN("A: X"));
    check_field(SPAN("B : Y\t\r\n\tZ  "), false, SPAN("B : Y\t\r\n\tZ  "));
    check_body(body, false, SPAN(" C \r\nD \t E\r\n"));
}

TEST(canonical_bodies_at_their_edges)
{
    static const struct {
        struct span body, simple, relaxed;
    } rows[] = {
        /* §3.4.3: an empty body is one line end, §3.4.4: it is nothing */
        { { "", 0 }, { "\r\n", 2 }, { "", 0 } },
        { { "\r\n", 2 }, { "\r\n", 2 }, { "", 0 } },
        { { "\r\n\r\n", 4 }, { "\r\n", 2 }, { "", 0 } },
        { { " \r\n", 3 }, { " \r\n", 3 }, { "", 0 } },
        { { "a", 1 }, { "a\r\n", 3 }, { "a\r\n", 3 } },
        { { "a ", 2 }, { "a \r\n", 4 }, { "a\r\n", 3 } },
        { { "a\r", 2 }, { "a\r\r\n", 4 }, { "a\r\r\n", 4 } },
        { { "a\r\r\nb\n", 6 }, { "a\r\r\nb\n\r\n", 8 }, { "a\r\r\nb\n\r\n", 8 } },
        { { "\r\n\ta\r\n", 6 }, { "\r\n\ta\r\n", 6 }, { "\r\n a\r\n", 6 } },
        { { "a\r\n \r\n\r\nb\r\n", 11 },
          { "a\r\n \r\n\r\nb\r\n", 11 },
          { "a\r\n\r\n\r\nb\r\n", 10 } },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_body(rows[i].body, false, rows[i].simple);
        check_body(rows[i].body, true, rows[i].relaxed);
    }
}

TEST(canonical_body_to_its_length)
{
    struct buf out = { .max = 4096 };
    struct canonical_body b;

    canonical_body_begin(&b, (struct canonical_sink){ put, &out }, false, 4);
    canonical_body_take(&b, SPAN("abc"));
    canonical_body_take(&b, SPAN("def\r\n"));
    canonical_body_end(&b);
    CHECK_SPAN(buf_span(&out), "abcd");
    CHECK_EQ_UINT(b.octets, 8);
    buf_free(&out);
}

TEST(canonical_fields_of_a_section)
{
    struct arena *arena = arena_open(1 << 20);
    struct fields f;

    CHECK_EQ_INT(fields_read(SPAN("A: 1\r\nB:\r\n 2\r\n\r\n"), arena, &f), 0);
    CHECK_EQ_UINT(f.count, 2);
    CHECK(!f.unclear);
    CHECK_SPAN(field_whole(&f.at[1]), "B:\r\n 2");
    CHECK_EQ_INT(fields_read(SPAN("A: 1\r\nnonsense\r\nB: 2\r\n"), arena, &f), 0);
    CHECK(f.unclear);
    arena_close(&arena);
}
