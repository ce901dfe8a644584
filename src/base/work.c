#include "base/work.h"

#include "base/asan.h"
#include "base/fiber.h"
#include "base/list.h"
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK_SIZE = (UNDER_ASAN ? 1024 : 256) * 1024 };

/* On the stack of the fiber that waits for it. */
struct work {
    struct list link; /* in the pool's queue, then in done */
    void (*fn)(void *arg);
    void *arg;
    struct fiber *fiber;
    bool done; /* only the loop's thread looks at it */
};

struct work_pool {
    char name[16];
    size_t queue_max;
    unsigned threads_max, threads;
    pthread_t *ids;
    int event; /* eventfd, -1 before the first work: there is something in `done` */
    struct watch watch;
    size_t under_way; /* given and not yet answered; only the loop's thread */

    pthread_mutex_t lock;
    /* All below: under the lock. */
    pthread_cond_t more;
    struct list queue, done;
    size_t queued;
    unsigned idle;
    bool closing;
};

struct work_pool *work_pool_open(const char *name, unsigned threads, size_t queue_max)
{
    assert(threads > 0 && queue_max > 0);
    struct work_pool *p = calloc(1, sizeof *p);
    pthread_t *ids = calloc(threads, sizeof *ids);
    if (!p || !ids) {
        free(p);
        free(ids);
        return NULL;
    }
    snprintf(p->name, sizeof p->name, "%s", name);
    p->queue_max = queue_max;
    p->threads_max = threads;
    p->ids = ids;
    p->event = -1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->more, NULL);
    list_init(&p->queue);
    list_init(&p->done);
    return p;
}

void work_pool_close(struct work_pool **pool)
{
    struct work_pool *p = *pool;
    if (!p)
        return;
    assert(p->under_way == 0);
    pthread_mutex_lock(&p->lock);
    p->closing = true;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads; i++)
        pthread_join(p->ids[i], NULL);
    loop_unwatch(&p->watch);
    if (p->event >= 0)
        close(p->event);
    pthread_cond_destroy(&p->more);
    pthread_mutex_destroy(&p->lock);
    free(p->ids);
    free(p);
    *pool = NULL;
}

/* --- on the threads --- */

/* Waits for the next work; NULL when the pool closes. */
static struct work *take_work(struct work_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->idle++;
    while (list_is_empty(&p->queue) && !p->closing)
        pthread_cond_wait(&p->more, &p->lock);
    p->idle--;
    struct list *l = list_pop(&p->queue);
    p->queued -= l ? 1 : 0;
    pthread_mutex_unlock(&p->lock);
    return l ? LIST_ENTRY(l, struct work, link) : NULL;
}

/* One write serves all that the loop has not fetched yet.  It comes after the unlock, so
 * that the loop does not wake up to a taken lock. */
static void hand_back(struct work_pool *p, struct work *w)
{
    pthread_mutex_lock(&p->lock);
    bool first = list_is_empty(&p->done);
    list_push(&p->done, &w->link);
    pthread_mutex_unlock(&p->lock);
    int failed = first ? eventfd_write(p->event, 1) : 0;
    assert(!failed);
}

static void *thread(void *arg)
{
    struct work_pool *p = arg;
    pthread_setname_np(pthread_self(), p->name);
    for (struct work *w; (w = take_work(p)) != NULL; hand_back(p, w))
        w->fn(w->arg);
    return NULL;
}

/* --- on the loop's thread --- */

/* Nobody reads the eventfd: edge-triggered, each write is news of its own. */
static void on_done(void *arg, unsigned what)
{
    (void)what;
    struct work_pool *p = arg;
    pthread_mutex_lock(&p->lock);
    for (struct list *l; (l = list_pop(&p->done)) != NULL;) {
        struct work *w = LIST_ENTRY(l, struct work, link);
        w->done = true;
        fiber_wake(w->fiber);
    }
    pthread_mutex_unlock(&p->lock);
}

static int listen_for_done(struct work_pool *p)
{
    if (p->event >= 0)
        return 0;
    p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->event < 0)
        return -errno;
    p->watch = (struct watch){ .on_ready = on_done, .arg = p };
    int error = loop_watch(&p->watch, p->event);
    if (error) {
        close(p->event);
        p->event = -1;
    }
    return error;
}

/* Signals are the loop's: a thread inherits the mask with all of them blocked. */
static int start_thread(struct work_pool *p)
{
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);
    if (error)
        return -error;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&p->ids[p->threads], &attr, thread, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (error)
        return -error;
    p->threads++;
    return 0;
}

/* One thread more, when all that run are taken.  That it cannot be had matters only
 * when it would have been the first. */
static int start_what_is_needed(struct work_pool *p)
{
    int error = listen_for_done(p);
    if (error)
        return error;
    pthread_mutex_lock(&p->lock);
    bool enough = p->idle > p->queued;
    pthread_mutex_unlock(&p->lock);
    if (enough || p->threads == p->threads_max)
        return 0;
    error = start_thread(p);
    return p->threads > 0 ? 0 : error;
}

static int enqueue(struct work_pool *p, struct work *w)
{
    pthread_mutex_lock(&p->lock);
    bool full = p->queued == p->queue_max;
    if (!full) {
        list_push(&p->queue, &w->link);
        p->queued++;
    }
    pthread_mutex_unlock(&p->lock);
    if (full)
        return -EAGAIN;
    pthread_cond_signal(&p->more);
    return 0;
}

bool work_is_wanted(struct work_pool *p)
{
    pthread_mutex_lock(&p->lock);
    bool wanted = p->queued > 0;
    pthread_mutex_unlock(&p->lock);
    return wanted;
}

int work_run(struct work_pool *p, void (*fn)(void *arg), void *arg)
{
    struct work w = { .fn = fn, .arg = arg, .fiber = fiber_self() };
    if (!w.fiber) {
        fn(arg);
        return 0;
    }
    int error = start_what_is_needed(p);
    if (!error)
        error = enqueue(p, &w);
    if (error)
        return error;
    p->under_way++;
    while (!w.done)
        fiber_await();
    p->under_way--;
    return 0;
}
