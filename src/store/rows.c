/* rows - see rows.h; the state and the mailboxes are in rows_state.c. */
#include "store/rows.h"

#include "store/rows_sum.h"

#include <assert.h>
#include <errno.h>

/* ---- sums */

static uint64_t sum_of_message(const struct mail *m)
{
    uint64_t sum = rows_mix(rows_mix(m->uid, m->id), m->flags);
    return rows_mix(rows_mix(sum, m->modseq), m->saved);
}

/* 31 bits: SQLite keeps a small number in few octets. */
static int64_t sum_of_email(const struct mail *m)
{
    uint64_t sum = rows_mix(rows_mix(m->id, (uint64_t)m->received), m->off);
    sum = rows_mix(rows_mix(sum, m->size), m->large);
    return (
        int64_t)(rows_mix(rows_mix(sum, m->refs), (uint64_t)m->pack << 32 | m->crc) >>
                 33);
}

/* by: 1, or -1 when it goes. */
static void count(struct rows_mailbox *b, const struct mail *m, int by)
{
    uint64_t n = (uint64_t)by; /* two's complement: it is taken away */
    b->sum += n * sum_of_message(m);
    b->total += n;
    b->octets += n * m->size;
    b->unseen += m->flags & FLAG_SEEN ? 0 : n;
    b->deleted += m->flags & FLAG_DELETED ? n : 0;
}

/* ---- what rows say */

/* received, pack, off, size, crc, large, refs, sum */
static int take_email(const int64_t *row, struct mail *m)
{
    m->received = row[0];
    m->pack = (uint32_t)row[1];
    m->off = (uint64_t)row[2];
    m->size = (uint64_t)row[3];
    m->crc = (uint32_t)row[4];
    m->large = (uint64_t)row[5];
    m->refs = (uint32_t)row[6];
    return row[7] == sum_of_email(m) ? 0 : -EUCLEAN;
}

/* email, flags, modseq, saved */
static void take_message(const int64_t *row, struct mail *m)
{
    m->id = (uint64_t)row[0];
    m->flags = (uint64_t)row[1];
    m->modseq = (uint64_t)row[2];
    m->saved = (uint32_t)row[3];
}

struct mail rows_mail(const int64_t *row)
{
    struct mail m = { .mailbox = (uint32_t)row[0],
                      .uid = (uint32_t)row[1],
                      .flags = (uint64_t)row[2],
                      .modseq = (uint64_t)row[3],
                      .saved = (uint32_t)row[4],
                      .id = (uint64_t)row[5] };
    take_email(row + 6, &m);
    return m;
}

/* ---- messages */

static int add_message(struct index *x, struct rows_state *s, const struct mail *m)
{
    count(rows_touch(s, m->mailbox), m, 1);
    return INDEX_DO(x, INDEX_ADD_MSG, m->mailbox, m->uid, (int64_t)m->id,
                    (int64_t)m->flags, (int64_t)m->modseq, m->saved);
}

int rows_add(struct index *x, struct rows_state *s, const struct mail *m)
{
    struct mail with_refs = *m;
    with_refs.refs = 1;
    int error = INDEX_DO(x, INDEX_ADD_EMAIL, (int64_t)m->id, m->received, m->pack,
                         (int64_t)m->off, (int64_t)m->size, m->crc, (int64_t)m->large,
                         1, sum_of_email(&with_refs));
    s->used += m->size;
    return error ? error : add_message(x, s, m);
}

int rows_find_email(struct index *x, uint64_t id, struct mail *m)
{
    int64_t row[8];
    *m = (struct mail){ .id = id };
    int found = index_find(x, INDEX_FIND_EMAIL, INDEX_VALUES((int64_t)id), row, 8);
    if (found != 1)
        return found;
    int error = take_email(row, m);
    return error ? error : 1;
}

static int set_email(struct index *x, const struct mail *m)
{
    return INDEX_DO(x, INDEX_SET_EMAIL, (int64_t)m->id, m->pack, (int64_t)m->off,
                    m->refs, sum_of_email(m));
}

