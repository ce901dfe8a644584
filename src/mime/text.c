/* text - the text of a message for search, and its preview; see read.h. */
#include "mime/read.h"

#include "config/limits.h"
#include "mime/charset.h"
#include "mime/fold.h"
#include "mime/html.h"
#include "mime/parameter.h"
#include "mime/transfer.h"

#include <errno.h>

struct text {
    struct reading *r;
    struct maker *m;
    struct span message;
    struct out text; /* all of it */
    int error;
};

static void put_line(struct text *t, struct span utf8)
{
    size_t before = t->text.len;
    if (t->r->without_text || utf8.len == 0 || out_is_cut(&t->text))
        return;
    fold(utf8, &t->text);
    if (t->text.len > before)
        out_put(&t->text, '\n');
}

/* ---- what the envelopes say */

static struct record_envelope envelope_of(const struct maker *m, uint32_t row)
{
    struct record_envelope e;
    memcpy(&e, m->envelopes.at + row * sizeof e, sizeof e);
    return e;
}

static void put_address(struct text *t, uint32_t row)
{
    SCRATCH char octets[1200];
    struct out line = OUT(octets);
    struct record_address a;
    memcpy(&a, t->m->addresses.at + row * sizeof a, sizeof a);
    out_span_put(&line, maker_string(t->m, a.name_decoded));
    if (a.kind == RECORD_MAILBOX) {
        out_put(&line, ' ');
        out_span_put(&line, maker_string(t->m, a.local_part));
        out_put(&line, '@');
        out_span_put(&line, maker_string(t->m, a.domain));
    }
    put_line(t, out_span(&line));
}

static void put_envelope(struct text *t, const struct record_envelope *e)
{
    const struct record_rows lists[] = { e->from, e->sender, e->reply_to,
                                         e->to,   e->cc,     e->bcc };
    put_line(t, maker_string(t->m, e->subject_decoded));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (uint32_t row = 0; row < lists[i].count; row++)
            put_address(t, lists[i].first + row);
    put_line(t, maker_string(t->m, e->message_id));
}

/* ---- one part */

/* An out of `max` octets at most in a buf that is overwritten. */
static struct out room_in(struct text *t, struct buf *b, size_t max)
{
    b->max = SEARCH_TEXT_MAX;
    b->len = 0;
    if (max > SEARCH_TEXT_MAX)
        max = SEARCH_TEXT_MAX;
    if (max == 0 || (t->error = buf_reserve(b, max)) != 0)
        return (struct out){ 0 };
    return (struct out){ .at = b->at, .max = max };
}

static struct span body_of(const struct text *t, const struct record_part *p)
{
    return span_at(t->message.at + p->body, p->body_length);
}

/* Undoes the encoding; the part learns how many octets it has. */
static struct span decode(struct text *t, struct record_part *p, bool wanted)
{
    struct span body = body_of(t, p);
    p->decoded = p->body_length;
    if (p->encoded != RECORD_BASE64 && p->encoded != RECORD_QUOTED_PRINTABLE)
        return body;
    struct out o = room_in(t, &t->r->decoded, wanted ? body.len : 0);
    if (!transfer_decode((enum record_encoding)p->encoded, body, &o)) {
        p->flags |= RECORD_PART_BROKEN;
        t->m->head.flags |= RECORD_AMBIGUOUS;
    }
    p->decoded = (uint32_t)o.wanted;
    return out_span(&o);
}

static struct span convert(struct text *t, const struct record_part *p, struct span s)
{
    struct span name =
        maker_string(t->m, parameter_find(t->m, p->parameters, SPAN("charset"), false));
    const struct charset *c = charset_find(name.len > 0 ? name : SPAN("us-ascii"));
    if (charset_is_utf8(c))
        return s;
    struct out o = room_in(t, &t->r->converted, s.len * 3);
    charset_to_utf8(c, s, &o);
    return out_span(&o);
}

static struct span strip(struct text *t, const struct record_part *p, struct span s)
{
    if (!span_is(maker_string(t->m, p->subtype), SPAN("html")))
        return s;
    struct out o = room_in(t, &t->r->stripped, s.len);
    html_to_text(s, &o);
    return out_span(&o);
}

