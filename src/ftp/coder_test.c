#include "ftp/coder.h"

#include "base/buf.h"
#include "test/unit.h"

#include <errno.h>

static struct buf out, marks;

static int say(void *arg, struct span octets)
{
    return buf_put(arg, octets);
}

static void on_mark(void *arg, struct span mark)
{
    (void)arg;
    buf_printf(&marks, "%.*s@%zu ", SPAN_ARG(mark), out.len);
}

static int run(struct coder *c, struct span octets, size_t step)
{
    int error = c ? 0 : -ENOMEM;
    while (octets.len > 0 && !error) {
        size_t n = octets.len < step ? octets.len : step;
        error = coder_put(c, span_first(octets, n));
        octets = span_skip(octets, n);
    }
    if (!error)
        error = coder_end(c);
    coder_close(&c);
    return error;
}

static void begin(void)
{
    buf_free(&out);
    buf_free(&marks);
    out = (struct buf){ .max = 1 << 22 };
    marks = (struct buf){ .max = 1000 };
}

static void check_encodes(struct coder_form form, struct span file, struct span wire)
{
    for (size_t step = 1; step < 9; step += 3) {
        begin();
        CHECK_EQ_INT(run(encoder_open(&form, say, &out), file, step), 0);
        unit_equal_span(buf_span(&out), wire, __FILE__, __LINE__, "encoded");
    }
}

static int check_decodes(struct coder_form form, struct span wire, struct span file)
{
    int error = 0;
    for (size_t step = 1; step < 9; step += 3) {
        begin();
        error = run(decoder_open(&form, say, on_mark, &out), wire, step);
        if (!error)
            unit_equal_span(buf_span(&out), file, __FILE__, __LINE__, "decoded");
    }
    return error;
}

/* RFC 959 §3.1.1.1 and §3.4.1. */
TEST(coder_texts)
{
    static const struct coder_form ascii = { .ascii = true, .mode = 'S' };
    static const struct coder_form records = { .ascii = true,
                                               .records = true,
                                               .mode = 'S' };
    check_encodes(ascii, SPAN("a\nb\r\n\n\rc\r"), SPAN("a\r\nb\r\n\r\n\rc\r"));
    CHECK_EQ_INT(check_decodes(ascii, SPAN("a\r\nb\rc\r\r\n\n\r"),
                               SPAN("a\nb\rc\r\n\n\r")),
                 0);
    check_encodes(records, SPAN("a\nb\r\n\xff\n\rc"),
                  SPAN("a\xff\x01"
                       "b\xff\x01\xff\xff\xff\x01\rc\xff\x02"));
    CHECK_EQ_INT(check_decodes(records,
                               SPAN("a\xff\x01"
                                    "b\xff\xff\xff\x01\xff\x02"),
                               SPAN("a\nb\xff\n")),
                 0);
    /* The connection ends before the file does. */
    CHECK_EQ_INT(check_decodes(records, SPAN("a\xff\x01"), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(records, SPAN("a\xff"), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(records, SPAN("a\xff\x07"), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(records, SPAN("\xff\x02x"), SPAN("")), -EPROTO);
}

/* §3.4.2, §3.5. */
TEST(coder_blocks)
{
    static const struct coder_form image = { .mode = 'B' };
    static const struct coder_form records = { .records = true, .mode = 'B' };
    check_encodes(image, SPAN("\xff\r\n"), SPAN("\x40\0\3\xff\r\n"));
    check_encodes(image, SPAN(""), SPAN("\x40\0\0"));
    check_encodes(records, SPAN("ab\nc"), SPAN("\x80\0\2ab\x40\0\1c"));
    CHECK_EQ_INT(check_decodes(records, SPAN("\x80\0\2ab\xc0\0\1c"), SPAN("ab\nc\n")),
                 0);
    CHECK_EQ_INT(check_decodes(image,
                               SPAN("\0\0\2ab\x10\0\3"
                                    "m-1\x40\0\1c"),
                               SPAN("abc")),
                 0);
    CHECK_STR(marks.at, "m-1@2 ");
    CHECK_EQ_INT(check_decodes(image, SPAN("\0\0\2ab"), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(image, SPAN("\x40\0\2a"), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(image, SPAN("\x40\0\0x"), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(image, SPAN("\x10\0\1 "), SPAN("")), -EPROTO);
    CHECK_EQ_INT(check_decodes(image, SPAN("\x10\0\xff"), SPAN("")), -EPROTO);
}

static void round_trip(const struct coder_form *form, struct span file)
{
    begin();
    CHECK_EQ_INT(run(encoder_open(form, say, &out), file, 7000), 0);
    struct buf wire = out;
    out = (struct buf){ .max = 1 << 22 };
    CHECK_EQ_INT(run(decoder_open(form, say, NULL, &out), buf_span(&wire), 999), 0);
    CHECK(span_is(buf_span(&out), file));
    buf_free(&wire);
    buf_free(&out);
}

TEST(coder_round_trips)
{
    static char file[300000];
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = (char)(i * i / 7 % 253 == 13 ? 'x' : i * i / 7);
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = file[i] == '\r' ? 'r' : file[i];
    for (unsigned i = 0; i < 12; i++) {
        struct coder_form form = { i & 1, i & 2, "SBZ"[i / 4], 6 };
        round_trip(&form, span_at(file, sizeof file));
        round_trip(&form, SPAN(""));
        round_trip(&form, SPAN("\n"));
    }
    /* F03: deflated data that is cut short, or is none. */
    struct coder_form z = { .mode = 'Z', .level = 1 };
    begin();
    CHECK_EQ_INT(run(encoder_open(&z, say, &out), SPAN("hello, hello"), 5), 0);
    struct buf wire = out;
    out = (struct buf){ .max = 1000 };
    CHECK_EQ_INT(run(decoder_open(&z, say, NULL, &out),
                     span_first(buf_span(&wire), wire.len - 1), 4),
                 -EPROTO);
    buf_put(&wire, SPAN("x"));
    CHECK_EQ_INT(run(decoder_open(&z, say, NULL, &out), buf_span(&wire), 4), -EPROTO);
    CHECK_EQ_INT(run(decoder_open(&z, say, NULL, &out), SPAN("no zlib"), 4), -EPROTO);
    buf_free(&wire);
    buf_free(&out);
}
