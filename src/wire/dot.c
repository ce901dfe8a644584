/*
 * dot - see dot.h.
 *
 * Whatever is held back at the end of the input (a dot at the start of a line, a CR
 * behind it) is in the state; so pieces are the same wherever the input is cut.
 */
#include "wire/dot.h"

enum {
    LINE_START,
    IN_LINE,
    AFTER_CR,    /* in a line */
    AFTER_DOT,   /* which began a line, and is held back */
    AFTER_DOT_CR /* both held back */
};

static void measure(struct dot_reader *d, size_t octets)
{
    d->line_octets = octets;
    if (octets > d->line_max)
        d->long_line = true;
}

/* A part of a line that holds no LF, line.len > 0. */
static void pass_part(struct dot_reader *d, struct span part)
{
    bool ends_in_cr = part.at[part.len - 1] == '\r';
    if (d->state == AFTER_CR)
        d->bare = true;
    if (span_find(part, '\r') < part.len - ends_in_cr)
        d->bare = true;
    d->line_octets += part.len;
    if (d->line_octets - ends_in_cr > d->line_max)
        d->long_line = true;
    d->state = ends_in_cr ? AFTER_CR : IN_LINE;
}

static void pass_lf(struct dot_reader *d)
{
    if (d->state == AFTER_CR) {
        d->state = LINE_START;
        d->line_octets = 0;
        return;
    }
    d->bare = true;
    d->state = IN_LINE;
    measure(d, d->line_octets + 1);
}

static bool is_at_dot(const struct dot_reader *d, char c)
{
    return c == '.' && d->state == LINE_START && !d->verbatim;
}

/* The length of what can be passed on as it is: up to a dot that begins a line. */
static size_t plain_run(struct dot_reader *d, struct span input)
{
    size_t n = 0;
    while (n < input.len && !is_at_dot(d, input.at[n])) {
        size_t part = span_find(span_skip(input, n), '\n');
        if (part > 0)
            pass_part(d, span_at(input.at + n, part));
        n += part;
        if (n < input.len) {
            pass_lf(d);
            n++;
        }
    }
    if (span_find(span_first(input, n), '\0') < n)
        d->bare = true;
    return n;
}

/* Behind a dot that began a line: its line may be the end.  True when a CR that was
 * held back turns out to be text. */
static bool after_dot(struct dot_reader *d, struct span *input)
{
    char c = *input->at;
    if (d->state == AFTER_DOT && c == '\r') {
        d->state = AFTER_DOT_CR;
    } else if (d->state == AFTER_DOT) {
        d->state = IN_LINE; /* the dot was transparency only */
        return false;
    } else if (c == '\n') {
        d->ended = true;
    } else {
        d->state = AFTER_CR;
        measure(d, 1);
        return true;
    }
    *input = span_skip(*input, 1);
    return false;
}

struct span dot_take(struct dot_reader *d, struct span *input)
{
    while (input->len > 0 && !d->ended) {
        if (d->state == AFTER_DOT || d->state == AFTER_DOT_CR) {
            if (after_dot(d, input))
                return SPAN("\r");
        } else if (is_at_dot(d, *input->at)) {
            d->state = AFTER_DOT;
            *input = span_skip(*input, 1);
        } else {
            struct span piece = span_first(*input, plain_run(d, *input));
            *input = span_skip(*input, piece.len);
            return piece;
        }
    }
    return span_first(*input, 0);
}

void dot_end(struct dot_reader *d)
{
    if (d->state == AFTER_CR)
        d->bare = true;
}
