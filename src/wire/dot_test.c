/* dot - against a reader that looks at one octet after the other. */
#include "test/unit.h"
#include "wire/dot.h"
#include "wire/dot_oracle.h"

#include "base/buf.h"

#include <stdlib.h>

/* ---- ours, with the input cut into `count` parts */

static void read_part(struct dot_reader *d, struct span part, struct outcome *o)
{
    struct span rest = part, piece;
    while ((piece = dot_take(d, &rest)).len > 0) {
        memcpy(o->text + o->len, piece.at, piece.len);
        o->len += piece.len;
    }
    CHECK(rest.len == 0 || d->ended);
    o->consumed += part.len - rest.len;
}

static struct outcome read_cut(struct span in, const size_t *cuts, size_t count)
{
    struct dot_reader d = { .line_max = ORACLE_LINE_MAX };
    struct outcome o = { .len = 0 };
    size_t from = 0;
    for (size_t i = 0; i <= count && !d.ended; i++) {
        size_t to = i < count ? cuts[i] : in.len;
        /* A copy of its own size, so that a look outside is seen. */
        char *copy = malloc(to - from + 1);
        if (to > from)
            memcpy(copy, in.at + from, to - from);
        read_part(&d, span_at(copy, to - from), &o);
        free(copy);
        from = to;
    }
    o.bare = d.bare;
    o.long_line = d.long_line;
    o.ended = d.ended;
    return o;
}

static void check_same(struct span in, const size_t *cuts, size_t count)
{
    struct outcome wanted = oracle_read(in), got = read_cut(in, cuts, count);
    bool same = span_is(span_at(got.text, got.len), span_at(wanted.text, wanted.len)) &&
                got.consumed == wanted.consumed && got.bare == wanted.bare &&
                got.long_line == wanted.long_line && got.ended == wanted.ended;
    if (CHECK(same))
        return;
    unit_equal_span(span_at(got.text, got.len), span_at(wanted.text, wanted.len),
                    __FILE__, __LINE__, "text");
    unit_equal_span(in, SPAN("the input"), __FILE__, __LINE__, "in");
}

static void check_all_cuts(struct span in)
{
    size_t cuts[64] = { 0 };
    check_same(in, cuts, 0);
    for (cuts[0] = 0; cuts[0] <= in.len; cuts[0]++)
        check_same(in, cuts, 1);
    for (cuts[0] = 0; cuts[0] <= in.len; cuts[0]++) {
        for (cuts[1] = cuts[0]; cuts[1] <= in.len; cuts[1]++)
            check_same(in, cuts, 2);
    }
    for (size_t i = 0; i < in.len && i < 64; i++)
        cuts[i] = i;
    check_same(in, cuts, in.len < 64 ? in.len : 64);
}

/* S01, each within a message that goes on and ends as it should. */
TEST(dot_ends_nothing_but_crlf_dot_crlf)
{
    const struct span sequences[] = {
        SPAN("\n.\n"),     SPAN("\n.\r\n"),     SPAN("\r\n.\n"),
        SPAN("\r.\r"),     SPAN("\r\n.\r"),     SPAN("\r\n.\r\r\n"),
        SPAN("\n.\r"),     SPAN("\r.\r\n"),     SPAN("\r\n\0.\r\n"),
        SPAN("\r.\n"),     SPAN("\r\n.\0\r\n"), SPAN("\n\n.\r\n"),
        SPAN("\r\r\n.\n"), SPAN("\r\n.\r\0\n"), SPAN("\n\r.\r\n"),
        SPAN("\0\r\n.\n"), SPAN("\r\n. \r\n"),  SPAN("\r\n..\r\n"),
    };
    for (size_t i = 0; i < sizeof(sequences) / sizeof(*sequences); i++) {
        struct buf in = { .max = 1000 };
        buf_put(&in, SPAN("a"));
        buf_put(&in, sequences[i]);
        buf_put(&in, SPAN("b\r\n.\r\nRSET\r\n"));
        struct outcome o = read_cut(buf_span(&in), NULL, 0);
        CHECK(o.ended);
        CHECK_EQ_UINT(o.consumed, in.len - 6);
        CHECK(o.bare == (i < sizeof(sequences) / sizeof(*sequences) - 2));
        check_all_cuts(buf_span(&in));
        buf_free(&in);
    }
}

