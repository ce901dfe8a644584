/* structure - see structure.h. */
#include "imap/structure.h"

#include "base/utf8.h"
#include "imap/grammar.h"

#include <errno.h>
#include <inttypes.h>

/* Where it is written; the first error stays. */
struct writer {
    struct buf *to;
    const struct record *record;
    bool extended, utf8;
    int error;
};

static void put(struct writer *w, struct span s)
{
    if (!w->error)
        w->error = buf_put(w->to, s);
}

static void put_number(struct writer *w, uint32_t number)
{
    if (!w->error)
        w->error = buf_printf(w->to, " %" PRIu32, number);
}

static void put_string(struct writer *w, struct span s)
{
    if (!w->error)
        w->error = imap_put_string(w->to, s, w->utf8);
}

/* With a space in front. */
static void put_nstring(struct writer *w, struct record_text text)
{
    put(w, SPAN(" "));
    if (!w->error)
        w->error = imap_put_nstring(w->to, record_text(w->record, text), w->utf8);
}

/* ---- ENVELOPE */

/* A mailbox always has both its halves: NIL there means a group. */
static void put_half(struct writer *w, struct record_text text)
{
    struct span s = record_text(w->record, text);

    put(w, SPAN(" "));
    put_string(w, s.at ? s : SPAN(""));
}

/* address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")" */
static void put_address(struct writer *w, const struct record_address *a)
{
    const struct record_text nil = { 0, 0 };

    put(w, SPAN("("));
    if (a->kind == RECORD_GROUP) {
        put(w, SPAN("NIL NIL"));
        put_half(w, a->name);
        put(w, SPAN(" NIL"));
    } else if (a->kind == RECORD_GROUP_END) {
        put(w, SPAN("NIL NIL NIL NIL"));
    } else {
        if (!w->error)
            w->error =
                imap_put_nstring(w->to, record_text(w->record, a->name), w->utf8);
        put_nstring(w, nil);
        put_half(w, a->local_part);
        put_half(w, a->domain);
    }
    put(w, SPAN(")"));
}

static void put_addresses(struct writer *w, struct record_rows rows)
{
    put(w, rows.count > 0 ? SPAN(" (") : SPAN(" NIL"));
    for (uint32_t i = 0; i < rows.count; i++) {
        struct record_address a = record_address(w->record, rows.first + i);
        put_address(w, &a);
    }
    if (rows.count > 0)
        put(w, SPAN(")"));
}

/* "If the Sender or Reply-To header fields are absent ... the server sets the
 * corresponding member of the envelope to be the same value as the from member." */
static void put_envelope(struct writer *w, uint32_t row)
{
    struct record_envelope e = record_envelope(w->record, row);

    put(w, SPAN("("));
    if (!w->error)
        w->error = imap_put_nstring(w->to, record_text(w->record, e.date), w->utf8);
    put_nstring(w, e.subject);
    put_addresses(w, e.from);
    put_addresses(w, e.sender.count > 0 ? e.sender : e.from);
    put_addresses(w, e.reply_to.count > 0 ? e.reply_to : e.from);
    put_addresses(w, e.to);
    put_addresses(w, e.cc);
    put_addresses(w, e.bcc);
    put_nstring(w, e.in_reply_to);
    put_nstring(w, e.message_id);
    put(w, SPAN(")"));
}

int imap_put_envelope(struct buf *b, const struct record *record, uint32_t row,
                      bool utf8)
{
    struct writer w = { .to = b, .record = record, .utf8 = utf8 };

    put_envelope(&w, row);
    return w.error;
}

/* ---- parameters */

/* ext-octet of RFC 2231 §7. */
static bool stands_for_itself(char c)
{
    return c > 0x20 && c < 0x7f && !strchr("*'%()<>@,;:\\\"/[]?=", c);
}

/* utf-8''%E2%82%AC */
static void put_extended(struct writer *w, struct span value)
{
    put(w, SPAN("\"utf-8''"));
    while (value.len > 0 && !w->error) {
        size_t n = 0;
        while (n < value.len && stands_for_itself(value.at[n]))
            n++;
        put(w, span_first(value, n));
        value = span_skip(value, n);
        if (value.len > 0 && !w->error) {
            w->error = buf_printf(w->to, "%%%02X", (unsigned)(unsigned char)*value.at);
            value = span_skip(value, 1);
        }
    }
    put(w, SPAN("\""));
}

static void put_parameter(struct writer *w, const struct record_parameter *p)
{
    struct span name = record_text(w->record, p->name);
    struct span value = record_text(w->record, p->value);

    if (!p->extended || w->utf8 || !utf8_is_beyond_ascii(value)) {
        put_string(w, name);
        put(w, SPAN(" "));
        put_string(w, value);
        return;
    }
    if (!w->error) /* a token, which needs no quoting */
        w->error = buf_printf(w->to, "\"%.*s*\" ", SPAN_ARG(name));
    put_extended(w, value);
}

/* body-fld-param, with a space in front */
static void put_parameters(struct writer *w, struct record_rows rows)
{
    put(w, rows.count > 0 ? SPAN(" (") : SPAN(" NIL"));
    for (uint32_t i = 0; i < rows.count; i++) {
        struct record_parameter p = record_parameter(w->record, rows.first + i);
        if (i > 0)
            put(w, SPAN(" "));
        put_parameter(w, &p);
    }
    if (rows.count > 0)
        put(w, SPAN(")"));
}

/* ---- one part */

