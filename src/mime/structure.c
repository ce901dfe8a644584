#include "mime/structure.h"

#include "config/limits.h"
#include "mime/entity.h"

/* What is open: a part, and how its inside is told from what follows. */
struct level {
    uint32_t part;
    struct record_text boundary; /* not there: it has none, or it has been closed */
    uint64_t hash;               /* of the boundary */
    uint32_t lines;              /* before its body */
    uint32_t inside;             /* where what is within has ended so far */
    bool is_digest;
};

struct walk {
    struct maker *m;
    struct span message;
    size_t at;      /* the line that is next */
    uint32_t lines; /* line ends before it */
    struct level levels[MIME_DEPTH_MAX + 1];
    unsigned depth; /* levels in use */
    bool full;      /* no further part is begun */
};

/* A line that ends parts. */
struct delimiter {
    unsigned level;
    bool final;
    size_t start; /* where what it ends has its end */
    uint32_t lines;
};

/* ---- boundaries */

static uint64_t hash_of(struct span s)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The innermost open multipart with that boundary, or depth. */
static unsigned find_level(const struct walk *w, struct span boundary)
{
    if (boundary.len == 0 || boundary.len > MIME_BOUNDARY_MAX)
        return w->depth;
    uint64_t hash = hash_of(boundary);
    steps(boundary.len + w->depth);
    for (unsigned i = w->depth; i-- > 0;) {
        const struct level *l = &w->levels[i];
        if (l->boundary.at && l->hash == hash &&
            span_is(maker_string(w->m, l->boundary), boundary))
            return i;
    }
    return w->depth;
}

static struct span without_white_behind(struct span s)
{
    while (s.len > 0 && (s.at[s.len - 1] == '\n' || s.at[s.len - 1] == '\r' ||
                         s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* delimiter = CRLF "--" boundary; close-delimiter = delimiter "--"; then white space */
static bool is_delimiter(const struct walk *w, struct span line, struct delimiter *d)
{
    if (w->full || line.len < 3 || line.at[0] != '-' || line.at[1] != '-')
        return false;
    struct span boundary = span_skip(without_white_behind(line), 2);
    d->final = false;
    d->level = find_level(w, boundary);
    if (d->level < w->depth)
        return true;
    if (boundary.len < 3 || boundary.at[boundary.len - 1] != '-' ||
        boundary.at[boundary.len - 2] != '-')
        return false;
    d->final = true;
    d->level = find_level(w, span_first(boundary, boundary.len - 2));
    return d->level < w->depth;
}

/* ---- lines */

static struct span next_line(struct walk *w)
{
    struct span rest = span_skip(w->message, w->at);
    size_t n = span_find(rest, '\n');
    bool ended = n < rest.len;
    n += ended;
    steps(n + 1);
    w->at += n;
    w->lines += ended;
    return span_first(rest, n);
}

/* The line end before a delimiter is its own. */
static void place_delimiter(const struct walk *w, size_t start, uint32_t lines,
                            struct delimiter *d)
{
    d->lines = lines;
    if (start > 0 && w->message.at[start - 1] == '\n') {
        start--;
        d->lines--;
        if (start > 0 && w->message.at[start - 1] == '\r')
            start--;
    }
    d->start = start;
}

/* Goes on to the next delimiter, and behind it; false: there is none, the message has
 * ended. */
static bool next_delimiter(struct walk *w, struct delimiter *d)
{
    while (w->at < w->message.len) {
        size_t start = w->at;
        uint32_t lines = w->lines;
        if (!is_delimiter(w, next_line(w), d))
            continue;
        place_delimiter(w, start, lines, d);
        return true;
    }
    return false;
}

static bool is_empty_line(struct span line)
{
    return span_is(line, SPAN("\r\n")) || span_is(line, SPAN("\n"));
}

/* To the body: behind the empty line, or at a delimiter, which stays where it is. */
static struct span take_header(struct walk *w)
{
    size_t start = w->at;
    struct delimiter d;
    while (w->at < w->message.len) {
        size_t before = w->at;
        uint32_t lines = w->lines;
        struct span line = next_line(w);
        if (is_empty_line(line))
            break;
        if (is_delimiter(w, line, &d)) {
            w->at = before;
            w->lines = lines;
            break;
        }
    }
    return span_at(w->message.at + start, w->at - start);
}

/* ---- parts */

static uint32_t max(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* It ends here, but not before what is within: a header that a delimiter cuts short has
 * its last line end, which is the delimiter's too. */
static void close_level(struct walk *w, size_t at, uint32_t lines)
{
    const struct level *l = &w->levels[--w->depth];
    struct record_part *p = maker_part(w->m, l->part);
    uint32_t end = max(max((uint32_t)at, p->body), l->inside);
    p->body_length = end - p->body;
    lines += end > at;
    p->lines = end > p->body ? lines - l->lines : 0;
    p->below = maker_parts(w->m) - 1 - l->part;
    if (w->depth > 0)
        w->levels[w->depth - 1].inside = max(w->levels[w->depth - 1].inside, end);
    if (p->kind == RECORD_MULTIPART && p->below == 0)
        w->m->head.flags |= RECORD_AMBIGUOUS; /* a multipart has parts */
}

static void cut(struct walk *w, struct record_part *p)
{
    p->flags |= RECORD_PART_OPAQUE;
    p->kind = RECORD_OTHER;
    w->m->head.flags |= RECORD_CUT;
}

/* Reads a header, and opens what it is the header of; is there one more within? */
static bool open_part(struct walk *w, bool is_message)
{
    const struct level *above = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
    struct entity e = { .part = { .parent = above ? above->part : 0 } };
    e.part.header = (uint32_t)w->at;
    struct span header = take_header(w);
    e.part.header_length = (uint32_t)header.len;
    e.part.body = (uint32_t)w->at;
    entity_read(w->m, header, is_message, above && above->is_digest, &e);
    if (maker_parts(w->m) == MIME_PARTS_MAX - 1)
        w->full = true;
    bool composite = e.part.kind >= RECORD_MULTIPART;
    if (w->full || (composite && w->depth == MIME_DEPTH_MAX)) {
        cut(w, &e.part);
        composite = false;
    }
    if (e.part.kind == RECORD_MULTIPART && !e.boundary.at)
        e.part.flags |= RECORD_PART_OPAQUE;
    struct level *l = &w->levels[w->depth];
    *l = (struct level){ .lines = w->lines };
    if (composite && e.boundary.at) {
        l->boundary = e.boundary;
        l->hash = hash_of(maker_string(w->m, e.boundary));
        l->is_digest = span_is(maker_string(w->m, e.part.subtype), SPAN("digest"));
    }
    l->part = maker_add_part(w->m, &e.part);
    if (l->part == (uint32_t)RECORD_NONE)
        return false;
    w->depth++;
    return composite && e.part.kind == RECORD_MESSAGE;
}

static void open_parts(struct walk *w, bool is_message)
{
    while (open_part(w, is_message))
        is_message = true;
}

void structure_read(struct maker *m, struct span message)
{
    SCRATCH struct walk w;
    struct delimiter d;
    w.m = m;
    w.message = message;
    w.at = 0;
    w.lines = 0;
    w.depth = 0;
    w.full = false;
    open_parts(&w, true);
    while (!m->error && next_delimiter(&w, &d)) {
        while (w.depth > d.level + 1)
            close_level(&w, d.start, d.lines);
        if (d.final)
            w.levels[d.level].boundary.at = 0;
        else
            open_parts(&w, false);
    }
    while (!m->error && w.depth > 0)
        close_level(&w, w.message.len, w.lines);
}
