/* binary - see binary.h. */
#include "imap/binary.h"

#include "imap/structure.h"
#include "mime/transfer.h"

#include <errno.h>

enum { PIECE = 32 << 10 };

/* ---- from beginning to end */

struct walk {
    struct transfer transfer;
    struct buf in, out; /* in: what was left begins it */
    uint64_t at, left;  /* octets of the message */
};

/* The next piece in w->out, perhaps an empty one. */
static int next_piece(const struct body *body, struct walk *w)
{
    size_t room = w->in.max - w->in.len, n = w->left < room ? (size_t)w->left : room;
    int error = body_read(body, w->at, n, &w->in);

    if (!error)
        error = buf_reserve(&w->out, w->out.max);
    if (error)
        return error;
    w->at += n;
    w->left -= n;
    struct out out = { .at = w->out.at, .max = w->out.max };
    size_t taken = transfer_take(&w->transfer, buf_span(&w->in), w->left == 0, &out);
    w->out.len = out.len;
    if (taken == 0 && w->in.len == w->in.max)
        return -EILSEQ; /* white space without an end */
    buf_drop_front(&w->in, taken);
    return 0;
}

static int walk(const struct body *body, const struct extent *e, uint8_t encoding,
                int (*say)(void *arg, struct span piece), void *arg)
{
    struct walk w = {
        .transfer = { .encoding = (enum record_encoding)encoding },
        .in = { .max = PIECE },
        .out = { .max = PIECE + TRANSFER_MORE },
        .at = e->from,
        .left = e->size,
    };
    int error = 0;

    while (!error && (w.left > 0 || w.in.len > 0)) {
        buf_clear(&w.out);
        error = next_piece(body, &w);
        if (!error)
            error = say(arg, buf_span(&w.out));
    }
    buf_free(&w.in);
    buf_free(&w.out);
    return error;
}

/* ---- what of it is asked for */

struct clipping {
    uint64_t at, from, end;
    int (*say)(void *arg, struct span piece);
    void *arg;
};

static int clip(void *arg, struct span piece)
{
    struct clipping *c = arg;
    uint64_t begins = c->at, skip = c->from > begins ? c->from - begins : 0;

    c->at += piece.len;
    if (skip >= piece.len || begins >= c->end)
        return 0;
    piece = span_skip(piece, (size_t)skip);
    if (piece.len > c->end - begins - skip)
        piece.len = (size_t)(c->end - begins - skip);
    return c->say(c->arg, piece);
}

static int put(const struct body *body, const struct binary *b, struct clipping *c)
{
    c->from = b->from;
    c->end = b->size > UINT64_MAX - b->from ? UINT64_MAX : b->from + b->size;
    return walk(body, &b->extent, b->encoding, clip, c);
}

int binary_put(const struct body *body, const struct binary *b,
               int (*say)(void *arg, struct span piece), void *arg)
{
    struct clipping c = { .say = say, .arg = arg };

    return put(body, b, &c);
}

static int look_for_nul(void *arg, struct span piece)
{
    bool *has_nul = arg;

    *has_nul = *has_nul || memchr(piece.at, 0, piece.len) != NULL;
    return 0;
}

static uint8_t encoding_of(const struct record *r, const struct fetch_att *a)
{
    uint32_t row;

    if (a->depth == 0 || !imap_find_part(r, a->path, a->depth, &row))
        return RECORD_BINARY;
    return record_part(r, row).encoded;
}

static bool is_known(const struct record *r, const struct fetch_att *a)
{
    return encoding_of(r, a) != RECORD_UNKNOWN;
}

static int look(const struct body *body, const struct record *r,
                const struct fetch_att *a, struct binary *b)
{
    struct clipping c = { .say = look_for_nul, .arg = &b->has_nul };

    *b = (struct binary){ .extent = section_of(r, a),
                          .encoding = encoding_of(r, a),
                          .size = UINT64_MAX };
    if (!is_known(r, a))
        return -EILSEQ;
    if (!b->extent.there)
        return 0;
    if (a->partial) {
        b->from = a->from;
        b->size = a->count;
    }
    int error = put(body, b, &c);
    b->from = b->from < c.at ? b->from : c.at;
    b->size = b->size < c.at - b->from ? b->size : c.at - b->from;
    return error;
}

int binary_look_at_all(const struct body *body, const struct record *r,
                       const struct fetch_atts *atts, struct binary *binaries_r)
{
    int error = 0;

    for (size_t i = 0; i < atts->count && !error; i++) {
        const struct fetch_att *a = &atts->atts[i];
        if (a->kind == FETCH_BINARY)
            error = look(body, r, a, &binaries_r[i]);
        else if (a->kind == FETCH_BINARY_SIZE && !is_known(r, a))
            error = -EILSEQ;
    }
    return error;
}

uint32_t binary_size(const struct record *r, const struct fetch_att *a)
{
    uint32_t row;

    if (!imap_find_part(r, a->path, a->depth, &row))
        return 0;
    return a->depth > 0 ? record_part(r, row).decoded : r->head.size;
}
