#include "mime/read.h"

#include "config/limits.h"
#include "mime/charset.h"
#include "mime/fold.h"
#include "mime/html.h"
#include "test/unit.h"

#include <stdlib.h>

static struct reading reading;
static struct record record;

static void read_message(struct span message)
{
    charsets_open();
    CHECK_EQ_INT(message_read(&reading, message), 0);
    charsets_close();
    if (CHECK(record_is_sound(buf_span(&reading.record))))
        record_open(buf_span(&reading.record), &record);
}

static void forget(void)
{
    reading_free(&reading);
    reading = (struct reading){ 0 };
}

static struct span text_of(void)
{
    return buf_span(&reading.text);
}

TEST(reading_a_message_gives_its_envelope)
{
    read_message(SPAN("Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
                      "From: =?iso-8859-1?q?Andr=E9?= <andre@x.test>\r\n"
                      "To: a@b, Group: c@d;\r\n"
                      "Subject: Re: [list] =?utf-8?q?caf=C3=A9?=\r\n"
                      "\tau lait\r\n"
                      "Message-ID: <1@x.test>\r\n"
                      "In-Reply-To: <0@x.test> (yours)\r\n"
                      "References: <a@x> <b@x>\r\n <c@x>\r\n"
                      "\r\n"
                      "Hello\r\n"));
    struct record_envelope e = record_envelope(&record, 0);
    CHECK_EQ_INT(e.time, 880127706);
    CHECK_EQ_INT(e.zone, -360);
    CHECK_SPAN(record_text(&record, e.subject),
               "Re: [list] =?utf-8?q?caf=C3=A9?=\tau lait");
    CHECK_SPAN(record_text(&record, e.subject_decoded),
               "Re: [list] caf\xc3\xa9 au lait");
    CHECK_SPAN(record_text(&record, e.base_subject), "cafe au lait");
    CHECK(e.thread != 0);
    CHECK_SPAN(record_text(&record, e.message_id), "<1@x.test>");
    CHECK_SPAN(record_text(&record, e.in_reply_to), "<0@x.test> (yours)");
    CHECK_EQ_UINT(e.references.count, 3);
    CHECK_SPAN(record_text(&record, record_word(&record, e.references.first + 2)),
               "c@x");
    CHECK_SPAN(record_text(&record, record_word(&record, e.replies.first)), "0@x.test");
    CHECK_EQ_UINT(e.to.count, 4);
    CHECK_EQ_UINT(record_address(&record, e.to.first + 1).kind, RECORD_GROUP);
    struct record_address from = record_address(&record, e.from.first);
    CHECK_SPAN(record_text(&record, from.name), "=?iso-8859-1?q?Andr=E9?=");
    CHECK_SPAN(record_text(&record, from.name_decoded), "Andr\xc3\xa9");
    CHECK_SPAN(record_text(&record, record.head.preview), "Hello");
    CHECK_SPAN(text_of(), "re: [list] cafe au lait\nandre andre@x.test\na@b\ngroup\n"
                          "c@d\n<1@x.test>\nhello\n");
    CHECK_EQ_UINT(record.head.text_body, text_of().len - 6);
    CHECK_EQ_UINT(record.head.flags, 0);
    forget();
}

