#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <sanitizer/asan_interface.h> /* its macros are empty without the sanitizer */
#include <stdalign.h>
#include <stdlib.h>

enum { FIRST_SIZE = 1024, CHUNK_MAX = 64 * 1024 };

/* bytes[used..size) is poisoned under AddressSanitizer. */
struct chunk {
    struct chunk *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct tied {
    struct tied *next;
    void (*fn)(void *);
    void *arg;
};

/* Lives at the front of its first chunk's memory; `first` is never freed alone. */
struct arena {
    struct chunk *top; /* allocations come from here; full ones hang behind it */
    struct tied *tied;
    size_t given, max;
    struct chunk *first;
};

static void chunk_init(struct chunk *c, size_t size)
{
    *c = (struct chunk){ .size = size };
    ASAN_POISON_MEMORY_REGION(c->bytes, size);
}

static void chunk_empty(struct chunk *c)
{
    c->used = 0;
    ASAN_POISON_MEMORY_REGION(c->bytes, c->size);
}

struct arena *arena_open(size_t max)
{
    const size_t header = (sizeof(struct arena) + alignof(struct chunk) - 1) /
                          alignof(struct chunk) * alignof(struct chunk);
    struct arena *a = malloc(FIRST_SIZE);
    if (!a)
        return NULL;
    struct chunk *first = (struct chunk *)(void *)((char *)a + header);
    chunk_init(first, FIRST_SIZE - header - sizeof *first);
    *a = (struct arena){ .top = first, .max = max, .first = first };
    return a;
}

void arena_reset(struct arena *a)
{
    while (a->tied) {
        struct tied *t = a->tied;
        a->tied = t->next;
        t->fn(t->arg);
    }
    while (a->top) {
        struct chunk *c = a->top;
        a->top = c->next;
        ASAN_UNPOISON_MEMORY_REGION(c->bytes, c->size);
        if (c != a->first)
            free(c);
    }
    chunk_empty(a->first);
    a->first->next = NULL;
    a->top = a->first;
    a->given = 0;
}

void arena_close(struct arena **a)
{
    if (!*a)
        return;
    arena_reset(*a);
    ASAN_UNPOISON_MEMORY_REGION((*a)->first->bytes, (*a)->first->size);
    free(*a);
    *a = NULL;
}

/* The next chunk doubles, but is never larger than what may still be handed out. */
static size_t next_size(const struct arena *a, size_t needed)
{
    size_t size = a->top->size < CHUNK_MAX / 2 ? a->top->size * 2 : CHUNK_MAX;
    size_t left = a->max - a->given;
    if (size > left)
        size = left;
    return size > needed ? size : needed;
}

static struct chunk *add_chunk(struct arena *a, size_t needed)
{
    size_t size = next_size(a, needed);
    if (size > SIZE_MAX - sizeof(struct chunk))
        return NULL;
    struct chunk *c = malloc(sizeof *c + size);
    if (!c)
        return NULL;
    chunk_init(c, size);
    if (size > CHUNK_MAX) { /* exactly one thing: goes behind the top, which has room */
        c->next = a->top->next;
        a->top->next = c;
    } else {
        c->next = a->top;
        a->top = c;
    }
    return c;
}

static void *take(struct arena *a, size_t size, size_t align)
{
    if (size > a->max - a->given)
        return NULL;
    struct chunk *c = a->top;
    size_t at = (c->used + align - 1) / align * align;
    if (at > c->size || size > c->size - at) {
        c = add_chunk(a, size);
        if (!c)
            return NULL;
        at = 0;
    }
    ASAN_UNPOISON_MEMORY_REGION(c->bytes + at, size);
    c->used = at + size;
    a->given += size;
    return memset(c->bytes + at, 0, size);
}

void *arena_alloc(struct arena *a, size_t size)
{
    return take(a, size, alignof(max_align_t));
}

struct span arena_copy(struct arena *a, struct span s)
{
    char *at = s.len < SIZE_MAX ? take(a, s.len + 1, 1) : NULL;
    if (!at)
        return (struct span){ 0 };
    if (s.len > 0)
        memcpy(at, s.at, s.len);
    return (struct span){ at, s.len };
}

int arena_on_free(struct arena *a, void (*fn)(void *), void *arg)
{
    struct tied *t = ARENA_NEW(a, struct tied);
    if (!t) {
        fn(arg);
        return -ENOMEM;
    }
    *t = (struct tied){ .next = a->tied, .fn = fn, .arg = arg };
    a->tied = t;
    return 0;
}
