/*
 * out - where the decoders write: room that is given, and never more.
 *
 * What does not fit is counted and left out, so that an out without room measures.
 *
 * And the count of steps: every loop over octets adds how far it went.  Tests hold the
 * count against the size of the input, which is how this room shows that it is linear.
 */
#ifndef MIME_OUT_H
#define MIME_OUT_H

#include "base/span.h"

struct out {
    char *at;
    size_t len, max;
    size_t wanted; /* octets that came, kept or not */
};

/* Room that is written before it is read: the compiler need not fill it with zeroes. */
#define SCRATCH    __attribute__((uninitialized))
#define OUT(array) ((struct out){ (array), 0, sizeof(array), 0 })

static inline struct span out_span(const struct out *o)
{
    return span_at(o->at, o->len);
}

static inline bool out_is_cut(const struct out *o)
{
    return o->wanted > o->len;
}

static inline void out_put(struct out *o, char c)
{
    o->wanted++;
    if (o->len < o->max)
        o->at[o->len++] = c;
}

/* What is cut is cut for good: nothing comes behind a gap. */
static inline void out_span_put(struct out *o, struct span s)
{
    size_t room = o->max - o->len, n = s.len < room ? s.len : room;
    if (n > 0)
        memcpy(o->at + o->len, s.at, n);
    o->len += n;
    o->wanted += s.len;
    if (n < s.len)
        o->max = o->len;
}

/* As UTF-8; a character is kept whole or not at all. */
static inline void out_put_character(struct out *o, uint32_t c)
{
    char utf8[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        utf8[i] = (char)(0x80 | (c & 0x3f));
    utf8[0] = (char)(lead[n] | c);
    if (o->max - o->len < n)
        o->max = o->len;
    out_span_put(o, span_at(utf8, n));
}

extern _Thread_local uint64_t mime_steps;

static inline void steps(size_t n)
{
    mime_steps += n;
}

#endif
