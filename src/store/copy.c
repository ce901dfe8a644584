/* copy - messages from one mailbox into another; see mailboxes.h. */
#include "store/mailboxes.h"

#include "store/account_of.h"
#include "store/core.h"

#include <errno.h>
#include <stdlib.h>

enum { COPY_TRIES = 100 };

/* What they are, as of everything that was ordered before. */
struct finding {
    struct copying *copying;
    struct pack_row *rows; /* of uids[0, found) */
    size_t found;
};

static int find_one(struct account *a, struct finding *f, uint32_t uid)
{
    int64_t row[4];
    int found = index_find(&a->index, INDEX_FIND_MSG,
                           INDEX_VALUES(f->copying->from, uid), row, 4);
    if (found != 1)
        return found;
    f->copying->uids[f->found] = uid;
    f->rows[f->found++] = (struct pack_row){ .email = (uint64_t)row[0],
                                             .flags = (uint64_t)row[1],
                                             .saved = f->copying->saved };
    return 0;
}

static int find_all(struct account *a, struct job *j)
{
    struct finding *f = j->arg;
    int error = 0;
    f->found = 0;
    if (!rows_mailbox(&a->state, f->copying->from))
        return -ENOENT;
    for (size_t i = 0; i < f->copying->count && !error; i++)
        error = find_one(a, f, f->copying->uids[i]);
    f->copying->count = f->found;
    return error;
}

static struct entry *make_entry(const struct copying *c, const struct pack_row *rows)
{
    size_t body = sizeof(struct copied) + c->count * sizeof *rows;
    struct entry *entry = entry_new(ENTRY_COPY, 1, c->move ? c->count : 0, body);
    if (!entry)
        return NULL;
    entry->head->mailbox = c->to;
    *entry_copied(entry->head) = (struct copied){ .from = c->from };
    memcpy(entry_copied(entry->head) + 1, rows, c->count * sizeof *rows);
    if (c->move)
        memcpy(entry_uids(entry->head), c->uids, c->count * sizeof *c->uids);
    return entry;
}

/* So many uids of the mailbox, one after the other. */
static int give_uids(struct head *h, uint32_t mailbox, size_t count,
                     struct copied_as *as_r)
{
    struct name *n = mailbox == INBOX ? NULL : head_mailbox(h, mailbox);
    if (mailbox != INBOX && !n)
        return -ENOENT;
    uint32_t *next = n ? &n->uidnext : &h->uidnext;
    if (*next > UINT32_MAX - count)
        return -EOVERFLOW;
    as_r->uidvalidity = n ? n->uidvalidity : h->uidvalidity;
    as_r->first_uid = *next;
    *next += (uint32_t)count;
    return 0;
}

static int order_copy(struct engine *e, struct head *h, const struct copying *c,
                      struct pack_row *rows, struct copied_as *as_r)
{
    struct entry *entry = NULL;
    int error = give_uids(h, c->to, c->count, as_r);
    for (size_t i = 0; i < c->count && !error; i++)
        rows[i].uid = as_r->first_uid + (uint32_t)i;
    if (!error && !(entry = make_entry(c, rows)))
        error = -ENOMEM; /* uids may be left out */
    if (error)
        return error;
    *entry_targets(entry->head) = (struct target){ h->account, 0, h->uidvalidity };
    as_r->lsn = h->last = order(e, entry);
    if (c->move)
        h->expunged = h->last;
    return 0;
}

static size_t length_of(const struct copying *c)
{
    return entry_length(1, c->move ? c->count : 0,
                        sizeof(struct copied) + c->count * sizeof(struct pack_row));
}

/* The rows, and room for the entry; afterwards, until the next park, nothing has been taken
 * away since they were read. */
static int prepare(struct engine *e, struct finding *f, uint64_t account,
                   struct head **head_r)
{
    for (int i = 0; i < COPY_TRIES; i++) {
        int error = head_get_named(e, account, head_r);
        struct head *h = *head_r;
        uint64_t before = error ? 0 : h->expunged;
        if (!error)
            error = head_ask(e, h, find_all, f);
        if (error)
            return error;
        const struct order o = { &account, 1, length_of(f->copying), 0 };
        error = order_prepare(e, &o);
        if (error || (h->named && h->expunged == before))
            return error;
    }
    return -EAGAIN;
}

int engine_copy(struct engine *e, uint64_t account, struct copying *c,
                struct copied_as *as_r)
{
    struct head *h;
    *as_r = (struct copied_as){ 0 };
    int error = engine_ready(e);
    if (!error && c->count > COPY_UIDS_MAX)
        error = -E2BIG;
    if (error)
        return error;
    struct finding f = { c, malloc(c->count * sizeof *f.rows + 1), 0 };
    error = f.rows ? prepare(e, &f, account, &h) : -ENOMEM;
    if (!error && c->count > 0)
        error = order_copy(e, h, c, f.rows, as_r);
    else if (!error)
        as_r->lsn = h->last;
    free(f.rows);
    return error;
}
