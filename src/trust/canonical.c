#include "trust/canonical.h"

#include "config/limits.h"

#include <errno.h>

static bool is_white(char c)
{
    return c == ' ' || c == '\t';
}

int fields_read(struct span section, struct arena *arena, struct fields *f)
{
    struct field field;
    size_t room = 0;

    *f = (struct fields){ 0 };
    while (header_take_field(&section, &field, &f->unclear)) {
        if (f->count == TRUST_FIELDS_MAX) {
            f->unclear = true;
            return 0;
        }
        if (f->count == room) {
            struct field *more = arena_alloc(arena, (room * 2 + 32) * sizeof(field));
            if (!more)
                return -ENOMEM;
            if (room > 0)
                memcpy(more, f->at, room * sizeof(field));
            f->at = more;
            room = room * 2 + 32;
        }
        f->at[f->count++] = field;
    }
    return 0;
}

struct span field_whole(const struct field *f)
{
    return span_at(f->name.at, (size_t)(f->value.at - f->name.at) + f->value.len);
}

static void hash(void *arg, struct span s)
{
    EVP_DigestUpdate(arg, s.at, s.len);
}

struct canonical_sink canonical_hash(EVP_MD_CTX *context)
{
    return (struct canonical_sink){ hash, context };
}

/* ---- a field */

static void put(const struct canonical_sink *sink, struct span s)
{
    if (s.len > 0)
        sink->put(sink->arg, s);
}

/* The name in small letters, no white space around the colon. */
static size_t put_name(struct span whole, const struct canonical_sink *sink)
{
    size_t colon = span_find(whole, ':'), n = colon;

    while (n > 0 && is_white(whole.at[n - 1]))
        n--;
    for (size_t i = 0; i < n; i++) {
        char c = whole.at[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        put(sink, span_at(&c, 1));
    }
    put(sink, SPAN(":"));
    return colon + (colon < whole.len);
}

void canonical_field(struct span whole, bool relaxed, const struct canonical_sink *sink)
{
    bool space = false, begun = false;

    if (!relaxed) {
        put(sink, whole);
        return;
    }
    struct span rest = span_skip(whole, put_name(whole, sink));
    while (rest.len > 0) {
        size_t n = 0;
        while (n < rest.len && !is_white(rest.at[n]) && rest.at[n] != '\r' &&
               rest.at[n] != '\n')
            n++;
        if (n > 0 && space && begun)
            put(sink, SPAN(" "));
        put(sink, span_first(rest, n));
        begun |= n > 0;
        space = n > 0 ? false : space;
        rest = span_skip(rest, n);
        if (rest.len > 0) {
            space |= is_white(rest.at[0]);
            rest = span_skip(rest, 1);
        }
    }
}

/* ---- a body */

void canonical_body_begin(struct canonical_body *b, struct canonical_sink sink,
                          bool relaxed, uint64_t most)
{
    *b = (struct canonical_body){ .sink = sink, .relaxed = relaxed, .most = most };
}

static void put_body(struct canonical_body *b, struct span s)
{
    uint64_t left = b->octets < b->most ? b->most - b->octets : 0;

    b->octets += s.len;
    put(&b->sink, span_first(s, s.len < left ? s.len : (size_t)left));
}

/* What was held back was not the end. */
static void put_held(struct canonical_body *b)
{
    for (; b->lines > 0; b->lines--)
        put_body(b, SPAN("\r\n"));
    if (b->space)
        put_body(b, SPAN(" "));
    b->space = false;
}

static void put_run(struct canonical_body *b, struct span run)
{
    put_held(b);
    put_body(b, run);
    b->something = true;
}

/* How far nothing need be looked at. */
static size_t run_length(const struct canonical_body *b, struct span s)
{
    size_t n = 0;
    if (!b->relaxed)
        return span_find(s, '\r');
    while (n < s.len && s.at[n] != '\r' && !is_white(s.at[n]))
        n++;
    return n;
}

/* The octet behind a CR. */
static void take_behind_cr(struct canonical_body *b, struct span *piece)
{
    b->cr = false;
    if (piece->at[0] != '\n') {
        put_run(b, SPAN("\r"));
        return;
    }
    b->lines++;
    b->space = false;
    *piece = span_skip(*piece, 1);
}

void canonical_body_take(struct canonical_body *b, struct span piece)
{
    while (piece.len > 0) {
        if (b->cr) {
            take_behind_cr(b, &piece);
            continue;
        }
        size_t n = run_length(b, piece);
        if (n > 0)
            put_run(b, span_first(piece, n));
        piece = span_skip(piece, n);
        if (piece.len == 0)
            return;
        b->cr = piece.at[0] == '\r';
        b->space |= is_white(piece.at[0]);
        piece = span_skip(piece, 1);
    }
}

/* §3.4.3: no empty lines at the end, but a line end; an empty body is one.
 * §3.4.4: an empty body is nothing. */
void canonical_body_end(struct canonical_body *b)
{
    if (b->cr)
        put_run(b, SPAN("\r"));
    b->cr = b->space = false;
    b->lines = 0;
    if (b->something || !b->relaxed)
        put_body(b, SPAN("\r\n"));
}
