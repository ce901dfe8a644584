/* roster - which uids are there, in ranges; see rows.h. */
#include "store/crc32c.h"
#include "store/rows.h"

#include <errno.h>
#include <stdlib.h>

enum { RANGES_FIRST = 64, ROSTER_FLAGS = 4096 };

/* On their way into records. */
struct roster_flags {
    struct pack_flags flags[ROSTER_FLAGS];
    size_t count;
    uint64_t told;
    int (*write)(struct span flags, void *arg);
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

int rows_roster(struct index *x, const struct rows_state *s, struct roster *r)
{
    *r = (struct roster){ 0 };
    return rows_each(x, s, INBOX, add_uid, r);
}

static int add_flags(const int64_t *row, void *arg)
{
    struct roster_flags *f = arg;
    f->flags[f->count++] = (struct pack_flags){ .uid = (uint32_t)row[0],
                                                .saved = (uint32_t)row[2],
                                                .flags = (uint64_t)row[1] };
    f->told++;
    if (f->count < ROSTER_FLAGS)
        return 0;
    f->count = 0;
    return f->write(span_at(f->flags, sizeof f->flags), f->arg);
}

int rows_each_flags(struct index *x, struct roster *r,
                    int (*write)(struct span flags, void *arg), void *arg)
{
    struct roster_flags *f = malloc(sizeof *f);
    if (!f)
        return -ENOMEM;
    f->count = 0;
    f->told = 0;
    f->write = write;
    f->arg = arg;
    int error = index_each(x, INDEX_FLAGGED, INDEX_VALUES(INBOX), 3, add_flags, f);
    if (!error && f->count > 0)
        error = write(span_at(f->flags, f->count * sizeof *f->flags), arg);
    r->flagged = f->told;
    free(f);
    return error;
}

struct pack_head flags_head(struct span flags, const struct rows_state *s)
{
    return (struct pack_head){ .type = PACK_FLAGS,
                               .body_crc = crc32c(0, flags.at, flags.len),
                               .lsn = s->applied,
                               .size = flags.len };
}

void roster_close(struct roster *r)
{
    free(r->ranges);
    *r = (struct roster){ 0 };
}

struct span roster_body(const struct roster *r)
{
    return span_at(r->ranges, r->count * sizeof *r->ranges);
}

struct pack_head roster_head(const struct roster *r, const struct rows_state *s)
{
    struct span body = roster_body(r);
    return (struct pack_head){ .type = PACK_ROSTER,
                               .body_crc = crc32c(0, body.at, body.len),
                               .lsn = s->applied,
                               .uid = rows_inbox(s)->uidnext,
                               .size = body.len,
                               .large = r->flagged };
}
