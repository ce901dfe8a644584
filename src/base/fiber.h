/*
 * fiber - a function with a stack of its own, which may wait.
 *
 * A session is one function on a fiber; it looks blocking, and below it the loop runs
 * everybody else.  Fibers of one thread only; never wake one from another thread (use
 * base/work).  A switch is _setjmp/_longjmp: no system call.
 *
 * Waiting: fiber_park returns when somebody woke the fiber, at the deadline, or when it
 * is cancelled.  A wake may be spurious (it stands for "look again"), so every waiter
 * loops on its own condition.  A wake that comes before the park is kept.
 * Cancellation is a value, never a jump out: every park returns -ECANCELED from then on.
 *
 * A struct fiber lives until its function returns; then it is another fiber's.  Who keeps
 * one to wake it must have let go of it by then.
 */
#ifndef BASE_FIBER_H
#define BASE_FIBER_H

#include <stddef.h>
#include <stdint.h>

struct fiber;

/* Starts run(arg) on a fiber of its own, on the loop's next round.  0 or -ENOMEM. */
int fiber_go(void (*run)(void *), void *arg);

struct fiber *fiber_self(void); /* NULL on the loop's own stack */

/* 0: woken; -ETIMEDOUT: clock_now() reached the deadline (or there is no memory for a
 * timer); -ECANCELED. */
int fiber_park(uint64_t deadline);
void fiber_wake(struct fiber *);   /* NULL: nothing */
void fiber_cancel(struct fiber *); /* wakes it, too; NULL: nothing */
/* 0 or -ECANCELED.  However short, others have their turn meanwhile. */
int fiber_sleep(uint64_t nanoseconds);

/* Waits for the next wake, deaf to cancellation: for one who may not leave before
 * another has let go of his memory (base/work).  Loop on a condition here too. */
void fiber_await(void);

/* Gives back the pages of this fiber's stack that lie unused below the caller. */
void fiber_trim(void);

size_t fiber_count(void); /* fibers that have not ended */

/* For base/loop: runs every fiber that is ready now, once. */
void fiber_run_ready(void);
int fiber_has_ready(void);

#endif
