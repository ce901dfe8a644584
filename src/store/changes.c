/* changes - see changes.h. */
#include "store/changes.h"

#include "store/account_of.h"
#include "store/core.h"

#include <errno.h>

struct looking {
    uint32_t mailbox;
    const struct uid_range *ranges;
    size_t count;
    uint64_t modseq, octets;
    struct buf *to;
    struct uid_range range; /* that is not in `to` yet; first 0: none */
    uint32_t next;          /* the uid behind the last message */
};

static int ask(struct engine *e, uint64_t account,
               int (*run)(struct account *, struct job *), struct looking *l)
{
    struct head *h;
    int error = engine_ready(e);
    if (!error)
        error = head_get(e, account, &h);
    return error ? error : head_read(e, h, run, l);
}

/* ---- what messages are */

static int add_row(const struct mail *m, void *arg)
{
    const struct looking *l = arg;
    const struct changed_row row = { .uid = m->uid,
                                     .flags = m->flags,
                                     .modseq = m->modseq };
    return buf_put(l->to, span_at(&row, sizeof row));
}

static int list_rows(struct account *a, struct job *j)
{
    struct looking *l = j->arg;
    int error = rows_mailbox(&a->state, l->mailbox) ? 0 : -ENOENT;
    buf_clear(l->to);
    for (size_t i = 0; i < l->count && !error; i++)
        error = rows_range(&a->index, l->mailbox, &l->ranges[i], add_row, l);
    return error;
}

int engine_rows(struct engine *e, uint64_t account, uint32_t mailbox,
                const struct uid_range *ranges, size_t count, struct buf *rows_r)
{
    struct looking l = {
        .mailbox = mailbox, .ranges = ranges, .count = count, .to = rows_r
    };
    return ask(e, account, list_rows, &l);
}

/* ---- what is gone */

static int end_range(struct looking *l)
{
    const struct uid_range range = l->range;
    l->range.first = 0;
    return range.first ? buf_put(l->to, span_at(&range, sizeof range)) : 0;
}

static int add_uid(const int64_t *row, void *arg)
{
    struct looking *l = arg;
    const uint32_t uid = (uint32_t)row[0];
    if (l->range.first && l->range.last + 1 == uid) {
        l->range.last = uid;
        return 0;
    }
    int error = end_range(l);
    l->range = (struct uid_range){ uid, uid };
    return error;
}

/* The uids before this message, up to the one before it. */
static int add_gap(struct looking *l, uint32_t uid)
{
    const struct uid_range gap = { l->next, uid - 1 };
    int error = gap.first < uid ? buf_put(l->to, span_at(&gap, sizeof gap)) : 0;
    l->next = uid + 1;
    return error;
}

static int step_over(const struct mail *m, void *arg)
{
    return add_gap(arg, m->uid);
}

static int list_gaps(struct account *a, struct looking *l, uint32_t uidnext)
{
    const struct uid_range all = { 1, UINT32_MAX };
    l->next = 1;
    int error = rows_range(&a->index, l->mailbox, &all, step_over, l);
    return error ? error : add_gap(l, uidnext);
}

/* What compaction has pruned went before the oldest that it left. */
static int is_known(struct account *a, const struct rows_mailbox *b, uint64_t since)
{
    int64_t oldest = 0;
    if (b->pruned == 0)
        return 1;
    int found = index_find(&a->index, INDEX_OLDEST_EXPUNGED, NULL, 0, &oldest, 1);
    return found < 1 ? found : since + 1 >= (uint64_t)oldest;
}

static int list_vanished(struct account *a, struct job *j)
{
    struct looking *l = j->arg;
    const struct rows_mailbox *b = rows_mailbox(&a->state, l->mailbox);
    buf_clear(l->to);
    l->range.first = 0;
    if (!b)
        return -ENOENT;
    int known = is_known(a, b, l->modseq);
    if (known <= 0)
        return known < 0 ? known : list_gaps(a, l, b->uidnext);
    int error = index_each(&a->index, INDEX_VANISHED,
                           INDEX_VALUES(l->mailbox, (int64_t)l->modseq), 1, add_uid, l);
    return error ? error : end_range(l);
}

int engine_vanished(struct engine *e, uint64_t account, uint32_t mailbox,
                    uint64_t modseq, struct buf *ranges_r)
{
    struct looking l = { .mailbox = mailbox, .modseq = modseq, .to = ranges_r };
    if (modseq > INT64_MAX) /* RFC 7162 §1: 63 bits */
        return -EINVAL;
    return ask(e, account, list_vanished, &l);
}

/* ---- what would go with an EXPUNGE */

_Static_assert(FLAG_DELETED == 4, "INDEX_DELETED");

static int sum_deleted(struct account *a, struct job *j)
{
    struct looking *l = j->arg;
    int64_t octets = 0;
    if (!rows_mailbox(&a->state, l->mailbox))
        return -ENOENT;
    int found =
        index_find(&a->index, INDEX_DELETED, INDEX_VALUES(l->mailbox), &octets, 1);
    l->octets = (uint64_t)octets;
    return found < 0 ? found : 0;
}

int engine_deleted(struct engine *e, uint64_t account, uint32_t mailbox,
                   uint64_t *octets_r)
{
    struct looking l = { .mailbox = mailbox };
    int error = ask(e, account, sum_deleted, &l);
    *octets_r = l.octets;
    return error;
}
