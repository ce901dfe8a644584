#include "base/fiber.h"

#include "base/clock.h"
#include "base/loop.h"
#include "test/unit.h"

#include <errno.h>

/* What one fiber under test is told, and what became of it. */
struct trial {
    struct fiber *fiber;
    uint64_t deadline;
    int times; /* how often it parks */
    int parked, ended;
    int results[4];
};

static void park_often(void *arg)
{
    struct trial *t = arg;
    t->fiber = fiber_self();
    for (int i = 0; i < t->times; i++) {
        t->parked++;
        t->results[i % 4] = fiber_park(t->deadline);
    }
    t->ended++;
}

static struct clock_page page;

static void open_world(void)
{
    page.now_shift = 0;
    clock_use(&page);
    CHECK_EQ_INT(loop_open(), 0);
}

static void close_world(void)
{
    CHECK_EQ_UINT(fiber_count(), 0);
    loop_close();
    clock_use(NULL);
}

TEST(fiber_runs_parks_and_is_woken)
{
    struct trial t = { .deadline = CLOCK_NEVER, .times = 2 };
    open_world();
    CHECK(!fiber_self());
    CHECK_EQ_INT(fiber_go(park_often, &t), 0);
    CHECK_EQ_INT(t.parked, 0); /* not before the next round */
    CHECK_EQ_UINT(fiber_count(), 1);
    loop_turn(false);
    CHECK_EQ_INT(t.parked, 1);
    loop_turn(false);
    CHECK_EQ_INT(t.parked, 1);
    fiber_wake(t.fiber);
    fiber_wake(t.fiber); /* the same wake */
    loop_turn(false);
    CHECK_EQ_INT(t.parked, 2);
    CHECK_EQ_INT(t.results[0], 0);
    fiber_wake(t.fiber);
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 1);
    fiber_wake(NULL);
    fiber_cancel(NULL);
    close_world();
}

static void wake_self_first(void *arg)
{
    struct trial *t = arg;
    fiber_wake(fiber_self());
    t->results[0] = fiber_park(0); /* the wake counts before the deadline */
    t->results[1] = fiber_park(0);
    fiber_wake(fiber_self());
    t->results[2] = fiber_park(CLOCK_NEVER);
    t->ended = 1;
}

TEST(fiber_keeps_a_wake_that_comes_early)
{
    struct trial t = { .times = 0 };
    open_world();
    CHECK_EQ_INT(fiber_go(wake_self_first, &t), 0);
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 1);
    CHECK_EQ_INT(t.results[0], 0);
    CHECK_EQ_INT(t.results[1], -ETIMEDOUT);
    CHECK_EQ_INT(t.results[2], 0);
    close_world();
}

TEST(fiber_deadline_is_by_our_clock)
{
    open_world();
    struct trial t = { .deadline = clock_in(60 * CLOCK_SECOND), .times = 2 };
    CHECK_EQ_INT(fiber_go(park_often, &t), 0);
    loop_turn(false);
    CHECK(loop_next_time() == t.deadline);
    page.now_shift = 59 * (int64_t)CLOCK_SECOND;
    loop_turn(false);
    CHECK_EQ_INT(t.parked, 1);
    page.now_shift = 60 * (int64_t)CLOCK_SECOND;
    loop_turn(false);
    CHECK_EQ_INT(t.results[0], -ETIMEDOUT);
    CHECK_EQ_INT(t.results[1], -ETIMEDOUT); /* it has passed: at once */
    CHECK_EQ_INT(t.ended, 1);
    CHECK(loop_next_time() == CLOCK_NEVER);
    close_world();
}

TEST(fiber_woken_before_its_deadline_leaves_no_timer)
{
    open_world();
    struct trial t = { .deadline = clock_in(60 * CLOCK_SECOND), .times = 1 };
    CHECK_EQ_INT(fiber_go(park_often, &t), 0);
    loop_turn(false);
    fiber_wake(t.fiber);
    loop_turn(false);
    CHECK_EQ_INT(t.results[0], 0);
    CHECK(loop_next_time() == CLOCK_NEVER);
    close_world();
}

TEST(fiber_cancel_is_for_good)
{
    struct trial t = { .deadline = CLOCK_NEVER, .times = 4 };
    open_world();
    CHECK_EQ_INT(fiber_go(park_often, &t), 0);
    loop_turn(false);
    fiber_cancel(t.fiber);
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 1);
    for (int i = 0; i < 4; i++)
        CHECK_EQ_INT(t.results[i], -ECANCELED);
    t = (struct trial){ .deadline = CLOCK_NEVER, .times = 1 };
    CHECK_EQ_INT(fiber_go(park_often, &t), 0); /* the stack's next fiber is not */
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 0);
    fiber_wake(t.fiber);
    loop_turn(false);
    CHECK_EQ_INT(t.results[0], 0);
    close_world();
}

