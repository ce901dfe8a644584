/*
 * arena - memory by lifetime: one a session, one a command, one a run.
 *
 * Everything allocated in an arena goes at once, with arena_reset or arena_close.  What
 * is not memory (descriptors, statements) is tied to it by arena_on_free; those run
 * last in, first out, before the memory goes.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena;

/* max: octets it may hand out between two resets.  NULL when out of memory. */
struct arena *arena_open(size_t max);
void arena_reset(struct arena *); /* frees all but one small chunk */
void arena_close(struct arena **);

/* Zeroed and aligned for any type; NULL past the maximum or out of memory. */
void *arena_alloc(struct arena *, size_t size);
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* A copy that lives in the arena; with a NUL behind it.  .at == NULL on failure. */
struct span arena_copy(struct arena *, struct span);

/* 0 or -ENOMEM; on failure fn has run already. */
int arena_on_free(struct arena *, void (*fn)(void *), void *arg);

#endif
