#include "base/loop.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 256, FIRST_TIMERS = 64 };

struct signal_watch {
    struct event *event;
    void (*on_signal)(void *arg);
    void *arg;
    struct signal_watch *next;
};

static struct {
    struct event_base *base;
    struct signal_watch *signals;
    struct list deferred;
    bool stopping;

    /* A binary heap, the earliest in front; every timer knows its slot. */
    struct timer **heap;
    size_t timers, timers_room;

    /* One libevent timer stands for them all.  It is moved only when it would come too
     * late; when it comes too early that costs one idle turn. */
    struct event *alarm;
    uint64_t alarm_at; /* by the kernel's clock, without the shift; or CLOCK_NEVER */
} loop;

/* --- timers --- */

static void place(size_t i, struct timer *t)
{
    loop.heap[i] = t;
    t->slot = i + 1;
}

static void sift_up(size_t i, struct timer *t)
{
    while (i > 0 && t->at < loop.heap[(i - 1) / 2]->at) {
        place(i, loop.heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    place(i, t);
}

static void sift_down(size_t i, struct timer *t)
{
    for (size_t child = 2 * i + 1; child < loop.timers; child = 2 * i + 1) {
        if (child + 1 < loop.timers && loop.heap[child + 1]->at < loop.heap[child]->at)
            child++;
        if (t->at <= loop.heap[child]->at)
            break;
        place(i, loop.heap[child]);
        i = child;
    }
    place(i, t);
}

/* Puts t, which belongs near slot i, where the order wants it. */
static void settle(size_t i, struct timer *t)
{
    if (i > 0 && t->at < loop.heap[(i - 1) / 2]->at)
        sift_up(i, t);
    else
        sift_down(i, t);
}

static int make_room_for_timer(void)
{
    if (loop.timers < loop.timers_room)
        return 0;
    size_t room = loop.timers_room ? loop.timers_room * 2 : FIRST_TIMERS;
    struct timer **heap = reallocarray(loop.heap, room, sizeof(struct timer *));
    if (!heap)
        return -ENOMEM;
    loop.heap = heap;
    loop.timers_room = room;
    return 0;
}

int loop_timer_set(struct timer *t, uint64_t at)
{
    if (at == CLOCK_NEVER) {
        loop_timer_clear(t);
        return 0;
    }
    if (t->slot == 0) {
        int error = make_room_for_timer();
        if (error)
            return error;
        t->slot = ++loop.timers;
        loop.heap[t->slot - 1] = t;
    }
    t->at = at;
    settle(t->slot - 1, t);
    return 0;
}

void loop_timer_clear(struct timer *t)
{
    if (t->slot == 0)
        return;
    size_t i = t->slot - 1;
    t->slot = 0;
    struct timer *last = loop.heap[--loop.timers];
    if (last != t)
        settle(i, last);
}

uint64_t loop_next_time(void)
{
    return loop.timers > 0 ? loop.heap[0]->at : CLOCK_NEVER;
}

/* Fires no more timers than there were: one that sets itself again into the past must
 * not hold the turn for ever. */
static void fire_due_timers(void)
{
    if (loop.timers == 0)
        return;
    uint64_t now = clock_now();
    for (size_t left = loop.timers; left > 0 && loop_next_time() <= now; left--) {
        struct timer *t = loop.heap[0];
        loop_timer_clear(t);
        t->on_time(t->arg);
    }
}

static void on_alarm(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    loop.alarm_at = CLOCK_NEVER;
}

/* Sees to it that a wait ends at the earliest timer; false: there is nothing to wait
 * for, it is due. */
static bool arm_alarm(void)
{
    uint64_t next = loop_next_time();
    if (next == CLOCK_NEVER)
        return true;
    uint64_t now = clock_now();
    if (next <= now)
        return false;
    uint64_t real = next - (uint64_t)clock_shift();
    if (real >= loop.alarm_at)
        return true;
    const uint64_t day = 86400 * CLOCK_SECOND; /* longer waits are made of several */
    uint64_t wait = next - now < day ? next - now : day;
    uint64_t us = (wait + 999) / 1000;
    struct timeval tv = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) };
    int failed = event_add(loop.alarm, &tv);
    assert(!failed); /* libevent's own heap could not grow to hold its only timer */
    loop.alarm_at = real;
    return true;
}

/* --- descriptors and signals --- */

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    struct watch *w = arg;
    unsigned ready =
        (what & EV_READ ? LOOP_READ : 0u) | (what & EV_WRITE ? LOOP_WRITE : 0u);
    w->on_ready(w->arg, ready); /* may free w */
}

/* event_add says only that it failed; errno says why. */
static int add_event(struct event *event)
{
    errno = 0;
    if (event_add(event, NULL) == 0)
        return 0;
    return errno ? -errno : -EIO;
}