static void sleep_once(void *arg)
{
    struct trial *t = arg;
    t->fiber = fiber_self();
    t->results[0] = fiber_sleep(CLOCK_SECOND);
    t->ended = 1;
}

TEST(fiber_sleep_ignores_wakes_but_not_cancellation)
{
    struct trial t = { .times = 0 }, u = { .times = 0 };
    open_world();
    CHECK_EQ_INT(fiber_go(sleep_once, &t), 0);
    CHECK_EQ_INT(fiber_go(sleep_once, &u), 0);
    loop_turn(false);
    fiber_wake(t.fiber);
    fiber_cancel(u.fiber);
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 0);
    CHECK_EQ_INT(u.results[0], -ECANCELED);
    page.now_shift = 2 * (int64_t)CLOCK_SECOND;
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 1);
    CHECK_EQ_INT(t.results[0], 0);
    close_world();
}

static void await_twice(void *arg)
{
    struct trial *t = arg;
    t->fiber = fiber_self();
    fiber_await();
    t->parked = 1;
    fiber_await();
    t->ended = 1;
}

static void sleep_shortly(void *arg)
{
    struct trial *t = arg;
    for (int i = 0; i < t->times; i++) {
        t->parked++;
        t->results[i % 4] = fiber_sleep(1);
    }
    t->ended++;
}

/* Who has much to do lets others have their turn by it. */
TEST(fiber_sleep_however_short_is_a_turn)
{
    struct trial t = { .times = 3 };
    open_world();
    CHECK_EQ_INT(fiber_go(sleep_shortly, &t), 0);
    for (int turn = 1; turn <= 3; turn++) {
        loop_turn(false);
        CHECK_EQ_INT(t.parked, turn);
        CHECK_EQ_INT(t.ended, 0);
    }
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 1);
    CHECK_EQ_INT(t.results[2], 0);
    close_world();
}

TEST(fiber_await_is_deaf_to_cancellation)
{
    struct trial t = { .times = 0 };
    open_world();
    CHECK_EQ_INT(fiber_go(await_twice, &t), 0);
    loop_turn(false);
    fiber_cancel(t.fiber); /* is a wake, too, but only one */
    loop_turn(false);
    CHECK_EQ_INT(t.parked, 1);
    CHECK_EQ_INT(t.ended, 0);
    fiber_wake(t.fiber);
    loop_turn(false);
    CHECK_EQ_INT(t.ended, 1);
    close_world();
}

static char said[64];

static void say(void *arg)
{
    size_t len = strlen(said);
    said[len] = *(const char *)arg;
    said[len + 1] = '\0';
}

static void say_and_start(void *arg)
{
    static char letters[] = "xy";
    say(arg);
    CHECK_EQ_INT(fiber_go(say, &letters[0]), 0);
    CHECK_EQ_INT(fiber_go(say, &letters[1]), 0);
}

TEST(fiber_queue_is_first_in_first_out)
{
    char letters[] = "abc";
    open_world();
    said[0] = '\0';
    CHECK_EQ_INT(fiber_go(say, &letters[0]), 0);
    CHECK_EQ_INT(fiber_go(say_and_start, &letters[1]), 0);
    CHECK_EQ_INT(fiber_go(say, &letters[2]), 0);
    fiber_run_ready();
    CHECK_STR(said, "abc");
    CHECK(fiber_has_ready());
    fiber_run_ready();
    CHECK_STR(said, "abcxy");
    CHECK(!fiber_has_ready());
    close_world();
}

enum { MANY = 1000 };

TEST(fiber_a_thousand_at_once)
{
    static struct trial trials[MANY];
    open_world();
    for (int round = 0; round < 2; round++) {
        memset(trials, 0, sizeof trials);
        for (int i = 0; i < MANY; i++) {
            trials[i].deadline = clock_in((uint64_t)(1 + i % 100) * CLOCK_SECOND);
            trials[i].times = 3;
            CHECK_EQ_INT(fiber_go(park_often, &trials[i]), 0);
        }
        CHECK_EQ_UINT(fiber_count(), MANY);
        loop_turn(false);
        for (int i = 0; i < MANY; i++)
            fiber_wake(trials[MANY - 1 - i].fiber);
        loop_turn(false);
        page.now_shift += 101 * (int64_t)CLOCK_SECOND;
        loop_turn(false);
        int wrong = 0;
        for (int i = 0; i < MANY; i++)
            wrong += trials[i].ended != 1 || trials[i].results[0] != 0 ||
                     trials[i].results[1] != -ETIMEDOUT;
        CHECK_EQ_INT(wrong, 0);
    }
    close_world();
}
