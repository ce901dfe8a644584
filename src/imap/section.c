/* section - see session.h: which octets of a message BODY[...] means (RFC 9051 §6.4.5.1). */
#include "imap/fetch_att.h"
#include "imap/message.h"
#include "imap/structure.h"

#include "mime/header.h"
#include "mime/record.h"

static struct extent header_of(const struct record_part *p)
{
    return (struct extent){ p->header, p->header_length, true };
}

static struct extent body_of(const struct record_part *p)
{
    return (struct extent){ p->body, p->body_length, true };
}

/* HEADER and TEXT of a part: it holds a message, whose they are. */
static bool find_message(const struct record *r, uint32_t row,
                         struct record_part *message_r)
{
    struct record_part p = record_part(r, row);

    if (p.kind != RECORD_MESSAGE || p.below == 0)
        return false;
    *message_r = record_part(r, row + 1);
    return true;
}

struct extent section_of(const struct record *r, const struct fetch_att *a)
{
    struct record_part part;
    uint32_t row;

    if (!imap_find_part(r, a->path, a->depth, &row))
        return (struct extent){ 0 };
    part = record_part(r, row);
    if (a->depth == 0 && a->text == SECTION_WHOLE)
        return (struct extent){ 0, r->head.size, true };
    if (a->text == SECTION_WHOLE)
        return body_of(&part);
    if (a->text == SECTION_MIME)
        return header_of(&part);
    if (a->depth > 0 && !find_message(r, row, &part))
        return (struct extent){ 0 };
    return a->text == SECTION_TEXT ? body_of(&part) : header_of(&part);
}

static bool is_named(const struct fetch_att *a, struct span name)
{
    for (size_t i = 0; i < a->field_count; i++)
        if (span_is_nocase(a->fields[i], name))
            return true;
    return false;
}

int section_put_fields(struct span header, const struct fetch_att *a, struct buf *b)
{
    struct field field;
    bool noise = false;
    int error = 0;

    while (!error && header_take_field(&header, &field, &noise)) {
        size_t length = (size_t)(header.at - field.name.at);
        if (is_named(a, field.name) == (a->text == SECTION_FIELDS))
            error = buf_put(b, span_at(field.name.at, length));
    }
    return error ? error : buf_put(b, SPAN("\r\n"));
}

void section_hide_nuls(char *octets, size_t size)
{
    char *end = octets + size;

    for (char *at = octets; (at = memchr(at, 0, (size_t)(end - at))) != NULL;)
        *at = (char)0x80;
}
