/*
 * penalty - see penalty.h.
 *
 * A count is one number, the time at which it will have drained: each failure moves it on
 * by `seconds` / `failures`, and how far it is ahead of now is how many there are.
 */
#include "auth/penalty.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "base/own.h"

#include <stdlib.h>
#include <sys/random.h>

enum which { ADDRESS, NETWORK, NAME };
enum { KNOWN = PENALTY_COUNTS }; /* the kind of key of a name that was right */

/* Failures of a whole network count a quarter each. */
static const unsigned patience[PENALTY_COUNTS] = { 1, 4, 1 };

struct count {
    uint8_t key[PENALTY_KEY];
    unsigned pending; /* ADDRESS: checks under way; it stays meanwhile */
    uint64_t drained; /* clock_now(); of a known name: when that is forgotten */
    uint64_t told;    /* until then this penalty has been told of */
    struct list link;
};

struct table {
    struct map *map;
    struct list by_age; /* what was touched longest ago first */
    size_t max;
};

struct penalties {
    const struct penalty_setting *setting;
    uint8_t hash_key[16];
    struct table counts, known;
};

/* ---- tables */

static bool table_open(struct table *t, size_t max)
{
    t->max = max;
    list_init(&t->by_age);
    t->map = map_open();
    return t->map;
}

static void drop(struct table *t, struct count *c)
{
    map_remove(t->map, MAP_KEY(c->key));
    list_remove(&c->link);
    free(c);
}

static void table_close(struct table *t)
{
    while (t->map && !list_is_empty(&t->by_age))
        drop(t, LIST_ENTRY(t->by_age.next, struct count, link));
    map_close(&t->map);
}

static struct count *find(const struct table *t, const uint8_t key[PENALTY_KEY])
{
    return map_get(t->map, span_at(key, PENALTY_KEY));
}

static void make_room(struct table *t)
{
    LIST_FOR_EACH(link, &t->by_age)
    {
        struct count *c = LIST_ENTRY(link, struct count, link);
        if (map_count(t->map) < t->max)
            return;
        if (c->pending == 0)
            drop(t, c);
    }
}

/* As it is, or a new one; NULL: no memory. */
static struct count *touch(struct table *t, const uint8_t key[PENALTY_KEY])
{
    struct count *c = find(t, key);
    if (c) {
        list_remove(&c->link);
        list_push(&t->by_age, &c->link);
        return c;
    }
    make_room(t);
    c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    memcpy(c->key, key, PENALTY_KEY);
    if (map_put(t->map, MAP_KEY(c->key), c)) {
        free(c);
        return NULL;
    }
    list_push(&t->by_age, &c->link);
    return c;
}

/* ---- opening */

struct penalties *penalties_open(const struct penalty_setting *setting)
{
    OWN(penalties_close) struct penalties *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->setting = setting;
    if (!table_open(&p->counts, PENALTY_COUNTS_MAX) ||
        !table_open(&p->known, KNOWN_NAMES_MAX) ||
        getrandom(p->hash_key, sizeof p->hash_key, 0) != sizeof p->hash_key)
        return NULL;
    return TAKE(&p);
}

void penalties_close(struct penalties **penalties)
{
    if (!*penalties)
        return;
    table_close(&(*penalties)->counts);
    table_close(&(*penalties)->known);
    free(*penalties);
    *penalties = NULL;
}

/* ---- who tries */

static bool is_exempt(const struct penalties *p, const struct ip *ip)
{
    for (uint32_t i = 0; i < p->setting->exempts; i++)
        if (network_has(&p->setting->exempt[i], ip))
            return true;
    return false;
}

static void put_key(uint8_t key[PENALTY_KEY], unsigned kind, const struct network *n,
                    uint64_t name)
{
    memset(key, 0, PENALTY_KEY);
    key[0] = (uint8_t)kind;
    memcpy(key + 1, n->address.at, NETWORK_OCTETS);
    memcpy(key + 1 + NETWORK_OCTETS, &name, sizeof name);
}

