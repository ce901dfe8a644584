/* The loop's timers. */
#include "base/loop.h"

#include "base/clock.h"
#include "test/unit.h"

#include <signal.h>
#include <stdlib.h>

static struct clock_page page;

static void open_world(void)
{
    page.now_shift = 0;
    clock_use(&page);
    CHECK_EQ_INT(loop_open(), 0);
}

static void close_world(void)
{
    loop_close();
    clock_use(NULL);
}

struct tick {
    struct timer timer;
    int calls;
    uint64_t again; /* sets itself to this */
    struct tick *clears, *moves;
};

static uint64_t last_tick;
static int out_of_order;

static void on_tick(void *arg)
{
    struct tick *t = arg;
    t->calls++;
    out_of_order += t->timer.at < last_tick;
    last_tick = t->timer.at;
    if (t->again)
        CHECK_EQ_INT(loop_timer_set(&t->timer, t->again), 0);
    if (t->clears)
        loop_timer_clear(&t->clears->timer);
    if (t->moves)
        CHECK_EQ_INT(loop_timer_set(&t->moves->timer, clock_in(CLOCK_SECOND)), 0);
}

static void tick_set(struct tick *t, uint64_t at)
{
    t->timer.on_time = on_tick;
    t->timer.arg = t;
    CHECK_EQ_INT(loop_timer_set(&t->timer, at), 0);
}

static void advance(uint64_t seconds)
{
    page.now_shift += (int64_t)(seconds * CLOCK_SECOND);
    loop_turn(false);
}

enum { MANY = 1000 };

static struct tick ticks[MANY];

TEST(loop_timers_fire_in_order)
{
    open_world();
    uint64_t now = clock_now();
    memset(ticks, 0, sizeof ticks);
    last_tick = 0;
    out_of_order = 0;
    srandom(1);
    for (int round = 0; round < 3; round++) /* twice most of them are moved */
        for (int i = 0; i < MANY; i++)
            if (round == 0 || i % 3 != round)
                tick_set(&ticks[i], now + (uint64_t)(random() % 50 + 1) * CLOCK_SECOND);
    for (int i = 0; i < MANY; i += 5)
        loop_timer_clear(&ticks[i].timer);
    loop_turn(false);
    for (int second = 0; second < 51; second++)
        advance(1);
    int wrong = 0;
    for (int i = 0; i < MANY; i++)
        wrong += ticks[i].calls != (i % 5 != 0) || ticks[i].timer.slot != 0;
    CHECK_EQ_INT(wrong, 0);
    CHECK_EQ_INT(out_of_order, 0);
    CHECK(loop_next_time() == CLOCK_NEVER);
    close_world();
}

TEST(loop_timer_may_be_moved_and_cleared_by_another)
{
    struct tick a = { 0 }, b = { 0 }, c = { 0 };
    open_world();
    uint64_t now = clock_now();
    a.clears = &b;
    a.moves = &c;
    tick_set(&a, now + 1);
    tick_set(&b, now + 2);
    tick_set(&c, now + 3);
    loop_turn(false);
    CHECK_EQ_INT(a.calls, 1);
    CHECK_EQ_INT(b.calls + c.calls, 0);
    advance(2);
    CHECK_EQ_INT(b.calls, 0);
    CHECK_EQ_INT(c.calls, 1);
    loop_timer_clear(&c.timer); /* not set: nothing */
    tick_set(&c, clock_now());
    CHECK_EQ_INT(loop_timer_set(&c.timer, CLOCK_NEVER), 0);
    CHECK_EQ_UINT(c.timer.slot, 0);
    close_world();
}

TEST(loop_timer_set_into_the_past_does_not_hold_the_turn)
{
    struct tick a = { .again = 1 };
    open_world();
    tick_set(&a, 1);
    loop_turn(true); /* nor is there anything to wait for */
    CHECK_EQ_INT(a.calls, 1);
    loop_turn(true);
    CHECK_EQ_INT(a.calls, 2);
    loop_timer_clear(&a.timer);
    close_world();
}

TEST(loop_waits_for_the_earliest_timer)
{
    struct tick late = { 0 }, early = { 0 };
    open_world();
    uint64_t start = clock_now();
    tick_set(&late, clock_in(40 * CLOCK_MS));
    tick_set(&early, clock_in(10 * CLOCK_MS));
    while (!early.calls)
        loop_turn(true);
    CHECK(clock_now() - start >= 10 * CLOCK_MS);
    CHECK_EQ_INT(late.calls, 0);
    while (!late.calls)
        loop_turn(true);
    CHECK(clock_now() - start >= 40 * CLOCK_MS);
    CHECK(clock_now() - start < 2 * CLOCK_SECOND);
    close_world();
}

static void nothing(void *arg)
{
    (void)arg;
}

/* The alarm that waits for the far timer would come too late for the near one, although
 * by the shifted clock the near one is set later. */
TEST(loop_alarm_survives_a_shift_of_the_clock)
{
    struct tick far = { 0 }, near = { 0 };
    open_world();
    tick_set(&far, clock_in(60 * CLOCK_SECOND));
    CHECK_EQ_INT(loop_on_signal(SIGUSR1, nothing, NULL), 0);
    CHECK_EQ_INT(raise(SIGUSR1), 0);
    loop_turn(true);
    loop_timer_clear(&far.timer);
    page.now_shift = 3600 * (int64_t)CLOCK_SECOND;
    uint64_t start = clock_now();
    tick_set(&near, clock_in(20 * CLOCK_MS));
    while (!near.calls)
        loop_turn(true);
    CHECK(clock_now() - start < 10 * CLOCK_SECOND);
    close_world();
}

TEST(loop_close_forgets_what_is_still_set)
{
    struct tick a = { 0 };
    struct deferred d = { .run = nothing };
    open_world();
    tick_set(&a, clock_in(CLOCK_SECOND));
    loop_defer(&d);
    loop_close();
    CHECK_EQ_UINT(a.timer.slot, 0);
    CHECK(!d.queued);
    CHECK_EQ_INT(loop_open(), 0);
    CHECK(loop_next_time() == CLOCK_NEVER);
    close_world();
}