int loop_watch(struct watch *w, int fd)
{
    const short both = EV_READ | EV_WRITE | EV_ET | EV_PERSIST;
    w->event = event_new(loop.base, fd, both, on_event, w);
    if (!w->event)
        return -ENOMEM;
    int error = add_event(w->event);
    if (error)
        loop_unwatch(w);
    return error;
}

void loop_unwatch(struct watch *w)
{
    if (w->event)
        event_free(w->event);
    w->event = NULL;
}

static void on_signal_event(evutil_socket_t number, short what, void *arg)
{
    (void)number, (void)what;
    struct signal_watch *s = arg;
    s->on_signal(s->arg);
}

static void signal_watch_close(struct signal_watch **s)
{
    if ((*s)->event)
        event_free((*s)->event);
    free(*s);
    *s = NULL;
}

int loop_on_signal(int signal_number, void (*on_signal)(void *arg), void *arg)
{
    struct signal_watch *s = malloc(sizeof *s);
    if (!s)
        return -ENOMEM;
    *s = (struct signal_watch){ .on_signal = on_signal, .arg = arg };
    s->event = evsignal_new(loop.base, signal_number, on_signal_event, s);
    int error = s->event ? add_event(s->event) : -ENOMEM;
    if (error) {
        signal_watch_close(&s);
        return error;
    }
    s->next = loop.signals;
    loop.signals = s;
    return 0;
}

/* --- deferred --- */

void loop_defer(struct deferred *d)
{
    if (d->queued)
        return;
    d->queued = true;
    list_push(&loop.deferred, &d->link);
}

void loop_undefer(struct deferred *d)
{
    if (!d->queued)
        return;
    d->queued = false;
    list_remove(&d->link);
}

/* What is deferred meanwhile stands behind the mark and waits for the next round. */
static void run_deferred(void)
{
    struct list mark;
    list_push(&loop.deferred, &mark);
    for (struct list *l = list_pop(&loop.deferred); l != &mark;
         l = list_pop(&loop.deferred)) {
        struct deferred *d = LIST_ENTRY(l, struct deferred, link);
        d->queued = false;
        d->run(d->arg); /* may free d */
    }
}

/* --- the loop --- */

/* Failures come back as values, and the caller decides; only what libevent itself will
 * not survive is said. */
static void on_libevent_log(int severity, const char *message)
{
    if (severity == EVENT_LOG_ERR)
        log_event(LOG_ERROR, 0, "libevent: %s", message);
}

static void on_libevent_fatal(int error)
{
    (void)error;
    abort();
}

/* One thread only, so no locks.  Libevent's coarse clock may end a wait some
 * milliseconds early, which arm_alarm makes up for; a precise one would cost a
 * timerfd_settime each wait. */
static struct event_base *open_base(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_require_features(config, EV_FEATURE_ET);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

int loop_open(void)
{
    assert(!loop.base);
    event_set_log_callback(on_libevent_log);
    event_set_fatal_callback(on_libevent_fatal);
    list_init(&loop.deferred);
    loop.stopping = false;
    loop.alarm_at = CLOCK_NEVER;
    loop.base = open_base();
    if (!loop.base)
        return -ENOMEM;
    loop.alarm = event_new(loop.base, -1, 0, on_alarm, NULL);
    if (!loop.alarm) {
        loop_close();
        return -ENOMEM;
    }
    return 0;
}

void loop_close(void)
{
    while (loop.signals) {
        struct signal_watch *s = loop.signals;
        loop.signals = s->next;
        signal_watch_close(&s);
    }
    while (!list_is_empty(&loop.deferred))
        loop_undefer(LIST_ENTRY(loop.deferred.next, struct deferred, link));
    while (loop.timers > 0)
        loop_timer_clear(loop.heap[loop.timers - 1]);
    free(loop.heap);
    loop.heap = NULL;
    loop.timers_room = 0;
    if (loop.alarm)
        event_free(loop.alarm);
    loop.alarm = NULL;
    if (loop.base)
        event_base_free(loop.base);
    loop.base = NULL;
}

static bool has_work(void)
{
    return fiber_has_ready() || !list_is_empty(&loop.deferred);
}

void loop_turn(bool wait)
{
    assert(!fiber_self());
    wait = wait && !has_work() && arm_alarm();
    event_base_loop(loop.base,
                    EVLOOP_NO_EXIT_ON_EMPTY | (wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK));
    fire_due_timers();
    for (int rounds = 0; rounds < ROUNDS_MAX && has_work(); rounds++) {
        fiber_run_ready();
        run_deferred();
    }
}

void loop_run(void)
{
    while (!loop.stopping)
        loop_turn(true);
    loop.stopping = false;
}

void loop_stop(void)
{
    loop.stopping = true;
}
