#include "imap/structure.h"

#include "mime/charset.h"
#include "mime/maker.h"
#include "mime/read.h"
#include "test/unit.h"

static struct reading reading;
static struct buf shown = { .max = 1 << 20 };

static bool read_message(struct span message, struct record *record_r)
{
    charsets_open();
    CHECK_EQ_INT(message_read(&reading, message), 0);
    charsets_close();
    if (!CHECK(record_is_sound(buf_span(&reading.record))))
        return false;
    record_open(buf_span(&reading.record), record_r);
    return true;
}

static void forget(void)
{
    reading_free(&reading);
    reading = (struct reading){ 0 };
    buf_free(&shown);
}

static struct span envelope_of(struct span message)
{
    struct record r;

    buf_clear(&shown);
    if (read_message(message, &r))
        CHECK_EQ_INT(imap_put_envelope(&shown, &r, 0, false), 0);
    return buf_span(&shown);
}

static struct span structure_of(struct span message, bool extended)
{
    struct record r;

    buf_clear(&shown);
    if (read_message(message, &r))
        CHECK_EQ_INT(imap_put_body_structure(&shown, &r, extended, false), 0);
    return buf_span(&shown);
}

TEST(the_envelope_of_rfc_9051)
{
    /* §8's message; its In-Reply-To is NIL */
    CHECK_SPAN(envelope_of(SPAN(
                   "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                   "From: Terry Gray <gray@cac.washington.edu>\r\n"
                   "Subject: IMAP4rev2 WG mtg summary and minutes\r\n"
                   "To: imap@cac.washington.edu\r\n"
                   "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                   "Message-Id: <B27397-0100000@cac.washington.ed>\r\n"
                   "MIME-Version: 1.0\r\n"
                   "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n"
                   "\r\n")),
               "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" "
               "\"IMAP4rev2 WG mtg summary and minutes\" "
               "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
               "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
               "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
               "((NIL NIL \"imap\" \"cac.washington.edu\")) "
               "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
               "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
               "\"<B27397-0100000@cac.washington.ed>\")");
    CHECK_SPAN(envelope_of(SPAN("To: A Group: \"b\\\"c\"@d, e;\r\n\r\n")),
               "(NIL NIL NIL NIL NIL ((NIL NIL \"A Group\" NIL)(NIL NIL \"b\\\"c\" "
               "\"d\")"
               "(NIL NIL \"e\" \"\")(NIL NIL NIL NIL)) NIL NIL NIL NIL)");
    CHECK_SPAN(envelope_of(SPAN("\r\n")), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    forget();
}

TEST(structures_of_one_part)
{
    CHECK_SPAN(structure_of(SPAN("Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
                                 "one\r\ntwo\r\n"),
                            false),
               "(\"text\" \"plain\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" 10 2)");
    CHECK_SPAN(
        structure_of(SPAN("Content-Type: image/png; name*=utf-8''%e2%82%ac.png\r\n"
                          "Content-ID: <1@a>\r\nContent-Description: a \"b\"\r\n"
                          "Content-Transfer-Encoding: base64\r\n"
                          "Content-Disposition: attachment; filename=\"x y.png\"\r\n"
                          "Content-Language: en, fr\r\n"
                          "Content-Location: http://a/b\r\nContent-MD5: Q2hlY2s=\r\n"
                          "\r\nQUJD\r\n"),
                     true),
        "(\"image\" \"png\" (\"name*\" \"utf-8''%E2%82%AC.png\") \"<1@a>\" "
        "\"a \\\"b\\\"\" \"base64\" 6 \"Q2hlY2s=\" "
        "(\"attachment\" (\"filename\" \"x y.png\")) (\"en\" \"fr\") "
        "\"http://a/b\")");
    CHECK_SPAN(structure_of(SPAN("\r\n"), true),
               "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL)");
    forget();
}

/* A multipart of a text, a message that holds a multipart, and a message that does not. */
static const char nested[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                             "--b\r\n\r\n"
                             "one\r\n"
                             "--b\r\nContent-Type: message/rfc822\r\n\r\n"
                             "Subject: in\r\n"
                             "Content-Type: multipart/alternative; boundary=c\r\n\r\n"
                             "--c\r\n\r\nx\r\n"
                             "--c\r\nContent-Type: text/html\r\n\r\n<p>\r\n"
                             "--c--\r\n"
                             "--b\r\nContent-Type: message/rfc822\r\n\r\n"
                             "Subject: plain\r\n\r\ny\r\n"
                             "--b--\r\n";

TEST(structures_of_many_parts)
{
    CHECK_SPAN(structure_of(span_of(nested), false),
               "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 3 0)"
               "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 116 "
               "(NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
               "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 0)"
               "(\"text\" \"html\" NIL NIL NIL \"7bit\" 3 0) \"alternative\") 10)"
               "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 19 "
               "(NIL \"plain\" NIL NIL NIL NIL NIL NIL NIL NIL) "
               "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 0) 2) \"mixed\")");
    CHECK_SPAN(structure_of(SPAN("Content-Type: multipart/mixed; boundary=b\r\n\r\n"),
                            true),
               "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0) \"mixed\" "
               "(\"boundary\" \"b\") NIL NIL NIL)");
    forget();
}

/* The subtype of the part with that number, "?" where there is none. */
static struct span part(const struct record *r, size_t depth, uint32_t a, uint32_t b,
                        uint32_t c)
{
    const uint32_t path[] = { a, b, c };
    uint32_t row;

    if (!imap_find_part(r, path, depth, &row))
        return SPAN("?");
    return record_text(r, record_part(r, row).subtype);
}

TEST(numbers_of_parts)
{
    struct record r;

    if (!read_message(span_of(nested), &r))
        return;
    CHECK_SPAN(part(&r, 0, 0, 0, 0), "mixed");
    CHECK_SPAN(part(&r, 1, 1, 0, 0), "plain");
    CHECK_SPAN(part(&r, 2, 1, 1, 0), "?");
    CHECK_SPAN(part(&r, 1, 2, 0, 0), "rfc822");
    CHECK_SPAN(part(&r, 2, 2, 2, 0), "html");
    CHECK_SPAN(part(&r, 2, 2, 3, 0), "?");
    CHECK_SPAN(part(&r, 2, 3, 1, 0), "plain");
    CHECK_SPAN(part(&r, 3, 3, 1, 1), "?");
    CHECK_SPAN(part(&r, 1, 4, 0, 0), "?");
    CHECK_SPAN(part(&r, 1, 1000000000, 0, 0), "?"); /* I12 */
    if (!read_message(SPAN("\r\ntext"), &r))
        return;
    CHECK_SPAN(part(&r, 1, 1, 0, 0), "plain");
    CHECK_SPAN(part(&r, 1, 2, 0, 0), "?");
    CHECK_SPAN(part(&r, 2, 1, 1, 0), "?");
    forget();
}

/* A damaged message costs nobody a session. */
TEST(the_envelope_of_what_cannot_be_read_says_nothing)
{
    struct buf opaque = { .max = 1 << 16 };
    struct record r;

    buf_clear(&shown);
    CHECK_EQ_INT(record_opaque(1000, &opaque), 0);
    record_open(buf_span(&opaque), &r);
    CHECK_EQ_INT(imap_put_envelope(&shown, &r, record_part(&r, 0).envelope, false), 0);
    CHECK_SPAN(buf_span(&shown), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    buf_free(&opaque);
    buf_free(&shown);
}
