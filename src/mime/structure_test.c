#include "mime/read.h"

#include "config/limits.h"
#include "test/unit.h"

#include <stdlib.h>

static struct reading reading;

static void forget(void)
{
    reading_free(&reading);
    reading = (struct reading){ 0 };
}

static void read_message(struct span message, struct record *r)
{
    *r = (struct record){ 0 };
    CHECK_EQ_INT(message_read(&reading, message), 0);
    if (CHECK(record_is_sound(buf_span(&reading.record))))
        record_open(buf_span(&reading.record), r);
}

static unsigned depth_of(const struct record *r, uint32_t row)
{
    unsigned depth = 0;
    for (; row > 0; depth++)
        row = record_part(r, row).parent;
    return depth;
}

/* A line a part: "  text/plain lines:body". */
static void print_tree(const struct record *r, struct span message, struct buf *b)
{
    for (uint32_t row = 0; row < r->head.parts; row++) {
        struct record_part p = record_part(r, row);
        struct span type = record_text(r, p.type), subtype = record_text(r, p.subtype);
        buf_printf(b, "%*s%.*s/%.*s %u", (int)depth_of(r, row) * 2, "", SPAN_ARG(type),
                   SPAN_ARG(subtype), p.lines);
        if (p.below == 0)
            buf_printf(b, ":%.*s", (int)p.body_length, message.at + p.body);
        buf_printf(b, "%s\n", p.flags & RECORD_PART_OPAQUE ? "!" : "");
    }
}

static void check(struct span message, const char *wanted)
{
    struct buf b = { .max = 1 << 16 };
    struct record r;
    read_message(message, &r);
    print_tree(&r, message, &b);
    unit_equal_span(buf_span(&b), span_of(wanted), __FILE__, __LINE__, "tree");
    buf_free(&b);
    forget();
}

TEST(structure_of_rfc_2046)
{
    /* §5.1.1 */
    check(SPAN("From: Nathaniel Borenstein <nsb@bellcore.com>\r\n"
               "To: Ned Freed <ned@innosoft.com>\r\n"
               "Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)\r\n"
               "Subject: Sample message\r\n"
               "MIME-Version: 1.0\r\n"
               "Content-type: multipart/mixed; boundary=\"simple boundary\"\r\n"
               "\r\n"
               "This is the preamble.  It is to be ignored, though it\r\n"
               "is a handy place for composition agents to include an\r\n"
               "explanatory note to non-MIME conformant readers.\r\n"
               "\r\n"
               "--simple boundary\r\n"
               "\r\n"
               "This is implicitly typed plain US-ASCII text.\r\n"
               "It does NOT end with a linebreak.\r\n"
               "--simple boundary\r\n"
               "Content-type: text/plain; charset=us-ascii\r\n"
               "\r\n"
               "This is explicitly typed plain US-ASCII text.\r\n"
               "It DOES end with a linebreak.\r\n"
               "\r\n"
               "--simple boundary--\r\n"
               "\r\n"
               "This is the epilogue.  It is also to be ignored.\r\n"),
          "multipart/mixed 17\n"
          "  text/plain 1:This is implicitly typed plain US-ASCII text.\r\n"
          "It does NOT end with a linebreak.\n"
          "  text/plain 2:This is explicitly typed plain US-ASCII text.\r\n"
          "It DOES end with a linebreak.\r\n\n");
    /* §5.1.5, shortened */
    check(SPAN("Content-Type: multipart/digest; boundary=\"---- next message "
               "-----\"\r\n"
               "\r\n"
               "------ next message -----\r\n"
               "\r\n"
               "From: someone-else\r\n"
               "\r\n"
               "...body 1...\r\n"
               "------ next message -----\r\n"
               "\r\n"
               "Subject: my opinion\r\n"
               "\r\n"
               "...body 2...\r\n"
               "------ next message -------\r\n"),
          "multipart/digest 11\n"
          "  message/rfc822 2\n"
          "    text/plain 0:...body 1...\n"
          "  message/rfc822 2\n"
          "    text/plain 0:...body 2...\n");
}

