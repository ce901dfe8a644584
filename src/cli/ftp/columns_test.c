#include "cli/ftp/columns.h"

#include "test/unit.h"

TEST(columns_are_exact)
{
    static const struct {
        const char *text;
        unsigned columns;
        const char *shown;
    } rows[] = {
        { "abc", 5, "abc  " },
        { "abc", 3, "abc" },
        { "abcdefghijkl", 9, "abc...jkl" },
        { "abcdefghijkl", 4, "abcd" }, /* no room for dots */
        { "abc", 0, "" },
        { "\xc3\xa9t\xc3\xa9", 4, "\xc3\xa9t\xc3\xa9 " },
        { "\xe6\x97\xa5\xe6\x9c\xac", 5, "\xe6\x97\xa5\xe6\x9c\xac " }, /* two each */
        { "\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5 " }, /* no half characters */
        { "a\033[2Jb", 8, "a?[2Jb  " },
        { "a\xffz", 4, "a?z " },
        { "a\xc2\x9bz", 5, "a??z " },    /* C1: CSI */
        { "a\xe2\x80\xaez", 4, "a?z " }, /* RIGHT-TO-LEFT OVERRIDE */
        { "a\r\n\t\177", 6, "a???? " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { .max = 256 };
        CHECK_EQ_INT(put_fitted(&b, span_of(rows[i].text), rows[i].columns), 0);
        unit_equal_span(buf_span(&b), span_of(rows[i].shown), __FILE__, __LINE__,
                        rows[i].text);
        CHECK_EQ_UINT(columns_of(buf_span(&b)), rows[i].columns);
        buf_free(&b);
    }
}

TEST(columns_of_sizes)
{
    static const struct {
        uint64_t octets;
        const char *shown;
    } rows[] = {
        { 0, "0" },          { 999, "999" },      { 1000, "1.0K" },
        { 1024, "1.0K" },    { 102348, "99.9K" }, { 102400, "100K" },
        { 1023999, "1.0M" }, { 1 << 20, "1.0M" }, { UINT64_MAX, "16.0E" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { .max = 64 };
        put_size(&b, rows[i].octets);
        unit_equal_span(buf_span(&b), span_of(rows[i].shown), __FILE__, __LINE__,
                        rows[i].shown);
        CHECK(b.len <= SIZE_COLUMNS);
        buf_free(&b);
    }
}

TEST(columns_of_durations)
{
    static const struct {
        uint64_t seconds;
        const char *shown;
    } rows[] = {
        { 0, "0:00" },
        { 67, "1:07" },
        { 3723, "1:02:03" },
        { 363600, "4d05h" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { .max = 64 };
        put_duration(&b, rows[i].seconds);
        unit_equal_span(buf_span(&b), span_of(rows[i].shown), __FILE__, __LINE__,
                        rows[i].shown);
        buf_free(&b);
    }
}
