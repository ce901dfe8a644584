/*
 * buf - bytes that grow, up to a maximum they are born with.
 *
 * A buf owns its memory.  Every maximum stands in config/limits.h.  An empty buf of any
 * maximum owns nothing: { .max = N } is a ready one.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
    char *at;
    size_t len; /* octets held */
    size_t cap; /* octets allocated */
    size_t max; /* octets it may ever hold */
};

static inline struct span buf_span(const struct buf *b)
{
    return (struct span){ b->at, b->len };
}

/* All return 0, -EMSGSIZE (past the maximum) or -ENOMEM; on an error nothing is added. */
int buf_reserve(struct buf *, size_t more); /* at least `more` octets free after len */
int buf_put(struct buf *, struct span);     /* the span lies outside this buf */
int buf_printf(struct buf *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void buf_drop_front(struct buf *, size_t n); /* forgets the first n octets */
void buf_clear(struct buf *);                /* empty; keeps the memory */
void buf_free(struct buf *);                 /* empty; gives the memory back */

#endif
