#include "mime/record.h"

#include "config/limits.h"

_Static_assert(sizeof(struct record_head) == 56,
               "no holes: these are octets of a file");
_Static_assert(sizeof(struct record_part) == 144, "no holes");
_Static_assert(sizeof(struct record_envelope) == 144, "no holes");
_Static_assert(sizeof(struct record_address) == 36, "no holes");
_Static_assert(sizeof(struct record_parameter) == 28, "no holes");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as they stand in the file");

/* ---- reading */

void record_open(struct span octets, struct record *r)
{
    memcpy(&r->head, octets.at, sizeof r->head);
    r->parts = octets.at + sizeof r->head;
    r->envelopes = r->parts + r->head.parts * sizeof(struct record_part);
    r->addresses = r->envelopes + r->head.envelopes * sizeof(struct record_envelope);
    r->parameters = r->addresses + r->head.addresses * sizeof(struct record_address);
    r->words = r->parameters + r->head.parameters * sizeof(struct record_parameter);
    r->strings = r->words + r->head.words * sizeof(struct record_text);
}

#define ROW(type, name, array)                                                         \
    struct type name(const struct record *r, uint32_t row)                             \
    {                                                                                  \
        struct type row_r;                                                             \
        memcpy(&row_r, r->array + row * sizeof row_r, sizeof row_r);                   \
        return row_r;                                                                  \
    }
ROW(record_part, record_part, parts)
ROW(record_address, record_address, addresses)
ROW(record_parameter, record_parameter, parameters)
ROW(record_text, record_word, words)

struct record_envelope record_envelope(const struct record *r, uint32_t row)
{
    struct record_envelope row_r = { 0 };
    if (row < r->head.envelopes)
        memcpy(&row_r, r->envelopes + row * sizeof row_r, sizeof row_r);
    return row_r;
}

struct span record_text(const struct record *r, struct record_text t)
{
    return t.at ? span_at(r->strings + t.at, t.len) : (struct span){ NULL, 0 };
}

/* ---- checking */

static bool text_is_within(const struct record *r, struct record_text t)
{
    return t.at <= r->head.strings && t.len <= r->head.strings - t.at &&
           (t.at > 0 || t.len == 0);
}

static bool texts_are_within(const struct record *r, const struct record_text *texts,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!text_is_within(r, texts[i]))
            return false;
    return true;
}

static bool rows_are_within(struct record_rows rows, uint32_t all)
{
    return rows.first <= all && rows.count <= all - rows.first;
}

/* [at, at + len) lies in [from, to) */
static bool lies_within(uint64_t at, uint64_t len, uint64_t from, uint64_t to)
{
    return at >= from && at + len <= to;
}

static bool part_is_nested(const struct record *r, uint32_t row,
                           const struct record_part *p)
{
    if (row == 0)
        return p->parent == 0 && p->below == r->head.parts - 1 &&
               lies_within(p->header, p->header_length, 0, r->head.size) &&
               lies_within(p->body, p->body_length,
                           (uint64_t)p->header + p->header_length, r->head.size);
    if (p->parent >= row)
        return false;
    struct record_part above = record_part(r, p->parent);
    uint64_t end = (uint64_t)above.body + above.body_length;
    return above.kind >= RECORD_MULTIPART &&
           lies_within(row, (uint64_t)p->below + 1, p->parent,
                       (uint64_t)p->parent + above.below + 1) &&
           lies_within(p->header, p->header_length, above.body, end) &&
           lies_within(p->body, p->body_length, (uint64_t)p->header + p->header_length,
                       end);
}

static bool part_is_deep(const struct record *r, uint32_t row)
{
    int depth = 0;
    for (; row > 0 && depth <= MIME_DEPTH_MAX; depth++)
        row = record_part(r, row).parent;
    return row > 0;
}

