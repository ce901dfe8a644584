/* sources - see sources.h. */
#include "wire/sources.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/own.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

enum { HASHES = 2 };

/* One copy's counters.  Others read them meanwhile. */
struct table {
    _Atomic uint16_t count[HASHES][SOURCES_COUNTERS];
};

struct shared {
    uint8_t key[SOURCES_KEY];
    _Atomic uint8_t begun[COPIES_MAX]; /* by a life of this copy, perhaps an earlier */
    struct table tables[];
};

struct sources {
    struct shared *shared;
    struct shared *own; /* the same, when nobody shares it */
    unsigned copies, self;
    const struct source_setting *limits;
    uint64_t silent_until[SOURCES_LOG_MAX]; /* by a source's hash */
    unsigned long turned_away;              /* since the last line in the log */
};

/* ---- what a source counts as */

struct class
{
    uint8_t bits;
    bool wide; /* network_sessions is for it */
};

enum { CLASSES_MAX = 3 };
static const struct class v4_classes[CLASSES_MAX] = { { 128, false }, { 120, true } };
static const struct class v6_classes[CLASSES_MAX] = { { 128, false },
                                                      { 64, false },
                                                      { 48, true } };

/* A source as one of its classes, and its places in the tables. */
struct counted {
    struct network network;
    bool wide;
    uint64_t hash;
    size_t place[HASHES];
};

static size_t count_as(const struct sources *s, const struct ip *source,
                       struct counted counted_r[CLASSES_MAX])
{
    const struct class *classes = ip_is_v4(source) ? v4_classes : v6_classes;
    size_t n = 0;
    for (; n < CLASSES_MAX && classes[n].bits; n++) {
        struct counted *c = &counted_r[n];
        c->network = network_of(source, classes[n].bits);
        c->wide = classes[n].wide;
        c->hash = siphash(s->shared->key, MAP_KEY(c->network));
        c->place[0] = c->hash % SOURCES_COUNTERS;
        c->place[1] = (c->hash >> 32) % SOURCES_COUNTERS;
    }
    return n;
}

static unsigned sum(const struct sources *s, size_t hash, size_t place)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->copies; i++)
        n += atomic_load_explicit(&s->shared->tables[i].count[hash][place],
                                  memory_order_relaxed);
    return n;
}

/* In the place where it is counted too high, so is another; hence the lower. */
static unsigned sessions_of(const struct sources *s, const struct counted *c)
{
    unsigned first = sum(s, 0, c->place[0]), second = sum(s, 1, c->place[1]);
    return first < second ? first : second;
}

static void change(struct sources *s, const struct counted *c, int by)
{
    for (size_t h = 0; h < HASHES; h++) {
        _Atomic uint16_t *at = &s->shared->tables[s->self].count[h][c->place[h]];
        int now = atomic_load_explicit(at, memory_order_relaxed) + by;
        if (now >= 0 && now <= UINT16_MAX) /* always, but for a hostile copy */
            atomic_store_explicit(at, (uint16_t)now, memory_order_relaxed);
    }
}

/* ---- turning away */

static bool is_exempt(const struct sources *s, const struct ip *source)
{
    for (uint32_t i = 0; i < s->limits->exempts; i++)
        if (network_has(&s->limits->exempt[i], source))
            return true;
    return false;
}

/* Never at SOURCES_CROWDED percent, always when full. */
static bool lot_falls(size_t sessions, size_t max)
{
    size_t crowded = max * SOURCES_CROWDED / 100;
    uint32_t lot;
    if (sessions <= crowded || getrandom(&lot, sizeof lot, 0) != (ssize_t)sizeof lot)
        return false;
    return lot % (max - crowded) < sessions - crowded;
}

static void say_once(struct sources *s, const struct counted *c, unsigned sessions,
                     const char *why)
{
    uint64_t *silent_until = &s->silent_until[c->hash % SOURCES_LOG_MAX];
    char name[NETWORK_TEXT_SIZE];
    s->turned_away++;
    if (clock_now() < *silent_until)
        return;
    *silent_until = clock_in(SOURCES_LOG_SECONDS * CLOCK_SECOND);
    network_print(&c->network, name);
    log_event(LOG_NOTICE, 0,
              "%s is turned away: it has %u sessions%s (%lu turned away since the last "
              "such line)",
              name, sessions, why, s->turned_away);
    s->turned_away = 0;
}

enum source_verdict sources_enter(struct sources *s, const struct ip *source,
                                  size_t sessions, size_t max)
{
    struct counted counted[CLASSES_MAX];
    if (is_exempt(s, source))
        return SOURCE_EXEMPT;
    size_t n = count_as(s, source, counted);
    unsigned has = 0;
    for (size_t i = 0; i < n; i++) {
        has = sessions_of(s, &counted[i]);
        if (has < (counted[i].wide ? s->limits->network_sessions : s->limits->sessions))
            continue;
        say_once(s, &counted[i], has, "");
        return SOURCE_HAS_MANY;
    }
    if (has > 0 && lot_falls(sessions, max)) {
        say_once(s, &counted[n - 1], has, ", and there are many");
        return SOURCE_CROWDED;
    }
    for (size_t i = 0; i < n; i++)
        change(s, &counted[i], 1);
    return SOURCE_COUNTED;
}

void sources_leave(struct sources *s, const struct ip *source)
{
    struct counted counted[CLASSES_MAX];
    size_t n = count_as(s, source, counted);
    for (size_t i = 0; i < n; i++)
        change(s, &counted[i], -1);
}

/* ---- opening and closing */

size_t sources_memory_size(unsigned copies)
{
    return sizeof(struct shared) + copies * sizeof(struct table);
}

struct sources *sources_open(void *memory, unsigned copies, unsigned self,
                             const struct source_setting *limits)
{
    OWN(sources_close) struct sources *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (!memory) {
        copies = 1;
        self = 0;
        memory = s->own = calloc(1, sources_memory_size(copies));
        if (!memory || getrandom(s->own->key, SOURCES_KEY, 0) != SOURCES_KEY)
            return NULL;
    }
    assert(self < copies && copies <= COPIES_MAX);
    s->shared = memory;
    s->copies = copies;
    s->self = self;
    s->limits = limits;
    /* Who counted here before has died with its sessions. */
    if (atomic_exchange(&s->shared->begun[self], 1))
        memset(&s->shared->tables[self], 0, sizeof s->shared->tables[self]);
    return TAKE(&s);
}

void sources_close(struct sources **sources)
{
    if (*sources)
        free((*sources)->own);
    free(*sources);
    *sources = NULL;
}
