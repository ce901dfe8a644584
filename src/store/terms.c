/* terms - see terms.h. */
#include "store/terms.h"

#include <errno.h>
#include <stdlib.h>

/* FNV-1a, and its bits stirred: places are taken from the lowest. */
uint64_t term_hash(struct span term)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < term.len; i++)
        hash = (hash ^ (unsigned char)term.at[i]) * 0x100000001b3;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
    hash ^= hash >> 32;
    return hash ? hash : 1;
}

static uint64_t *place_of(const struct terms *t, uint64_t hash)
{
    size_t at = hash & (t->places - 1);
    while (t->hashes[at] && t->hashes[at] != hash)
        at = (at + 1) & (t->places - 1);
    return &t->hashes[at];
}

static int grow(struct terms *t)
{
    struct terms wider = { .places = t->places ? 2 * t->places : 1024,
                           .count = t->count };
    wider.hashes = calloc(wider.places, sizeof *wider.hashes);
    if (!wider.hashes)
        return -ENOMEM;
    for (size_t i = 0; i < t->places; i++)
        if (t->hashes[i])
            *place_of(&wider, t->hashes[i]) = t->hashes[i];
    free(t->hashes);
    *t = wider;
    return 0;
}

int terms_add(struct terms *t, struct span term, bool *is_known_r)
{
    if (2 * t->count >= t->places && grow(t) != 0)
        return -ENOMEM;
    uint64_t hash = term_hash(term), *place = place_of(t, hash);
    *is_known_r = *place == hash;
    t->count += *place != hash;
    *place = hash;
    return 0;
}

void terms_free(struct terms *t)
{
    free(t->hashes);
    *t = (struct terms){ 0 };
}
