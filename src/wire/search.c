/* search - see search.h. */
#include "wire/search.h"

#include "base/map.h"
#include "base/ring.h"

#include <errno.h>
#include <stdlib.h>

/* A session that may fit, or does and is not given out yet. */
struct seen {
    uint64_t session;
    uint64_t begin; /* where its first record stands */
    uint32_t round; /* that found it */
    bool wants_account, wants_result;
};

enum phase { FINDING, GIVING };

struct search {
    struct wire_filter filter;
    struct map *seen; /* NULL: each record can be judged by itself */
    enum phase phase;
    uint32_t round;
    uint64_t from; /* what stands before is never given out */
    uint64_t old;  /* what stands before is given out already, but for the sessions that
                     * this round found */
    uint64_t first;        /* the first record of those */
    uint64_t found, given; /* so far */
};

static char block[TRANSCRIPT_BATCH];

struct search *search_open(const struct wire_filter *filter, uint64_t from)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->filter = *filter;
    s->from = s->old = s->first = s->given = from;
    s->phase = FINDING;
    if (!filter_wants_sessions(filter)) {
        s->phase = GIVING;
        s->found = UINT64_MAX;
        return s;
    }
    s->seen = map_open();
    if (!s->seen)
        search_close(&s);
    return s;
}

void search_close(struct search **search)
{
    struct search *s = *search;
    struct seen *seen;
    size_t cursor = 0;
    if (!s)
        return;
    *search = NULL;
    while (s->seen && (seen = map_next(s->seen, &cursor)))
        free(seen);
    map_close(&s->seen);
    free(s);
}

const struct wire_filter *search_filter(const struct search *s)
{
    return &s->filter;
}

uint64_t search_cursor(const struct search *s)
{
    return s->given > s->old ? s->given : s->old;
}

/* ---- finding */

static bool fits(const struct seen *seen)
{
    return !seen->wants_account && !seen->wants_result;
}

static void forget(struct search *s, uint64_t session)
{
    free(map_remove(s->seen, MAP_KEY(session)));
}

static struct seen *remember(struct search *s, uint64_t session, uint64_t at)
{
    struct seen *seen =
        map_count(s->seen) < 2 * SEARCH_SESSIONS_MAX ? malloc(sizeof *seen) : NULL;
    if (!seen)
        return NULL;
    *seen = (struct seen){ .session = session,
                           .begin = at,
                           .round = s->round,
                           .wants_account = s->filter.account[0],
                           .wants_result = s->filter.has_result };
    if (map_put(s->seen, MAP_KEY(seen->session), seen)) {
        free(seen);
        return NULL;
    }
    return seen;
}

/* A session whose beginning is no longer kept may fit as well, if only its beginning is
 * not asked for. */
static bool may_begin(const struct search *s, const struct record *r, struct span text)
{
    if (r->kind == RECORD_OPEN)
        return filter_fits_open(&s->filter, text);
    return r->kind != RECORD_EVENT && !s->filter.protocol[0] && !s->filter.has_peer;
}

static void learn(struct search *s, struct seen *seen, const struct record *r,
                  struct span text)
{
    if (r->kind == RECORD_ACCOUNT && filter_fits_account(&s->filter, text))
        seen->wants_account = false;
    if (r->kind == RECORD_CLOSE && filter_fits_result(&s->filter, r->level))
        seen->wants_result = false;
}

static void find(struct search *s, const struct record *r, struct span text,
                 uint64_t at)
{
    if (!filter_fits_id(&s->filter, r->session))
        return;
    struct seen *seen = map_get(s->seen, MAP_KEY(r->session));
    if (!seen && may_begin(s, r, text))
        seen = remember(s, r->session, at);
    if (!seen)
        return;
    bool fitted = fits(seen) && seen->begin != at;
    learn(s, seen, r, text);
    if (!fitted && fits(seen)) {
        seen->round = s->round;
        if (seen->begin < s->first)
            s->first = seen->begin;
    }
    if (r->kind == RECORD_CLOSE && (!fits(seen) || at < s->from))
        forget(s, r->session);
}

static void begin_giving(struct search *s)
{
    s->phase = GIVING;
    s->given = s->first > s->from ? s->first : s->from;
}

static ptrdiff_t find_step(struct search *s, int dir, const struct transcript_range *r)
{
    struct record record;
    struct span text;
    uint64_t before = s->found;
    ptrdiff_t n = transcript_read(dir, r, &s->found, block, sizeof block);
    if (n < 0)
        return n;
    struct span rest = span_at(block, (size_t)n);
    uint64_t at = s->found - (uint64_t)n;
    while (ring_take(&rest, &record, &text)) {
        find(s, &record, text, at);
        at = s->found - rest.len;
    }
    if (n == 0 && before <= s->old)
        return 0;
    if (n == 0 || map_count(s->seen) >= SEARCH_SESSIONS_MAX)
        begin_giving(s);
    return -EAGAIN;
}

/* ---- giving out */

static bool is_wanted(struct search *s, const struct record *r, uint64_t at)
{
    if (!s->seen)
        return filter_fits_record(&s->filter, r);
    const struct seen *seen = map_get(s->seen, MAP_KEY(r->session));
    if (!seen || !fits(seen) || (at < s->old && seen->round != s->round))
        return false;
    if (r->kind == RECORD_CLOSE)
        forget(s, r->session);
    return filter_fits_record(&s->filter, r);
}

/* Copies those that are wanted, as many as have room; returns how many octets. */
static size_t give(struct search *s, struct span records, char *out, size_t max)
{
    uint64_t end = s->given + records.len;
    size_t len = 0;
    struct record record;
    struct span text;
    for (;;) {
        struct span whole = records;
        s->given = end - records.len;
        if (s->given >= s->found || max - len < RECORD_MAX ||
            !ring_take(&records, &record, &text))
            return len;
        if (!is_wanted(s, &record, s->given))
            continue;
        memcpy(out + len, whole.at, whole.len - records.len);
        len += whole.len - records.len;
    }
}

static void end_round(struct search *s)
{
    s->phase = FINDING;
    s->old = s->first = s->found;
    s->round++;
}

static ptrdiff_t give_step(struct search *s, int dir, const struct transcript_range *r,
                           char *out, size_t max)
{
    uint64_t cursor = s->given;
    ptrdiff_t n = transcript_read(dir, r, &cursor, block, sizeof block);
    if (n < 0)
        return n;
    s->given = cursor - (uint64_t)n;
    size_t len = give(s, span_at(block, (size_t)n), out, max);
    if (s->seen && (n == 0 || s->given >= s->found))
        end_round(s);
    else if (n == 0)
        return 0;
    return len > 0 ? (ptrdiff_t)len : -EAGAIN;
}

ptrdiff_t search_step(struct search *s, int dir, const struct transcript_range *range,
                      char *records_r, size_t max)
{
    return s->phase == FINDING ? find_step(s, dir, range)
                               : give_step(s, dir, range, records_r, max);
}