/* long: the example is */
TEST(structure_of_rfc_2049_appendix_a)
{
    struct span message =
        SPAN("MIME-Version: 1.0\r\n"
             "From: Nathaniel Borenstein <nsb@nsb.fv.com>\r\n"
             "Subject: A multipart example\r\n"
             "Content-Type: multipart/mixed;\r\n"
             "              boundary=unique-boundary-1\r\n"
             "\r\n"
             "This is the preamble area of a multipart message.\r\n"
             "--unique-boundary-1\r\n"
             "\r\n"
             "... Some text appears here ...\r\n"
             "--unique-boundary-1\r\n"
             "Content-type: text/plain; charset=US-ASCII\r\n"
             "\r\n"
             "This could have been part of the previous part.\r\n"
             "--unique-boundary-1\r\n"
             "Content-Type: multipart/parallel; boundary=unique-boundary-2\r\n"
             "\r\n"
             "--unique-boundary-2\r\n"
             "Content-Type: audio/basic\r\n"
             "Content-Transfer-Encoding: base64\r\n"
             "\r\n"
             "YXVkaW8=\r\n"
             "--unique-boundary-2\r\n"
             "Content-Type: image/jpeg\r\n"
             "Content-Transfer-Encoding: base64\r\n"
             "\r\n"
             "aW1hZ2U=\r\n"
             "--unique-boundary-2--\r\n"
             "\r\n"
             "--unique-boundary-1\r\n"
             "Content-type: text/enriched\r\n"
             "\r\n"
             "This is <bold><italic>enriched.</italic></bold>\r\n"
             "--unique-boundary-1\r\n"
             "Content-Type: message/rfc822\r\n"
             "\r\n"
             "From: (mailbox in US-ASCII)\r\n"
             "To: (address in US-ASCII)\r\n"
             "Subject: (subject in US-ASCII)\r\n"
             "Content-Type: Text/plain; charset=ISO-8859-1\r\n"
             "Content-Transfer-Encoding: Quoted-printable\r\n"
             "\r\n"
             "... Additional text in ISO-8859-1 goes here ...\r\n"
             "--unique-boundary-1--\r\n");
    check(message,
          "multipart/mixed 38\n"
          "  text/plain 0:... Some text appears here ...\n"
          "  text/plain 0:This could have been part of the previous part.\n"
          "  multipart/parallel 11\n"
          "    audio/basic 0:YXVkaW8=\n"
          "    image/jpeg 0:aW1hZ2U=\n"
          "  text/enriched 0:This is <bold><italic>enriched.</italic></bold>\n"
          "  message/rfc822 6\n"
          "    text/plain 0:... Additional text in ISO-8859-1 goes here ...\n");
    struct record r;
    read_message(message, &r);
    CHECK_EQ_UINT(r.head.envelopes, 2);
    CHECK_EQ_UINT(record_part(&r, 4).decoded, 5);
    CHECK_EQ_UINT(record_part(&r, 4).encoded, RECORD_BASE64);
    CHECK_SPAN(record_text(&r, record_envelope(&r, 1).subject),
               "(subject in US-ASCII)");
    CHECK_EQ_UINT(r.head.flags, RECORD_ATTACHMENT);
    forget();
}

#define MULTIPART "Content-Type: multipart/mixed; boundary=a\r\n\r\n"

