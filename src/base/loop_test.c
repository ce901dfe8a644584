#include "base/loop.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "test/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* --- descriptors --- */

struct end {
    struct watch watch;
    int fds[2]; /* the first is watched */
    int calls;
    unsigned ready; /* all that was ever ready */
    struct end *kills;
};

static void end_close(struct end *e)
{
    loop_unwatch(&e->watch);
    for (int i = 0; i < 2; i++)
        if (e->fds[i] >= 0)
            close(e->fds[i]);
    e->fds[0] = e->fds[1] = -1;
}

static void on_end(void *arg, unsigned ready)
{
    struct end *e = arg;
    e->calls++;
    e->ready |= ready;
    if (e->kills)
        end_close(e->kills);
}

static void end_open(struct end *e)
{
    *e = (struct end){ .watch = { .on_ready = on_end, .arg = e } };
    CHECK_EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, e->fds), 0);
    CHECK_EQ_INT(loop_watch(&e->watch, e->fds[0]), 0);
}

TEST(loop_tells_each_edge_once)
{
    struct end e;
    open_world();
    end_open(&e);
    loop_turn(false);
    CHECK_EQ_INT(e.calls, 1);
    CHECK_EQ_UINT(e.ready, LOOP_WRITE);
    loop_turn(false);
    CHECK_EQ_INT(e.calls, 1);
    CHECK_EQ_INT(write(e.fds[1], "x", 1), 1);
    loop_turn(true);
    CHECK_EQ_INT(e.calls, 2);
    CHECK_EQ_UINT(e.ready, LOOP_READ | LOOP_WRITE);
    loop_turn(false);
    CHECK_EQ_INT(e.calls, 2);
    CHECK_EQ_INT(write(e.fds[1], "y", 1), 1); /* more of the same is an edge, too */
    loop_turn(true);
    CHECK_EQ_INT(e.calls, 3);
    end_close(&e);
    end_close(&e); /* not watched: nothing */
    close_world();
}

TEST(loop_tells_of_the_peer_that_went_away)
{
    struct end e;
    open_world();
    end_open(&e);
    loop_turn(false);
    e.ready = 0;
    close(e.fds[1]);
    e.fds[1] = -1;
    loop_turn(true);
    CHECK(e.ready & LOOP_READ);
    end_close(&e);
    close_world();
}

TEST(loop_watch_may_go_in_anybodys_callback)
{
    struct end ends[3];
    open_world();
    for (int i = 0; i < 3; i++)
        end_open(&ends[i]);
    for (int i = 0; i < 3; i++)
        ends[i].kills = &ends[(i + 1) % 3];
    loop_turn(false); /* all are writable; the first one called kills the second */
    int calls = ends[0].calls + ends[1].calls + ends[2].calls;
    CHECK_EQ_INT(calls, 2);
    struct end self;
    end_open(&self);
    self.kills = &self;
    loop_turn(false);
    loop_turn(false);
    CHECK_EQ_INT(self.calls, 1);
    for (int i = 0; i < 3; i++)
        end_close(&ends[i]);
    close_world();
}

TEST(loop_watch_says_why_it_cannot)
{
    struct watch w = { .on_ready = on_end };
    open_world();
    FILE *file = tmpfile();
    if (CHECK(file)) {
        CHECK_EQ_INT(loop_watch(&w, fileno(file)), -EPERM);
        CHECK(!w.event);
        fclose(file);
    }
    CHECK_EQ_INT(loop_watch(&w, 1000), -EBADF);
    loop_unwatch(&w);
    close_world();
}

/* --- deferred, and the order of a turn --- */

static char said[600];

static void say(const char *letter)
{
    size_t len = strlen(said);
    if (len + 1 < sizeof said)
        memcpy(said + len, letter, 2);
}

struct late {
    struct deferred deferred;
    const char *letter;
    int again;
    struct late *undefers;
    struct fiber *wakes;
};

static void on_late(void *arg)
{
    struct late *l = arg;
    say(l->letter);
    if (l->again > 0) {
        l->again--;
        loop_defer(&l->deferred);
    }
    if (l->undefers)
        loop_undefer(&l->undefers->deferred);
    fiber_wake(l->wakes);
}

static void defer(struct late *l, const char *letter)
{
    l->letter = letter;
    l->deferred.run = on_late;
    l->deferred.arg = l;
    loop_defer(&l->deferred);
}

TEST(loop_runs_deferred_once_and_in_order)
{
    struct late a = { .again = 1 }, b = { 0 }, c = { 0 }, d = { 0 };
    open_world();
    said[0] = '\0';
    b.undefers = &c;
    defer(&a, "a");
    defer(&b, "b");
    defer(&a, "a"); /* it is queued already */
    defer(&c, "c");
    defer(&d, "d");
    loop_turn(true); /* does not wait: there is something to do */
    CHECK_STR(said, "abda");
    loop_undefer(&a.deferred); /* not queued: nothing */
    loop_turn(false);
    CHECK_STR(said, "abda");
    close_world();
}

TEST(loop_deferred_for_ever_ends_the_turn_at_last)
{
    struct late a = { .again = 1000000 };
    open_world();
    said[0] = '\0';
    defer(&a, "a");
    loop_turn(false);
    CHECK_EQ_UINT(strlen(said), 256);
    loop_undefer(&a.deferred);
    close_world();
}

struct talker {
    struct fiber *fiber;
    struct late flush;
};

static void talk(void *arg)
{
    struct talker *t = arg;
    say("1");
    defer(&t->flush, "f");
    t->flush.wakes = fiber_self();
    fiber_park(CLOCK_NEVER);
    say("2");
    t->flush.wakes = NULL;
    defer(&t->flush, "f");
}

static void say_timer(void *arg)
{
    (void)arg;
    say("t");
}

TEST(loop_turn_goes_timers_fibers_deferred_until_none)
{
    struct talker t = { .fiber = NULL };
    struct timer timer = { .on_time = say_timer };
    open_world();
    said[0] = '\0';
    CHECK_EQ_INT(fiber_go(talk, &t), 0);
    CHECK_EQ_INT(loop_timer_set(&timer, 1), 0);
    loop_turn(false);
    CHECK_STR(said, "t1f2f");
    CHECK_EQ_UINT(fiber_count(), 0);
    close_world();
}

/* --- signals, stopping --- */

static void count_and_stop(void *arg)
{
    ++*(int *)arg;
    loop_stop();
}

TEST(loop_signal_is_an_ordinary_callback)
{
    int calls = 0;
    open_world();
    CHECK_EQ_INT(loop_on_signal(SIGUSR1, count_and_stop, &calls), 0);
    CHECK_EQ_INT(raise(SIGUSR1), 0);
    CHECK_EQ_INT(calls, 0);
    loop_run();
    CHECK_EQ_INT(calls, 1);
    CHECK_EQ_INT(raise(SIGUSR1), 0);
    loop_run(); /* can be run again */
    CHECK_EQ_INT(calls, 2);
    close_world();
}
