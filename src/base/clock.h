/*
 * clock - the one place that asks what time it is.
 *
 * Two clocks: clock_now (monotonic nanoseconds, for deadlines) and clock_wall (seconds
 * since 1970, for what people and messages see).  Both may be shifted by a shared page,
 * which the master gives to every role, so that a test can move the time of all.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER  UINT64_MAX
#define CLOCK_SECOND UINT64_C(1000000000)
#define CLOCK_MS     UINT64_C(1000000)

struct clock_page {
    _Atomic int64_t now_shift;  /* nanoseconds added to clock_now */
    _Atomic int64_t wall_shift; /* seconds added to clock_wall */
};

uint64_t clock_now(void);
uint64_t clock_in(uint64_t nanoseconds); /* clock_now() + nanoseconds, no overflow */
int64_t clock_wall(void);
int64_t clock_wall_us(void); /* microseconds since 1970 */

/* What the shared page adds to clock_now: the kernel's waits know nothing of it. */
int64_t clock_shift(void);

/* From now on read the shifts from this page (borrowed, NULL: none). */
void clock_use(const struct clock_page *);

/* RFC 5322 §3.3 date-time in UTC, "Sat, 21 Nov 2026 09:30:00 +0000", 31 octets + NUL.
 * Outside the years 1900 to 9999: the nearest second inside. */
enum { CLOCK_DATE_SIZE = 32 };
void clock_date(int64_t wall, char date_r[CLOCK_DATE_SIZE]);

#endif
