/* deliver - what changes accounts: deliver, expunge, flags, forget; see engine.h. */
#include "store/core.h"

#include "os/files.h"
#include "store/folder.h"
#include "store/lease.h"
#include "store/mailboxes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* ---- whom it is for */

static int compare_accounts(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Each once; returns how many. */
static size_t each_once(const uint64_t *from, size_t count, uint64_t *accounts_r)
{
    memcpy(accounts_r, from, count * sizeof *from);
    if (count > 1)
        qsort(accounts_r, count, sizeof *accounts_r, compare_accounts);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || accounts_r[i] != accounts_r[kept - 1])
            accounts_r[kept++] = accounts_r[i];
    return kept;
}

/* ---- deliver */

/* A delivery on its way into the journal. */
struct arrival {
    const struct delivery *delivery;
    const struct pack_row *appended; /* NULL: it is delivered; what its message gets */
    uint32_t mailbox, uidvalidity;   /* of one that is appended */
    size_t count;
    struct entry *entry;
    struct filed_large *large; /* NULL: the entry holds the body */
    uint32_t large_crc;
    uint64_t accounts[RECIPIENTS_MAX];
};

struct large_work {
    int store, sealed, error;
    uint64_t size, name;
    uint32_t crc;
};

static void write_large(void *arg)
{
    struct large_work *w = arg;
    w->error = large_write(w->store, w->sealed, w->size, &w->name, &w->crc);
}

/* Durable in large/, before anything is ordered. */
static int bring_large(struct engine *e, struct arrival *a)
{
    const struct delivery *d = a->delivery;
    if (d->sealed < 0)
        return -EINVAL; /* so much cannot come in a message */
    a->large = calloc(1, sizeof *a->large);
    if (!a->large)
        return -ENOMEM;
    struct large_work w = { e->shelf.store, d->sealed, 0, d->size, 0, 0 };
    int error = work_run(e->large_pool, write_large, &w);
    if (error || w.error)
        return error ? error : w.error;
    a->large->name = w.name;
    a->large_crc = w.crc;
    return 0;
}

static int check(struct arrival *a)
{
    const struct delivery *d = a->delivery;
    if (d->account_count == 0 || d->account_count > RECIPIENTS_MAX ||
        (d->sealed < 0 ? d->body.len != d->size : !sealed_is(d->sealed)))
        return -EINVAL;
    a->count = each_once(d->accounts, d->account_count, a->accounts);
    return 0;
}

static size_t uids_of(const struct arrival *a)
{
    return a->appended ? APPEND_UIDS : 0;
}

static size_t body_size(const struct arrival *a)
{
    return a->large ? 0 : a->delivery->size;
}

static int copy_body(const struct delivery *d, char *body)
{
    if (d->size == 0)
        return 0;
    if (d->sealed < 0) {
        memcpy(body, d->body.at, d->size);
        return 0;
    }
    const void *octets = sealed_map(d->sealed, d->size);
    if (!octets)
        return -EINVAL;
    memcpy(body, octets, d->size);
    munmap((void *)(uintptr_t)octets, d->size);
    return 0;
}

/* Only now, that there is room: what waits for it costs no memory here. */
static int make_entry(struct arrival *a)
{
    const struct delivery *d = a->delivery;
    a->entry = entry_new(a->appended ? ENTRY_APPEND : ENTRY_DELIVER, a->count,
                         uids_of(a), body_size(a));
    if (!a->entry)
        return -ENOMEM;
    struct entry_head *h = a->entry->head;
    h->size = d->size;
    h->received = d->received;
    h->large = a->large ? a->large->name : 0;
    h->body_crc = a->large_crc;
    h->mailbox = a->mailbox;
    return a->large ? 0 : copy_body(d, entry_body(h));
}

/* Of the INBOX, or of that mailbox; NULL: there is none. */
static uint32_t *uidnext_of(struct head *h, const struct arrival *a)
{
    struct name *n = a->mailbox == INBOX ? NULL : head_mailbox(h, a->mailbox);
    return a->mailbox == INBOX ? &h->uidnext : n ? &n->uidnext : NULL;
}

