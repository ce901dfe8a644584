/* engine - opening, closing, and what happens when a thread has got on; see core.h. */
#include "store/core.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "store/folder.h"
#include "store/lease.h"
#include "store/quota.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LARGE_THREADS = 2, OPEN_THREADS = 1, LARGE_QUEUE = 256, TICK_MS = 500 };

/* ---- waiting */

struct waiter {
    struct list link;
    struct fiber *fiber;
};

int engine_wait(struct engine *e, struct list *queue, uint64_t deadline)
{
    if (e->error)
        return e->error;
    struct waiter w = { .fiber = fiber_self() };
    list_push(queue, &w.link);
    int error = fiber_park(deadline);
    list_remove(&w.link);
    return e->error ? e->error : error;
}

void wake_all(struct list *queue)
{
    LIST_FOR_EACH(link, queue)
    fiber_wake(LIST_ENTRY(link, struct waiter, link)->fiber);
}

/* ---- failing */

static void wake_head_waiters(struct engine *e)
{
    size_t cursor = 0;
    for (struct head *h; (h = map_next(e->heads, &cursor)) != NULL;)
        wake_all(&h->waiting);
}

/* Again and again while it is asked: the log may be on the disk that failed it. */
static void say_failure(struct engine *e)
{
    if (e->said_failure &&
        clock_now() < e->said_failure + STORE_FAILED_SECONDS * CLOCK_SECOND)
        return;
    e->said_failure = clock_now();
    log_event(LOG_ERROR, 0, "the store fails: %s; nothing is accepted any more",
              e->failure);
}

void engine_fail(struct engine *e, const char *what, int error)
{
    if (e->error)
        return;
    e->error = -EIO;
    snprintf(e->failure, sizeof e->failure, "%s: %s", what, strerror(-error));
    say_failure(e);
    wake_all(&e->want_room);
    wake_all(&e->want_durable);
    wake_head_waiters(e);
    if (e->settings.on_failed)
        e->settings.on_failed(e->settings.arg);
}

static void look_for_failure(struct engine *e)
{
    int error = committer_error(e->committer);
    if (error)
        engine_fail(e, "writing the journal", error);
    error = checkpointer_error(e->checkpointer);
    if (error)
        engine_fail(e, "making the account folders durable", error);
    error = applier_error(e->applier);
    if (error == -EIO)
        engine_fail(e, "filing in an account folder", error);
    else if (error && error != e->said_error)
        log_event(LOG_ERROR, 0, "filing waits: %s", strerror(-error));
    if (!error && e->said_error)
        log_event(LOG_NOTICE, 0, "filing goes on");
    e->said_error = error;
}

static void look_for_damage(struct engine *e)
{
    uint64_t aside = applier_set_aside(e->applier);
    if (aside != e->said_aside)
        log_event(LOG_ERROR, 0,
                  "damaged account folders: %" PRIu64
                  " journal entries put aside in accounts/*/stuck",
                  aside - e->said_aside);
    e->said_aside = aside;
}

static void say_mended(const struct mending *m)
{
    if (m->how == MENDED_TAKEN_OVER)
        log_event(LOG_NOTICE, 0,
                  "account %" PRIu64 ": taken over from an earlier version, %" PRIu64
                  " messages",
                  m->account, m->mails);
    else if (m->how == MENDED_REBUILT)
        log_event(LOG_ERROR, 0,
                  "account %" PRIu64
                  ": its index was damaged (kept as index.db.damaged.N)"
                  " and has been rebuilt from the packs: %" PRIu64 " messages, %" PRIu64
                  " of them damaged, %" PRIu64 " octets of no use",
                  m->account, m->mails, m->broken, m->skipped);
    else
        log_event(LOG_ERROR, 0,
                  "account %" PRIu64 ": damaged, and cannot be mended: %s", m->account,
                  m->error == -EPROTO ? "its index is of a later version"
                                      : strerror(-m->error));
}

