/* relay_route - destinations, and what waits for each; see relay.h.
 *
 * A destination that cannot be reached is tried by one worker, with one item, when its time
 * has come; what waits for it is not touched.  Each success lets one worker more, each
 * failure half as many, so that nobody else's turn is spent on it (S26). */
#include "role/relay.h"

#include "auth/unicode.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/map.h"
#include "base/utf8.h"
#include "queue/retry.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

struct destination {
    struct item **items; /* a heap by `next` */
    size_t count, room;
    unsigned workers, limit;
    uint32_t failures; /* to reach it, one after the other */
    int64_t not_before;
    struct timer timer;
    struct span name;
    char domain[DOMAIN_OCTETS_MAX + 1];
};

static struct map *destinations;
static unsigned sessions; /* workers of all */

struct span relay_domain(const struct destination *d)
{
    return d->name;
}

/* ---- the heap */

static void swap(struct destination *d, size_t a, size_t b)
{
    struct item *i = d->items[a];
    d->items[a] = d->items[b];
    d->items[b] = i;
    d->items[a]->at = a;
    d->items[b]->at = b;
}

static void sift_up(struct destination *d, size_t at)
{
    for (size_t up = (at - 1) / 2; at > 0 && d->items[at]->next < d->items[up]->next;
         at = up, up = (at - 1) / 2)
        swap(d, at, up);
}

static void sift_down(struct destination *d, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t c = 2 * at + 1; c <= 2 * at + 2 && c < d->count; c++)
            if (d->items[c]->next < d->items[least]->next)
                least = c;
        if (least == at)
            return;
        swap(d, at, least);
        at = least;
    }
}

static int push(struct destination *d, struct item *i)
{
    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 4;
        struct item **more = realloc(d->items, room * sizeof(struct item *));
        if (!more)
            return -ENOMEM;
        d->items = more;
        d->room = room;
    }
    i->at = d->count;
    d->items[d->count++] = i;
    sift_up(d, d->count - 1);
    return 0;
}

static struct item *take_at(struct destination *d, size_t at)
{
    struct item *i = d->items[at];
    d->items[at] = d->items[--d->count];
    i->at = SIZE_MAX;
    if (at < d->count) {
        d->items[at]->at = at;
        sift_down(d, at);
        sift_up(d, at);
    }
    return i;
}

/* ---- when somebody goes */

static bool is_due(const struct destination *d, int64_t now)
{
    return d->count > 0 && d->items[0]->next <= now && d->not_before <= now;
}

static void start_workers(struct destination *d, int64_t now)
{
    unsigned most = d->limit;
    if (most > d->count)
        most = (unsigned)d->count;
    while (!relay_stops && is_due(d, now) && d->workers < most &&
           sessions < RELAY_SESSIONS_MAX) {
        if (fiber_go(relay_work, d) != 0)
            return;
        d->workers++;
        sessions++;
    }
}

static void set_timer(struct destination *d, int64_t now)
{
    if (d->count == 0) {
        loop_timer_clear(&d->timer);
        return;
    }
    int64_t at = d->items[0]->next > d->not_before ? d->items[0]->next : d->not_before;
    int64_t wait = at > now ? at - now : 1; /* somebody works, or there is no room */
    loop_timer_set(&d->timer, clock_in((uint64_t)wait * CLOCK_SECOND));
}

static void look(struct destination *d)
{
    int64_t now = (int64_t)clock_wall();
    start_workers(d, now);
    set_timer(d, now);
}

static void on_time(void *arg)
{
    look(arg);
}

/* ---- destinations */

/* The domain of a mailbox as the DNS has it: A-labels, in lower case.  A mailbox without
 * one has none; what IDNA does not know stays as it is, and is not found. */
static struct span domain_of(struct span mailbox, char room[DOMAIN_OCTETS_MAX + 1])
{
    size_t at = mailbox.len, len = 0;
    while (at > 0 && mailbox.at[at - 1] != '@')
        at--;
    struct span domain = at > 0 ? span_skip(mailbox, at) : span_first(mailbox, 0);
    if (domain.len > DOMAIN_OCTETS_MAX)
        domain.len = 0;
    if (utf8_is_beyond_ascii(domain) &&
        unicode_to_a_labels(domain, room, DOMAIN_OCTETS_MAX, &len))
        domain = span_at(room, len);
    for (size_t i = 0; i < domain.len; i++)
        room[i] = (char)tolower((unsigned char)domain.at[i]);
    room[domain.len] = '\0';
    return span_at(room, domain.len);
}

bool relay_is_for(const struct destination *d, struct span mailbox)
{
    char room[DOMAIN_OCTETS_MAX + 1];
    return span_is(domain_of(mailbox, room), d->name);
}