static void give_row(struct head *h, struct arrival *a, uint32_t uid)
{
    *entry_appended(a->entry->head) = *a->appended;
    entry_appended(a->entry->head)->uid = uid;
    a->uidvalidity =
        a->mailbox == INBOX ? h->uidvalidity : head_mailbox(h, a->mailbox)->uidvalidity;
}

/* The same uids for ever: nothing may fail from here on. */
static int give_uids(struct engine *e, struct arrival *a)
{
    struct target *targets = entry_targets(a->entry->head);
    for (size_t i = 0; i < a->count; i++) {
        const uint32_t *next = uidnext_of(head_of(e, a->accounts[i]), a);
        if (!next || *next == UINT32_MAX)
            return next ? -EOVERFLOW : -ENOENT;
    }
    for (size_t i = 0; i < a->count; i++) {
        struct head *h = head_of(e, a->accounts[i]);
        h->used += a->delivery->size;
        targets[i] =
            (struct target){ h->account, (*uidnext_of(h, a))++, h->uidvalidity };
    }
    if (a->appended)
        give_row(head_of(e, a->accounts[0]), a, targets[0].uid);
    return 0;
}

static void expect_large(struct engine *e, struct arrival *a, uint64_t lsn)
{
    if (!a->large)
        return;
    a->large->lsn = lsn;
    *e->large_last = a->large;
    e->large_last = &a->large->next;
    a->large = NULL;
}

static uint64_t order_arrival(struct engine *e, struct arrival *a)
{
    uint64_t lsn = order(e, a->entry);
    a->entry = NULL;
    for (size_t i = 0; i < a->count; i++)
        head_of(e, a->accounts[i])->last = lsn;
    for (size_t i = 0; i < a->count; i++)
        readings_note(e->readings, a->accounts[i], lsn);
    expect_large(e, a, lsn);
    return lsn;
}

static void drop_large(void *arg)
{
    const struct large_work *w = arg;
    large_drop(w->store, w->name);
}

/* What could not be ordered; a file that cannot be removed now is swept later. */
static void drop_arrival(struct engine *e, struct arrival *a)
{
    if (a->large && a->large->name) {
        struct large_work w = { .store = e->shelf.store, .name = a->large->name };
        work_run(e->large_pool, drop_large, &w);
    }
    free(a->large);
    entry_free(a->entry);
}

/* For what is said of one mailbox of the first account: its names are known, too. */
static int prepare(struct engine *e, uint32_t mailbox, const struct order *o)
{
    bool named = mailbox == INBOX;
    struct head *h;
    int error;
    do {
        error = named ? 0 : head_get_named(e, o->accounts[0], &h);
        if (!error)
            error = order_prepare(e, o);
    } while (!error && !named && !h->named);
    return error;
}

static int take_in(struct engine *e, struct arrival *a)
{
    int error = engine_ready(e);
    if (!error)
        error = check(a);
    if (error)
        return error;
    struct order o = { a->accounts, a->count, 0, a->delivery->size };
    if (o.size >= LARGE_BODY_LEAST) {
        error = order_ask_all(e, &o); /* before anything is written */
        if (!error)
            error = bring_large(e, a);
    }
    o.length = entry_length(a->count, uids_of(a), body_size(a));
    if (!error)
        error = prepare(e, a->mailbox, &o);
    if (!error)
        error = make_entry(a);
    return error ? error : give_uids(e, a);
}

/* Its accounts are worth no zeros. */
static void begin_arrival(struct arrival *a, const struct delivery *d,
                          const struct pack_row *appended)
{
    a->delivery = d;
    a->appended = appended;
    a->mailbox = INBOX;
    a->entry = NULL;
    a->large = NULL;
    a->large_crc = 0;
}

int engine_deliver(struct engine *e, const struct delivery *d, uint64_t *lsn_r,
                   uint64_t *email_r)
{
    struct arrival a;
    begin_arrival(&a, d, NULL);
    int error = take_in(e, &a);
    if (!error)
        *lsn_r = *email_r = order_arrival(e, &a);
    drop_arrival(e, &a);
    return error;
}