TEST(reading_a_message_gives_its_parts)
{
    read_message(SPAN("Content-Type: multipart/mixed; boundary=a\r\n"
                      "\r\n"
                      "--a\r\n"
                      "Content-Type: TEXT/HTML; charset=iso-8859-1\r\n"
                      "Content-Transfer-Encoding: Quoted-Printable\r\n"
                      "\r\n"
                      "<style>x</style><p>Caf=E9 &amp; th&eacute;</p>\r\n"
                      "--a\r\n"
                      "Content-Type: image/png; name=x.png\r\n"
                      "Content-Transfer-Encoding: base64\r\n"
                      "Content-Disposition: attachment; filename=\"../y.png\"\r\n"
                      "Content-ID: <id@x>\r\n"
                      "Content-Description: a picture\r\n"
                      "Content-Language: en, de\r\n"
                      "Content-Location: http://x/\r\n"
                      "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n"
                      "\r\n"
                      "aW1hZ2U=\r\n"
                      "--a--\r\n"));
    struct record_part p = record_part(&record, 2);
    CHECK_SPAN(record_text(&record, p.encoding), "base64");
    CHECK_SPAN(record_text(&record, p.disposition), "attachment");
    CHECK_SPAN(record_text(&record, p.id), "<id@x>");
    CHECK_SPAN(record_text(&record, p.description), "a picture");
    CHECK_SPAN(record_text(&record, p.location), "http://x/");
    CHECK_SPAN(record_text(&record, p.md5), "Q2hlY2sgSW50ZWdyaXR5IQ==");
    CHECK_SPAN(record_text(&record, p.filename), "y.png");
    CHECK_EQ_UINT(p.languages.count, 2);
    CHECK_EQ_UINT(p.decoded, 5);
    CHECK_EQ_UINT(p.flags, RECORD_PART_ATTACHMENT);
    CHECK_SPAN(record_text(&record, record.head.preview), "Caf\xc3\xa9 & th\xc3\xa9");
    CHECK_SPAN(text_of(), "cafe & the\ny.png\n");
    CHECK_EQ_UINT(record.head.text_body, 0);
    /* two names: another reader may take the other */
    CHECK_EQ_UINT(record.head.flags, RECORD_ATTACHMENT | RECORD_AMBIGUOUS);
    forget();
}

/* ATTACKS.md M06, M07 */
TEST(m07_what_is_ambiguous_is_flagged)
{
    static const struct {
        const char *header;
        const char *type;
        uint32_t flags;
    } cases[] = {
        { "Content-Type: text/plain\r\nContent-Type: text/html\r\n", "plain",
          RECORD_AMBIGUOUS },
        { "Content-Type: text/plain\r\n", "plain", 0 },
        { "Content-Type:\r\n", "plain", RECORD_AMBIGUOUS },
        { "Content-Type: html\r\n", "plain", RECORD_AMBIGUOUS },
        { "Content-Type: text/html; charset=utf-7\r\n", "html", 0 },
        { "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n",
          "plain", RECORD_AMBIGUOUS },
        { "Content-Transfer-Encoding: x-uuencode\r\n", "plain", RECORD_AMBIGUOUS },
        { "Content-Transfer-Encoding: 8bit, base64\r\n", "plain", RECORD_AMBIGUOUS },
        { "Content-Type: multipart/mixed; boundary=a\r\n"
          "Content-Transfer-Encoding: base64\r\n",
          "mixed", RECORD_AMBIGUOUS },
        { "Content-Type: text/x; name=a\r\nContent-Disposition: inline; filename=b\r\n",
          "x", RECORD_AMBIGUOUS },
        { "Subject: a\r\nSubject: b\r\n", "plain", RECORD_AMBIGUOUS },
        { "From: a@b\r\nFrom: c@d\r\n", "plain", RECORD_AMBIGUOUS },
        { "no field\r\n", "plain", RECORD_AMBIGUOUS },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[512];
        snprintf(message, sizeof message, "%s\r\nx\r\n", cases[i].header);
        read_message(span_of(message));
        struct record_part p = record_part(&record, 0);
        unit_equal_span(record_text(&record, p.subtype), span_of(cases[i].type),
                        __FILE__, __LINE__, cases[i].header);
        unit_equal_uint(record.head.flags & RECORD_AMBIGUOUS, cases[i].flags, __FILE__,
                        __LINE__, cases[i].header);
    }
    forget();
}

