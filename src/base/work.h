/*
 * work - blocking work on threads, while the fiber that asked for it is parked.
 *
 * A pool has a few threads and a bounded queue.  The thread runs fn(arg) and nothing
 * else: it owns what arg points to until work_run returns.  It must not touch fibers,
 * the loop, or what others own.
 */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include <stdbool.h>
#include <stddef.h>

struct work_pool;

/* Threads start with the first work.  name: for the thread, up to 15 octets. */
struct work_pool *work_pool_open(const char *name, unsigned threads, size_t queue_max);
/* Ends the threads; no work may be under way. */
void work_pool_close(struct work_pool **);
/* 0: fn has run; -EAGAIN: the queue is full, another -errno: no thread could be started
 * (in both cases fn has not run and will not).  Waits for fn even when the fiber is
 * cancelled: the thread owns arg.  Not on a fiber: runs fn at once, here. */
int work_run(struct work_pool *, void (*fn)(void *arg), void *arg);
/* Somebody waits for a thread: for work that could stop here and go on later. */
bool work_is_wanted(struct work_pool *);

#endif