int engine_append(struct engine *e, const struct delivery *d, uint32_t mailbox,
                  uint64_t flags, uint32_t saved, struct appended *appended_r)
{
    const struct pack_row appended = { .flags = flags, .saved = saved };
    struct arrival a;
    if (d->account_count != 1)
        return -EINVAL;
    begin_arrival(&a, d, &appended);
    a.mailbox = mailbox;
    int error = take_in(e, &a);
    if (!error) {
        uint32_t uid = entry_targets(a.entry->head)->uid;
        uint64_t lsn = order_arrival(e, &a);
        *appended_r = (struct appended){ lsn, lsn, uid, a.uidvalidity };
    }
    drop_arrival(e, &a);
    return error;
}

/* ---- expunge, flags and forget */

/* Of messages in a mailbox, if that is there; the entry is taken in any case. */
static int order_change(struct engine *e, uint64_t account, struct entry *entry,
                        uint64_t *lsn_r)
{
    uint32_t mailbox = entry->head->mailbox;
    int error =
        prepare(e, mailbox, &(struct order){ &account, 1, entry->head->length, 0 });
    struct head *h = error ? NULL : head_of(e, account);
    if (!error && mailbox != INBOX && !head_mailbox(h, mailbox))
        error = -ENOENT;
    if (error) {
        entry_free(entry);
        return error;
    }
    *entry_targets(entry->head) = (struct target){ account, 0, h->uidvalidity };
    bool takes_away = entry_takes_away(entry->head);
    *lsn_r = h->last = order(e, entry);
    if (takes_away)
        h->expunged = h->last;
    return 0;
}

int engine_expunge(struct engine *e, uint64_t account, uint32_t mailbox,
                   const uint32_t *uids, size_t count, uint64_t *lsn_r)
{
    int error = engine_ready(e);
    if (error)
        return error;
    if (count > UIDS_A_MESSAGE)
        return -EINVAL;
    struct entry *entry = entry_new(ENTRY_EXPUNGE, 1, count, 0);
    if (!entry)
        return -ENOMEM;
    entry->head->mailbox = mailbox;
    if (count > 0)
        memcpy(entry_uids(entry->head), uids, count * sizeof *uids);
    return order_change(e, account, entry, lsn_r);
}

static int check_ranges(const struct uid_range *ranges, size_t count)
{
    if (count > FLAGS_RANGES_MAX)
        return -E2BIG;
    for (size_t i = 0; i < count; i++)
        if (ranges[i].first == 0 || ranges[i].last < ranges[i].first ||
            (i > 0 && ranges[i].first <= ranges[i - 1].last))
            return -EINVAL;
    return 0;
}

int engine_flags(struct engine *e, uint64_t account, uint32_t mailbox,
                 const struct flags_change *change, const struct uid_range *ranges,
                 size_t count, uint64_t *lsn_r)
{
    int error = engine_ready(e);
    if (!error)
        error = check_ranges(ranges, count);
    if (error)
        return error;
    size_t size = sizeof *change + count * sizeof *ranges;
    struct entry *entry = entry_new(ENTRY_FLAGS, 1, 0, size);
    if (!entry)
        return -ENOMEM;
    entry->head->mailbox = mailbox;
    memcpy(entry_body(entry->head), change, sizeof *change);
    if (count > 0)
        memcpy(entry_body(entry->head) + sizeof *change, ranges,
               count * sizeof *ranges);
    return order_change(e, account, entry, lsn_r);
}

int engine_forget(struct engine *e, uint64_t account)
{
    int error = engine_ready(e);
    if (error)
        return error;
    struct head *h = head_of(e, account);
    struct entry *entry = entry_new(ENTRY_FORGET, 1, 0, 0);
    if (!h || !entry) {
        entry_free(entry);
        return -ENOMEM;
    }
    entry_targets(entry->head)->account = account;
    error = order_room(e, entry->head->length);
    if (error) {
        entry_free(entry);
        return error;
    }
    retired_forget(e, account);
    head_unknown(h);
    h->granted_at = 0;
    h->last = h->forgotten = order(e, entry);
    return order_durable(e, h->forgotten);
}