/* body-fld-dsp, body-fld-lang, body-fld-loc */
static void put_extension(struct writer *w, const struct record_part *p)
{
    if (p->disposition.at > 0) {
        put(w, SPAN(" ("));
        put_string(w, record_text(w->record, p->disposition));
        put_parameters(w, p->disposition_parameters);
        put(w, SPAN(")"));
    } else {
        put(w, SPAN(" NIL"));
    }
    put(w, p->languages.count > 0 ? SPAN(" (") : SPAN(" NIL"));
    for (uint32_t i = 0; i < p->languages.count; i++) {
        if (i > 0)
            put(w, SPAN(" "));
        put_string(w, record_text(w->record,
                                  record_word(w->record, p->languages.first + i)));
    }
    if (p->languages.count > 0)
        put(w, SPAN(")"));
    put_nstring(w, p->location);
}

/* What stands behind a part that is no multipart. */
static void end_single(struct writer *w, const struct record_part *p)
{
    if (p->kind == RECORD_TEXT || (p->kind == RECORD_MESSAGE && p->below > 0))
        put_number(w, p->lines);
    if (w->extended) {
        put_nstring(w, p->md5);
        put_extension(w, p);
    }
    put(w, SPAN(")"));
}

static bool is_hidden(struct writer *w, const struct record_part *p)
{
    return p->below == 0 &&
           (p->kind == RECORD_MULTIPART || p->kind == RECORD_MESSAGE ||
            (span_is(record_text(w->record, p->type), SPAN("message")) &&
             (span_is(record_text(w->record, p->subtype), SPAN("rfc822")) ||
              span_is(record_text(w->record, p->subtype), SPAN("global")))));
}

/* body-type-1part up to what follows the octets; a message goes on with its envelope. */
static void begin_single(struct writer *w, const struct record_part *p)
{
    put(w, SPAN("("));
    if (is_hidden(w, p)) {
        put(w, SPAN("\"application\" \"octet-stream\""));
    } else {
        put_string(w, record_text(w->record, p->type));
        put(w, SPAN(" "));
        put_string(w, record_text(w->record, p->subtype));
    }
    put_parameters(w, p->parameters);
    put_nstring(w, p->id);
    put_nstring(w, p->description);
    if (p->encoding.at > 0)
        put_nstring(w, p->encoding);
    else
        put(w, SPAN(" \"7bit\""));
    put_number(w, p->body_length);
}

static void end_multipart(struct writer *w, const struct record_part *p)
{
    put(w, SPAN(" "));
    put_string(w, record_text(w->record, p->subtype));
    if (w->extended) {
        put_parameters(w, p->parameters);
        put_extension(w, p);
    }
    put(w, SPAN(")"));
}

static bool is_multipart(const struct record_part *p)
{
    return p->kind == RECORD_MULTIPART && !(p->flags & RECORD_PART_OPAQUE);
}

static void begin_part(struct writer *w, uint32_t row, const struct record_part *p)
{
    if (is_multipart(p)) {
        put(w, SPAN("("));
        if (p->below == 0)
            put(w, SPAN("(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)"));
        return;
    }
    begin_single(w, p);
    if (p->kind != RECORD_MESSAGE || p->below == 0)
        return;
    put(w, SPAN(" "));
    put_envelope(w, record_part(w->record, row + 1).envelope);
    put(w, SPAN(" "));
}

/* Ends the part, and those above it of which it was the last. */
static void end_parts(struct writer *w, uint32_t row, const struct record_part *last)
{
    uint32_t next = row + 1;
    struct record_part p = *last;

    if (p.below > 0)
        return;
    for (;;) {
        if (is_multipart(&p))
            end_multipart(w, &p);
        else
            end_single(w, &p);
        if (row == 0)
            return;
        row = p.parent;
        p = record_part(w->record, row);
        if (row + p.below + 1 != next)
            return;
    }
}

int imap_put_body_structure(struct buf *b, const struct record *record, bool extended,
                            bool utf8)
{
    struct writer w = { .to = b, .record = record, .extended = extended, .utf8 = utf8 };

    for (uint32_t row = 0; row < record->head.parts && !w.error; row++) {
        struct record_part p = record_part(record, row);
        begin_part(&w, row, &p);
        end_parts(&w, row, &p);
    }
    return w.error;
}

/* ---- numbers of parts */

/* The n-th part of a multipart. */
static bool find_child(const struct record *r, uint32_t row, uint32_t number,
                       uint32_t *row_r)
{
    struct record_part p = record_part(r, row);
    uint32_t end = row + p.below;

    for (uint32_t child = row + 1; child <= end;) {
        if (--number == 0) {
            *row_r = child;
            return true;
        }
        child += record_part(r, child).below + 1;
    }
    return false;
}

bool imap_find_part(const struct record *r, const uint32_t *path, size_t depth,
                    uint32_t *row_r)
{
    uint32_t row = 0;
    bool whole = true; /* a message, so that 1 may be its body */

    for (size_t i = 0; i < depth; i++) {
        struct record_part p = record_part(r, row);
        /* A message's parts are those of what it holds. */
        if (!whole && p.kind == RECORD_MESSAGE && p.below > 0) {
            p = record_part(r, ++row);
            whole = true;
        }
        if (p.kind == RECORD_MULTIPART && p.below > 0) {
            if (!find_child(r, row, path[i], &row))
                return false;
        } else if (!whole || path[i] != 1) {
            return false;
        }
        whole = false;
    }
    *row_r = row;
    return true;
}
