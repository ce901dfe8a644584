/* applier - see applier.h. */
#include "store/applier.h"

#include "base/clock.h"
#include "base/map.h"
#include "store/folder.h"
#include "store/thread.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What is known of an account here, while it is open or has something waiting. */
struct desk {
    uint64_t account;
    struct list line;     /* in waiting, by `oldest` */
    uint64_t oldest;      /* lsn of the first entry, or of one that has been filed since */
    struct list use;      /* in open, the one used last at the back */
    struct pending *first, **last;
    uint64_t since;       /* when the oldest came in */
    struct account *open; /* NULL: closed */
};

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
    size_t arrived;  /* octets put since the thread looked */
    size_t patience; /* so many do not wake it */
    bool closing;

    /* The thread's own: */
    struct map *desks;
    struct list waiting, open;
    size_t open_count;
    uint64_t taken_end; /* of the last entry that was taken out of the inbox */
    size_t octets;      /* waiting */
    uint64_t retry_at;  /* after an error that may pass */
};

/* ---- desks */

static struct desk *desk_of(struct applier *p, uint64_t account)
{
    struct desk *d = map_get(p->desks, MAP_KEY(account));
    if (d)
        return d;
    d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->account = account;
    d->last = &d->first;
    list_init(&d->line);
    list_init(&d->use);
    if (map_put(p->desks, MAP_KEY(d->account), d) != 0) {
        free(d);
        return NULL;
    }
    return d;
}

static void desk_close_account(struct applier *p, struct desk *d)
{
    if (!d->open)
        return;
    account_close(&d->open);
    list_remove(&d->use);
    p->open_count--;
}

/* A desk with nothing on it is put away. */
static void desk_leave(struct applier *p, struct desk *d)
{
    if (d->first || d->open)
        return;
    list_remove(&d->line);
    map_remove(p->desks, MAP_KEY(d->account));
    free(d);
}

static void close_the_idlest(struct applier *p, const struct desk *but)
{
    struct desk *d = LIST_ENTRY(p->open.next, struct desk, use);
    if (p->open_count <= OPEN_ACCOUNTS_MAX || d == but)
        return;
    desk_close_account(p, d);
    desk_leave(p, d);
}

static void desk_used(struct applier *p, struct desk *d)
{
    list_remove(&d->use);
    list_push(&p->open, &d->use);
    close_the_idlest(p, d);
}

/* target: of an entry that the account is to be made for, should it not be there; NULL:
 * it is only opened. */
static int desk_open(struct applier *p, struct desk *d, const struct target *target)
{
    int error = 0;
    if (!d->open) {
        const struct shelf *shelf = p->settings.shelf;
        error = target ? account_make(&d->open, shelf, d->account, target->uidvalidity)
                       : account_open(&d->open, shelf, d->account);
        if (error)
            return error;
        p->open_count++;
    }
    desk_used(p, d);
    return 0;
}

/* ---- filing */

static void release(struct applier *p, struct pending *from, const struct pending *to)
{
    while (from != to) {
        struct pending *next = from->next;
        struct entry *e = from->entry;
        p->octets -= e->head->length / e->head->targets;
        if (--e->unapplied == 0)
            entry_free(e);
        from = next;
    }
}

/* Everything up to `to` is dealt with. */
static void desk_advance(struct applier *p, struct desk *d, struct pending *to)
{
    struct pending *from = d->first;
    d->first = to;
    if (!to) {
        d->last = &d->first;
        list_remove(&d->line);
    }
    release(p, from, to);
}

static int forget(struct applier *p, struct desk *d)
{
    uint64_t lsn = d->first->entry->head->lsn;
    int error = desk_open(p, d, NULL);
    bool made_again = !error && lsn <= account_applied(d->open);
    desk_close_account(p, d);
    if (error && error != -ENOENT && error != -EUCLEAN)
        return error;
    error = made_again ? 0 : folder_forget(p->settings.shelf->store, d->account, lsn);
    if (!error)
        desk_advance(p, d, d->first->next);
    return error;
}

/* Nobody can file it there; who mends the folder finds it beside. */
static int set_aside(struct applier *p, struct desk *d)
{
    desk_close_account(p, d);
    const struct entry_head *h = d->first->entry->head;
    int error = folder_set_aside(p->settings.shelf->store, d->account,
                                 span_at(h, h->length));
    if (!error && h->large)
        error = large_link(p->settings.shelf->store, d->account, h->large);
    if (error && error != -ENOENT)
        return error;
    atomic_fetch_add(&p->set_aside, 1);
    desk_advance(p, d, d->first->next);
    return 0;
}

static const struct target *target_of(const struct pending *at)
{
    return &entry_targets(at->entry->head)[at - at->entry->pending];
}

/* One transaction, or one entry that is not for an index. */
static int file_some(struct applier *p, struct desk *d)
{
    if (d->first->entry->head->type == ENTRY_FORGET)
        return forget(p, d);
    int error = desk_open(p, d, target_of(d->first));
    struct pending *at = d->first;
    if (!error)
        error = account_file(d->open, &at);
    if (error == -EUCLEAN)
        return set_aside(p, d);
    if (!error)
        desk_advance(p, d, at);
    return error;
}

static void raise_floor(struct applier *p)
{
    uint64_t floor = p->taken_end;
    if (!list_is_empty(&p->waiting)) {
        const struct desk *d = LIST_ENTRY(p->waiting.next, struct desk, line);
        floor = d->oldest;
    }
    atomic_store(&p->floor, floor);
}

