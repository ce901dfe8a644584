/* rows - see rows.h. */
#include "store/rows.h"

#include <errno.h>

/* ---- sums */

/* The finishing step of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t before, uint64_t value)
{
    uint64_t x = (before ^ value) + 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

uint64_t rows_sum_of(const struct mail *m)
{
    uint64_t sum = mix(mix(m->id, (uint64_t)m->received), m->off);
    sum = mix(mix(sum, m->size), m->large);
    return mix(mix(sum, m->uid), (uint64_t)m->pack << 32 | m->crc);
}

static uint64_t seal_of(const struct rows_state *s)
{
    const uint64_t values[] = { s->account, s->applied, s->end,         s->used,
                                s->dead,    s->pruned,  s->sum,         s->modseq,
                                s->pack,    s->next,    s->uidvalidity, s->uidnext };
    uint64_t seal = 0;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        seal = mix(seal, values[i]);
    return seal;
}

/* ---- the state */

int rows_identity(struct index *x, int64_t *schema_r, uint64_t *store_r)
{
    int64_t row[2] = { 0, 0 };
    int found = index_find(x, INDEX_IDENTITY, 0, row, 2);
    *schema_r = row[0];
    *store_r = (uint64_t)row[1];
    return found;
}

int rows_read_state(struct index *x, uint64_t account, struct rows_state *s)
{
    int64_t row[12];
    int found = index_find(x, INDEX_STATE, INBOX, row, 12);
    if (found != 1)
        return found < 0 ? found : -EUCLEAN;
    *s = (struct rows_state){ .account = account,
                              .applied = (uint64_t)row[0],
                              .pack = (uint32_t)row[1],
                              .end = (uint64_t)row[2],
                              .next = (uint32_t)row[3],
                              .used = (uint64_t)row[4],
                              .dead = (uint64_t)row[5],
                              .pruned = (uint64_t)row[6],
                              .sum = (uint64_t)row[7],
                              .uidvalidity = (uint32_t)row[9],
                              .uidnext = (uint32_t)row[10],
                              .modseq = (uint64_t)row[11] };
    return (uint64_t)row[8] == seal_of(s) ? 0 : -EUCLEAN;
}

int rows_write_state(struct index *x, const struct rows_state *s, bool inbox)
{
    int error =
        inbox ? INDEX_DO(x, INDEX_SET_INBOX, s->uidnext, (int64_t)s->modseq) : 0;
    if (error)
        return error;
    return INDEX_DO(x, INDEX_SET_STATE, (int64_t)s->applied, s->pack, (int64_t)s->end,
                    s->next, (int64_t)s->used, (int64_t)s->dead, (int64_t)s->pruned,
                    (int64_t)s->sum, (int64_t)seal_of(s));
}

/* ---- messages */

int rows_add(struct index *x, struct rows_state *s, const struct mail *m)
{
    int error = INDEX_DO(x, INDEX_ADD_EMAIL, (int64_t)m->id, m->received, m->pack,
                         (int64_t)m->off, (int64_t)m->size, m->crc, (int64_t)m->large);
    if (!error)
        error = INDEX_DO(x, INDEX_ADD_MSG, m->uid, (int64_t)m->id, (int64_t)m->id);
    s->sum += rows_sum_of(m);
    s->used += m->size;
    return error;
}

static void take_email(const int64_t *row, struct mail *m)
{
    m->received = row[0];
    m->pack = (uint32_t)row[1];
    m->off = (uint64_t)row[2];
    m->size = (uint64_t)row[3];
    m->crc = (uint32_t)row[4];
    m->large = (uint64_t)row[5];
}

static int find(struct index *x, enum index_statement how, uint64_t id, struct mail *m)
{
    int64_t row[6];
    int found = index_find(x, how, (int64_t)id, row, 6);
    m->id = id;
    if (found == 1)
        take_email(row, m);
    return found;
}

int rows_find_email(struct index *x, uint64_t id, struct mail *m)
{
    *m = (struct mail){ 0 };
    return find(x, INDEX_FIND_EMAIL, id, m);
}

static int find_by_uid(struct index *x, enum index_statement msg,
                       enum index_statement email, uint32_t uid, struct mail *m)
{
    int64_t id;
    *m = (struct mail){ .uid = uid };
    int found = index_find(x, msg, uid, &id, 1);
    if (found != 1)
        return found;
    found = find(x, email, (uint64_t)id, m);
    return found == 0 ? -EUCLEAN : found;
}

int rows_find(struct index *x, uint32_t uid, struct mail *m)
{
    return find_by_uid(x, INDEX_FIND_MSG, INDEX_FIND_EMAIL, uid, m);
}

int rows_take(struct index *x, struct rows_state *s, uint32_t uid, struct mail *m)
{
    int found = find_by_uid(x, INDEX_TAKE_MSG, INDEX_TAKE_EMAIL, uid, m);
    if (found != 1)
        return found;
    s->sum -= rows_sum_of(m);
    s->used -= m->size;
    return 1;
}

int rows_move(struct index *x, struct rows_state *s, const struct mail *from,
              uint32_t pack, uint64_t off)
{
    struct mail m;
    int found = rows_find_email(x, from->id, &m);
    if (found != 1)
        return found;
    if (m.pack != from->pack || m.off != from->off)
        return 0;
    m.uid = from->uid;
    s->sum -= rows_sum_of(&m);
    m.pack = pack;
    m.off = off;
    s->sum += rows_sum_of(&m);
    int error = INDEX_DO(x, INDEX_MOVE_EMAIL, (int64_t)m.id, m.pack, (int64_t)m.off);
    return error ? error : 1;
}

struct listing {
    uint64_t sum;
    int (*on_message)(const struct mail *, void *);
    void *arg;
};

struct mail rows_mail(const int64_t *row)
{
    struct mail m = { .uid = (uint32_t)row[0], .id = (uint64_t)row[1] };
    take_email(row + 2, &m);
    return m;
}

static int list_one(const int64_t *row, void *arg)
{
    struct listing *l = arg;
    struct mail m = rows_mail(row);
    l->sum += rows_sum_of(&m);
    return l->on_message(&m, l->arg);
}

int rows_each(struct index *x, const struct rows_state *s,
              int (*on_message)(const struct mail *, void *arg), void *arg)
{
    struct listing l = { 0, on_message, arg };
    int error = index_each(x, INDEX_LIST, 8, list_one, &l);
    return error ? error : l.sum == s->sum ? 0 : -EUCLEAN;
}
