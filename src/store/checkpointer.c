/* checkpointer - see checkpointer.h. */
#include "store/checkpointer.h"

#include "base/clock.h"
#include "os/files.h"
#include "store/folder.h"
#include "store/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct checkpointer {
    struct checkpointer_settings settings;
    struct thread thread;
    _Atomic uint64_t lsn, filled;
    _Atomic int error;
    _Atomic bool busy;

    struct thread_inbox inbox;
    /* Under the inbox's lock: */
    bool asked, closing;
    uint64_t wanted;
    struct filed_large *large;
};

/* Without a checkpoint that passed them their files stay. */
static void free_large(const struct checkpointer *c, struct filed_large *large,
                       bool drop)
{
    for (struct filed_large *next; large; large = next) {
        next = large->next;
        if (drop)
            large_drop(c->settings.store, large->name);
        free(large);
    }
}

int checkpointer_sync(const struct checkpointer *c)
{
#ifdef PLANT_NO_SYNCFS
    (void)c;
    return 0;
#else
    return syncfs(c->settings.store) == 0 ? 0 : -errno;
#endif
}

static int write_slot(struct checkpointer *c, uint64_t lsn, uint32_t epoch)
{
    struct checkpoint next = c->settings.last;
    next.lsn = lsn;
    next.epoch = epoch;
    int error = checkpoint_write(c->settings.file, c->settings.slot, &next);
    if (error)
        return error;
    c->settings.last = next;
    atomic_store(&c->lsn, lsn);
    return 0;
}

int checkpointer_begin(struct checkpointer *c, uint64_t lsn, uint32_t epoch, bool sync)
{
    int error = sync ? checkpointer_sync(c) : 0;
    return error ? error : write_slot(c, lsn, epoch);
}

/* After an error never again: what the kernel could not write it may have forgotten. */
static int write_checkpoint(struct checkpointer *c, uint64_t lsn)
{
    int error = atomic_load(&c->error);
    if (error)
        return error;
    error = checkpointer_begin(c, lsn, c->settings.last.epoch, true);
    if (error)
        atomic_store(&c->error, error);
    return error;
}

/* ---- the thread */

static bool take(struct checkpointer *c, uint64_t *lsn_r, struct filed_large **large_r)
{
    thread_lock(&c->inbox);
    while (!c->asked && !c->closing)
        thread_wait(&c->inbox, UINT64_MAX);
    bool taken = c->asked;
    c->asked = false;
    *lsn_r = c->wanted;
    *large_r = c->large;
    c->large = NULL;
    thread_unlock(&c->inbox);
    return taken;
}

static bool is_closing(struct checkpointer *c)
{
    thread_lock(&c->inbox);
    bool closing = c->closing;
    thread_unlock(&c->inbox);
    return closing;
}

static bool raise_filled(struct checkpointer *c)
{
    const struct journal *j = c->settings.journal;
    uint64_t lsn = atomic_load(&c->filled);
    lsn += j->size - lsn % j->size;
    bool all = lsn / j->size >= atomic_load(&c->lsn) / j->size + JOURNAL_SEGMENTS;
    atomic_store(&c->filled, all ? UINT64_MAX : lsn);
    return !all;
}

/* A full disk may pass; meanwhile entries wait for room. */
static void wait_a_little(struct checkpointer *c)
{
    thread_lock(&c->inbox);
    if (!c->closing)
        thread_wait(&c->inbox, clock_in(APPLY_RETRY_MS * CLOCK_MS));
    thread_unlock(&c->inbox);
}

static void fill_segments(struct checkpointer *c)
{
    uint64_t lsn;
    while ((lsn = atomic_load(&c->filled)) != UINT64_MAX && !is_closing(c)) {
        const struct journal *j = c->settings.journal;
        int error = journal_is_filled(j, lsn) ? 0 : journal_fill(j, lsn);
        if (error == -EIO)
            atomic_store(&c->error, error);
        if (!error)
            raise_filled(c);
        c->settings.on_progress(c->settings.arg);
        if (error == -EIO)
            return;
        if (error)
            wait_a_little(c);
    }
}

static void work(void *arg)
{
    struct checkpointer *c = arg;
    uint64_t lsn;
    struct filed_large *large;
    fill_segments(c);
    while (take(c, &lsn, &large)) {
        int error = write_checkpoint(c, lsn);
        free_large(c, large, !error);
        atomic_store(&c->busy, false);
        c->settings.on_progress(c->settings.arg);
    }
}

/* ---- from other threads */

void checkpointer_ask(struct checkpointer *c, uint64_t lsn, struct filed_large *large)
{
    atomic_store(&c->busy, true);
    thread_lock(&c->inbox);
    c->asked = true;
    c->wanted = lsn;
    c->large = large;
    thread_unlock_and_signal(&c->inbox);
}

bool checkpointer_is_idle(const struct checkpointer *c)
{
    return !atomic_load(&c->busy);
}

uint64_t checkpointer_lsn(const struct checkpointer *c)
{
    return atomic_load(&c->lsn);
}

uint64_t checkpointer_filled(const struct checkpointer *c)
{
    return atomic_load(&c->filled);
}

int checkpointer_error(const struct checkpointer *c)
{
    return atomic_load(&c->error);
}

struct checkpointer *checkpointer_open(const struct checkpointer_settings *settings)
{
    struct checkpointer *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->settings = *settings;
    atomic_store(&c->lsn, settings->last.lsn);
    thread_inbox_open(&c->inbox);
    return c;
}

int checkpointer_start(struct checkpointer *c)
{
    atomic_store(&c->filled, atomic_load(&c->lsn));
    while (journal_is_filled(c->settings.journal, atomic_load(&c->filled)) &&
           raise_filled(c))
        ;
    return thread_start(&c->thread, "checkpointer", work, c);
}

void checkpointer_stop(struct checkpointer *c)
{
    thread_lock(&c->inbox);
    c->closing = true;
    thread_unlock_and_signal(&c->inbox);
    thread_join(&c->thread);
}

int checkpointer_end(struct checkpointer *c, uint64_t lsn)
{
    return lsn == atomic_load(&c->lsn) ? 0 : write_checkpoint(c, lsn);
}

void checkpointer_close(struct checkpointer **checkpointer)
{
    struct checkpointer *c = *checkpointer;
    if (!c)
        return;
    checkpointer_stop(c);
    free_large(c, c->large, false);
    fd_close(&c->settings.file);
    thread_inbox_close(&c->inbox);
    free(c);
    *checkpointer = NULL;
}
