#include "mime/maker.h"

#include "config/limits.h"

#include <errno.h>

static void empty(struct buf *b, size_t max)
{
    b->max = max;
    buf_clear(b);
}

void maker_open(struct maker *m)
{
    m->head = (struct record_head){ 0 };
    empty(&m->parts, MIME_ROWS_MAX * sizeof(struct record_part));
    empty(&m->envelopes, MIME_ROWS_MAX * sizeof(struct record_envelope));
    empty(&m->addresses, MIME_ROWS_MAX * sizeof(struct record_address));
    empty(&m->parameters, MIME_ROWS_MAX * sizeof(struct record_parameter));
    empty(&m->words, MIME_ROWS_MAX * sizeof(struct record_text));
    empty(&m->strings, MIME_STRINGS_MAX);
    m->error = buf_put(&m->strings, span_at("", 1)); /* 0 is no string's place */
}

void maker_free(struct maker *m)
{
    buf_free(&m->parts);
    buf_free(&m->envelopes);
    buf_free(&m->addresses);
    buf_free(&m->parameters);
    buf_free(&m->words);
    buf_free(&m->strings);
}

int maker_finish(struct maker *m, uint32_t size, struct buf *record_r)
{
    enum { ARRAYS = 6 };
    const struct buf *arrays[ARRAYS] = { &m->parts,      &m->envelopes, &m->addresses,
                                         &m->parameters, &m->words,     &m->strings };
    struct record_head h = m->head;
    h.magic = RECORD_MAGIC;
    h.size = size;
    h.parts = (uint32_t)(m->parts.len / sizeof(struct record_part));
    h.envelopes = (uint32_t)(m->envelopes.len / sizeof(struct record_envelope));
    h.addresses = (uint32_t)(m->addresses.len / sizeof(struct record_address));
    h.parameters = (uint32_t)(m->parameters.len / sizeof(struct record_parameter));
    h.words = (uint32_t)(m->words.len / sizeof(struct record_text));
    h.strings = (uint32_t)m->strings.len;
    h.length = sizeof h;
    for (size_t i = 0; i < ARRAYS; i++)
        h.length += (uint32_t)arrays[i]->len;
    record_r->max = RECORD_OCTETS_MAX;
    buf_clear(record_r);
    int error = m->error ? m->error : buf_put(record_r, span_at(&h, sizeof h));
    for (size_t i = 0; i < ARRAYS && !error; i++)
        error = buf_put(record_r, buf_span(arrays[i]));
    return error;
}

/* ---- strings */

struct out maker_begin(struct maker *m)
{
    size_t room = m->strings.max - m->strings.len;
    if (room > MIME_TEXT_MAX)
        room = MIME_TEXT_MAX;
    if (m->error || (m->error = buf_reserve(&m->strings, room)) != 0)
        return (struct out){ 0 };
    return (struct out){ .at = m->strings.at + m->strings.len, .max = room };
}

struct record_text maker_end(struct maker *m, const struct out *o)
{
    struct record_text t = { (uint32_t)m->strings.len, (uint32_t)o->len };
    m->strings.len += o->len;
    if (out_is_cut(o))
        m->head.flags |= RECORD_CUT;
    return t;
}

struct record_text maker_text(struct maker *m, struct span s)
{
    struct out o = maker_begin(m);
    out_span_put(&o, s);
    return maker_end(m, &o);
}

struct span maker_string(const struct maker *m, struct record_text t)
{
    return t.at ? span_at(m->strings.at + t.at, t.len) : (struct span){ NULL, 0 };
}

/* ---- rows */

static uint32_t add(struct maker *m, struct buf *to, const void *row, size_t size)
{
    uint32_t number = (uint32_t)(to->len / size);
    int error = m->error ? m->error : buf_put(to, span_at(row, size));
    if (!error)
        return number;
    if (error == -EMSGSIZE)
        m->head.flags |= RECORD_CUT;
    else
        m->error = error;
    return (uint32_t)RECORD_NONE;
}

uint32_t maker_add_part(struct maker *m, const struct record_part *p)
{
    return add(m, &m->parts, p, sizeof *p);
}

uint32_t maker_add_envelope(struct maker *m, const struct record_envelope *e)
{
    return add(m, &m->envelopes, e, sizeof *e);
}

uint32_t maker_add_address(struct maker *m, const struct record_address *a)
{
    return add(m, &m->addresses, a, sizeof *a);
}

uint32_t maker_add_parameter(struct maker *m, const struct record_parameter *p)
{
    return add(m, &m->parameters, p, sizeof *p);
}

uint32_t maker_add_word(struct maker *m, struct record_text t)
{
    return add(m, &m->words, &t, sizeof t);
}

struct record_part *maker_part(struct maker *m, uint32_t row)
{
    return (struct record_part *)(void *)m->parts.at + row;
}

uint32_t maker_parts(const struct maker *m)
{
    return (uint32_t)(m->parts.len / sizeof(struct record_part));
}

uint32_t maker_addresses(const struct maker *m)
{
    return (uint32_t)(m->addresses.len / sizeof(struct record_address));
}

uint32_t maker_parameters(const struct maker *m)
{
    return (uint32_t)(m->parameters.len / sizeof(struct record_parameter));
}

uint32_t maker_words(const struct maker *m)
{
    return (uint32_t)(m->words.len / sizeof(struct record_text));
}

/* ---- without reading */

int record_opaque(uint32_t size, struct buf *record_r)
{
    struct maker m = { .error = 0 };
    maker_open(&m);
    m.head.flags = RECORD_UNREAD;
    struct record_part p = { .body_length = size,
                             .decoded = size,
                             .envelope = (uint32_t)RECORD_NONE,
                             .encoded = RECORD_BINARY,
                             .flags = RECORD_PART_OPAQUE };
    p.type = maker_text(&m, SPAN("application"));
    p.subtype = maker_text(&m, SPAN("octet-stream"));
    maker_add_part(&m, &p);
    int error = maker_finish(&m, size, record_r);
    maker_free(&m);
    return error;
}
