#include "smtp/submitted.h"

#include "smtp/authors.h"
#include "smtp/session.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "mime/header.h"
#include "trust/authserv.h"

#include <inttypes.h>

/* ---- where it ends */

static bool is_ftext(char c)
{
    return c > ' ' && c <= '~' && c != ':';
}

/* field-name *WSP ":", RFC 5322 §2.2 and §4.5.1 */
static bool is_field(struct span line)
{
    size_t n = 0;

    while (n < line.len && is_ftext(line.at[n]))
        n++;
    if (n == 0)
        return false;
    while (n < line.len && (line.at[n] == ' ' || line.at[n] == '\t'))
        n++;
    return n < line.len && line.at[n] == ':';
}

static bool is_folded(struct span line)
{
    return line.len > 0 && (*line.at == ' ' || *line.at == '\t');
}

/* Does this line go on with the section? */
static bool goes_on(struct submitted *h, struct span line)
{
    if (h->fields && is_folded(line))
        return true;
    bool field = is_field(line);
    h->fields = h->fields || field;
    return field;
}

/* Goes over whole lines (at the message's end over the last one, too); true: the section
 * has ended, at h->line. */
static bool find_end(struct submitted *h, bool at_end)
{
    for (;;) {
        struct span rest = span_skip(buf_span(&h->section), h->line);
        size_t n = span_find(rest, '\n');
        if (n == rest.len && !at_end)
            return false;
        n += n < rest.len;
        if (n == 0 || !goes_on(h, span_first(rest, n)))
            return true;
        h->line += n;
    }
}

/* ---- who it is from */

static const char *ask_for(struct smtp *s, struct span mailbox)
{
    switch (smtp_ask_sender(s, mailbox)) {
    case AUTH_OK:
        return NULL;
    case AUTH_REFUSED:
    case AUTH_BAD_ADDRESS:
        return "550 5.7.1 You may not send as From, Sender or Resent- say";
    default:
        return "451 4.3.0 Try again later";
    }
}

/* Every mailbox of the field's must be one of the account's. */
static const char *check_authors(struct smtp *s, struct span value)
{
    struct authors authors;

    switch (authors_read(value, &authors)) {
    case AUTHORS_TOO_MANY:
        return "550 5.6.0 Too many authors";
    case AUTHORS_UNCLEAR:
        return "550 5.6.0 From, Sender or Resent- is unclear";
    case AUTHORS_GOOD:
        break;
    }
    if (authors.count == 0)
        return "550 5.6.0 From, Sender or Resent- names nobody";
    for (unsigned i = 0; i < authors.count; i++) {
        const char *refusal = ask_for(s, span_of(authors.address[i]));
        if (refusal)
            return refusal;
    }
    return NULL;
}

/* ---- what is there, and what is not */

struct findings {
    unsigned from, sender, date, message_id;
};

static bool is_author(struct span name, struct findings *f)
{
    enum header_field field = header_field_of(name);

    f->from += field == FIELD_FROM;
    f->sender += field == FIELD_SENDER;
    f->date += field == FIELD_DATE;
    f->message_id += field == FIELD_MESSAGE_ID;
    return field == FIELD_FROM || field == FIELD_SENDER ||
           span_is_nocase(name, SPAN("Resent-From")) ||
           span_is_nocase(name, SPAN("Resent-Sender"));
}

/* BODY=BINARYMIME leaves the header section what it is: lines. */
static bool has_bare(struct span section)
{
    for (size_t i = 0; i < section.len; i++) {
        char c = section.at[i];
        if (c == '\0' || (c == '\n' && (i == 0 || section.at[i - 1] != '\r')) ||
            (c == '\r' && i + 1 < section.len && section.at[i + 1] != '\n'))
            return true;
    }
    return false;
}

/* NULL, or why it is refused. */
static const char *check(struct smtp *s, struct span section, struct findings *f)
{
    const char *refusal = NULL;
    struct field field;
    bool noise = false;

    if (has_bare(section))
        return "550 5.6.11 Bare CR, bare LF or NUL: lines end in CRLF";
    while (!refusal && header_take_field(&section, &field, &noise))
        if (is_author(field.name, f))
            refusal = check_authors(s, field.value);
    if (!refusal && (f->from > 1 || f->sender > 1))
        refusal = "550 5.6.0 From and Sender may stand there once";
    if (!refusal && f->from == 0 && s->reverse_path[0] == '\0')
        refusal = "550 5.6.0 There is no From";
    return refusal;
}

/* ---- what leaves */

/* Our own words do not count towards the message's size. */
static void put_own(struct mail_data *m, struct span text)
{
    m->body.max += text.len;
    incoming_put(&m->body, text);
}

static void put_missing(struct smtp *s, const struct findings *f)
{
    char date[CLOCK_DATE_SIZE];
    struct buf text = { .max = SMTP_TEXT_LINE_MAX };

    clock_date(clock_wall(), date);
    if (f->from == 0)
        buf_printf(&text, "From: <%s>\r\n", s->reverse_path);
    if (f->date == 0)
        buf_printf(&text, "Date: %s\r\n", date);
    if (f->message_id == 0)
        buf_printf(&text, "Message-ID: <%016" PRIx64 ".%" PRIx64 "@%s>\r\n",
                   wire_session(s->wire), clock_now(), s->host->name);
    put_own(&s->data, buf_span(&text));
    buf_free(&text);
}

static bool is_kept(const struct smtp *s, const struct field *f)
{
    return header_field_of(f->name) != FIELD_BCC &&
           !span_is_nocase(f->name, SPAN("Resent-Bcc")) &&
           !span_is_nocase(f->name, SPAN("Return-Path")) &&
           !authserv_is_claimed(f, span_of(s->host->name));
}

static void put_kept(const struct smtp *s, struct mail_data *m, struct span section)
{
    struct field field;
    bool noise = false;

    for (struct span before = section; section.len > 0; before = section) {
        if (!header_take_field(&section, &field, &noise) || !is_kept(s, &field))
            continue;
        incoming_put(&m->body, span_first(before, before.len - section.len));
    }
}

/* The section is whole; what stands behind it is the body. */
static void finish(struct smtp *s)
{
    struct mail_data *m = &s->data;
    struct submitted *h = &m->submitted;
    struct span section = span_first(buf_span(&h->section), h->line);
    struct span rest = span_skip(buf_span(&h->section), h->line);
    struct findings f = { 0 };

    h->over = true;
    if (!m->refusal)
        m->refusal = check(s, section, &f);
    if (!m->refusal) {
        put_missing(s, &f);
        put_kept(s, m, section);
        if (section.len > 0 && section.at[section.len - 1] != '\n')
            put_own(m, SPAN("\r\n"));
        if (rest.len == 0 || *rest.at != '\r')
            put_own(m, SPAN("\r\n"));
        incoming_put(&m->body, rest);
    }
    buf_free(&h->section);
}

void submitted_begin(struct submitted *h)
{
    *h = (struct submitted){ .section = { .max = HEADER_SECTION_MAX + WIRE_INPUT } };
}

void submitted_take(struct smtp *s, struct span piece)
{
    struct mail_data *m = &s->data;
    struct submitted *h = &m->submitted;

    if (h->over)
        incoming_put(&m->body, piece);
    else if (buf_put(&h->section, piece))
        m->refusal = "552 5.3.4 The header section is too large";
    else if (find_end(h, false))
        finish(s);
}

void submitted_end(struct smtp *s)
{
    struct submitted *h = &s->data.submitted;

    if (h->over)
        return;
    find_end(h, true);
    finish(s);
}

void submitted_close(struct submitted *h)
{
    buf_free(&h->section);
}
