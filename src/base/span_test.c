#include "base/span.h"

#include "test/unit.h"

TEST(span_takes_a_number_or_nothing)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t number;
        const char *rest;
    } rows[] = {
        { "0", 9, true, 0, "" },
        { "42 octets", 100, true, 42, " octets" },
        { "007", 7, true, 7, "" },
        { "8", 7, false, 0, "8" },
        { "10", 9, false, 0, "10" },
        { "", 9, false, 0, "" },
        { "x1", 9, false, 0, "x1" },
        { "-1", 9, false, 0, "-1" },
        { "4294967295", UINT32_MAX, true, UINT32_MAX, "" },
        { "4294967296", UINT32_MAX, false, 0, "4294967296" },
        { "18446744073709551615", UINT64_MAX, true, UINT64_MAX, "" },
        { "18446744073709551616", UINT64_MAX, false, 0, "18446744073709551616" },
        { "99999999999999999999999", UINT64_MAX, false, 0, "99999999999999999999999" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span s = span_of(rows[i].text);
        uint64_t number = 0;
        CHECK_EQ_INT(span_take_number(&s, rows[i].max, &number), rows[i].ok);
        CHECK_EQ_UINT(number, rows[i].number);
        CHECK(span_is(s, span_of(rows[i].rest)));
    }
}

TEST(span_to_string_cuts_and_says_so)
{
    char string[4] = "zzz";
    CHECK(span_to_string(SPAN("abc"), string, sizeof string));
    CHECK_STR(string, "abc");
    CHECK(!span_to_string(SPAN("abcd"), string, sizeof string));
    CHECK_STR(string, "abc");
    CHECK(span_to_string((struct span){ 0 }, string, sizeof string));
    CHECK_STR(string, "");
    CHECK(!span_to_string(SPAN(""), string, 0));
}

TEST(span_compares_octets)
{
    struct span none = { 0 };
    CHECK(span_is(none, SPAN("")));
    CHECK(span_is(SPAN("a\0b"), SPAN("a\0b")));
    CHECK(!span_is(SPAN("a\0b"), SPAN("a\0c")));
    CHECK(!span_is(SPAN("a"), SPAN("ab")));
    CHECK(span_is_nocase(SPAN("MaIl"), SPAN("mAiL")));
    CHECK(span_starts_nocase(SPAN("MAIL FROM"), SPAN("mail ")));
    CHECK(!span_starts_nocase(SPAN("MAI"), SPAN("mail")));
    CHECK_SPAN(span_skip(none, 0), "");
}

TEST(span_finds_and_takes)
{
    struct span s = SPAN("name@host");
    CHECK_EQ_UINT(span_find(s, '@'), 4);
    CHECK_EQ_UINT(span_find(s, '!'), 9);
    CHECK_EQ_UINT(span_find((struct span){ 0 }, '@'), 0);
    CHECK(!span_take(&s, SPAN("names")));
    CHECK_SPAN(s, "name@host");
    CHECK(span_take(&s, SPAN("name@")));
    CHECK_SPAN(s, "host");
    CHECK(!span_take(&s, SPAN("hosts")));
    CHECK(span_take(&s, SPAN("host")));
    CHECK_SPAN(s, "");
}
