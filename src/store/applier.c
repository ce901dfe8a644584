/* applier - see applier.h. */
#include "store/applier.h"

#include "base/clock.h"
#include "store/line.h"
#include "store/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct applier {
    struct applier_settings settings;
    struct thread thread;
    _Atomic uint64_t floor, set_aside;
    _Atomic int error;
    _Atomic bool watched; /* somebody wants to know when the floor rises */

    struct thread_inbox inbox;
    /* Under the inbox's lock: */
    struct entry *first, **last;
    uint64_t end; /* of the last entry that was put */
    struct list jobs, done;
    struct freed *freed, **freed_last;
    bool urgent;     /* an expunge has come */
    size_t arrived;  /* octets put since the thread looked */
    size_t patience; /* so many do not wake it */
    bool closing;

    /* The thread's own: */
    struct line line;
    uint64_t taken_end; /* of the last entry that was taken out of the inbox */
    uint64_t retry_at;  /* after an error that may pass */
};

static void raise_floor(struct applier *p)
{
    p->settings.shelf->floor = line_floor(&p->line, p->taken_end);
    atomic_store(&p->floor, p->settings.shelf->floor);
}

static void note_error(struct applier *p, int error)
{
    p->retry_at = error ? clock_in(APPLY_RETRY_MS * CLOCK_MS) : 0;
    if (atomic_exchange(&p->error, error) != error)
        p->settings.on_progress(p->settings.arg);
}

static int file(struct applier *p, struct desk *d)
{
    int error = atomic_load(&p->error);
    if (error == -EIO || !line_has(d))
        return error == -EIO ? error : 0;
    uint64_t before = p->line.set_aside;
    error = line_file(&p->line, d);
    atomic_store(&p->set_aside, p->line.set_aside);
    if (p->line.set_aside != before)
        p->settings.on_progress(p->settings.arg);
    note_error(p, error);
    return error;
}

/* ---- taking what comes in */

static void take_inbox(struct applier *p, struct list *jobs_r)
{
    list_init(jobs_r);
    thread_lock(&p->inbox);
    struct entry *first = p->first;
    p->first = NULL;
    p->last = &p->first;
    p->taken_end = p->end;
    p->arrived = 0;
    p->urgent = false;
    for (struct list *l; (l = list_pop(&p->jobs)) != NULL;)
        list_push(jobs_r, l);
    thread_unlock(&p->inbox);
    line_seat_all(&p->line, first);
}

static int look_into(struct applier *p, struct desk *d, struct job *j)
{
    struct account *account;
    int error;
    do {
        error = line_account(&p->line, d, &account);
        if (!error)
            error = j->run(account, j);
    } while (line_spares_descriptors(&p->line, d, error));
    if (error == -EUCLEAN)
        line_damaged(&p->line, d);
    return error;
}

static int mend(struct applier *p, struct desk *d, struct job *j)
{
    int error = j->run(NULL, j);
    if (!error)
        line_mended(&p->line, d);
    return error;
}

static bool may_read(const struct desk *d, const struct job *j, int error)
{
    return j->reads && (error == -ENOSPC || error == -EDQUOT) && !line_expunges(d);
}

static int do_job(struct applier *p, struct desk *d, struct job *j)
{
    if (!d)
        return -ENOMEM;
    if (j->mends)
        return mend(p, d, j);
    int error = j->as_is ? 0 : file(p, d);
    return error && !may_read(d, j, error) ? error : look_into(p, d, j);
}

static void run_job(struct applier *p, struct job *j)
{
    struct desk *d = line_desk(&p->line, j->account);
    j->error = do_job(p, d, j);
    if (d)
        line_leave(&p->line, d);
    if (j->on_done) {
        j->on_done(j);
        return;
    }
    thread_lock(&p->inbox);
    list_push(&p->done, &j->link);
    thread_unlock(&p->inbox);
}

static void run_jobs(struct applier *p, struct list *jobs)
{
    if (list_is_empty(jobs))
        return;
    for (struct list *l; (l = list_pop(jobs)) != NULL;)
        run_job(p, LIST_ENTRY(l, struct job, link));
    p->settings.on_progress(p->settings.arg);
}

/* ---- the thread */

/* When the next account is to be filed; 0: now; CLOCK_NEVER: there is none. */
static uint64_t due_at(const struct applier *p, uint64_t now)
{
    const struct desk *d = line_first(&p->line);
    if (!d || atomic_load(&p->error) == -EIO)
        return CLOCK_NEVER;
    if (p->retry_at)
        return p->retry_at;
    if (p->line.octets >= p->settings.eager ||
        line_since(d) > now) /* somebody moved it */
        return 0;
    return line_since(d) + APPLY_LAG_MS * CLOCK_MS;
}

static int file_the_first(struct applier *p)
{
    struct desk *d = line_first(&p->line);
    int error = file(p, d);
    if (!error)
        line_leave(&p->line, d);
    raise_floor(p);
    if (atomic_exchange(&p->watched, false))
        p->settings.on_progress(p->settings.arg);
    return error;
}

static void file_urgent(struct applier *p)
{
    for (struct desk *d; (d = line_urgent(&p->line)) != NULL;)
        if (file(p, d) == 0)
            line_leave(&p->line, d);
}

/* How many octets may come in before it has to look. */
static size_t patience(const struct applier *p, uint64_t due)
{
    if (due == CLOCK_NEVER)
        return 0;
    size_t eager = p->settings.eager, waiting = p->line.octets;
    return waiting < eager ? eager - waiting : SIZE_MAX;
}

