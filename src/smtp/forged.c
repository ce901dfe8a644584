#include "smtp/forged.h"

#include "config/limits.h"
#include "trust/authserv.h"

#include <errno.h>

static const char name[] = "authentication-results";

_Static_assert(sizeof(name) - 1 == sizeof(((struct forged *)0)->name),
               "the name's room");

struct passage {
    struct span host;
    void (*put)(void *arg, struct span);
    void *arg;
};

void forged_begin(struct forged *f)
{
    *f = (struct forged){ .held = { .max = AUTHENTICATION_RESULTS_MAX } };
}

void forged_close(struct forged *f)
{
    buf_free(&f->held);
}

static void hold(struct forged *f, struct span s)
{
    int error = buf_put(&f->held, s);

    f->too_long |= error == -EMSGSIZE;
    f->failed |= error == -ENOMEM;
}

static void put(const struct passage *out, struct span s)
{
    if (s.len > 0)
        out->put(out->arg, s);
}

/* What was held is all there: it passes or goes. */
static void let_go(struct forged *f, const struct passage *out)
{
    struct span section = buf_span(&f->held);
    struct field field;
    bool noise = false;

    if (!f->too_long && !(header_take_field(&section, &field, &noise) &&
                          authserv_is_claimed(&field, out->host)))
        put(out, buf_span(&f->held));
    f->too_long = false;
    buf_clear(&f->held);
}

/* One octet at the start of a line. */
static void take_name_octet(struct forged *f, char c, const struct passage *out)
{
    char small = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    bool fits = small == name[f->matched];

    if (fits)
        f->name[f->matched++] = c;
    if (fits && f->matched < sizeof(f->name))
        return;
    if (fits)
        hold(f, span_at(f->name, f->matched));
    else
        put(out, span_at(f->name, f->matched));
    if (!fits && f->matched == 0 && (c == '\r' || c == '\n'))
        f->part = FORGED_OVER;
    else
        f->part = fits ? FORGED_FIELD : FORGED_OTHER;
    f->matched = 0;
}

/* The rest of a line, or what of it is here; its length. */
static size_t take_line(struct forged *f, struct span piece, const struct passage *out)
{
    size_t n = span_find(piece, '\n');
    bool ends = n < piece.len;

    n += ends;
    if (f->part == FORGED_FIELD)
        hold(f, span_first(piece, n));
    else
        put(out, span_first(piece, n));
    if (ends)
        f->part = f->part == FORGED_FIELD ? FORGED_BREAK : FORGED_NAME;
    return n;
}

/* The octet behind a line of the field. */
static void look_behind(struct forged *f, char c, const struct passage *out)
{
    bool folded = c == ' ' || c == '\t';

    if (!folded)
        let_go(f, out);
    f->part = folded ? FORGED_FIELD : FORGED_NAME;
}

void forged_take(struct forged *f, struct span piece, struct span host,
                 void (*to)(void *arg, struct span), void *arg)
{
    const struct passage out = { host, to, arg };

    while (piece.len > 0 && f->part != FORGED_OVER) {
        size_t n = 0;
        if (f->part == FORGED_BREAK) {
            look_behind(f, *piece.at, &out);
        } else if (f->part == FORGED_NAME) {
            size_t before = f->matched;
            take_name_octet(f, *piece.at, &out);
            n = f->matched > before || f->part == FORGED_FIELD;
        } else {
            n = take_line(f, piece, &out);
        }
        piece = span_skip(piece, n);
    }
    put(&out, piece);
}

void forged_end(struct forged *f, struct span host, void (*to)(void *arg, struct span),
                void *arg)
{
    const struct passage out = { host, to, arg };

    put(&out, span_at(f->name, f->matched));
    f->matched = 0;
    if (f->held.len > 0 || f->too_long)
        let_go(f, &out);
    f->part = FORGED_OVER;
}
