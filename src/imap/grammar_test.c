#include "imap/grammar.h"

#include "test/unit.h"

#include "config/limits.h"

static struct arena *arena;

static bool is_astring(struct span all, struct span text)
{
    struct span got, rest = all;
    return imap_take_astring(&rest, arena, &got) && rest.len == 0 && span_is(got, text);
}

TEST(strings_as_clients_say_them)
{
    arena = arena_open(1 << 16);
    CHECK(is_astring(SPAN("inbox"), SPAN("inbox")));
    CHECK(is_astring(SPAN("a]b"), SPAN("a]b")));
    CHECK(is_astring(SPAN("\"\""), SPAN("")));
    CHECK(is_astring(SPAN("\"a b\""), SPAN("a b")));
    CHECK(is_astring(SPAN("\"a\\\"\\\\b\""), SPAN("a\"\\b")));
    CHECK(is_astring(SPAN("{3}\r\na\"b"), SPAN("a\"b")));
    CHECK(is_astring(SPAN("{0+}\r\n"), SPAN("")));
    CHECK(is_astring(SPAN("\"\xc3\xb6\""), SPAN("\xc3\xb6")));
    CHECK(!is_astring(SPAN("\"a"), SPAN("a")) &&
          !is_astring(SPAN("\"a\\n\""), SPAN("an")));
    CHECK(!is_astring(SPAN(""), SPAN("")) &&
          !is_astring(SPAN("{3}\r\nab"), SPAN("ab")));
    CHECK(!is_astring(SPAN("~{1}\r\na"), SPAN("a")) &&
          !is_astring(SPAN("{1}\r\n\0"), SPAN("\0")));
    arena_close(&arena);
}

TEST(words_end_where_they_end)
{
    struct span rest = SPAN("ALL (x"), other = SPAN("ALLEGRO"), flag;

    CHECK(imap_take_word(&rest, SPAN("all")));
    CHECK_SPAN(rest, " (x");
    CHECK(!imap_take_word(&other, SPAN("ALL")));
    rest = SPAN("\\Seen $Forwarded)");
    CHECK(imap_take_flag(&rest, &flag));
    CHECK_SPAN(flag, "\\Seen");
    CHECK(imap_take_sp(&rest) && imap_take_flag(&rest, &flag));
    CHECK_SPAN(flag, "$Forwarded");
    CHECK(!imap_take_flag(&rest, &flag));
}

TEST(tags_I15)
{
    static char long_tag[IMAP_TAG_MAX + 2];
    struct span rest = SPAN("a001 NOOP"), tag;

    CHECK(imap_take_tag(&rest, &tag));
    CHECK_SPAN(tag, "a001");
    memset(long_tag, 'x', sizeof(long_tag) - 1);
    const char *const wrong[] = {
        "", "+ x", "* x", "{3}", "\"a\"", "\xc3\xb6", long_tag
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        rest = span_of(wrong[i]);
        CHECK(!imap_take_tag(&rest, &tag));
    }
    rest = span_of(long_tag + 1);
    CHECK(imap_take_tag(&rest, &tag) && tag.len == IMAP_TAG_MAX);
}

static struct span date_time_again(const char *text, struct buf *b)
{
    struct span rest = span_of(text);
    int64_t time;

    buf_clear(b);
    if (imap_take_date_time(&rest, &time) && rest.len == 0)
        imap_put_date_time(b, time);
    return buf_span(b);
}

TEST(dates_of_rfc_9051)
{
    struct buf b = { .max = 100 };
    struct span rest = SPAN("1-Feb-1994"), quoted = SPAN("\"29-feb-2024\" x");
    int64_t day;

    CHECK(imap_take_date(&rest, &day) && day == 8797);
    CHECK(imap_take_date(&quoted, &day) && day == 19782);
    CHECK_SPAN(quoted, " x");
    /* §6.4.5.1 and §6.3.12 */
    CHECK_SPAN(date_time_again("\"17-Jul-1996 02:44:25 -0700\"", &b),
               "\"17-Jul-1996 09:44:25 +0000\"");
    CHECK_SPAN(date_time_again("\" 1-Jan-1970 00:00:00 +0000\"", &b),
               "\" 1-Jan-1970 00:00:00 +0000\"");
    CHECK_SPAN(date_time_again("\"31-Dec-1969 23:59:59 +0000\"", &b),
               "\"31-Dec-1969 23:59:59 +0000\"");
    CHECK_SPAN(date_time_again("\"29-Feb-2000 12:00:00 +0200\"", &b),
               "\"29-Feb-2000 10:00:00 +0000\"");
    CHECK_SPAN(date_time_again("\"01-Jan-0001 00:00:00 +0100\"", &b),
               "\" 1-Jan-0001 23:00:00 +0000\"");
    buf_free(&b);
}

TEST(bad_dates_I17)
{
    static const char *const dates[] = { "",           "0-Feb-1994",   "30-Feb-1994",
                                         "1-Foo-1994", "1-Feb-94",     "1-Feb-0000",
                                         "1 Feb 1994", "\"1-Feb-1994", "100-Feb-1994",
                                         "29-Feb-1900" };
    static const char *const times[] = {
        "17-Jul-1996 02:44:25 -0700",      "\"17-Jul-1996 2:44:25 -0700\"",
        "\"1-Jul-1996 02:44:25 -0700\"",   "\"17-Jul-1996 24:44:25 -0700\"",
        "\"17-Jul-1996 02:44:25 PDT\"",    "\"17-Jul-1996 02:44:25 -0760\"",
        "\"17-Jul-1996  02:44:25 -0700\"", "\"17-Jul-1996 02:44:25 -070\"",
    };
    struct buf b = { .max = 100 };

    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        struct span rest = span_of(dates[i]);
        int64_t day;
        CHECK(!imap_take_date(&rest, &day));
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        CHECK_EQ_UINT(date_time_again(times[i], &b).len, 0);
    buf_free(&b);
}

TEST(strings_as_we_say_them)
{
    struct buf b = { .max = 4096 };
    char longer[IMAP_QUOTED_MAX + 1];

    imap_put_string(&b, SPAN("a\"b\\"), false);
    imap_put_string(&b, SPAN(""), false);
    imap_put_nstring(&b, (struct span){ 0 }, false);
    imap_put_string(&b, SPAN("\xc3\xb6"), true);
    imap_put_string(&b, SPAN("\xc3\xb6"), false);
    imap_put_string(&b, SPAN("a\nb"), true);
    CHECK_SPAN(buf_span(&b),
               "\"a\\\"b\\\\\"\"\"NIL\"\xc3\xb6\"{2}\r\n\xc3\xb6{3}\r\na\nb");
    buf_clear(&b);
    imap_put_astring(&b, SPAN("INBOX"), false);
    imap_put_astring(&b, SPAN("a b"), false);
    imap_put_astring(&b, SPAN("nil"), false);
    imap_put_astring(&b, SPAN(""), false);
    CHECK_SPAN(buf_span(&b), "INBOX\"a b\"\"nil\"\"\"");
    buf_clear(&b);
    memset(longer, 'a', sizeof(longer));
    imap_put_string(&b, span_at(longer, sizeof(longer)), false);
    CHECK(b.at[0] == '{');
    buf_free(&b);
}
