#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static const struct clock_page unshifted;
static const struct clock_page *page = &unshifted;

void clock_use(const struct clock_page *shared)
{
    page = shared ? shared : &unshifted;
}

int64_t clock_shift(void)
{
    return atomic_load_explicit(&page->now_shift, memory_order_relaxed);
}

uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec +
           (uint64_t)clock_shift();
}

uint64_t clock_in(uint64_t nanoseconds)
{
    uint64_t now = clock_now();
    return nanoseconds < CLOCK_NEVER - now ? now + nanoseconds : CLOCK_NEVER;
}

int64_t clock_wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t shift = atomic_load_explicit(&page->wall_shift, memory_order_relaxed);
    return (t.tv_sec + shift) * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall(void)
{
    return clock_wall_us() / 1000000;
}

void clock_date(int64_t wall, char date_r[CLOCK_DATE_SIZE])
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    const int64_t first = -2208988800; /* 1 Jan 1900: RFC 5322 §3.3 knows none before */
    const int64_t last = 253402300799; /* 31 Dec 9999: the field has four digits */
    time_t when = wall < first ? first : wall > last ? last : wall;
    struct tm t;
    gmtime_r(&when, &t);
    int n = snprintf(date_r, CLOCK_DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d +0000",
                     days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
                     t.tm_hour, t.tm_min, t.tm_sec);
    assert(n == CLOCK_DATE_SIZE - 1);
}