TEST(dot_takes_messages)
{
    const struct {
        struct span in, text;
        size_t left;
    } cases[] = {
        { SPAN(".\r\n"), SPAN(""), 0 },
        { SPAN(".\r\nQUIT\r\n"), SPAN(""), 6 },
        { SPAN("\r\n.\r\n"), SPAN("\r\n"), 0 },
        { SPAN("a\r\n..\r\n...\r\n.b\r\n.\r\n"), SPAN("a\r\n.\r\n..\r\nb\r\n"), 0 },
        { SPAN("12345\r\n.\r\n.\r\n"), SPAN("12345\r\n"), 3 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct outcome o = read_cut(cases[i].in, NULL, 0);
        unit_equal_span(span_at(o.text, o.len), cases[i].text, __FILE__, __LINE__,
                        "text");
        CHECK(o.ended && !o.bare && !o.long_line);
        CHECK_EQ_UINT(cases[i].in.len - o.consumed, cases[i].left);
        check_all_cuts(cases[i].in);
    }
}

TEST(dot_measures_lines_without_their_transparency)
{
    const struct {
        struct span in;
        bool is_long;
    } cases[] = {
        { SPAN("12345\r\n"), false },  { SPAN("123456\r\n"), true },
        { SPAN(".12345\r\n"), false }, { SPAN(".123456\r\n"), true },
        { SPAN("12345\r"), false },    { SPAN("12345\r\r"), true },
        { SPAN("1\r\n12345"), false }, { SPAN("1\r\n123456"), true },
        { SPAN("12345\n"), true },     { SPAN("1234\r\r\n"), false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        CHECK_EQ_INT(read_cut(cases[i].in, NULL, 0).long_line, cases[i].is_long);
        check_all_cuts(cases[i].in);
    }
}

/* RFC 3030 §2: a chunk has neither end nor transparency; its lines are lines. */
TEST(dot_takes_verbatim_text)
{
    const struct {
        struct span text;
        bool bare, is_long;
    } cases[] = {
        { SPAN(""), false, false },
        { SPAN(".\r\n..\r\n.a\r\n.\r\nQ\r\n"), false, false },
        { SPAN("12345\r\n12345"), false, false },
        { SPAN("123456"), false, true },
        { SPAN("."), false, false },
        { SPAN(".\r"), true, false },
        { SPAN("a\r\n\r"), true, false },
        { SPAN(".\n"), true, false },
        { SPAN("\0"), true, false },
        { SPAN("a\rb\r\n"), true, false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (size_t at = 0; at <= cases[i].text.len; at++) {
            struct dot_reader d = { .line_max = ORACLE_LINE_MAX, .verbatim = true };
            struct outcome o = { .len = 0 };
            read_part(&d, span_first(cases[i].text, at), &o);
            read_part(&d, span_skip(cases[i].text, at), &o);
            dot_end(&d);
            CHECK(span_is(span_at(o.text, o.len), cases[i].text) && !d.ended);
            CHECK_EQ_INT(d.bare, cases[i].bare);
            CHECK_EQ_INT(d.long_line, cases[i].is_long);
        }
    }
}

TEST(dot_at_random)
{
    static const char letters[] = "\r\n..x\0";
    srand(5321);
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t len = (size_t)rand() % sizeof(text);
        for (size_t i = 0; i < len; i++)
            text[i] = letters[rand() % 6];
        size_t cuts[2] = { (size_t)rand() % (len + 1), 0 };
        cuts[1] = cuts[0] + (size_t)rand() % (len - cuts[0] + 1);
        check_same(span_at(text, len), cuts, 2);
    }
}
