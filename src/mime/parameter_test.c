#include "mime/parameter.h"

#include "config/limits.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "test/unit.h"

#include <stdlib.h>

static struct maker maker;

static struct record_rows read_value(const char *value)
{
    maker_open(&maker);
    charsets_open();
    struct record_rows rows = parameters_read(&maker, span_of(value));
    charsets_close();
    return rows;
}

/* The parameters of `value` as name=decoded, name*=decoded for extended ones. */
static void check(const char *value, const char *wanted)
{
    struct buf b = { .max = 1 << 16 };
    struct record_rows rows = read_value(value);
    for (uint32_t i = 0; i < rows.count; i++) {
        struct record_parameter p;
        memcpy(&p, maker.parameters.at + (rows.first + i) * sizeof p, sizeof p);
        struct span name = maker_string(&maker, p.name),
                    decoded = maker_string(&maker, p.value_decoded);
        buf_printf(&b, "%s%.*s%s=%.*s", i > 0 ? "|" : "", SPAN_ARG(name),
                   p.extended ? "*" : "", SPAN_ARG(decoded));
    }
    buf_printf(&b, "%s", "");
    unit_equal_span(buf_span(&b), span_of(wanted), __FILE__, __LINE__, value);
    buf_free(&b);
    maker_free(&maker);
    maker = (struct maker){ 0 };
}

TEST(parameters_of_the_rfcs)
{
    /* RFC 2045 §5.1 */
    check("; charset=us-ascii (Plain text)", "charset=us-ascii");
    check("; charset=\"us-ascii\"", "charset=us-ascii");
    /* RFC 2183 §3 */
    check("; filename=genome.jpeg; modification-date=\"Wed, 12 Feb 1997 16:29:51 "
          "-0500\"",
          "filename=genome.jpeg|modification-date=Wed, 12 Feb 1997 16:29:51 -0500");
    /* RFC 2231 §3 */
    check("; access-type=URL; URL*0=\"ftp://\"; "
          "URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/"
          "bulk-mailer.tar\"",
          "access-type=URL|URL=ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar");
    /* §4 */
    check("; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
          "title*=This is ***fun***");
    /* §4.1 */
    check("; title*0*=us-ascii'en'This%20is%20even%20more%20;"
          "title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
          "title*=This is even more ***fun*** isn't it!");
}

TEST(parameters_as_mail_has_them)
{
    check("", "");
    check("; ", "");
    check("boundary=a", ""); /* no ";" */
    check("; boundary=----=_Part_1/2", "boundary=----=_Part_1/2");
    check(";; a=b;; c = d ;", "a=b|c=d");
    check("; a=\"b;c\\\"d\"; e", "a=b;c\"d");
    check("; a=b c=d; e=f", "a=b|e=f");
    check("; name=\"=?utf-8?q?caf=C3=A9.pdf?=\"", "name=caf\xc3\xa9.pdf");
    check("; name=caf\xc3\xa9.pdf", "name=caf\xc3\xa9.pdf");
    check("; name*=iso-8859-1''caf%E9", "name*=caf\xc3\xa9");
    check("; name*=caf%C3%A9", "name*=caf\xc3\xa9");
}

/* ATTACKS.md M04 */
TEST(m04_which_form_of_a_parameter_counts)
{
    check("; a=1; a=2", "a=1");
    CHECK(maker.head.flags == 0);
    check("; a=1; a*=''2", "a*=2");
    check("; a*=''2; a=1", "a*=2");
    check("; a=1; a*0=2; a*1=3", "a=23");
    check("; a*1=3; a*0=2", "a=23");
    check("; a*0=2; a*2=4; a=1", "a=2"); /* one is missing: the rest is not there */
    check("; a*1=3; a=1", "a=1");        /* none that begins */
    check("; a*1=3", "");
    check("; a*0=1; a*0=2; a*1=3", "a=13"); /* the first of two */
    check("; a*x=1; *=2; *0=3; b=4", "b=4");
    check("; a*100=1; a*=''%0d%0a%00x", "a*=  x");
    check("; a*=utf-8''%ff%zz%4", "a*=\xef\xbf\xbd%zz%4");
    check("; a*=no-such''%e9x", "a*=\xef\xbf\xbdx");
}

TEST(m04_names_are_fit_for_a_file)
{
    static const struct {
        const char *decoded, *name;
    } names[] = {
        { "a.txt", "a.txt" },
        { "../../etc/passwd", "passwd" },
        { "C:\\dir\\a.exe", "a.exe" },
        { "..", "" },
        { ".hidden", "hidden" },
        { "a/", "" },
        { "a. ", "a" },
        { "a\xe2\x80\xae"
          "txt.exe",
          "atxt.exe" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        maker_open(&maker);
        struct record_text t =
            filename_make(&maker, maker_text(&maker, span_of(names[i].decoded)));
        unit_equal_span(maker_string(&maker, t), span_of(names[i].name), __FILE__,
                        __LINE__, names[i].decoded);
    }
    char long_name[400];
    memset(long_name, 'a', sizeof long_name);
    struct record_text t = maker_text(&maker, span_at(long_name, sizeof long_name));
    CHECK_EQ_UINT(filename_make(&maker, t).len, FILENAME_OCTETS_MAX);
    maker_free(&maker);
    maker = (struct maker){ 0 };
}

/* The form with i for each "#". */
static void put_form(struct buf *b, const char *form, int i)
{
    for (; *form; form++)
        if (*form == '#')
            buf_printf(b, "%d", i);
        else
            buf_put(b, span_at(form, 1));
}

static uint64_t steps_of(const char *form, int n)
{
    struct buf b = { .max = 64 << 20 };
    for (int i = 0; i < n; i++)
        put_form(&b, form, i);
    maker_open(&maker);
    mime_steps = 0;
    parameters_read(&maker, buf_span(&b));
    CHECK(mime_steps <= 50 * b.len);
    CHECK(maker_parameters(&maker) <= MIME_PARAMETERS_MAX);
    buf_free(&b);
    return mime_steps;
}

TEST(m04_parameters_are_bounded_and_linear)
{
    static const char *const forms[] = { "; a*#=b",  "; a#=b", "; a=b#",  "; a*#*=''%",
                                         "; a#*#=x", ";#",     "; a=\"#", "; a(#" };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        uint64_t once = steps_of(forms[i], 50000);
        uint64_t twice = steps_of(forms[i], 100000);
        CHECK(twice * 10 <= once * 22);
    }
    steps_of("; a*#=b", 100001);
    struct record_parameter p;
    memcpy(&p, maker.parameters.at, sizeof p);
    CHECK_EQ_UINT(p.value.len, MIME_SECTIONS_MAX);
    maker_free(&maker);
    maker = (struct maker){ 0 };
}
