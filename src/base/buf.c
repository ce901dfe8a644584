#include "base/buf.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 64 };

static size_t grown_cap(const struct buf *b, size_t needed)
{
    size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
    if (cap < FIRST_CAP)
        cap = FIRST_CAP < b->max ? FIRST_CAP : b->max;
    return cap > needed ? cap : needed;
}

int buf_reserve(struct buf *b, size_t more)
{
    if (b->len > b->max || more > b->max - b->len)
        return -EMSGSIZE;
    if (more <= b->cap - b->len)
        return 0;
    size_t cap = grown_cap(b, b->len + more);
    if (cap == SIZE_MAX)
        return -ENOMEM;
    /* One octet above cap, never counted: the NUL that vsnprintf insists on. */
    char *at = realloc(b->at, cap + 1);
    if (!at)
        return -ENOMEM;
    b->at = at;
    b->cap = cap;
    return 0;
}

int buf_put(struct buf *b, struct span s)
{
    int error = buf_reserve(b, s.len);
    if (error || s.len == 0)
        return error;
    memcpy(b->at + b->len, s.at, s.len);
    b->len += s.len;
    return 0;
}

/* Prints behind the content when there is room; returns what it takes either way. */
__attribute__((format(printf, 2, 0))) static int try_printf(struct buf *b,
                                                            const char *format,
                                                            va_list args)
{
    if (!b->at)
        return vsnprintf(NULL, 0, format, args);
    return vsnprintf(b->at + b->len, b->cap - b->len + 1, format, args);
}

int buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = try_printf(b, format, args);
    int error = n < 0 ? -EMSGSIZE : 0;
    if (!error && (!b->at || (size_t)n > b->cap - b->len)) {
        error = buf_reserve(b, (size_t)n);
        if (!error && n > 0)
            try_printf(b, format, again);
    }
    if (!error)
        b->len += (size_t)n;
    va_end(again);
    va_end(args);
    return error;
}

void buf_drop_front(struct buf *b, size_t n)
{
    assert(n <= b->len);
    b->len -= n;
    if (n > 0 && b->len > 0)
        memmove(b->at, b->at + n, b->len);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

void buf_free(struct buf *b)
{
    free(b->at);
    *b = (struct buf){ .max = b->max };
}