static void look_for_mended(struct engine *e)
{
    for (struct mending *m; (m = mender_said(e->mender)) != NULL;) {
        struct head *h = map_get(e->heads, MAP_KEY(m->account));
        if (m->how == MENDED_COMPACTED)
            retire(e, &m->compaction);
        else
            say_mended(m);
        if (h && m->how != MENDED_COMPACTED)
            head_unknown(h); /* its uids and octets may be others */
        if (m->how != MENDED_NOTHING && m->how != MENDED_COMPACTED)
            readings_note(e->readings, m->account, 0);
        compaction_free(&m->compaction);
        free(m);
    }
}

/* ---- checkpoints */

/* A quarter of the ring is in use, or the last one is some seconds old. */
static bool checkpoint_is_due(const struct engine *e, uint64_t floor, uint64_t now)
{
    uint64_t last = checkpointer_lsn(e->checkpointer);
    bool late = now - e->checkpoint_asked >= CHECKPOINT_SECONDS * CLOCK_SECOND;
    if (floor == last)
        return late && !list_is_empty(&e->retired);
    return floor > last && (late || e->end - last >= e->journal.size);
}

/* The large messages that everybody has below this lsn. */
static struct filed_large *take_large(struct engine *e, uint64_t lsn)
{
    struct filed_large *first = e->large_first, **at = &e->large_first;
    while (*at && (*at)->lsn < lsn)
        at = &(*at)->next;
    if (at == &e->large_first)
        return NULL;
    struct filed_large *rest = *at;
    *at = NULL;
    e->large_first = rest;
    if (!rest)
        e->large_last = &e->large_first;
    return first;
}

static void maybe_checkpoint(struct engine *e)
{
    uint64_t floor = applier_floor(e->applier), now = clock_now();
    if (e->error || !checkpointer_is_idle(e->checkpointer))
        return;
    e->checkpoints_made = e->checkpoints_asked;
    retired_look(e);
    if (!checkpoint_is_due(e, floor, now))
        return;
    e->checkpoint_asked = now;
    e->checkpoints_asked++;
    checkpointer_ask(e->checkpointer, floor, take_large(e, floor));
}

void engine_tick(struct engine *e)
{
    if (e->tick.slot == 0)
        loop_timer_set(&e->tick, clock_in(TICK_MS * CLOCK_MS));
}

/* Nothing ticks while nothing is to be done. */
static void on_tick(void *arg)
{
    struct engine *e = arg;
    engine_ready(e);
    maybe_checkpoint(e);
    if (!e->error &&
        (checkpointer_lsn(e->checkpointer) != e->end || !list_is_empty(&e->retired)))
        engine_tick(e);
}

/* ---- progress */

void engine_ring(void *arg)
{
    const struct engine *e = arg;
    eventfd_write(e->progress, 1);
}

static void finish_jobs(struct engine *e)
{
    for (struct job *j; (j = applier_done(e->applier)) != NULL;) {
        j->done = true;
        fiber_wake(j->fiber);
    }
}

static void tell_durable(struct engine *e)
{
    uint64_t durable = committer_durable(e->committer);
    if (durable <= e->durable)
        return;
    e->durable = durable;
    if (e->settings.on_durable)
        e->settings.on_durable(durable, e->settings.arg);
    wake_all(&e->want_durable);
}

static void look_around(struct engine *e)
{
    look_for_failure(e);
    tell_durable(e);
    finish_jobs(e);
    look_for_damage(e);
    look_for_mended(e);
    quota_take_freed(e);
    maybe_checkpoint(e);
    if (!list_is_empty(&e->want_room)) {
        applier_watch(e->applier);
        if (order_has_room(e, 0))
            wake_all(&e->want_room);
    }
}

/* Nobody reads the eventfd: edge-triggered, each write is news of its own. */
static void on_progress(void *arg, unsigned ready)
{
    (void)ready;
    look_around(arg);
}

/* ---- birth and end */

int engine_ready(struct engine *e)
{
    if (e->error)
        say_failure(e);
    if (e->error || e->running)
        return e->error;
    int error = applier_start(e->applier);
    if (!error)
        error = committer_start(e->committer);
    if (!error)
        error = checkpointer_start(e->checkpointer);
    if (!error)
        error = mender_start(e->mender);
    e->running = true;
    if (error)
        engine_fail(e, "starting its threads", error);
    return e->error;
}