TEST(a_message_that_says_it_is_encoded_is_not_opened)
{
    read_message(
        SPAN("Content-Type: message/rfc822\r\n"
             "Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp5\r\n"));
    CHECK_EQ_UINT(record.head.parts, 1);
    CHECK_EQ_UINT(record_part(&record, 0).kind, RECORD_OTHER);
    CHECK_EQ_UINT(record_part(&record, 0).decoded, 15);
    CHECK(record.head.flags & RECORD_AMBIGUOUS);
    forget();
}

TEST(base_subjects_of_rfc_5256)
{
    static const struct {
        const char *subject, *base;
        bool is_reply;
    } subjects[] = {
        { "Hello", "hello", false },
        { "Re: Hello", "hello", true },
        { "RE : re[2]: Fwd:\tFW: Hello  World (fwd) (FWD) ", "hello world", true },
        { "[list] Re: Hello", "hello", true },
        { "Re: [list] Re [3] : Hello", "hello", true },
        { "[list]", "[list]", false },
        { "[a] [b]", "[b]", false },
        { "[a] [b] c", "c", false },
        { "[fwd: Re: Hello]", "hello", true },
        { "[Fwd: [fwd: [x] Hello (fwd)] ]", "hello", true },
        { "Re:", "", true },
        { "", "", false },
        { "Re Hello", "re hello", false },
        { "[[a]] b", "[[a]] b", false },
        { "\xc3\x89t\xc3\xa9 \xef\xac\x81n", "ete fin", false },
    };
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        char octets[256];
        struct out o = OUT(octets);
        CHECK(base_subject(span_of(subjects[i].subject), &o) == subjects[i].is_reply);
        unit_equal_span(out_span(&o), span_of(subjects[i].base), __FILE__, __LINE__,
                        subjects[i].subject);
    }
}

TEST(m05_a_base_subject_is_linear)
{
    static const char *const units[] = { "re:",   "[a]", "[", "(fwd)",
                                         "[fwd:", "re[", "] " };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t counted[2];
        for (size_t n = 1; n <= 2; n++) {
            size_t len = strlen(units[i]), count = n * 50000;
            char *subject = malloc(len * count), *to = malloc(len * count);
            struct out o = { .at = to, .max = len * count };
            for (size_t k = 0; k < count; k++)
                memcpy(subject + k * len, units[i], len);
            mime_steps = 0;
            base_subject(span_at(subject, len * count), &o);
            counted[n - 1] = mime_steps;
            free(subject);
            free(to);
        }
        CHECK(counted[1] * 10 <= counted[0] * 22);
    }
}

TEST(charsets_become_utf8)
{
    static const struct {
        const char *charset, *octets, *utf8;
    } texts[] = {
        { "UTF-8", "\xe2\x82\xac", "\xe2\x82\xac" },
        { "utf-8", "a\xc0\x80\xed\xa0\x80\xf5z",
          "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz" },
        { "us-ascii", "abc", "abc" },
        { "iso-8859-1", "\x80\xe9", "\xe2\x82\xac\xc3\xa9" },
        { "iso-8859-15", "\xa4", "\xe2\x82\xac" },
        { "koi8-r", "\xc1", "\xd0\xb0" },
        { "GB2312", "\xc4\xe3", "\xe4\xbd\xa0" },
        { "Shift_JIS", "\x82\xa0\x82", "\xe3\x81\x82\xef\xbf\xbd" },
        { "iso-2022-jp", "\x1b$B$\"\x1b(B!", "\xe3\x81\x82!" },
        { "euc-kr", "\xb0\xa1", "\xea\xb0\x80" },
        { "big5", "\xa7\x41\xff", "\xe4\xbd\xa0\xef\xbf\xbd" },
        { "utf-16", "\xfe\xff\x20\xac", "\xe2\x82\xac" },
        { "utf-16", "\xff\xfe\xac\x20", "\xe2\x82\xac" },
        { "utf-16", "\x20\xac", "\xe2\x82\xac" },
        { "x-unknown", "a\xff", "a\xef\xbf\xbd" },
    };
    CHECK_EQ_UINT(charsets_open(), 40);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char octets[64];
        struct out o = OUT(octets);
        charset_to_utf8(charset_find(span_of(texts[i].charset)),
                        span_of(texts[i].octets), &o);
        unit_equal_span(out_span(&o), span_of(texts[i].utf8), __FILE__, __LINE__,
                        texts[i].charset);
    }
    char three[3];
    struct out o = OUT(three);
    charset_to_utf8(charset_find(SPAN("koi8-r")), SPAN("\xc1\xc1\xc1"), &o);
    CHECK_SPAN(out_span(&o), "\xd0\xb0");
    CHECK(out_is_cut(&o));
    charsets_close();
    CHECK(charset_find(SPAN("koi8-r")) == NULL);
}

