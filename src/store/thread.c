/* thread - see thread.h. */
#include "store/thread.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { STACK = 1 << 20 };

struct start {
    void (*run)(void *);
    void *arg;
};

static void *begin(void *arg)
{
    struct start start = *(struct start *)arg;
    free(arg);
    start.run(start.arg);
    return NULL;
}

static int create(struct thread *t, struct start *start)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int error = pthread_attr_init(&attr);
    if (error)
        return -error;
    pthread_attr_setstacksize(&attr, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&t->id, &attr, begin, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return -error;
}

int thread_start(struct thread *t, const char *name, void (*run)(void *), void *arg)
{
    assert(!t->running);
    struct start *start = malloc(sizeof *start);
    if (!start)
        return -ENOMEM;
    *start = (struct start){ run, arg };
    int error = create(t, start);
    if (error) {
        free(start);
        return error;
    }
    t->running = true;
    pthread_setname_np(t->id, name);
    return 0;
}

void thread_join(struct thread *t)
{
    if (t->running)
        pthread_join(t->id, NULL);
    t->running = false;
}

void thread_inbox_open(struct thread_inbox *b)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->more, &attr);
    pthread_condattr_destroy(&attr);
    b->asleep = false;
}

void thread_inbox_close(struct thread_inbox *b)
{
    pthread_cond_destroy(&b->more);
    pthread_mutex_destroy(&b->lock);
}

void thread_lock(struct thread_inbox *b)
{
    pthread_mutex_lock(&b->lock);
}

void thread_unlock(struct thread_inbox *b)
{
    pthread_mutex_unlock(&b->lock);
}

void thread_unlock_and_signal(struct thread_inbox *b)
{
    bool asleep = b->asleep;
    b->asleep = false;
    pthread_mutex_unlock(&b->lock);
    if (asleep)
        pthread_cond_signal(&b->more);
}

void thread_wait(struct thread_inbox *b, uint64_t until)
{
    b->asleep = true;
    if (until == CLOCK_NEVER) {
        pthread_cond_wait(&b->more, &b->lock);
    } else {
        /* The kernel knows nothing of the shift that tests give the clock. */
        uint64_t at = until - (uint64_t)clock_shift();
        struct timespec t = { .tv_sec = (time_t)(at / CLOCK_SECOND),
                              .tv_nsec = (long)(at % CLOCK_SECOND) };
        pthread_cond_timedwait(&b->more, &b->lock, &t);
    }
    b->asleep = false;
}
