/* committer - see committer.h. */
#include "store/committer.h"

#include "store/thread.h"

#include <stdatomic.h>
#include <stdlib.h>

struct committer {
    struct committer_settings settings;
    struct thread thread;
    _Atomic uint64_t durable;
    _Atomic int error;

    struct thread_inbox inbox;
    /* Under the inbox's lock: */
    struct entry *first, *last;
    bool closing;
};

static void free_chain(struct entry *e)
{
    for (struct entry *next; e; e = next) {
        next = e->next;
        entry_free(e);
    }
}

/* Waits for entries; false: the end. */
static bool take(struct committer *c, struct entry **first_r, struct entry **last_r)
{
    thread_lock(&c->inbox);
    while (!c->first && !c->closing)
        thread_wait(&c->inbox, UINT64_MAX);
    *first_r = c->first;
    *last_r = c->last;
    c->first = c->last = NULL;
    thread_unlock(&c->inbox);
    return *first_r != NULL;
}

static void is_durable(struct committer *c, uint64_t lsn)
{
    atomic_store(&c->durable, lsn);
    c->settings.on_progress(c->settings.arg);
}

/* The applier first: who has heard that it is durable finds it there. */
static int commit(struct committer *c, struct entry *first, struct entry *last)
{
    uint64_t lsn = last->head->lsn, end = lsn + last->head->length;
#ifdef PLANT_ACK_EARLY
    is_durable(c, lsn);
    nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL); /* a slow disk */
#endif
    int error = journal_commit(c->settings.journal, first);
    if (error)
        return error;
    applier_put(c->settings.applier, first, last, end);
    is_durable(c, lsn);
    return 0;
}

static void work(void *arg)
{
    struct committer *c = arg;
    struct entry *first, *last;
    while (take(c, &first, &last)) {
        int error = atomic_load(&c->error);
        if (!error)
            error = commit(c, first, last);
        if (!error)
            continue;
        free_chain(first);
        atomic_store(&c->error, error);
        c->settings.on_progress(c->settings.arg);
    }
}

struct committer *committer_open(const struct committer_settings *settings)
{
    struct committer *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->settings = *settings;
    thread_inbox_open(&c->inbox);
    return c;
}

int committer_start(struct committer *c)
{
    return thread_start(&c->thread, "committer", work, c);
}

void committer_stop(struct committer *c)
{
    thread_lock(&c->inbox);
    c->closing = true;
    thread_unlock_and_signal(&c->inbox);
    thread_join(&c->thread);
}

void committer_close(struct committer **committer)
{
    struct committer *c = *committer;
    if (!c)
        return;
    committer_stop(c);
    free_chain(c->first);
    thread_inbox_close(&c->inbox);
    free(c);
    *committer = NULL;
}

void committer_put(struct committer *c, struct entry *first, struct entry *last)
{
    thread_lock(&c->inbox);
    if (c->first)
        c->last->next = first;
    else
        c->first = first;
    c->last = last;
    thread_unlock_and_signal(&c->inbox);
}

uint64_t committer_durable(const struct committer *c)
{
    return atomic_load(&c->durable);
}

int committer_error(const struct committer *c)
{
    return atomic_load(&c->error);
}
