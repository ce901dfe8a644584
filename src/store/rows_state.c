/* rows_state - an account's state, and the numbers of its mailboxes; see rows.h. */
#include "store/rows.h"
#include "store/rows_sum.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static int64_t seal_of(const uint64_t *values, size_t count)
{
    uint64_t seal = 0;
    for (size_t i = 0; i < count; i++)
        seal = rows_mix(seal, values[i]);
    return (int64_t)seal;
}
#define SEAL_OF(...)                                                                   \
    seal_of((const uint64_t[]){ __VA_ARGS__ },                                         \
            sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static int64_t seal_of_state(const struct rows_state *s)
{
    return SEAL_OF(s->account, s->applied, s->end, s->used, s->dead, s->pack, s->next,
                   s->uidvalidity, s->mailbox);
}

static int64_t seal_of_mailbox(const struct rows_state *s, const struct rows_mailbox *b)
{
    return SEAL_OF(s->account, b->id, b->role, b->uidvalidity, b->uidnext, b->modseq,
                   b->total, b->unseen, b->deleted, b->octets, b->pruned, b->sum);
}

/* ---- in memory */

void rows_close(struct rows_state *s)
{
    free(s->mailboxes);
    s->mailboxes = NULL;
    s->mailbox_count = 0;
}

/* Where it is, or would stand. */
static size_t place_of(const struct rows_state *s, uint32_t id)
{
    size_t from = 0, to = s->mailbox_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->mailboxes[middle].now.id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static int add_mailbox(struct rows_state *s, const struct rows_kept *b)
{
    size_t at = place_of(s, b->now.id);
    struct rows_kept *all =
        reallocarray(s->mailboxes, s->mailbox_count + 1, sizeof *s->mailboxes);
    if (!all)
        return -ENOMEM;
    s->mailboxes = all;
    memmove(&all[at + 1], &all[at], (s->mailbox_count - at) * sizeof *all);
    all[at] = *b;
    s->mailbox_count++;
    return 0;
}

int rows_begin(struct rows_state *s, uint32_t uidvalidity)
{
    *s = (struct rows_state){
        .pack = 1, .next = 2, .uidvalidity = uidvalidity, .mailbox = INBOX + 1
    };
    int error =
        add_mailbox(s, &(struct rows_kept){ .now = { .id = INBOX, .uidnext = 1 } });
    if (!error)
        rows_touch(s, INBOX)->uidvalidity = uidvalidity;
    return error;
}

static struct rows_kept *find(const struct rows_state *s, uint32_t id)
{
    size_t at = place_of(s, id);
    struct rows_kept *k = at < s->mailbox_count ? &s->mailboxes[at] : NULL;
    return k && k->now.id == id && !k->gone ? k : NULL;
}

const struct rows_mailbox *rows_mailbox(const struct rows_state *s, uint32_t id)
{
    const struct rows_kept *k = find(s, id);
    return k ? &k->now : NULL;
}

const struct rows_mailbox *rows_inbox(const struct rows_state *s)
{
    assert(s->mailbox_count > 0 && s->mailboxes[0].now.id == INBOX);
    return &s->mailboxes[0].now;
}

static struct rows_mailbox *touch(struct rows_kept *k)
{
    if (!k->touched)
        k->before = k->now;
    k->touched = true;
    return &k->now;
}

struct rows_mailbox *rows_touch(struct rows_state *s, uint32_t id)
{
    struct rows_kept *k = find(s, id);
    assert(k);
    return touch(k);
}

int rows_make(struct rows_state *s, uint32_t id, uint32_t uidvalidity)
{
    size_t at = place_of(s, id);
    const struct rows_mailbox empty = { .id = id,
                                        .uidvalidity = uidvalidity,
                                        .uidnext = 1 };
    if (at == s->mailbox_count || s->mailboxes[at].now.id != id)
        return add_mailbox(s, &(struct rows_kept){ .now = empty, .made = true });
    struct rows_kept *k = &s->mailboxes[at];
    if (k->gone) { /* by the same transaction, which files again what was filed before */
        touch(k);
        k->gone = false;
        k->now = empty;
    }
    return 0;
}

void rows_drop(struct rows_state *s, uint32_t id)
{
    rows_touch(s, id);
    find(s, id)->gone = true;
}

static void remove_at(struct rows_state *s, size_t at)
{
    s->mailbox_count--;
    memmove(&s->mailboxes[at], &s->mailboxes[at + 1],
            (s->mailbox_count - at) * sizeof *s->mailboxes);
}

void rows_keep(struct rows_state *s)
{
    for (size_t i = s->mailbox_count; i-- > 0;) {
        struct rows_kept *k = &s->mailboxes[i];
        k->touched = k->made = false;
        if (k->gone)
            remove_at(s, i);
    }
}

void rows_undo(struct rows_state *s)
{
    for (size_t i = s->mailbox_count; i-- > 0;) {
        struct rows_kept *k = &s->mailboxes[i];
        if (k->made)
            remove_at(s, i);
        else if (k->touched)
            *k = (struct rows_kept){ .now = k->before };
    }
}

/* ---- in the index */

int rows_identity(struct index *x, int64_t *schema_r, uint64_t *store_r)
{
    int64_t row[2] = { 0, 0 };
    int found = index_find(x, INDEX_IDENTITY, NULL, 0, row, 2);
    *schema_r = row[0];
    *store_r = (uint64_t)row[1];
    return found;
}

static int read_mailbox(const int64_t *row, void *arg)
{
    struct rows_state *s = arg;
    const struct rows_mailbox b = { .id = (uint32_t)row[0],
                                    .role = (uint32_t)row[1],
                                    .uidvalidity = (uint32_t)row[2],
                                    .uidnext = (uint32_t)row[3],
                                    .modseq = (uint64_t)row[4],
                                    .total = (uint64_t)row[5],
                                    .unseen = (uint64_t)row[6],
                                    .deleted = (uint64_t)row[7],
                                    .octets = (uint64_t)row[8],
                                    .pruned = (uint64_t)row[9],
                                    .sum = (uint64_t)row[10] };
    if (row[0] < INBOX || row[0] > UINT32_MAX || row[11] != seal_of_mailbox(s, &b))
        return -EUCLEAN;
    return add_mailbox(s, &(struct rows_kept){ .now = b });
}

static int read_all(struct index *x, struct rows_state *s)
{
    int64_t row[9];
    int found = index_find(x, INDEX_STATE, NULL, 0, row, 9);
    if (found != 1)
        return found < 0 ? found : -EUCLEAN;
    s->applied = (uint64_t)row[0];
    s->pack = (uint32_t)row[1];
    s->end = (uint64_t)row[2];
    s->next = (uint32_t)row[3];
    s->used = (uint64_t)row[4];
    s->dead = (uint64_t)row[5];
    s->uidvalidity = (uint32_t)row[6];
    s->mailbox = (uint32_t)row[7];
    if (row[8] != seal_of_state(s))
        return -EUCLEAN;
    int error = index_each(x, INDEX_MAILBOXES, NULL, 0, 12, read_mailbox, s);
    if (error)
        return error;
    return s->mailbox_count > 0 && s->mailboxes[0].now.id == INBOX ? 0 : -EUCLEAN;
}

int rows_read_state(struct index *x, uint64_t account, struct rows_state *s)
{
    *s = (struct rows_state){ .account = account };
    int error = read_all(x, s);
    if (error)
        rows_close(s);
    return error;
}

static int write_mailbox(struct index *x, const struct rows_state *s,
                         const struct rows_kept *k)
{
    const struct rows_mailbox *b = &k->now;
    if (k->gone)
        return INDEX_DO(x, INDEX_TAKE_MAILBOX, b->id);
    return INDEX_DO(x, INDEX_SET_MAILBOX, b->id, b->role, b->uidvalidity, b->uidnext,
                    (int64_t)b->modseq, (int64_t)b->total, (int64_t)b->unseen,
                    (int64_t)b->deleted, (int64_t)b->octets, (int64_t)b->pruned,
                    (int64_t)b->sum, seal_of_mailbox(s, b));
}

int rows_write_state(struct index *x, const struct rows_state *s)
{
    int error = 0;
    for (size_t i = 0; i < s->mailbox_count && !error; i++)
        if (s->mailboxes[i].touched || s->mailboxes[i].made)
            error = write_mailbox(x, s, &s->mailboxes[i]);
    if (error)
        return error;
    return INDEX_DO(x, INDEX_SET_STATE, (int64_t)s->applied, s->pack, (int64_t)s->end,
                    s->next, (int64_t)s->used, (int64_t)s->dead, s->uidvalidity,
                    s->mailbox, seal_of_state(s));
}