/* A source that is no address, which no front says, is one of its own. */
void penalty_suspect(const struct penalties *p, struct span name, struct span source,
                     struct suspect *s)
{
    struct ip ip = { { 0 } };
    bool is_address = ip_parse(source, &ip);
    bool v4 = is_address && ip_is_v4(&ip);
    struct network address = network_of(&ip, v4 ? NETWORK_BITS : 64);
    struct network network = network_of(&ip, v4 ? NETWORK_V4_BITS + 24 : 48);
    s->exempt = is_address && is_exempt(p, &ip);
    put_key(s->keys[ADDRESS], ADDRESS, &address, 0);
    put_key(s->keys[NETWORK], NETWORK, &network, 0);
    put_key(s->keys[NAME], NAME, &network, siphash(p->hash_key, name));
}

static void known_key(const struct suspect *s, uint8_t key_r[PENALTY_KEY])
{
    memcpy(key_r, s->keys[NAME], PENALTY_KEY);
    key_r[0] = KNOWN;
}

static bool is_known(const struct penalties *p, const struct suspect *s)
{
    uint8_t key[PENALTY_KEY];
    known_key(s, key);
    const struct count *c = find(&p->known, key);
    return c && c->drained > clock_now();
}

/* ---- counting */

static uint64_t cost(const struct penalties *p)
{
    return p->setting->seconds * CLOCK_SECOND / p->setting->failures;
}

static uint64_t ahead(const struct count *c)
{
    uint64_t now = clock_now();
    return c && c->drained > now ? c->drained - now : 0;
}

/* The count that has had enough; NULL: none. */
static struct count *full(const struct penalties *p, const struct suspect *s)
{
    for (unsigned i = 0; i < PENALTY_COUNTS; i++) {
        struct count *c = find(&p->counts, s->keys[i]);
        uint64_t most = patience[i] * p->setting->failures - 1;
        if (ahead(c) > most * cost(p))
            return c;
    }
    return NULL;
}

enum penalty penalty_begin(struct penalties *p, const struct suspect *s)
{
    if (s->exempt)
        return PENALTY_NONE;
    struct count *c = is_known(p, s) ? NULL : full(p, s);
    if (c) {
        bool told = c->told > clock_now();
        if (!told)
            c->told = clock_in(p->setting->seconds * CLOCK_SECOND);
        return told ? PENALTY_LATER : PENALTY_BEGINS;
    }
    c = touch(&p->counts, s->keys[ADDRESS]);
    if (!c || c->pending == PENALTY_PENDING_MAX)
        return PENALTY_BUSY;
    c->pending++;
    return PENALTY_NONE;
}

/* The first is anybody's slip; then twice as long each time. */
static uint32_t delay_of(uint64_t failures)
{
    uint32_t delay = failures < 2 ? 0 : PENALTY_DELAY_MS;
    for (uint64_t i = 2; i < failures && delay < PENALTY_DELAY_MOST_MS; i++)
        delay *= 2;
    return delay < PENALTY_DELAY_MOST_MS ? delay : PENALTY_DELAY_MOST_MS;
}

static uint32_t add_failure(struct penalties *p, const struct suspect *s)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < PENALTY_COUNTS; i++) {
        struct count *c = touch(&p->counts, s->keys[i]);
        if (!c)
            continue;
        c->drained = clock_now() + ahead(c) + cost(p);
        uint64_t failures = (ahead(c) + cost(p) - 1) / cost(p) / patience[i];
        most = failures > most ? failures : most;
    }
    return delay_of(most);
}

static void remember(struct penalties *p, const struct suspect *s)
{
    uint8_t key[PENALTY_KEY];
    struct count *c = find(&p->counts, s->keys[NAME]);
    if (c)
        drop(&p->counts, c);
    known_key(s, key);
    c = touch(&p->known, key);
    if (c)
        c->drained = clock_in(KNOWN_SECONDS * CLOCK_SECOND);
}

uint32_t penalty_end(struct penalties *p, const struct suspect *s, enum proof proof)
{
    if (s->exempt)
        return 0;
    struct count *c = find(&p->counts, s->keys[ADDRESS]);
    if (c && c->pending > 0)
        c->pending--;
    if (proof == PROOF_RIGHT)
        remember(p, s);
    return proof == PROOF_WRONG ? add_failure(p, s) : 0;
}