static int open_threads(struct engine *e)
{
    journal_stage_open(&e->journal);
    struct committer_settings settings = { .journal = &e->journal,
                                           .applier = e->applier,
                                           .on_progress = engine_ring,
                                           .arg = e };
    e->committer = committer_open(&settings);
    e->large_pool = work_pool_open("large", LARGE_THREADS, LARGE_QUEUE);
    e->open_pool = work_pool_open("open", OPEN_THREADS, LARGE_QUEUE);
    if (!e->committer || !e->large_pool || !e->open_pool)
        return -ENOMEM;
    e->watch = (struct watch){ .on_ready = on_progress, .arg = e };
    int error = loop_watch(&e->watch, e->progress);
    if (error)
        return error;
    if (e->settings.reads && !(e->readings = readings_open(e)))
        return -ENOMEM;
    e->tick = (struct timer){ .on_time = on_tick, .arg = e };
    return loop_timer_set(&e->tick, clock_now());
}

static void close_heads(struct engine *e)
{
    size_t cursor = 0;
    if (!e->heads)
        return;
    for (struct head *h; (h = map_next(e->heads, &cursor)) != NULL;) {
        lease_free_all(h);
        names_close(&h->names);
        free(h);
    }
    map_close(&e->heads);
}

static struct engine *new_engine(const struct engine_settings *settings)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->settings = *settings;
    e->shelf.store = settings->directory;
    e->progress = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    e->journal = journal_none();
    e->large_last = &e->large_first;
    e->heads = map_open();
    list_init(&e->want_room);
    list_init(&e->want_durable);
    list_init(&e->retired);
    e->shelf.compact_from = settings->compact_from;
    return e;
}

int engine_open(struct engine **engine_r, const struct engine_settings *settings)
{
    *engine_r = NULL;
    if (fchdir(settings->directory) != 0) /* SQLite knows names alone */
        return -errno;
    struct engine *e = new_engine(settings);
    if (!e)
        return -ENOMEM;
    int error = e->heads && e->progress >= 0 ? recover(e) : -ENOMEM;
    if (!error)
        error = open_threads(e);
    if (error) {
        e->error = error; /* no checkpoint of what is not whole */
        engine_close(&e);
    }
    *engine_r = e;
    return error;
}

/* What waits becomes durable, is filed, and is passed by a checkpoint. */
static void settle(struct engine *e)
{
    if (e->mender) {
        mender_stop(e->mender);
        look_for_mended(e);
    }
    if (e->committer) {
        order_hand_over(e);
        committer_stop(e->committer);
        tell_durable(e);
        look_for_failure(e);
    }
    committer_close(&e->committer);
    int error = applier_close(&e->applier);
    mender_close(&e->mender);
    if (!e->checkpointer)
        return;
    checkpointer_stop(e->checkpointer);
    if (error || e->error || checkpointer_end(e->checkpointer, e->end) != 0)
        return;
    for (const struct filed_large *l = e->large_first; l; l = l->next)
        large_drop(e->shelf.store, l->name);
}

void engine_stop(struct engine *e)
{
    readings_stop(e->readings);
}

void engine_close(struct engine **engine)
{
    struct engine *e = *engine;
    if (!e)
        return;
    readings_close(&e->readings);
    loop_timer_clear(&e->tick);
    loop_unwatch(&e->watch);
    settle(e);
    checkpointer_close(&e->checkpointer);
    work_pool_close(&e->large_pool);
    work_pool_close(&e->open_pool);
    for (struct filed_large *next; e->large_first; e->large_first = next) {
        next = e->large_first->next;
        free(e->large_first);
    }
    retired_forget(e, 0);
    close_heads(e);
    entry_free(e->padding);
    journal_close(&e->journal);
    if (e->progress >= 0)
        close(e->progress);
    free(e);
    *engine = NULL;
}