static void check_html(const char *html, const char *wanted)
{
    char octets[256];
    struct out o = OUT(octets);
    html_to_text(span_of(html), &o);
    unit_equal_span(out_span(&o), span_of(wanted), __FILE__, __LINE__, html);
}

TEST(html_becomes_words)
{
    check_html("a<b>b</b>c<br>d", "abc\nd");
    check_html("<p>x</p>", "\nx\n");
    check_html("<a title=\"x>y\" href='>'>z</a>", "z");
    check_html("<script>var a = '<b>';</script>x<STYLE>y</STYLE >z", "xz");
    check_html("a<!-- <b> -- > -->b", "ab");
    check_html("a<!-- b", "a");
    check_html("&lt;&#65;&#x42;&amp;&unknown; & &", "<AB&&unknown; & &");
    check_html("&#xffffffffff;&#xd800;", "\xef\xbf\xbd\xef\xbf\xbd");
    check_html("1 < 2 <3 <>", "1 < 2 <3 <>");
    check_html("<script>x", "");
    check_html("<a b=\"c", "");
}

/* ATTACKS.md M09, and M08: what is packed stays packed. */
TEST(m09_html_is_linear)
{
    static const char *const units[] = {
        "<b>", "<",       "&",    "&amp;",         "&a", "<!--", "<script>",
        "</",  "<a b=\"", "<p>x", "<style></styl", "&#", "-->",  "<style>"
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t counted[2];
        for (size_t n = 1; n <= 2; n++) {
            size_t len = strlen(units[i]), count = n * 100000;
            char *html = malloc(len * count), *to = malloc(len * count * 2);
            struct out o = { .at = to, .max = len * count * 2 };
            for (size_t k = 0; k < count; k++)
                memcpy(html + k * len, units[i], len);
            mime_steps = 0;
            html_to_text(span_at(html, len * count), &o);
            counted[n - 1] = mime_steps;
            CHECK(mime_steps <= 50 * len * count);
            free(html);
            free(to);
        }
        CHECK(counted[1] * 10 <= counted[0] * 22);
    }
}

TEST(m09_text_is_bounded)
{
    size_t len = 50 << 20;
    char *message = malloc(len);
    struct span head = SPAN("Content-Type: text/html\r\n\r\n");
    memset(message, 'x', len);
    memcpy(message, head.at, head.len);
    read_message(span_at(message, len));
    CHECK(text_of().len <= SEARCH_TEXT_MAX);
    CHECK_EQ_UINT(record.head.preview.len, PREVIEW_OCTETS_MAX);
    free(message);
    forget();
}

TEST(reading_without_text_finds_the_rest)
{
    reading.without_text = true;
    read_message(SPAN("Subject: x\r\n"
                      "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                      "--b\r\nContent-Type: text/html\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n"
                      "PGI+SGk8L2I+\r\n"
                      "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                      "SGVsbG8=\r\n--b--\r\n"));
    CHECK_EQ_UINT(text_of().len, 0);
    CHECK_EQ_UINT(record.head.text, 0);
    CHECK_EQ_UINT(record.head.text_body, 0);
    CHECK_SPAN(record_text(&record, record.head.preview), "Hi");
    CHECK_EQ_UINT(record_part(&record, 2).decoded, 5);
    forget();
}
