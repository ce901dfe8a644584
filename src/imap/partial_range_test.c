#include "imap/partial_range.h"

#include "test/unit.h"

TEST(imap_partial_range_is_read)
{
    static const struct {
        const char *said;
        bool good, back;
        uint32_t first, last;
    } cases[] = {
        { "1:500", true, false, 1, 500 },
        { "500:1", true, false, 1, 500 },
        { "-1:-100", true, true, 1, 100 },
        { "-100:-1", true, true, 1, 100 },
        { "7:7", true, false, 7, 7 },
        { "1:4294967295", true, false, 1, UINT32_MAX },
        { "0:5", false, false, 0, 0 },
        { "-1:5", false, false, 0, 0 },
        { "1:-5", false, false, 0, 0 },
        { "1:*", false, false, 0, 0 },
        { "1", false, false, 0, 0 },
        { "-1", false, false, 0, 0 },
        { "1:4294967296", false, false, 0, 0 },
        { "", false, false, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span rest = span_of(cases[i].said);
        struct partial_range r = { 0 };
        CHECK(imap_take_partial_range(&rest, &r) == cases[i].good);
        CHECK(r.first == cases[i].first && r.last == cases[i].last);
        CHECK(r.from_end == cases[i].back);
        CHECK(rest.len == (cases[i].good ? 0 : strlen(cases[i].said)));
    }
}

TEST(imap_partial_range_is_clipped_to_what_was_found)
{
    static const struct {
        const char *said;
        size_t of, from, count;
    } cases[] = {
        { "1:3", 10, 0, 3 },   { "9:20", 10, 8, 2 },   { "11:20", 10, 0, 0 },
        { "-1:-3", 10, 7, 3 }, { "-9:-20", 10, 0, 2 }, { "-11:-20", 10, 0, 0 },
        { "1:1", 0, 0, 0 },    { "-1:-1", 1, 0, 1 },   { "-2:-4", 10, 6, 3 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span rest = span_of(cases[i].said);
        struct partial_range r = { 0 };
        size_t from = 99;
        CHECK(imap_take_partial_range(&rest, &r));
        CHECK_EQ_INT(partial_range_of(&r, cases[i].of, &from), cases[i].count);
        CHECK_EQ_INT(from, cases[i].from);
    }
}