static bool part_is_sound(const struct record *r, uint32_t row)
{
    struct record_part p = record_part(r, row);
    const struct record_text texts[] = {
        p.type,     p.subtype,     p.encoding,
        p.id,       p.description, p.description_decoded,
        p.md5,      p.location,    p.disposition,
        p.filename,
    };
    return part_is_nested(r, row, &p) && !part_is_deep(r, row) &&
           p.kind <= RECORD_MESSAGE && p.encoded <= RECORD_UNKNOWN && p.type.at > 0 &&
           p.subtype.at > 0 &&
           (p.envelope == (uint32_t)RECORD_NONE || p.envelope < r->head.envelopes) &&
           rows_are_within(p.parameters, r->head.parameters) &&
           rows_are_within(p.disposition_parameters, r->head.parameters) &&
           rows_are_within(p.languages, r->head.words) &&
           texts_are_within(r, texts, sizeof texts / sizeof *texts);
}

static bool envelope_is_sound(const struct record *r, uint32_t row)
{
    struct record_envelope e = record_envelope(r, row);
    const struct record_text texts[] = {
        e.date,         e.subject,     e.subject_decoded,
        e.base_subject, e.in_reply_to, e.message_id
    };
    const struct record_rows addresses[] = { e.from, e.sender, e.reply_to,
                                             e.to,   e.cc,     e.bcc };
    const struct record_rows words[] = { e.ids, e.replies, e.references };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (!rows_are_within(addresses[i], r->head.addresses))
            return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!rows_are_within(words[i], r->head.words))
            return false;
    return texts_are_within(r, texts, sizeof texts / sizeof *texts);
}

static bool address_is_sound(const struct record *r, uint32_t row)
{
    struct record_address a = record_address(r, row);
    const struct record_text texts[] = { a.name, a.name_decoded, a.local_part,
                                         a.domain };
    return a.kind <= RECORD_GROUP_END &&
           texts_are_within(r, texts, sizeof texts / sizeof *texts);
}

static bool parameter_is_sound(const struct record *r, uint32_t row)
{
    struct record_parameter p = record_parameter(r, row);
    const struct record_text texts[] = { p.name, p.value, p.value_decoded };
    return p.name.at > 0 && texts_are_within(r, texts, sizeof texts / sizeof *texts);
}

static bool word_is_sound(const struct record *r, uint32_t row)
{
    return text_is_within(r, record_word(r, row));
}

static bool all_are_sound(const struct record *r, uint32_t count,
                          bool (*is_sound)(const struct record *, uint32_t row))
{
    for (uint32_t row = 0; row < count; row++)
        if (!is_sound(r, row))
            return false;
    return true;
}

static uint64_t length_of(const struct record_head *h)
{
    return sizeof *h + (uint64_t)h->parts * sizeof(struct record_part) +
           (uint64_t)h->envelopes * sizeof(struct record_envelope) +
           (uint64_t)h->addresses * sizeof(struct record_address) +
           (uint64_t)h->parameters * sizeof(struct record_parameter) +
           (uint64_t)h->words * sizeof(struct record_text) + h->strings;
}

bool record_is_sound(struct span octets)
{
    struct record r;
    if (octets.len < sizeof r.head || octets.len > UINT32_MAX)
        return false;
    memcpy(&r.head, octets.at, sizeof r.head);
    if (r.head.magic != RECORD_MAGIC || r.head.length != octets.len ||
        length_of(&r.head) != octets.len || r.head.parts == 0 || r.head.strings == 0 ||
        r.head.text_body > r.head.text)
        return false;
    record_open(octets, &r);
    return text_is_within(&r, r.head.preview) &&
           all_are_sound(&r, r.head.parts, part_is_sound) &&
           all_are_sound(&r, r.head.envelopes, envelope_is_sound) &&
           all_are_sound(&r, r.head.addresses, address_is_sound) &&
           all_are_sound(&r, r.head.parameters, parameter_is_sound) &&
           all_are_sound(&r, r.head.words, word_is_sound);
}
