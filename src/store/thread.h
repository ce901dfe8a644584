/*
 * thread - the store's own threads, and how they are handed something.
 *
 * A thread owns its data.  What others give it passes through its inbox: a lock around a
 * few pointers, and a condition that says "look".  Signals are the loop's: a thread
 * blocks them all.
 */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct thread {
    pthread_t id;
    bool running;
};

/* name: up to 15 octets.  0 or -errno. */
int thread_start(struct thread *, const char *name, void (*run)(void *), void *arg);
void thread_join(struct thread *); /* nothing when it does not run */

struct thread_inbox {
    pthread_mutex_t lock;
    pthread_cond_t more;
    bool asleep; /* under the lock: spares a system call when nobody waits */
};

void thread_inbox_open(struct thread_inbox *);
void thread_inbox_close(struct thread_inbox *);
void thread_lock(struct thread_inbox *);
void thread_unlock(struct thread_inbox *);
void thread_unlock_and_signal(struct thread_inbox *);
/* Under the lock: until a signal, or clock_now() reaches `until` (CLOCK_NEVER: no time);
 * may return for nothing. */
void thread_wait(struct thread_inbox *, uint64_t until);

#endif
