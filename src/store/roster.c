/* roster - see roster.h. */
#include "store/roster.h"

#include "store/crc32c.h"

#include <errno.h>
#include <stdlib.h>

enum { RANGES_FIRST = 64, ROWS_AT_ONCE = 4096 };

/* On their way into records. */
struct telling {
    struct pack_row rows[ROWS_AT_ONCE];
    size_t count;
    struct roster *roster;
    int (*write)(const struct roster *, struct span rows, void *arg);
    void *arg;
};

static int add_range(struct roster *r, uint32_t uid)
{
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : RANGES_FIRST;
        if (room * sizeof *r->ranges > PACK_BODY_MAX)
            return -E2BIG;
        struct uid_range *ranges = realloc(r->ranges, room * sizeof *ranges);
        if (!ranges)
            return -ENOMEM;
        r->ranges = ranges;
        r->room = room;
    }
    r->ranges[r->count++] = (struct uid_range){ uid, uid };
    return 0;
}

static int add_uid(const struct mail *m, void *arg)
{
    struct roster *r = arg;
    if (r->count == 0 || r->ranges[r->count - 1].last + 1 != m->uid)
        return add_range(r, m->uid);
    r->ranges[r->count - 1].last = m->uid;
    return 0;
}

int rows_roster(struct index *x, const struct rows_state *s, uint32_t mailbox,
                struct roster *r)
{
    *r = (struct roster){ .mailbox = mailbox };
    return rows_each(x, s, mailbox, add_uid, r);
}

static int write_told(struct telling *t)
{
    size_t count = t->count;
    t->count = 0;
    return count > 0
               ? t->write(t->roster, span_at(t->rows, count * sizeof *t->rows), t->arg)
               : 0;
}

static int tell_row(const int64_t *row, void *arg)
{
    struct telling *t = arg;
    t->rows[t->count++] = (struct pack_row){ .uid = (uint32_t)row[0],
                                             .email = (uint64_t)row[1],
                                             .flags = (uint64_t)row[2],
                                             .saved = (uint32_t)row[3] };
    t->roster->told++;
    return t->count < ROWS_AT_ONCE ? 0 : write_told(t);
}

int rows_tell(struct index *x, struct roster *r,
              int (*write)(const struct roster *, struct span rows, void *arg),
              void *arg)
{
    struct telling *t = malloc(sizeof *t);
    if (!t)
        return -ENOMEM;
    t->count = 0;
    t->roster = r;
    t->write = write;
    t->arg = arg;
    int error = index_each(x, INDEX_TELLING, INDEX_VALUES(r->mailbox), 4, tell_row, t);
    if (!error)
        error = write_told(t);
    free(t);
    return error;
}

void roster_close(struct roster *r)
{
    free(r->ranges);
    *r = (struct roster){ 0 };
}

struct pack_head told_head(enum pack_type type, uint32_t mailbox, struct span body,
                           const struct rows_state *s)
{
    return (struct pack_head){ .type = type,
                               .mailbox = mailbox,
                               .body_crc = crc32c(0, body.at, body.len),
                               .lsn = s->applied,
                               .size = body.len };
}

struct span roster_body(const struct roster *r)
{
    return span_at(r->ranges, r->count * sizeof *r->ranges);
}

struct pack_head roster_head(const struct roster *r, const struct rows_state *s)
{
    struct pack_head head = told_head(PACK_ROSTER, r->mailbox, roster_body(r), s);
    head.uid = rows_mailbox(s, r->mailbox)->uidnext;
    head.large = r->told;
    head.received = r->names;
    return head;
}
