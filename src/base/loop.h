/*
 * loop - waits for descriptors and time, over libevent; one a process.
 *
 * A turn: callbacks of ready descriptors and due timers, then all ready fibers, then
 * what was deferred to the turn's end (flushes: many small writes become one), again
 * until nothing is left (or, so that nobody is starved, for 256 rounds).  Each descriptor is registered once, edge-triggered, for
 * reading and writing.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct event;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* A watched descriptor.  Owned by the caller; must not move while watched. */
struct watch {
    struct event *event;
    void (*on_ready)(void *arg, unsigned ready); /* LOOP_READ | LOOP_WRITE */
    void *arg;
};

/* A point in time.  Owned by the caller; zeroed at birth; must not move while set. */
struct timer {
    uint64_t at; /* clock_now() nanoseconds */
    size_t slot; /* its place in the heap + 1; 0: not set */
    void (*on_time)(void *arg);
    void *arg;
};

/* Something to do once at the end of this turn.  Owned by the caller; zeroed at birth. */
struct deferred {
    struct list link;
    bool queued;
    void (*run)(void *arg);
    void *arg;
};

int loop_open(void); /* 0 or -errno */
void loop_close(void);
void loop_run(void);  /* until loop_stop */
void loop_stop(void); /* at the end of this turn */
/* One turn; waits for events only when `wait`.  For tests with a clock of their own. */
void loop_turn(bool wait);

int loop_watch(struct watch *, int fd); /* 0 or -errno; set on_ready and arg before */
void loop_unwatch(struct watch *);      /* nothing, when it is not watched */

/* Sets or moves; CLOCK_NEVER clears.  0 or -ENOMEM (then it stands as before). */
int loop_timer_set(struct timer *, uint64_t at);
void loop_timer_clear(struct timer *);
uint64_t loop_next_time(void); /* the earliest timer, or CLOCK_NEVER */

void loop_defer(struct deferred *);
void loop_undefer(struct deferred *);

/* A signal becomes an ordinary callback. */
int loop_on_signal(int signal_number, void (*on_signal)(void *arg), void *arg);

#endif
