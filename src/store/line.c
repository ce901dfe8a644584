/* line - see line.h. */
#include "store/line.h"

#include "base/clock.h"
#include "store/folder.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct desk {
    uint64_t account;
    struct list line; /* in waiting, by `oldest` */
    struct list use;  /* in open */
    struct list urgent;
    uint64_t oldest; /* lsn of the first entry, or of one that has been filed since */
    uint64_t since;  /* when that came in */
    struct pending *first, **last;
    struct account *open; /* NULL: closed */
    bool damaged;         /* somebody mends it, or nobody can */
};

/* ---- desks */

struct desk *line_desk(struct line *l, uint64_t account)
{
    struct desk *d = map_get(l->desks, MAP_KEY(account));
    if (d)
        return d;
    d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->account = account;
    d->last = &d->first;
    list_init(&d->line);
    list_init(&d->use);
    list_init(&d->urgent);
    if (map_put(l->desks, MAP_KEY(d->account), d) != 0) {
        free(d);
        return NULL;
    }
    return d;
}

static void desk_close_account(struct line *l, struct desk *d)
{
    if (!d->open)
        return;
    account_close(&d->open);
    list_remove(&d->use);
    l->open_count--;
}

/* A desk with nothing on it is put away. */
void line_leave(struct line *l, struct desk *d)
{
    if (d->first || d->open || d->damaged)
        return;
    list_remove(&d->line);
    list_remove(&d->urgent);
    map_remove(l->desks, MAP_KEY(d->account));
    free(d);
}

/* False: there is none but this one. */
static bool close_the_idlest(struct line *l, const struct desk *but)
{
    struct desk *d = LIST_ENTRY(l->open.next, struct desk, use);
    if (l->open_count == 0 || d == but)
        return false;
    desk_close_account(l, d);
    line_leave(l, d);
    return true;
}

static void desk_used(struct line *l, struct desk *d)
{
    list_remove(&d->use);
    list_push(&l->open, &d->use);
    if (l->open_count > OPEN_ACCOUNTS_MAX)
        close_the_idlest(l, d);
}

/* target: of an entry that the account is to be made for, should it not be there; NULL:
 * it is only opened. */
static int desk_open(struct line *l, struct desk *d, const struct target *target)
{
    int error = 0;
    if (d->damaged)
        return -EUCLEAN;
    if (!d->open) {
        const struct shelf *shelf = l->shelf;
        error = target ? account_make(&d->open, shelf, d->account, target->uidvalidity)
                       : account_open(&d->open, shelf, d->account);
        if (error)
            return error;
        l->open_count++;
    }
    desk_used(l, d);
    return 0;
}

void line_damaged(struct line *l, struct desk *d)
{
    desk_close_account(l, d);
    if (d->damaged)
        return;
    d->damaged = true;
    if (l->on_damage)
        l->on_damage(d->account, l->arg);
}

void line_mended(struct line *l, struct desk *d)
{
    desk_close_account(l, d);
    d->damaged = false;
}

/* ---- filing */

static void release(struct line *l, struct pending *from, const struct pending *to)
{
    while (from != to) {
        struct pending *next = from->next;
        struct entry *e = from->entry;
        l->octets -= e->head->length / e->head->targets;
        if (--e->unapplied == 0)
            entry_free(e);
        from = next;
    }
}

/* Everything up to `to` is dealt with. */
static void desk_advance(struct line *l, struct desk *d, struct pending *to)
{
    struct pending *from = d->first;
    d->first = to;
    if (!to) {
        d->last = &d->first;
        list_remove(&d->line);
    }
    release(l, from, to);
}

static int forget(struct line *l, struct desk *d)
{
    uint64_t lsn = d->first->entry->head->lsn;
    int error = desk_open(l, d, NULL);
    bool made_again = !error && lsn <= account_applied(d->open);
    desk_close_account(l, d);
    if (error && error != -ENOENT && error != -EUCLEAN)
        return error;
    error = made_again ? 0 : folder_forget(l->shelf->store, d->account, lsn);
    if (!error)
        d->damaged = false; /* with the folder */
    if (!error)
        desk_advance(l, d, d->first->next);
    return error;
}

