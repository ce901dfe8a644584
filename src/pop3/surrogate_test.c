#include "pop3/surrogate.h"

#include "config/limits.h"
#include "test/unit.h"

#include <stdlib.h>

/* The whole of `message`, in pieces of `step` octets, as a client of old gets it. */
static struct span convert(struct span message, size_t step, struct buf *said_r)
{
    struct surrogate s;

    *said_r = (struct buf){ .max = 4 << 20 };
    surrogate_open(&s);
    while (message.len > 0) {
        size_t n = step < message.len ? step : message.len;
        struct span input = span_first(message, n);
        while (input.len > 0)
            buf_put(said_r, surrogate_take(&s, &input));
        message = span_skip(message, n);
    }
    buf_put(said_r, surrogate_end(&s));
    surrogate_close(&s);
    return buf_span(said_r);
}

/* long: a table */
TEST(surrogate_says_fields_in_ascii)
{
    static const struct {
        const char *message, *said;
    } rows[] = {
        /* what is ASCII stays, whatever it is */
        { "From: a@b\r\nX: y\r\n z\r\n\r\nB\xc3\xb6\r\n",
          "From: a@b\r\nX: y\r\n z\r\n\r\nB\xc3\xb6\r\n" },
        { "", "" },
        { "\r\nb\xc3\xb6", "\r\nb\xc3\xb6" },
        { "no field", "no field" },
        /* RFC 6858 §2.1: addresses */
        { "From: J\xc3\xbcrgen <j@b>\r\n\r\n",
          "From: =?utf-8?Q?J=C3=BCrgen?= <j@b>\r\n\r\n" },
        { "from: \"J\xc3\xbc \\\"x\\\", y\" <j@b>\r\n\r\n",
          "From: =?utf-8?Q?J=C3=BC_=22x=22=2C_y?= <j@b>\r\n\r\n" },
        { "To: j\xc3\xbc@b\r\n\r\n",
          "To: =?utf-8?Q?j=C3=BC=40b?= "
          "<invalid@internationalized-address.invalid>\r\n\r\n" },
        { "To: Fred <j\xc3\xbc@b>\r\n\r\n",
          "To: Fred <invalid@internationalized-address.invalid>\r\n\r\n" },
        { "To: <j\xc3\xbc@b>\r\n\r\n",
          "To: =?utf-8?Q?j=C3=BC=40b?= "
          "<invalid@internationalized-address.invalid>\r\n\r\n" },
        { "Cc: a@b, \"x, y\" <c@d>,\r\n e\xc3\xa9@f\r\n\r\n",
          "Cc: a@b,\r\n \"x, y\" <c@d>,\r\n =?utf-8?Q?e=C3=A9=40f?= "
          "<invalid@internationalized-address.invalid>\r\n\r\n" },
        { "To: Gr\xc3\xbcppe: a@b, c@d;\r\n\r\n",
          "To: =?utf-8?Q?Gr=C3=BCppe?=:\r\n a@b,\r\n c@d;\r\n\r\n" },
        { "To: a@b (J\xc3\xbcrgen)\r\n\r\n", "To: <a@b>\r\n\r\n" },
        { "To: a@[IPv6:::1], b\xc3\xb6 <c@d>\r\n\r\n",
          "To: a@[IPv6:::1],\r\n =?utf-8?Q?b=C3=B6?= <c@d>\r\n\r\n" },
        /* §2.2: parameters */
        { "Content-Type: text/plain; name=\"\xc3\xa4;b\"; charset=utf-8\r\n\r\n",
          "Content-Type: text/plain;\r\n charset=utf-8\r\n\r\n" },
        { "Content-Disposition: \xc3\xa4; a=b\r\n\r\n", "\r\n" },
        /* §2.3: the subject */
        { "Subject: \xc3\xa4 =?x\r\n\ty\r\n\r\n",
          "Subject: =?utf-8?Q?=C3=A4_=3D=3Fx=09y?=\r\n\r\n" },
        /* §2.4: the rest is left out */
        { "A: b\r\nX-Y: \xc3\xa4\r\nC: d\r\n\r\n", "A: b\r\nC: d\r\n\r\n" },
        { "A\xc3\xa4: b\r\n\r\n", "\r\n" },
        { "A: \xc3\xa4", "" },
        /* what is no UTF-8 stays */
        { "Subject: \xe4\r\nX: \xff\r\n\r\n", "Subject: \xe4\r\nX: \xff\r\n\r\n" },
        /* unbalanced */
        { "To: \"\xc3\xa4 <a@b>\r\n\r\n",
          "To: =?utf-8?Q?=C3=A4_=3Ca=40b=3E?=\r\n"
          " <invalid@internationalized-address.invalid>\r\n\r\n" },
        { "To: (\\\r\n \xc3\xa4\r\n\r\n", "\r\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span message = span_of(rows[i].message);
        for (size_t step = 1; step <= message.len + 1; step++) {
            struct buf said;
            unit_equal_span(convert(message, step, &said), span_of(rows[i].said),
                            __FILE__, __LINE__, rows[i].message);
            buf_free(&said);
        }
    }
}

TEST(surrogate_folds)
{
    struct buf message = { .max = 1 << 20 }, said;
    size_t column = 0;

    buf_put(&message, SPAN("Subject: "));
    for (int i = 0; i < 300; i++)
        buf_put(&message, i % 7 ? SPAN("\xf0\x9f\x93\xa8") : SPAN("a "));
    buf_put(&message, SPAN("\r\n\r\n"));
    struct span all = convert(buf_span(&message), 7, &said);
    for (size_t i = 0; i < all.len; i++) {
        column = all.at[i] == '\n' ? 0 : column + 1;
        if (!CHECK(column <= 77 && (unsigned char)all.at[i] < 0x80)) /* 76 and CR */
            break;
    }
    CHECK(all.len > 3 * 1200);
    buf_free(&said);
    buf_free(&message);
}

TEST(surrogate_leaves_out_what_is_too_long)
{
    struct buf message = { .max = 1 << 20 }, said;

    buf_put(&message, SPAN("A: b\r\nSubject: \xc3\xa4"));
    for (int i = 0; i < POP3_FIELD_MAX / 8; i++)
        buf_put(&message, SPAN("\r\n 12345678"));
    buf_put(&message, SPAN("\r\nC: d\r\n\r\nbody"));
    CHECK_SPAN(convert(buf_span(&message), 1000, &said), "A: b\r\nC: d\r\n\r\nbody");
    buf_free(&said);
    buf_free(&message);
}

TEST(surrogate_is_made_only_when_needed)
{
    CHECK(!surrogate_is_needed(SPAN("A: b\r\n\r\n\xc3\xa4")));
    CHECK(surrogate_is_needed(SPAN("A: \xc3\xa4\r\n\r\n")));
    CHECK(surrogate_is_needed(SPAN("A: no end yet\r\n")));
    CHECK(surrogate_is_needed(SPAN("")));
}
