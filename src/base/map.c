/*
 * Entries stand in one array in the order they came; a table of their numbers, found by
 * open addressing, points into it.  A removed entry stays as a hole (value NULL) that
 * its table slot still points to, so nothing ever moves under a walk; holes go when the
 * next put finds the array full.
 */
#include "base/map.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

enum { FIRST_SLOTS = 8 };

struct entry {
    uint64_t hash;
    struct span key;
    void *value; /* NULL: a hole */
};

struct map {
    struct entry *entries;
    uint32_t *slots; /* entry's number + 1, or 0; a power of two of them */
    size_t mask;     /* slots - 1 */
    size_t used;     /* entries in use, with the holes */
    size_t room;     /* entries allocated: three quarters of the slots */
    size_t count;
};

static uint8_t hash_key[16];

static void draw_hash_key(void)
{
    static bool drawn;
    if (drawn)
        return;
    ssize_t n = getrandom(hash_key, sizeof hash_key, 0);
    assert(n == (ssize_t)sizeof hash_key);
    drawn = true;
}

struct map *map_open(void)
{
    draw_hash_key();
    return calloc(1, sizeof(struct map));
}

void map_close(struct map **m)
{
    if (!*m)
        return;
    free((*m)->entries);
    free((*m)->slots);
    free(*m);
    *m = NULL;
}

size_t map_count(const struct map *m)
{
    return m->count;
}

static struct entry *find(const struct map *m, uint64_t hash, struct span key)
{
    if (m->count == 0)
        return NULL;
    for (size_t i = hash & m->mask; m->slots[i] != 0; i = (i + 1) & m->mask) {
        struct entry *e = &m->entries[m->slots[i] - 1];
        if (e->value && e->hash == hash && span_is(e->key, key))
            return e;
    }
    return NULL;
}

void *map_get(const struct map *m, struct span key)
{
    const struct entry *e = find(m, siphash(hash_key, key), key);
    return e ? e->value : NULL;
}

/* There is always a free slot: room is less than slots. */
static void append(struct map *m, struct entry e)
{
    size_t i = e.hash & m->mask;
    while (m->slots[i] != 0)
        i = (i + 1) & m->mask;
    m->entries[m->used++] = e;
    m->slots[i] = (uint32_t)m->used;
    m->count++;
}

/* Slots for the live entries and as many again, within the load. */
static size_t wanted_slots(const struct map *m)
{
    size_t slots = FIRST_SLOTS;
    while (slots / 8 * 3 < m->count)
        slots *= 2;
    return slots;
}

static int rebuild(struct map *m)
{
    size_t slots = wanted_slots(m);
    struct map new = { .mask = slots - 1, .room = slots / 4 * 3 };
    if (new.room >= UINT32_MAX)
        return -ENOMEM;
    new.slots = calloc(slots, sizeof *new.slots);
    new.entries = malloc(new.room * sizeof *new.entries);
    if (!new.slots || !new.entries) {
        free(new.slots);
        free(new.entries);
        return -ENOMEM;
    }
    for (size_t i = 0; i < m->used; i++)
        if (m->entries[i].value)
            append(&new, m->entries[i]);
    free(m->slots);
    free(m->entries);
    *m = new;
    return 0;
}

int map_put(struct map *m, struct span key, void *value)
{
    assert(value);
    uint64_t hash = siphash(hash_key, key);
    if (find(m, hash, key))
        return -EEXIST;
    if (m->used == m->room) {
        int error = rebuild(m);
        if (error)
            return error;
    }
    append(m, (struct entry){ .hash = hash, .key = key, .value = value });
    return 0;
}

void *map_remove(struct map *m, struct span key)
{
    struct entry *e = find(m, siphash(hash_key, key), key);
    if (!e)
        return NULL;
    void *value = e->value;
    *e = (struct entry){ .hash = e->hash };
    m->count--;
    return value;
}

void *map_next(const struct map *m, size_t *cursor)
{
    while (*cursor < m->used) {
        void *value = m->entries[(*cursor)++].value;
        if (value)
            return value;
    }
    return NULL;
}

static uint64_t rotate_left(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static uint64_t load64(const void *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
    return le64toh(x);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] = rotate_left(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t siphash(const uint8_t key[16], struct span s)
{
    uint64_t k0 = load64(key), k1 = load64(key + 8);
    uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
                      k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
    uint8_t last[8] = { 0 };
    last[7] = (uint8_t)s.len;
    for (; s.len >= 8; s = span_skip(s, 8))
        sip_word(v, load64(s.at));
    if (s.len > 0)
        memcpy(last, s.at, s.len);
    sip_word(v, load64(last));
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
