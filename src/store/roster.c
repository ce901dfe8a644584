/* roster - which uids are there, in ranges; see rows.h. */
#include "store/crc32c.h"
#include "store/rows.h"

#include <errno.h>
#include <stdlib.h>

enum { RANGES_FIRST = 64 };

static int add_range(struct roster *r, uint32_t uid)
{
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : RANGES_FIRST;
        if (room * sizeof *r->ranges > PACK_BODY_MAX)
            return -E2BIG;
        struct pack_range *ranges = realloc(r->ranges, room * sizeof *ranges);
        if (!ranges)
            return -ENOMEM;
        r->ranges = ranges;
        r->room = room;
    }
    r->ranges[r->count++] = (struct pack_range){ uid, uid };
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
    return rows_each(x, s, add_uid, r);
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
                               .uid = s->uidnext,
                               .size = body.len };
}
