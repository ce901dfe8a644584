/* searches - see searches.h. */
#include "role/searches.h"

#include "base/clock.h"
#include "role/recorder.h"
#include "wire/transcript.h"

#include <errno.h>
#include <stdlib.h>

struct searching {
    uint64_t number; /* 0: free */
    struct search *search;
    uint64_t used; /* clock_now() */
    bool busy;
};

static struct searching table[ADMINS_MAX];

static void end(struct searching *s)
{
    search_close(&s->search);
    *s = (struct searching){ 0 };
}

/* The place of one that is free, or that was not used for the longest time. */
static struct searching *make_room(void)
{
    struct searching *oldest = NULL;
    for (size_t i = 0; i < ADMINS_MAX; i++) {
        struct searching *s = &table[i];
        if (s->busy)
            continue;
        if (s->number && clock_now() - s->used > SEARCH_SECONDS * CLOCK_SECOND)
            end(s);
        if (!oldest || s->used < oldest->used)
            oldest = s;
    }
    if (oldest)
        end(oldest);
    return oldest;
}

/* ---- the filter, as it travels */

static bool take_filter(const struct admin_wire *q, struct wire_filter *f)
{
    filter_open(f);
    f->has_peer = q->peer.len > 0;
    if (f->has_peer) {
        if (q->peer.len != sizeof f->peer)
            return false;
        memcpy(&f->peer, q->peer.at, sizeof f->peer);
    }
    f->has_result = q->has_result;
    f->result = q->result;
    f->id = q->id;
    f->id_digits = q->id_digits;
    f->since_us = (int64_t)q->since;
    f->until_us = (int64_t)q->until;
    return span_to_string(q->protocol, f->protocol, sizeof f->protocol) &&
           span_to_string(q->account, f->account, sizeof f->account) &&
           network_is_sound(&f->peer) && f->id_digits <= 16;
}

static bool is_filter_of(const struct searching *s, const struct wire_filter *f)
{
    const struct wire_filter *other = search_filter(s->search);
    return memcmp(other->account, f->account, sizeof f->account) == 0 &&
           memcmp(other->protocol, f->protocol, sizeof f->protocol) == 0 &&
           memcmp(&other->peer, &f->peer, sizeof f->peer) == 0 && other->id == f->id &&
           other->id_digits == f->id_digits && other->has_result == f->has_result &&
           other->result == f->result && other->since_us == f->since_us &&
           other->until_us == f->until_us;
}

int searches_take(const struct admin_wire *q, struct searching **searching_r)
{
    static uint64_t number;
    struct wire_filter filter;
    if (!take_filter(q, &filter))
        return -EINVAL;
    struct searching *s = NULL;
    for (size_t i = 0; i < ADMINS_MAX; i++)
        if (q->search && table[i].number == q->search && !table[i].busy &&
            is_filter_of(&table[i], &filter))
            s = &table[i];
    if (!s && (s = make_room())) {
        s->search = search_open(&filter, recorder_cursor(q->cursor));
        s->number = s->search ? ++number : 0;
    }
    if (!s || !s->search)
        return -ENOMEM;
    s->busy = true;
    *searching_r = s;
    return 0;
}

void searches_give_back(struct searching *s)
{
    s->used = clock_now();
    s->busy = false;
}

struct search *searching_search(struct searching *s)
{
    return s->search;
}

uint64_t searching_number(const struct searching *s)
{
    return s->number;
}
