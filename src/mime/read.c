#include "mime/read.h"

#include "mime/structure.h"

#include <errno.h>

/* ---- what a person would call an attachment */

static struct span word(const struct maker *m, struct record_text t)
{
    return maker_string(m, t);
}

static bool is_signature(const struct maker *m, const struct record_part *p)
{
    struct span subtype = word(m, p->subtype);
    return span_is(subtype, SPAN("pgp-signature")) ||
           span_is(subtype, SPAN("pkcs7-signature")) ||
           span_is(subtype, SPAN("x-pkcs7-signature"));
}

/* A picture that belongs to the page beside it (RFC 2387). */
static bool is_related(const struct maker *m, const struct record_part *p,
                       const struct record_part *above)
{
    return p->id.at > 0 && span_is(word(m, above->subtype), SPAN("related"));
}

static bool is_attachment(struct maker *m, uint32_t row)
{
    const struct record_part *p = maker_part(m, row), *above = maker_part(m, p->parent);
    struct span disposition = word(m, p->disposition);
    if (p->kind == RECORD_MULTIPART || (p->below > 0 && p->kind != RECORD_MESSAGE))
        return false;
    if (span_is(disposition, SPAN("attachment")))
        return true;
    if (span_is(disposition, SPAN("inline")) || is_signature(m, p) ||
        is_related(m, p, above))
        return false;
    return p->kind != RECORD_TEXT || p->filename.at > 0;
}

static void mark_attachments(struct maker *m)
{
    for (uint32_t row = 0; row < maker_parts(m); row++)
        if (is_attachment(m, row)) {
            maker_part(m, row)->flags |= RECORD_PART_ATTACHMENT;
            m->head.flags |= RECORD_ATTACHMENT;
        }
}

/* ---- the whole */

int message_read(struct reading *r, struct span message)
{
    if (message.len > UINT32_MAX)
        return -EFBIG;
    maker_open(&r->maker);
    structure_read(&r->maker, message);
    if (r->maker.error)
        return r->maker.error;
    mark_attachments(&r->maker);
    int error = text_read(r, message);
    return error ? error : maker_finish(&r->maker, (uint32_t)message.len, &r->record);
}

void reading_free(struct reading *r)
{
    maker_free(&r->maker);
    buf_free(&r->record);
    buf_free(&r->text);
    buf_free(&r->decoded);
    buf_free(&r->converted);
    buf_free(&r->stripped);
}