/* Visible ASCII, or one character of what is not ASCII; c_r: where it is neither. */
static struct span take_visible(struct span *s, uint32_t *c_r)
{
    struct span from = *s;
    size_t n = 0;
    while (n < s->len && n <= PREVIEW_OCTETS_MAX && s->at[n] > ' ' && s->at[n] < 127)
        n++;
    *c_r = n > 0 ? (unsigned char)from.at[0] : utf8_take(s);
    if (n > 0)
        *s = span_skip(from, n);
    steps(from.len - s->len);
    return span_first(from, n);
}

/* RFC 8970 §4.1: text without markup, in one line. */
static void make_preview(struct text *t, struct span utf8)
{
    struct out o = maker_begin(t->m);
    bool space = false;
    if (o.max > PREVIEW_OCTETS_MAX)
        o.max = PREVIEW_OCTETS_MAX;
    while (utf8.len > 0 && !out_is_cut(&o)) {
        uint32_t c;
        struct span ascii = take_visible(&utf8, &c);
        if (c <= ' ' || (c >= 127 && c <= 0xa0)) {
            space = o.len > 0;
            continue;
        }
        if (space)
            out_put(&o, ' ');
        space = false;
        if (ascii.len > 0)
            out_span_put(&o, ascii);
        else
            out_put_character(&o, c);
    }
    o.wanted = o.len; /* it is meant to be short */
    if (o.len > 0)
        t->m->head.preview = maker_end(t->m, &o);
}

static void read_leaf(struct text *t, uint32_t row)
{
    struct record_part *p = maker_part(t->m, row);
    bool shown = t->m->head.preview.at == 0 && !(p->flags & RECORD_PART_ATTACHMENT);
    bool wanted = p->kind == RECORD_TEXT && !(p->flags & RECORD_PART_OPAQUE) &&
                  !out_is_cut(&t->text) && p->encoded != RECORD_UNKNOWN &&
                  (shown || !t->r->without_text);
    struct span s = decode(t, p, wanted);
    if (!wanted || t->error)
        return;
    if (s.len > SEARCH_TEXT_MAX)
        s.len = SEARCH_TEXT_MAX;
    s = convert(t, p, s);
    s = strip(t, p, s);
    put_line(t, s);
    if (shown)
        make_preview(t, s);
}

static void read_part(struct text *t, uint32_t row)
{
    const struct record_part *p = maker_part(t->m, row);
    put_line(t, maker_string(t->m, p->filename));
    if (row > 0 && p->envelope != (uint32_t)RECORD_NONE) {
        struct record_envelope e = envelope_of(t->m, p->envelope);
        put_envelope(t, &e);
    }
    if (p->below == 0)
        read_leaf(t, row);
    else
        maker_part(t->m, row)->decoded = p->body_length;
}

/* ---- the whole */

int text_read(struct reading *r, struct span message)
{
    struct text t = { .r = r, .m = &r->maker, .message = message };
    r->text.max = SEARCH_TEXT_MAX;
    r->text.len = 0;
    size_t room = SEARCH_HEAD_MAX + 4 * message.len;
    if (room > SEARCH_TEXT_MAX)
        room = SEARCH_TEXT_MAX;
    if (r->without_text)
        room = 0;
    int error = buf_reserve(&r->text, room);
    if (error)
        return error;
    t.text = (struct out){ .at = r->text.at,
                           .max = room < SEARCH_HEAD_MAX ? room : SEARCH_HEAD_MAX };
    struct record_envelope e = envelope_of(&r->maker, 0);
    put_envelope(&t, &e);
    r->maker.head.text_body = (uint32_t)t.text.len;
    t.text.max = room;
    t.text.wanted = t.text.len;
    for (uint32_t row = 0; row < maker_parts(&r->maker) && !t.error; row++)
        read_part(&t, row);
    r->text.len = t.text.len;
    r->maker.head.text = (uint32_t)t.text.len;
    return t.error;
}
