/*
 * map - a hash map from octets to a pointer.
 *
 * Keys are borrowed: the key's octets live in the value, or as long as it.  The hash is
 * SipHash with a key of this process's own, so that nobody outside can choose
 * collisions.  A number serves as a key by its own octets: MAP_KEY(number).
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/span.h"

struct map; /* opaque; grows with its content */

#define MAP_KEY(variable) span_at(&(variable), sizeof(variable))

struct map *map_open(void);
void map_close(struct map **); /* the values are the caller's */
size_t map_count(const struct map *);
void *map_get(const struct map *, struct span key);      /* NULL: not there */
int map_put(struct map *, struct span key, void *value); /* 0, -EEXIST, -ENOMEM */
void *map_remove(struct map *, struct span key);         /* the value, or NULL */
/* Walks in no order: start with *cursor == 0; NULL at the end.  The value just
 * returned may be removed while walking; nothing may be put. */
void *map_next(const struct map *, size_t *cursor);

/* SipHash-2-4 (Aumasson, Bernstein 2012), 64 bits, for MACs between our own roles. */
uint64_t siphash(const uint8_t key[16], struct span);

#endif