static void note_error(struct applier *p, int error)
{
    if (atomic_load(&p->error) == -EIO)
        return;
    p->retry_at = error ? clock_in(APPLY_RETRY_MS * CLOCK_MS) : 0;
    if (atomic_exchange(&p->error, error) != error)
        p->settings.on_progress(p->settings.arg);
}

/* All that waits for this account, which may stand anywhere in the line.  After an error
 * it keeps its place. */
static int file_all(struct applier *p, struct desk *d)
{
    int error = atomic_load(&p->error);
    if (error == -EIO)
        return error;
    error = 0;
    while (d->first && !error)
        error = file_some(p, d);
    note_error(p, error);
    return error;
}

/* ---- taking what comes in */

static void seat(struct applier *p, struct pending *at)
{
    struct desk *d = desk_of(p, target_of(at)->account);
    /* A desk is small; without it a durable entry would be lost to this process. */
    assert(d);
    if (!d->first) {
        list_push(&p->waiting, &d->line);
        d->oldest = at->entry->head->lsn;
        d->since = clock_now();
    }
    *d->last = at;
    d->last = &at->next;
    p->octets += at->entry->head->length / at->entry->head->targets;
}

static void seat_all(struct applier *p, struct entry *e)
{
    for (struct entry *next; e; e = next) {
        next = e->next;
        for (uint32_t i = 0; i < e->head->targets; i++)
            seat(p, &e->pending[i]);
        if (e->head->targets == 0) /* padding */
            entry_free(e);
    }
}

static void take_inbox(struct applier *p, struct list *jobs_r)
{
    list_init(jobs_r);
    thread_lock(&p->inbox);
    struct entry *first = p->first;
    p->first = NULL;
    p->last = &p->first;
    p->taken_end = p->end;
    p->arrived = 0;
    for (struct list *l; (l = list_pop(&p->jobs)) != NULL;)
        list_push(jobs_r, l);
    thread_unlock(&p->inbox);
    seat_all(p, first);
}

static void run_job(struct applier *p, struct job *j)
{
    struct desk *d = desk_of(p, j->account);
    j->error = d ? file_all(p, d) : -ENOMEM;
    if (!j->error)
        j->error = desk_open(p, d, NULL);
    if (!j->error)
        j->error = j->run(d->open, j);
    if (d)
        desk_leave(p, d);
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
static uint64_t due_at(const struct applier *p)
{
    if (list_is_empty(&p->waiting) || atomic_load(&p->error) == -EIO)
        return CLOCK_NEVER;
    if (p->retry_at)
        return p->retry_at;
    const struct desk *d = LIST_ENTRY(p->waiting.next, struct desk, line);
    return p->octets >= p->settings.eager ? 0 : d->since + APPLY_LAG_MS * CLOCK_MS;
}

static int file_the_first(struct applier *p)
{
    struct desk *d = LIST_ENTRY(p->waiting.next, struct desk, line);
    int error = file_all(p, d);
    if (!error)
        desk_leave(p, d);
    raise_floor(p);
    if (atomic_exchange(&p->watched, false))
        p->settings.on_progress(p->settings.arg);
    return error;
}

/* Waits until something comes in, or something is due; false: the end. */
static bool wait_for_more(struct applier *p)
{
    uint64_t due = due_at(p);
    if (due <= clock_now())
        return true;
    thread_lock(&p->inbox);
    p->patience = due == CLOCK_NEVER               ? 0
                  : p->octets < p->settings.eager ? p->settings.eager - p->octets
                                                  : SIZE_MAX;
    if (p->arrived <= p->patience && list_is_empty(&p->jobs) && !p->closing)
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
        raise_floor(p);
        if (due_at(p) <= clock_now())
            file_the_first(p);
    }
}

int applier_drain(struct applier *p)
{
    struct list jobs;
    int error = 0;
    take_inbox(p, &jobs);
    while (!list_is_empty(&p->waiting) && !error)
        error = file_the_first(p);
    raise_floor(p);
    return error;
}

/* ---- from other threads */

void applier_put(struct applier *p, struct entry *first, struct entry *last, uint64_t end)
{
    thread_lock(&p->inbox);
    if (first) {
        *p->last = first;
        p->last = &last->next;
        *p->last = NULL;
    }
    p->arrived += end - p->end;
    p->end = end;
    if (p->arrived > p->patience)
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

struct applier *applier_open(const struct applier_settings *settings)
{
    struct applier *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->desks = map_open();
    if (!p->desks) {
        free(p);
        return NULL;
    }
    p->settings = *settings;
    p->end = p->taken_end = settings->floor;
    atomic_store(&p->floor, settings->floor);
    p->last = &p->first;
    list_init(&p->jobs);
    list_init(&p->done);
    list_init(&p->waiting);
    list_init(&p->open);
    thread_inbox_open(&p->inbox);
    return p;
}

int applier_start(struct applier *p)
{
    return thread_start(&p->thread, "applier", work, p);
}

static void free_desks(struct applier *p)
{
    size_t cursor = 0;
    for (struct desk *d; (d = map_next(p->desks, &cursor)) != NULL;) {
        desk_close_account(p, d);
        release(p, d->first, NULL);
        free(d);
    }
    map_close(&p->desks);
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
    free_desks(p);
    thread_inbox_close(&p->inbox);
    free(p);
    *applier = NULL;
    return error;
}
