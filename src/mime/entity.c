#include "mime/entity.h"

#include "config/limits.h"
#include "mime/envelope.h"
#include "mime/header.h"
#include "mime/lex.h"
#include "mime/parameter.h"
#include "mime/transfer.h"

/* Fields of which the first counts. */
struct fields {
    struct span values[FIELDS];
};

/* ---- words, in lower case */

static struct record_text lower(struct maker *m, struct span word)
{
    struct out o = maker_begin(m);
    for (size_t i = 0; i < word.len; i++) {
        char c = word.at[i];
        out_put(&o, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    return maker_end(m, &o);
}

/* type "/" subtype; the rest are parameters. */
static bool take_type(struct span *s, struct span *type_r, struct span *subtype_r)
{
    lex_skip(s, NULL);
    if (!lex_take_word(s, &lex_tspecials, type_r))
        return false;
    lex_skip(s, NULL);
    if (!span_take(s, SPAN("/")))
        return false;
    lex_skip(s, NULL);
    return lex_take_word(s, &lex_tspecials, subtype_r);
}

static enum record_kind kind_of(struct span type, struct span subtype)
{
    if (span_is_nocase(type, SPAN("text")))
        return RECORD_TEXT;
    if (span_is_nocase(type, SPAN("multipart")))
        return RECORD_MULTIPART;
    if (span_is_nocase(type, SPAN("message")) &&
        (span_is_nocase(subtype, SPAN("rfc822")) ||
         span_is_nocase(subtype, SPAN("global"))))
        return RECORD_MESSAGE;
    return RECORD_OTHER;
}

/* ---- Content-Type */

static void set_type(struct maker *m, struct record_part *p, struct span type,
                     struct span subtype)
{
    p->type = lower(m, type);
    p->subtype = lower(m, subtype);
    p->kind = (uint8_t)kind_of(type, subtype);
}

/* RFC 2046 §5.1.1: up to 70 characters, no white space at the end. */
static void find_boundary(struct maker *m, struct entity *e)
{
    struct record_text b =
        parameter_find(m, e->part.parameters, SPAN("boundary"), false);
    struct span boundary = maker_string(m, b);
    while (boundary.len > 0 && lex_is_white(boundary.at[boundary.len - 1]))
        boundary.len--;
    b.len = (uint32_t)boundary.len;
    if (b.len > 0 && b.len <= MIME_BOUNDARY_MAX)
        e->boundary = b;
    else
        m->head.flags |= RECORD_AMBIGUOUS;
}

/* §5.2 of RFC 2045: what is no type is as if it were not there. */
static void read_type(struct maker *m, struct entity *e, struct span value,
                      bool in_digest)
{
    struct span type, subtype;
    if (!value.at || !take_type(&value, &type, &subtype)) {
        if (value.at)
            m->head.flags |= RECORD_AMBIGUOUS;
        set_type(m, &e->part, in_digest ? SPAN("message") : SPAN("text"),
                 in_digest ? SPAN("rfc822") : SPAN("plain"));
        return;
    }
    set_type(m, &e->part, type, subtype);
    e->part.parameters = parameters_read(m, value);
    if (e->part.kind == RECORD_MULTIPART)
        find_boundary(m, e);
}

/* ---- the other fields */

static void read_encoding(struct maker *m, struct record_part *p, struct span value)
{
    struct span word = SPAN("");
    lex_skip(&value, NULL);
    lex_take_word(&value, &lex_tspecials, &word);
    lex_skip(&value, NULL);
    if (word.len > 0)
        p->encoding = maker_text(m, word);
    p->encoded = (uint8_t)encoding_of_name(word);
    bool composite = p->kind == RECORD_MULTIPART || p->kind == RECORD_MESSAGE;
    bool identity = p->encoded <= RECORD_BINARY;
    if (value.len > 0 || p->encoded == RECORD_UNKNOWN || (composite && !identity))
        m->head.flags |= RECORD_AMBIGUOUS; /* RFC 2045 §6.4 */
    /* What is said to be encoded is not opened: it is a file like any other. */
    if (p->kind == RECORD_MESSAGE && !identity)
        p->kind = RECORD_OTHER;
    if (p->kind == RECORD_MULTIPART)
        p->encoded = RECORD_BINARY;
}

static void read_disposition(struct maker *m, struct record_part *p, struct span value)
{
    struct span word;
    lex_skip(&value, NULL);
    if (!lex_take_word(&value, &lex_tspecials, &word))
        return;
    p->disposition = lower(m, word);
    p->disposition_parameters = parameters_read(m, value);
}

/* From either field; conflicting names make the message ambiguous. */
static void find_filename(struct maker *m, struct record_part *p)
{
    struct record_text a =
        parameter_find(m, p->disposition_parameters, SPAN("filename"), true);
    struct record_text b = parameter_find(m, p->parameters, SPAN("name"), true);
    if (a.at && b.at && !span_is(maker_string(m, a), maker_string(m, b)))
        m->head.flags |= RECORD_AMBIGUOUS;
    if (a.at || b.at)
        p->filename = filename_make(m, a.at ? a : b);
}

static struct record_text unfolded(struct maker *m, struct span value)
{
    if (!value.at)
        return (struct record_text){ 0, 0 };
    struct out o = maker_begin(m);
    lex_unfold(value, &o);
    return maker_end(m, &o);
}

static void read_description(struct maker *m, struct record_part *p, struct span value)
{
    SCRATCH char octets[MIME_TEXT_MAX];
    struct out o = OUT(octets);
    if (!value.at)
        return;
    lex_unfold(value, &o);
    text_pair(m, out_span(&o), &p->description, &p->description_decoded);
}

static void read_fields(struct maker *m, const struct fields *f, bool in_digest,
                        struct entity *e)
{
    struct record_part *p = &e->part;
    read_type(m, e, f->values[FIELD_CONTENT_TYPE], in_digest);
    if (f->values[FIELD_CONTENT_TRANSFER_ENCODING].at)
        read_encoding(m, p, f->values[FIELD_CONTENT_TRANSFER_ENCODING]);
    if (f->values[FIELD_CONTENT_DISPOSITION].at)
        read_disposition(m, p, f->values[FIELD_CONTENT_DISPOSITION]);
    find_filename(m, p);
    read_description(m, p, f->values[FIELD_CONTENT_DESCRIPTION]);
    p->id = unfolded(m, f->values[FIELD_CONTENT_ID]);
    p->md5 = unfolded(m, f->values[FIELD_CONTENT_MD5]);
    p->location = unfolded(m, f->values[FIELD_CONTENT_LOCATION]);
    if (f->values[FIELD_CONTENT_LANGUAGE].at)
        p->languages = languages_read(m, f->values[FIELD_CONTENT_LANGUAGE]);
}

/* The fields of a part are kept until all are in: one explains the other. */
static void take_fields(struct maker *m, struct span header, struct fields *f,
                        struct record_envelope *envelope)
{
    struct field field;
    bool noise = false;
    while (header_take_field(&header, &field, &noise)) {
        enum header_field which = header_field_of(field.name);
        if (which < FIELD_CONTENT_TYPE && envelope)
            envelope_take(m, envelope, which, field.value);
        if (which < FIELD_CONTENT_TYPE || which == FIELD_OTHER)
            continue;
        if (f->values[which].at)
            noise = true;
        else
            f->values[which] = field.value;
    }
    if (noise)
        m->head.flags |= RECORD_AMBIGUOUS;
}

void entity_read(struct maker *m, struct span header, bool is_message, bool in_digest,
                 struct entity *e)
{
    struct fields fields = { 0 };
    struct record_envelope envelope;
    envelope_begin(&envelope);
    e->boundary = (struct record_text){ 0, 0 };
    take_fields(m, header, &fields, is_message ? &envelope : NULL);
    read_fields(m, &fields, in_digest, e);
    e->part.envelope = (uint32_t)RECORD_NONE;
    if (!is_message)
        return;
    envelope_end(m, &envelope);
    e->part.envelope = maker_add_envelope(m, &envelope);
}
