/* head - see head.h. */
#include "store/account_of.h"
#include "store/core.h"
#include "store/named.h"

#include "base/clock.h"
#include "base/fiber.h"

#include <errno.h>
#include <stdlib.h>

struct head *head_of(struct engine *e, uint64_t account)
{
    struct head *h = map_get(e->heads, MAP_KEY(account));
    if (h)
        return h;
    h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->account = account;
    list_init(&h->waiting);
    list_init(&h->leases);
    h->generation = 1;
    if (map_put(e->heads, MAP_KEY(h->account), h) != 0) {
        free(h);
        return NULL;
    }
    return h;
}

static int run_job(struct engine *e, const struct head *h, struct job *j)
{
    int error = order_durable(e, h->last);
    if (error)
        return error;
    j->account = h->account;
    j->fiber = fiber_self();
    applier_ask(e->applier, j);
    while (!j->done)
        fiber_await(); /* the applier holds on to it */
    return e->error ? e->error : j->error;
}

int head_ask(struct engine *e, struct head *h,
             int (*run)(struct account *, struct job *), void *arg)
{
    return run_job(e, h, &(struct job){ .run = run, .arg = arg });
}

int head_read(struct engine *e, struct head *h,
              int (*run)(struct account *, struct job *), void *arg)
{
    return run_job(e, h, &(struct job){ .run = run, .reads = true, .arg = arg });
}

void head_unknown(struct head *h)
{
    h->known = h->named = false;
    names_close(&h->names);
}

static int read_inbox(struct account *a, struct job *j)
{
    account_inbox(a, j->arg);
    return 0;
}

/* A new account: its folder is made when this entry is filed.  A uidvalidity that was
 * there before does not come again (RFC 9051 §2.3.1.1). */
static int create(struct engine *e, struct head *h, struct inbox *inbox_r)
{
    uint32_t now = (uint32_t)clock_wall();
    *inbox_r = (struct inbox){ now > h->uidvalidity ? now : h->uidvalidity + 1, 1, 0 };
    struct entry *entry = entry_new(ENTRY_CREATE, 1, 0, 0);
    if (!entry)
        return -ENOMEM;
    *entry_targets(entry->head) =
        (struct target){ .account = h->account, .uidvalidity = inbox_r->uidvalidity };
    int error = order_room(e, entry->head->length);
    if (error) {
        entry_free(entry);
        return error;
    }
    h->last = order(e, entry);
    return 0;
}

static int learn(struct engine *e, struct head *h)
{
    struct inbox inbox;
    uint64_t before = h->forgotten, last = h->last;
    int error = head_ask(e, h, read_inbox, &inbox);
    if (error == -ENOENT)
        error = create(e, h, &inbox);
    else if (!error && h->forgotten != before)
        return 0; /* that account is gone: ask again */
    if (error)
        return error;
    h->uidvalidity = inbox.uidvalidity;
    h->uidnext = inbox.uidnext;
    h->used = inbox.used;
    h->learned = last;
    h->known = true;
    return 0;
}

/* One finds out, and the others wait for him. */
static int find_out(struct engine *e, struct head *h,
                    int (*learn_it)(struct engine *, struct head *))
{
    if (h->asking)
        return engine_wait(e, &h->waiting, CLOCK_NEVER);
    h->asking = true;
    int error = learn_it(e, h);
    h->asking = false;
    wake_all(&h->waiting);
    return error;
}

int head_get(struct engine *e, uint64_t account, struct head **head_r)
{
    struct head *h = *head_r = head_of(e, account);
    int error = h ? 0 : -ENOMEM;
    while (!error && !h->known)
        error = find_out(e, h, learn);
    return error;
}

/* ---- names */

static int read_names(struct account *a, struct job *j)
{
    struct names *names = j->arg;
    int error = named_all(&a->index, &a->state, names);
    for (size_t i = 0; i < names->count && !error; i++) {
        struct name *n = &names->all[i];
        const struct rows_mailbox *b = rows_mailbox(&a->state, n->id);
        if (n->kind == NAME_MAILBOX)
            n->uidnext = b ? b->uidnext : 1;
    }
    return error;
}

static int learn_names(struct engine *e, struct head *h)
{
    struct names names = { 0 };
    uint64_t before = h->forgotten;
    int error = head_ask(e, h, read_names, &names);
    if (error || h->forgotten != before || !h->known) {
        names_close(&names);
        return error;
    }
    h->names = names;
    h->named = true;
    h->renamed++;
    return 0;
}

int head_change_names(struct engine *e, struct head *h, struct span records)
{
    struct entry *entry = entry_new(ENTRY_NAMES, 1, 0, records.len);
    if (!entry)
        return -ENOMEM;
    int error = names_apply(&h->names, records);
    if (error) { /* halfway, perhaps */
        head_unknown(h);
        entry_free(entry);
        return error;
    }
    memcpy(entry_body(entry->head), records.at, records.len);
    *entry_targets(entry->head) = (struct target){ h->account, 0, h->uidvalidity };
    h->renamed++;
    h->last = h->expunged = order(e, entry);
    return 0;
}

static int get_named(struct engine *e, uint64_t account, struct head **head_r)
{
    int error = head_get(e, account, head_r);
    while (!error && !(*head_r)->named) {
        error = find_out(e, *head_r, learn_names);
        if (!error)
            error = head_get(e, account, head_r);
    }
    return error;
}

static bool never_had_any(const struct head *h)
{
    return h->named && h->names.next == INBOX + 1 && h->names.count == 0;
}

/* Where the disk takes none now, they come another time. */
static int begin_names(struct engine *e, struct head *h)
{
    const struct names_request r = { .verb = NAMES_BEGIN,
                                     .name = SPAN("INBOX"),
                                     .now = (uint32_t)clock_wall() };
    struct buf records = { .max = NAMES_CHANGE_MAX };
    int error = names_change(&h->names, &r, &records);
    const struct order o = { &h->account, 1, entry_length(1, 0, records.len), 0 };
    if (!error)
        error = order_prepare(e, &o);
    if (!error && never_had_any(h))
        error = head_change_names(e, h, buf_span(&records));
    buf_free(&records);
    return error == -EAGAIN || error == -ENOSPC ? 0 : error;
}

int head_get_named(struct engine *e, uint64_t account, struct head **head_r)
{
    int error = get_named(e, account, head_r);
    if (!error && e->settings.usual_mailboxes && account != QUEUE_ACCOUNT &&
        never_had_any(*head_r))
        error = begin_names(e, *head_r);
    return error ? error : get_named(e, account, head_r);
}

struct name *head_mailbox(const struct head *h, uint32_t mailbox)
{
    return h->named ? names_numbered(&h->names, NAME_MAILBOX, mailbox) : NULL;
}