/* Nobody can file it there now; when the folder has been mended it is found beside. */
static int set_aside(struct line *l, struct desk *d)
{
    line_damaged(l, d);
    const struct entry_head *h = d->first->entry->head;
    int error = folder_set_aside(l->shelf->store, d->account, span_at(h, h->length));
    if (!error && h->large)
        error = large_link(l->shelf->store, d->account, h->large);
    if (error && error != -ENOENT)
        return error;
    l->set_aside++;
    desk_advance(l, d, d->first->next);
    return 0;
}

static const struct target *target_of(const struct pending *at)
{
    return &entry_targets(at->entry->head)[at - at->entry->pending];
}

static void tell_freed(struct line *l, struct desk *d)
{
    if (l->on_loose && account_is_loose(d->open))
        l->on_loose(d->account, l->arg);
    uint64_t freed = account_take_freed(d->open);
    if (freed > 0 && l->on_freed)
        l->on_freed(d->account, account_applied(d->open), freed, l->arg);
}

/* One transaction, or one entry that is not for an index. */
static int file_some(struct line *l, struct desk *d)
{
    if (d->first->entry->head->type == ENTRY_FORGET)
        return forget(l, d);
    int error = desk_open(l, d, target_of(d->first));
    struct pending *at = d->first;
    if (!error)
        error = account_file(d->open, &at);
    if (error == -EUCLEAN)
        return set_aside(l, d);
    if (!error) {
        tell_freed(l, d);
        desk_advance(l, d, at);
    }
    return error;
}

/* ---- taking what comes in */

static void seat(struct line *l, struct pending *at)
{
    struct desk *d = line_desk(l, target_of(at)->account);
    /* A desk is small; without it a durable entry would be lost to this process. */
    assert(d);
    if (!d->first) {
        list_push(&l->waiting, &d->line);
        d->oldest = at->entry->head->lsn;
        d->since = clock_now();
    }
    *d->last = at;
    d->last = &at->next;
    if (entry_takes_away(at->entry->head) && list_is_empty(&d->urgent))
        list_push(&l->urgent, &d->urgent);
    l->octets += at->entry->head->length / at->entry->head->targets;
}

void line_seat_all(struct line *l, struct entry *e)
{
    for (struct entry *next; e; e = next) {
        next = e->next;
        for (uint32_t i = 0; i < e->head->targets; i++)
            seat(l, &e->pending[i]);
        if (e->head->targets == 0) /* padding */
            entry_free(e);
    }
}

/* ---- filing a desk */

bool line_spares_descriptors(struct line *l, const struct desk *d, int error)
{
    return (error == -EMFILE || error == -ENFILE) && close_the_idlest(l, d);
}

int line_file(struct line *l, struct desk *d)
{
    int error = 0;
    while (d->first && !error) {
        do
            error = file_some(l, d);
        while (line_spares_descriptors(l, d, error));
    }
    return error;
}

int line_account(struct line *l, struct desk *d, struct account **account_r)
{
    int error = desk_open(l, d, NULL);
    *account_r = d->open;
    return error;
}

struct desk *line_first(const struct line *l)
{
    return list_is_empty(&l->waiting) ? NULL
                                      : LIST_ENTRY(l->waiting.next, struct desk, line);
}

struct desk *line_urgent(struct line *l)
{
    struct list *link = list_pop(&l->urgent);
    return link ? LIST_ENTRY(link, struct desk, urgent) : NULL;
}

bool line_expunges(const struct desk *d)
{
    const struct pending *at = d->first;
    while (at && !entry_takes_away(at->entry->head))
        at = at->next;
    return at != NULL;
}

uint64_t line_since(const struct desk *d)
{
    return d->since;
}

bool line_has(const struct desk *d)
{
    return d->first != NULL;
}

uint64_t line_floor(const struct line *l, uint64_t end)
{
    const struct desk *d = line_first(l);
    return d ? d->oldest : end;
}

/* ---- birth and end */

int line_open(struct line *l, const struct shelf *shelf)
{
    *l = (struct line){ .shelf = shelf, .desks = map_open() };
    list_init(&l->waiting);
    list_init(&l->urgent);
    list_init(&l->open);
    return l->desks ? 0 : -ENOMEM;
}

void line_close(struct line *l)
{
    size_t cursor = 0;
    if (!l->desks)
        return;
    for (struct desk *d; (d = map_next(l->desks, &cursor)) != NULL;) {
        desk_close_account(l, d);
        release(l, d->first, NULL);
        free(d);
    }
    map_close(&l->desks);
}
