/*
 * dot_oracle - what dot_take should make of its input, for test and fuzzer.
 *
 * As naive as can be: it looks at the whole input, and at lines; a line ends with CRLF
 * and with nothing else.
 */
#ifndef WIRE_DOT_ORACLE_H
#define WIRE_DOT_ORACLE_H

#include "base/span.h"

enum { ORACLE_LINE_MAX = 5, ORACLE_OCTETS_MAX = 4096 };

/* What a reader made of some octets. */
struct outcome {
    char text[ORACLE_OCTETS_MAX];
    size_t len, consumed;
    bool bare, long_line, ended;
};

static void oracle_put(struct outcome *o, char c)
{
    o->text[o->len++] = c;
}

static size_t oracle_line_length(struct span in, size_t from, bool *ended_r)
{
    for (size_t i = from; i + 1 < in.len; i++) {
        if (in.at[i] == '\r' && in.at[i + 1] == '\n') {
            *ended_r = true;
            return i - from;
        }
    }
    *ended_r = false;
    return in.len - from;
}

/* A CR at the very end of the input may still become a CRLF. */
static bool oracle_is_bare(struct span line, bool ended, size_t i)
{
    char c = line.at[i];
    return c == '\0' || c == '\n' || (c == '\r' && (ended || i + 1 < line.len));
}

static void oracle_line(struct outcome *o, struct span line, bool ended)
{
    size_t from = line.len > 0 && *line.at == '.';
    if (from && !ended && line.len == 2 && line.at[1] == '\r')
        from = 2; /* held back: it may be the end */
    for (size_t i = from; i < line.len; i++) {
        o->bare |= oracle_is_bare(line, ended, i);
        oracle_put(o, line.at[i]);
    }
    size_t length = line.len - from;
    if (!ended && line.len > 0 && line.at[line.len - 1] == '\r' && length > 0)
        length--;
    o->long_line |= length > ORACLE_LINE_MAX;
    if (ended) {
        oracle_put(o, '\r');
        oracle_put(o, '\n');
    }
}

static struct outcome oracle_read(struct span in)
{
    struct outcome o = { .len = 0 };
    bool ended = true;
    while (o.consumed < in.len) {
        size_t n = oracle_line_length(in, o.consumed, &ended);
        struct span line = span_at(in.at + o.consumed, n);
        o.consumed += n + (ended ? 2 : 0);
        if (ended && span_is(line, SPAN("."))) {
            o.ended = true;
            return o;
        }
        oracle_line(&o, line, ended);
    }
    return o;
}

#endif
