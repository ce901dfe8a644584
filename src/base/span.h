/*
 * span - a borrowed run of bytes.
 *
 * What arrives from the network is looked at through spans: they carry their length,
 * may hold NULs, and own nothing.  A span lives as long as the buffer or arena that it
 * points into; whoever needs it longer copies it there.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *at;
    size_t len;
};

#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })
#define SPAN_ARG(s)   (int)(s).len, (s).at /* for "%.*s" */

static inline struct span span_of(const char *string)
{
    return (struct span){ string, strlen(string) };
}

static inline struct span span_at(const void *at, size_t len)
{
    return (struct span){ at, len };
}

static inline bool span_is(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* ASCII only: protocol words never depend on the locale. */
static inline bool span_is_nocase(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline struct span span_skip(struct span s, size_t n)
{
    /* NULL + 0 is undefined in C. */
    return (struct span){ n ? s.at + n : s.at, s.len - n };
}

static inline struct span span_first(struct span s, size_t n)
{
    return (struct span){ s.at, n };
}

static inline bool span_starts_nocase(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_is_nocase(span_first(s, prefix.len), prefix);
}

/* The index of the first `byte`, or s.len when there is none. */
static inline size_t span_find(struct span s, char byte)
{
    const char *at = s.len ? memchr(s.at, byte, s.len) : NULL;
    return at ? (size_t)(at - s.at) : s.len;
}

/* Takes `prefix` off the front of *s, or leaves it untouched. */
static inline bool span_take(struct span *s, struct span prefix)
{
    if (s->len < prefix.len || !span_is(span_first(*s, prefix.len), prefix))
        return false;
    *s = span_skip(*s, prefix.len);
    return true;
}

/* Takes decimal digits as a number; false (nothing taken) without a digit or past max. */
bool span_take_number(struct span *s, uint64_t max, uint64_t *number_r);

/* Copies into a C string of `size` octets, cut to fit; returns false when it was cut. */
bool span_to_string(struct span s, char *string_r, size_t size);

#endif