/* Waits until something comes in, or something is due; false: the end. */
static bool wait_for_more(struct applier *p)
{
    uint64_t now = clock_now(), due = due_at(p, now);
    if (due <= now)
        return true;
    thread_lock(&p->inbox);
    p->patience = patience(p, due);
    if (p->arrived <= p->patience && list_is_empty(&p->jobs) && !p->urgent &&
        !p->closing)
        thread_wait(&p->inbox, due);
    bool more = !p->closing || p->first || !list_is_empty(&p->jobs);
    thread_unlock(&p->inbox);
    return more;
}

static void work(void *arg)
{
    struct applier *p = arg;
    while (wait_for_more(p)) {
        struct list jobs;
        take_inbox(p, &jobs);
        run_jobs(p, &jobs);
        file_urgent(p);
        raise_floor(p);
        uint64_t now = clock_now();
        if (due_at(p, now) <= now)
            file_the_first(p);
    }
}

int applier_drain(struct applier *p)
{
    struct list jobs;
    int error = 0;
    take_inbox(p, &jobs);
    while (line_first(&p->line) && !error)
        error = file_the_first(p);
    raise_floor(p);
    return error;
}

/* ---- from other threads */

static bool takes_away(const struct entry *first)
{
    for (; first; first = first->next)
        if (entry_takes_away(first->head))
            return true;
    return false;
}

void applier_put(struct applier *p, struct entry *first, struct entry *last,
                 uint64_t end)
{
    bool urgent = takes_away(first);
    thread_lock(&p->inbox);
    if (first) {
        *p->last = first;
        p->last = &last->next;
        *p->last = NULL;
    }
    p->arrived += end - p->end;
    p->end = end;
    p->urgent = p->urgent || urgent;
    if (p->arrived > p->patience || urgent)
        thread_unlock_and_signal(&p->inbox);
    else
        thread_unlock(&p->inbox);
}

void applier_ask(struct applier *p, struct job *j)
{
    thread_lock(&p->inbox);
    list_push(&p->jobs, &j->link);
    thread_unlock_and_signal(&p->inbox);
}

struct job *applier_done(struct applier *p)
{
    thread_lock(&p->inbox);
    struct list *l = list_pop(&p->done);
    thread_unlock(&p->inbox);
    return l ? LIST_ENTRY(l, struct job, link) : NULL;
}

struct freed *applier_freed(struct applier *p)
{
    thread_lock(&p->inbox);
    struct freed *freed = p->freed;
    if (freed) {
        p->freed = freed->next;
        if (!p->freed)
            p->freed_last = &p->freed;
    }
    thread_unlock(&p->inbox);
    return freed;
}

void applier_watch(struct applier *p)
{
    atomic_store(&p->watched, true);
}

uint64_t applier_floor(const struct applier *p)
{
    return atomic_load(&p->floor);
}

int applier_error(const struct applier *p)
{
    return atomic_load(&p->error);
}

uint64_t applier_set_aside(const struct applier *p)
{
    return atomic_load(&p->set_aside);
}

/* ---- birth and end */

/* From line; without memory for it the room comes back with the next start. */
static void on_freed(uint64_t account, uint64_t lsn, uint64_t octets, void *arg)
{
    struct applier *p = arg;
    struct freed *freed = malloc(sizeof *freed);
    if (!freed)
        return;
    *freed = (struct freed){ NULL, account, lsn, octets };
    thread_lock(&p->inbox);
    *p->freed_last = freed;
    p->freed_last = &freed->next;
    thread_unlock(&p->inbox);
    p->settings.on_progress(p->settings.arg);
}

static void on_damage(uint64_t account, void *arg)
{
    const struct applier *p = arg;
    if (p->settings.on_damage)
        p->settings.on_damage(account, p->settings.arg);
}

static void on_loose(uint64_t account, void *arg)
{
    const struct applier *p = arg;
    if (p->settings.on_loose)
        p->settings.on_loose(account, p->settings.arg);
}

struct applier *applier_open(const struct applier_settings *settings)
{
    struct applier *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (line_open(&p->line, settings->shelf) != 0) {
        free(p);
        return NULL;
    }
    p->settings = *settings;
    p->line.on_damage = on_damage;
    p->line.on_freed = on_freed;
    p->line.on_loose = on_loose;
    p->line.arg = p;
    p->freed_last = &p->freed;
    p->end = p->taken_end = settings->floor;
    settings->shelf->floor = settings->floor;
    atomic_store(&p->floor, settings->floor);
    p->last = &p->first;
    list_init(&p->jobs);
    list_init(&p->done);
    thread_inbox_open(&p->inbox);
    return p;
}

int applier_start(struct applier *p)
{
    return thread_start(&p->thread, "applier", work, p);
}

int applier_close(struct applier **applier)
{
    struct applier *p = *applier;
    if (!p)
        return 0;
    thread_lock(&p->inbox);
    p->closing = true;
    thread_unlock_and_signal(&p->inbox);
    thread_join(&p->thread);
    p->retry_at = 0;
    int error = applier_drain(p);
    line_close(&p->line);
    for (struct freed *freed; (freed = applier_freed(p)) != NULL;)
        free(freed);
    thread_inbox_close(&p->inbox);
    free(p);
    *applier = NULL;
    return error;
}