/* ATTACKS.md M02 */
TEST(m02_boundaries_that_are_not_what_they_seem)
{
    check(SPAN(MULTIPART "--a\r\n\r\none\r\n--ab\r\ntwo\r\n--a  \r\n\r\nthree"),
          "multipart/mixed 7\n  text/plain 2:one\r\n--ab\r\ntwo\n  text/plain "
          "0:three\n");
    check(SPAN("Content-Type: multipart/mixed; boundary=\"--\"\r\n\r\n"
               "----\r\n\r\none\r\n------\r\n"),
          "multipart/mixed 4\n  text/plain 0:one\n");
    check(SPAN(MULTIPART "--a--\r\n--a\r\n\r\none"),
          "multipart/mixed 3:--a--\r\n--a\r\n\r\none\n");
    check(SPAN(MULTIPART), "multipart/mixed 0:\n");
    check(SPAN(MULTIPART "--a"), "multipart/mixed 0\n  text/plain 0:\n");
    check(SPAN(MULTIPART "--a\r\n--a\r\n--a--\r\n"),
          "multipart/mixed 3\n  text/plain 0:\n  text/plain 0:\n");
    check(SPAN("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\none"),
          "multipart/mixed 2:--\r\n\r\none!\n");
    check(SPAN("Content-Type: multipart/mixed\r\n\r\n--\r\n"),
          "multipart/mixed 1:--\r\n!\n");
    /* the boundary of what is around ends what is within, in a header too */
    check(SPAN(MULTIPART "--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                         "--b\r\nX: y\r\n--a\r\n\r\ntwo\r\n--b\r\n--a--\r\n"),
          "multipart/mixed 10\n  multipart/mixed 2\n    text/plain 0:\n"
          "  text/plain 1:two\r\n--b\n");
    check(SPAN("Content-Type: multipart/mixed; "
               "boundary=\"a\0b\"\r\n\r\n--a\0b\r\n\r\none"),
          "multipart/mixed 2:--a\n" /* printf sees no more */);
    check(SPAN(MULTIPART "--a\n\none\n--a--\n"),
          "multipart/mixed 4\n  text/plain 0:one\n");
}

/* Header, then `unit` so many times. */
static void fill(struct buf *b, const char *header, const char *unit, int n)
{
    b->max = 256 << 20;
    b->len = 0;
    buf_put(b, span_of(header));
    for (int i = 0; i < n; i++)
        buf_put(b, span_of(unit));
}

/* As the fuzzer does: reads it, and how many steps that took. */
static uint64_t steps_of(const char *header, const char *unit, int n, struct record *r)
{
    struct buf b = { 0 };
    fill(&b, header, unit, n);
    mime_steps = 0;
    read_message(buf_span(&b), r);
    CHECK(mime_steps <= 50 * b.len + 10000);
    buf_free(&b);
    return mime_steps;
}

static void check_linear(const char *header, const char *unit, int n)
{
    struct record r;
    uint64_t once = steps_of(header, unit, n, &r);
    uint64_t twice = steps_of(header, unit, 2 * n, &r);
    CHECK(twice * 10 <= once * 22);
    CHECK(r.head.parts <= MIME_PARTS_MAX);
}

TEST(m02_parts_are_bounded_and_linear)
{
    static const char *const units[] = {
        "--a\r\n", "--a\r\n\r\n", "--a\r\n\r\nx\r\n",
        "--\r\n",  "--ab\r\n",    "--a--\r\n",
        "-",       "\n",          "--a\r\nContent-Type: text/html\r\n\r\n<p>\r\n"
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        check_linear(MULTIPART, units[i], 30000);
    struct record r;
    steps_of(MULTIPART, "--a\r\n\r\nx\r\n", 1000000, &r);
    CHECK_EQ_UINT(r.head.parts, MIME_PARTS_MAX);
    CHECK(r.head.flags & RECORD_CUT);
    struct record_part last = record_part(&r, MIME_PARTS_MAX - 1);
    CHECK(last.flags & RECORD_PART_OPAQUE);
    CHECK_EQ_UINT((uint64_t)last.body + last.body_length, r.head.size);
    struct buf b = { 0 };
    buf_printf(&b, "%s", "");
    fill(&b, "Content-Type: multipart/mixed; boundary=", "b", 10240);
    buf_put(&b, SPAN("\r\n\r\n--b\r\n"));
    read_message(buf_span(&b), &r);
    CHECK_EQ_UINT(r.head.parts, 1);
    CHECK(r.head.flags & RECORD_AMBIGUOUS);
    buf_free(&b);
    forget();
}

static unsigned deepest(const struct record *r)
{
    unsigned most = 0;
    for (uint32_t row = 0; row < r->head.parts; row++)
        if (depth_of(r, row) > most)
            most = depth_of(r, row);
    return most;
}

/* ATTACKS.md M01 */
TEST(m01_depth_is_bounded)
{
    struct record r;
    steps_of("", "Content-Type: message/rfc822\r\n\r\n", 100000, &r);
    CHECK_EQ_UINT(deepest(&r), MIME_DEPTH_MAX);
    CHECK_EQ_UINT(r.head.parts, MIME_DEPTH_MAX + 1);
    CHECK(record_part(&r, MIME_DEPTH_MAX).flags & RECORD_PART_OPAQUE);
    CHECK(r.head.flags & RECORD_CUT);
    steps_of("", MULTIPART "--a\r\n", 100000, &r);
    CHECK_EQ_UINT(deepest(&r), MIME_DEPTH_MAX);
    CHECK(r.head.flags & RECORD_CUT);
    check_linear("", MULTIPART "--a\r\n", 10000);
    check_linear("", "Content-Type: message/rfc822\r\n\r\n", 10000);
    check_linear("", "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\n",
                 10000);
    forget();
}

/* ATTACKS.md M10 */
TEST(m10_headers_of_any_shape_are_linear)
{
    static const char *const units[] = {
        "a:b\r\n",
        "a",
        " \r\n",
        "\r",
        "Subject: x\r\n",
        "To: a@b\r\n",
        "\r\n ",
        ":\r\n",
        "Content-Type: text/plain; a=b\r\n",
        "References: <a@b>\r\n",
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        check_linear("Subject: x\r\n", units[i], 50000);
    check_linear("Subject: x", "\r\n y", 500000);
    check_linear("References: ", "<a@b>\r\n ", 100000);
    check_linear("To: ", "a@b,\r\n ", 100000);
    struct record r;
    steps_of("Subject: ", "abc ", 2500000, &r);
    CHECK_EQ_UINT(record_envelope(&r, 0).subject.len, MIME_TEXT_MAX);
    CHECK(r.head.flags & RECORD_CUT);
    forget();
}

/* ATTACKS.md M11 */
TEST(m11_a_line_without_end_costs_one_look)
{
    struct record r;
    uint64_t n = steps_of("Subject: x\r\n\r\n", "0123456789abcdef", 100 << 16, &r);
    CHECK(n < UINT64_C(8) * (100 << 20));
    CHECK_EQ_UINT(record_part(&r, 0).lines, 0);
    CHECK(reading.text.cap <= 2 * SEARCH_TEXT_MAX);
    forget();
}