int rows_refer(struct index *x, struct rows_state *s, const struct mail *m)
{
    struct mail whole;
    int found = rows_find_email(x, m->id, &whole);
    if (found != 1)
        return found;
    whole.refs++;
    int error = set_email(x, &whole);
    whole.mailbox = m->mailbox;
    whole.uid = m->uid;
    whole.flags = m->flags;
    whole.modseq = m->modseq;
    whole.saved = m->saved;
    if (!error)
        error = add_message(x, s, &whole);
    return error ? error : 1;
}

/* One mailbox less has it. */
static int drop_ref(struct index *x, struct rows_state *s, struct mail *m)
{
    if (m->refs == 0)
        return -EUCLEAN;
    if (--m->refs > 0)
        return set_email(x, m);
    s->used -= m->size;
    return INDEX_DO(x, INDEX_TAKE_EMAIL, (int64_t)m->id);
}

int rows_take(struct index *x, struct rows_state *s, uint32_t mailbox, uint32_t uid,
              struct mail *m)
{
    int64_t row[4];
    int found = index_find(x, INDEX_TAKE_MSG, INDEX_VALUES(mailbox, uid), row, 4);
    if (found != 1)
        return found;
    found = rows_find_email(x, (uint64_t)row[0], m);
    if (found != 1)
        return found < 0 ? found : -EUCLEAN;
    m->mailbox = mailbox;
    m->uid = uid;
    take_message(row, m);
    count(rows_touch(s, mailbox), m, -1);
    int error = drop_ref(x, s, m);
    return error ? error : 1;
}

int rows_set_flags(struct index *x, struct rows_state *s, const struct mail *m,
                   uint64_t flags, uint64_t modseq)
{
    struct rows_mailbox *b = rows_touch(s, m->mailbox);
    struct mail now = *m;
    now.flags = flags;
    now.modseq = modseq;
    count(b, m, -1); /* the octets are the same: it does not matter what they are */
    count(b, &now, 1);
    return INDEX_DO(x, INDEX_SET_FLAGS, m->mailbox, m->uid, (int64_t)flags,
                    (int64_t)modseq);
}

int rows_move(struct index *x, struct rows_state *s, const struct mail *from,
              uint32_t pack, uint64_t off)
{
    struct mail m;
    (void)s;
    int found = rows_find_email(x, from->id, &m);
    if (found != 1)
        return found;
    if (m.pack != from->pack || m.off != from->off)
        return 0;
    m.pack = pack;
    m.off = off;
    int error = set_email(x, &m);
    return error ? error : 1;
}

/* ---- lists */

struct listing {
    struct rows_mailbox counted;
    int (*on_message)(const struct mail *, void *);
    void *arg;
};

static int list_one(const int64_t *row, void *arg)
{
    struct listing *l = arg;
    struct mail m = rows_mail(row);
    if (row[13] != sum_of_email(&m))
        return -EUCLEAN;
    count(&l->counted, &m, 1);
    return l->on_message(&m, l->arg);
}

static bool is_counted(const struct rows_mailbox *b, const struct rows_mailbox *c)
{
    return b->sum == c->sum && b->total == c->total && b->octets == c->octets &&
           b->unseen == c->unseen && b->deleted == c->deleted;
}

int rows_each(struct index *x, const struct rows_state *s, uint32_t mailbox,
              int (*on_message)(const struct mail *, void *arg), void *arg)
{
    const struct rows_mailbox *b = rows_mailbox(s, mailbox);
    struct listing l = { .on_message = on_message, .arg = arg };
    if (!b)
        return -ENOENT;
    int error = index_each(x, INDEX_LIST, INDEX_VALUES(mailbox), 14, list_one, &l);
    return error ? error : is_counted(b, &l.counted) ? 0 : -EUCLEAN;
}

struct ranging {
    uint32_t mailbox;
    int (*on_message)(const struct mail *, void *);
    void *arg;
};

static int range_one(const int64_t *row, void *arg)
{
    const struct ranging *r = arg;
    struct mail m = { .mailbox = r->mailbox, .uid = (uint32_t)row[0] };
    take_message(row + 1, &m);
    return r->on_message(&m, r->arg);
}

int rows_range(struct index *x, uint32_t mailbox, const struct uid_range *range,
               int (*on_message)(const struct mail *, void *arg), void *arg)
{
    struct ranging r = { mailbox, on_message, arg };
    return index_each(x, INDEX_RANGE, INDEX_VALUES(mailbox, range->first, range->last),
                      5, range_one, &r);
}