static struct destination *destination_of(struct span mailbox)
{
    char room[DOMAIN_OCTETS_MAX + 1];
    struct span domain = domain_of(mailbox, room);
    if (!destinations && !(destinations = map_open()))
        return NULL;
    struct destination *d = map_get(destinations, domain);
    if (d)
        return d;
    d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    memcpy(d->domain, room, domain.len);
    d->name = span_at(d->domain, domain.len);
    d->limit = 1;
    d->timer = (struct timer){ .on_time = on_time, .arg = d };
    if (map_put(destinations, d->name, d) == 0)
        return d;
    free(d);
    return NULL;
}

/* What has nothing to remember goes. */
static void leave(struct destination *d)
{
    if (d->count > 0 || d->workers > 0)
        return;
    loop_timer_clear(&d->timer);
    map_remove(destinations, d->name);
    free(d->items);
    free(d);
}

/* ---- items */

static struct item *new_item(struct mail *m, struct destination *d, int64_t next)
{
    struct item *i = malloc(sizeof *i);
    if (!i)
        return NULL;
    *i = (struct item){ m, d, next, SIZE_MAX, m->all };
    m->all = i;
    m->items++;
    return i;
}

struct item *relay_new_item(struct mail *m)
{
    return new_item(m, NULL, 0);
}

static bool has_item(const struct mail *m, const struct destination *d)
{
    for (const struct item *i = m->all; i; i = i->sibling)
        if (i->to == d)
            return true;
    return false;
}

static int add_item(struct mail *m, struct destination *d, int64_t next)
{
    struct item *i = new_item(m, d, next);
    int error = i ? push(d, i) : -ENOMEM;
    if (i && error)
        relay_drop(i);
    return error;
}

int relay_schedule(struct mail *m)
{
    const struct queued *e = &m->envelope;
    int error = 0;
    for (uint32_t i = 0; i < e->count && !error; i++) {
        if (e->recipients[i].fate != QUEUED_WAITING)
            continue;
        struct destination *d = destination_of(e->recipients[i].mailbox);
        if (!d)
            return -ENOMEM;
        if (has_item(m, d))
            continue;
        error = add_item(m, d, e->recipients[i].next);
        look(d);
    }
    return error;
}

struct item *relay_next_due(struct destination *d)
{
    int64_t now = (int64_t)clock_wall();
    return d->count > 0 && d->items[0]->next <= now ? take_at(d, 0) : NULL;
}

struct item *relay_next_overdue(struct destination *d, int64_t now)
{
    for (size_t n = 0; n < d->count; n++) {
        const struct mail *m = d->items[n]->mail;
        int64_t age = now - m->arrived;
        if (age >= relay_settings->relay.give_up_after ||
            (!m->noticed && age >= relay_settings->relay.notice_after))
            return take_at(d, n);
    }
    return NULL;
}

void relay_give_back(struct item *i, int64_t next)
{
    struct destination *d = i->to;
    i->next = next;
    if (i->mail->held || !d || push(d, i) != 0)
        relay_drop(i); /* until it is released; without memory, until the next start */
    else
        set_timer(d, (int64_t)clock_wall());
}

void relay_drop(struct item *i)
{
    struct item **at = &i->mail->all;
    while (*at != i)
        at = &(*at)->sibling;
    *at = i->sibling;
    i->mail->items--;
    free(i);
}

/* ---- what a person wants */

bool relay_is_tried(const struct mail *m)
{
    for (const struct item *i = m->all; i; i = i->sibling)
        if (i->at == SIZE_MAX)
            return true;
    return false;
}

void relay_hurry(struct mail *m)
{
    for (struct item *i = m->all; i; i = i->sibling) {
        if (i->at == SIZE_MAX)
            continue;
        i->next = 0;
        i->to->not_before = 0;
        sift_up(i->to, i->at);
        look(i->to);
    }
}

void relay_withdraw(struct mail *m)
{
    for (struct item *i = m->all, *next; i; i = next) {
        struct destination *d = i->to;
        next = i->sibling;
        if (i->at == SIZE_MAX)
            continue;
        take_at(d, i->at);
        relay_drop(i);
        leave(d);
    }
}

void relay_goes_well(struct destination *d)
{
    d->limit += d->limit < relay_settings->relay.connections;
    start_workers(d, (int64_t)clock_wall());
}

void relay_worker_ends(struct destination *d, enum worker_end end)
{
    const struct relay_setting *s = &relay_settings->relay;
    const struct retry_settings waits = { s->retry_first, s->retry_most, UINT32_MAX,
                                          UINT32_MAX };
    int64_t now = (int64_t)clock_wall();
    d->workers--;
    sessions--;
    if (end == WORKER_REACHED) {
        d->failures = 0;
        d->not_before = 0;
    } else if (end == WORKER_FAILED) {
        const struct waiting w = { .arrived = now, .attempts = ++d->failures };
        d->limit = d->limit > 1 ? d->limit / 2 : 1;
        d->not_before = retry_after(&waits, &w, now, relay_random()).at;
    }
    look(d);
    leave(d);
}
