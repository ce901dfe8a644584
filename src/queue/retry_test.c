/* RFC 5321 §4.5.4.1, with time that the test has made. */
#include "queue/retry.h"

#include "test/unit.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const int64_t start = 1795780000;

static struct retry after(uint32_t attempts, int64_t age, uint64_t random)
{
    const struct waiting w = { .arrived = start, .attempts = attempts };
    return retry_after(&retry_usual, &w, start + age, random);
}

TEST(retry_first_after_half_an_hour)
{
    for (uint64_t random = 0; random < 10000; random += 7) {
        int64_t wait = after(1, 0, random).at - start;
        CHECK(wait >= 30 * MINUTE && wait <= 34 * MINUTE);
    }
    CHECK_EQ_INT(after(1, 0, 0).at, start + 30 * MINUTE);
    CHECK_EQ_INT(after(0, 0, 0).at, start + 30 * MINUTE); /* none was told */
}

TEST(retry_waits_grow_to_four_hours)
{
    int64_t before = 0;
    for (uint32_t attempts = 1; attempts < 100; attempts++) {
        int64_t wait = after(attempts, 0, 0).at - start;
        CHECK(wait >= before && wait <= 4 * HOUR);
        CHECK(attempts > 5 || wait > before);
        before = wait;
    }
    CHECK(before > 3 * HOUR + 30 * MINUTE);
    for (uint64_t random = 0; random < 10000; random += 7)
        CHECK(after(1000000000, 0, random * UINT64_C(0x9e3779b97f4a7c15)).at <=
              start + 4 * HOUR);
}

TEST(retry_leaves_an_eighth_to_chance)
{
    int64_t least = INT64_MAX, most = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        int64_t at = after(20, 0, i * UINT64_C(0x9e3779b97f4a7c15) >> 20).at;
        least = at < least ? at : least;
        most = at > most ? at : most;
    }
    CHECK(most - least > 25 * MINUTE && most - least < 31 * MINUTE);
}

/* A whole life: how often it is tried, when the sender is told, when it ends. */
static unsigned live(const struct waiting *from, int64_t *told_r, int64_t *end_r)
{
    struct waiting w = *from;
    int64_t now = w.arrived;
    *told_r = 0;
    for (w.attempts = 1;; w.attempts++) {
        struct retry r = retry_after(&retry_usual, &w, now, w.attempts * 7919u);
        if (r.action == RETRY_AND_TELL) {
            CHECK_EQ_INT(*told_r, 0);
            *told_r = now;
            w.noticed = true;
        }
        *end_r = now;
        if (r.action == GIVE_UP || !CHECK(r.at > now))
            return w.attempts;
        now = r.at;
    }
}

TEST(retry_for_five_days)
{
    const struct waiting w = { .arrived = start };
    int64_t told, end;
    unsigned attempts = live(&w, &told, &end);
    CHECK(attempts >= 33 && attempts <= 38);
    CHECK(told >= start + 4 * HOUR && told < start + 7 * HOUR);
    CHECK_EQ_INT(end, start + 5 * DAY); /* the last attempt is then */
}

/* RFC 2852: another end; and one that is over is over at once. */
TEST(retry_until_deliver_by)
{
    struct waiting w = { .arrived = start, .deliver_by = start + 70 * MINUTE };
    int64_t told, end;
    CHECK_EQ_UINT(live(&w, &told, &end), 3);
    CHECK_EQ_INT(told, 0);
    CHECK_EQ_INT(end, start + 70 * MINUTE);
    w.deliver_by = start - 1;
    CHECK_EQ_UINT(live(&w, &told, &end), 1);
}

TEST(retry_tells_once)
{
    struct waiting w = { .arrived = start, .attempts = 5 };
    CHECK_EQ_INT(retry_after(&retry_usual, &w, start + 4 * HOUR - 1, 0).action, RETRY);
    CHECK_EQ_INT(retry_after(&retry_usual, &w, start + 4 * HOUR, 0).action,
                 RETRY_AND_TELL);
    w.noticed = true;
    CHECK_EQ_INT(retry_after(&retry_usual, &w, start + 4 * HOUR, 0).action, RETRY);
    CHECK_EQ_INT(retry_after(&retry_usual, &w, start + 5 * DAY, 0).action, GIVE_UP);
    CHECK_EQ_INT(retry_after(&retry_usual, &w, start + 5 * DAY, 0).give_up,
                 start + 5 * DAY);
}

/* K9: a clock that was set to anything. */
TEST(retry_with_a_clock_that_lies)
{
    static const int64_t times[] = { INT64_MIN,     -1,       0, 1, start,
                                     INT64_MAX - 1, INT64_MAX };
    const size_t count = sizeof(times) / sizeof(times[0]);
    for (size_t i = 0; i < count * count; i++) {
        const struct waiting w = { .arrived = times[i / count], .attempts = 3 };
        struct retry r = retry_after(&retry_usual, &w, times[i % count], UINT64_MAX);
        CHECK(r.action == GIVE_UP || r.at > times[i % count]);
        CHECK(r.action == GIVE_UP || r.at <= r.give_up);
    }
}

TEST(retry_with_other_settings)
{
    const struct retry_settings none = { 0 }, flat = { 600, 60, 0, DAY };
    struct waiting w = { .arrived = start, .attempts = 9 };
    CHECK_EQ_INT(retry_after(&none, &w, start, 5).action, GIVE_UP);
    struct retry r = retry_after(&flat, &w, start, 0);
    CHECK_EQ_INT(r.action, RETRY_AND_TELL);
    CHECK(r.at > start && r.at < start + 12 * HOUR);
}
