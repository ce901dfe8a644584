#include "base/clock.h"

#include "test/unit.h"

#include <time.h>

TEST(clock_date_is_rfc_5322)
{
    static const struct {
        int64_t wall;
        const char *date;
    } rows[] = {
        { 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
        { -1, "Wed, 31 Dec 1969 23:59:59 +0000" },
        { 1795253400, "Sat, 21 Nov 2026 09:30:00 +0000" },
        { 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
        { 4102444799, "Thu, 31 Dec 2099 23:59:59 +0000" },
        { INT64_MIN, "Mon, 01 Jan 1900 00:00:00 +0000" },
        { INT64_MAX, "Fri, 31 Dec 9999 23:59:59 +0000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char date[CLOCK_DATE_SIZE];
        clock_date(rows[i].wall, date);
        if (!CHECK(span_is(span_of(date), span_of(rows[i].date))))
            CHECK_STR(date, "");
    }
}

TEST(clock_follows_the_page)
{
    struct clock_page page = { .now_shift = 3600 * (int64_t)CLOCK_SECOND,
                               .wall_shift = -86400 };
    uint64_t now = clock_now();
    int64_t wall = clock_wall();
    clock_use(&page);
    CHECK_EQ_INT(clock_shift(), 3600 * (int64_t)CLOCK_SECOND);
    CHECK(clock_now() - now >= 3600 * CLOCK_SECOND);
    CHECK(clock_now() - now < 3610 * CLOCK_SECOND);
    CHECK(clock_wall() - wall >= -86400 && clock_wall() - wall < -86390);
    clock_use(NULL);
    CHECK_EQ_INT(clock_shift(), 0);
    CHECK(clock_now() - now < 10 * CLOCK_SECOND);
    CHECK(clock_wall() - wall < 10);
}

TEST(clock_in_never_overflows)
{
    uint64_t now = clock_now();
    CHECK(clock_in(0) >= now);
    CHECK(clock_in(CLOCK_SECOND) - now >= CLOCK_SECOND);
    CHECK(clock_in(CLOCK_NEVER) == CLOCK_NEVER);
    CHECK(clock_in(CLOCK_NEVER - now) == CLOCK_NEVER);
}

TEST(clock_wall_is_the_time_of_day)
{
    time_t before = time(NULL);
    int64_t us = clock_wall_us();
    CHECK(us / 1000000 >= before && us / 1000000 <= before + 2);
}
