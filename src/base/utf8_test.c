#include "base/utf8.h"
#include "test/unit.h"

TEST(utf8_lengths)
{
    static const struct {
        struct span text;
        size_t length;
    } rows[] = {
        { { "", 0 }, 0 },
        { { "a", 1 }, 1 },
        { { "\0", 1 }, 1 },
        { { "\x7f", 1 }, 1 },
        { { "\xc3\xa9", 2 }, 2 },
        { { "\xc2\xa0", 2 }, 2 },
        { { "\xe2\x82\xac!", 4 }, 3 },
        { { "\xf0\x9f\xa5\x9e", 4 }, 4 },
        { { "\xf4\x8f\xbf\xbf", 4 }, 4 },
        /* §3, §10: overlong, surrogates, past the end, controls, halves */
        { { "\xc0\xaf", 2 }, 0 },
        { { "\xc1\xbf", 2 }, 0 },
        { { "\xe0\x80\xaf", 3 }, 0 },
        { { "\xe0\x9f\xbf", 3 }, 0 },
        { { "\xf0\x8f\xbf\xbf", 4 }, 0 },
        { { "\xed\xa0\x80", 3 }, 0 },
        { { "\xed\xbf\xbf", 3 }, 0 },
        { { "\xf4\x90\x80\x80", 4 }, 0 },
        { { "\xf5\x80\x80\x80", 4 }, 0 },
        { { "\xff", 1 }, 0 },
        { { "\x80", 1 }, 0 },
        { { "\xc2\x85", 2 }, 0 },
        { { "\xc3", 1 }, 0 },
        { { "\xe2\x82", 2 }, 0 },
        { { "\xc3"
            "a",
            2 },
          0 },
        { { "\xe2\x82"
            "a",
            3 },
          0 },
        { { "\xf0\x9f\xa5"
            "a",
            4 },
          0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        CHECK_EQ_UINT(utf8_length(rows[i].text), rows[i].length);
}

TEST(utf8_texts)
{
    CHECK(utf8_is_text(SPAN("")) && utf8_is_text(SPAN("cr\xc3\xaapes")));
    CHECK(utf8_is_text(SPAN("\xe4\xbd\xa0\xe5\xa5\xbd")));
    CHECK(!utf8_is_text(SPAN("cr\xeapes")) && !utf8_is_text(SPAN("x\xc3")));
    CHECK(!utf8_is_beyond_ascii(SPAN("crepes\x7f")));
    CHECK(utf8_is_beyond_ascii(SPAN("cr\xc3\xaapes")));
}
