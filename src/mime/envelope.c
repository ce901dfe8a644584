#include "mime/envelope.h"

#include "base/map.h"
#include "config/limits.h"
#include "mime/address.h"
#include "mime/date.h"
#include "mime/fold.h"
#include "mime/lex.h"
#include "mime/parameter.h"

#include <limits.h>

void envelope_begin(struct record_envelope *e)
{
    *e = (struct record_envelope){ .zone = INT_MIN };
}

/* ---- addresses */

static void add_address(const struct address *a, void *arg)
{
    struct maker *m = arg;
    struct record_address row = { .kind = a->kind };
    if (a->name.at)
        text_pair(m, a->name, &row.name, &row.name_decoded);
    if (a->kind == RECORD_MAILBOX) {
        row.local_part = maker_text(m, a->local_part);
        row.domain = maker_text(m, a->domain);
    }
    maker_add_address(m, &row);
}

/* Once more behind what was there; rows of others between them are an exception that is
 * left out (another To behind a Cc). */
static void read_addresses(struct maker *m, struct record_rows *rows, struct span value)
{
    uint32_t first = maker_addresses(m);
    if (rows->count > 0 && rows->first + rows->count != first) {
        m->head.flags |= RECORD_AMBIGUOUS;
        return;
    }
    if (!addresses_read(value, add_address, m))
        m->head.flags |= RECORD_CUT;
    if (rows->count == 0)
        rows->first = first;
    rows->count += maker_addresses(m) - first;
}

static struct record_rows *list_of(struct record_envelope *e, enum header_field f)
{
    struct record_rows *lists[FIELDS] = {
        [FIELD_FROM] = &e->from,
        [FIELD_SENDER] = &e->sender,
        [FIELD_REPLY_TO] = &e->reply_to,
        [FIELD_TO] = &e->to,
        [FIELD_CC] = &e->cc,
        [FIELD_BCC] = &e->bcc,
    };
    return lists[f];
}

/* ---- words */

static void add_word(struct maker *m, struct record_rows *rows, const struct out *o)
{
    if (o->len > 0 && rows->count < MIME_WORDS_MAX)
        rows->count += maker_add_word(m, maker_end(m, o)) != (uint32_t)RECORD_NONE;
}

/* s begins with "<"; white space and comments within are nothing. */
static void take_id(struct maker *m, struct span *s, struct record_rows *rows)
{
    static const struct lex_set end = { { UINT64_C(1) << '>' } };
    struct out o = maker_begin(m);
    struct span word;
    steps(1);
    *s = span_skip(*s, 1);
    for (; s->len > 0 && s->at[0] != '>'; lex_skip(s, NULL))
        if (lex_take_word(s, &end, &word))
            out_span_put(&o, word);
    add_word(m, rows, &o);
}

/* msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS], and what §4.5.4 has between. */
struct record_rows message_ids_read(struct maker *m, struct span s)
{
    struct record_rows rows = { maker_words(m), 0 };
    struct out nowhere = { 0 };
    struct span word;
    for (lex_skip(&s, NULL); s.len > 0; lex_skip(&s, NULL)) {
        if (s.at[0] == '<') {
            take_id(m, &s, &rows);
        } else if (s.at[0] == '"') {
            lex_take_quoted(&s, &nowhere);
        } else if (!lex_take_word(&s, &lex_specials, &word)) {
            steps(1);
            s = span_skip(s, 1);
        }
    }
    return rows;
}

/* RFC 3282: Language-tag *("," Language-tag) */
struct record_rows languages_read(struct maker *m, struct span s)
{
    struct record_rows rows = { maker_words(m), 0 };
    struct span word;
    for (lex_skip(&s, NULL); s.len > 0; lex_skip(&s, NULL)) {
        if (lex_take_word(&s, &lex_specials, &word)) {
            struct out o = maker_begin(m);
            out_span_put(&o, word);
            add_word(m, &rows, &o);
        } else {
            steps(1);
            s = span_skip(s, 1);
        }
    }
    return rows;
}

/* ---- the rest */

static struct record_text unfolded(struct maker *m, struct span value)
{
    struct out o = maker_begin(m);
    lex_unfold(value, &o);
    return maker_end(m, &o);
}

static void read_subject(struct maker *m, struct record_envelope *e, struct span value)
{
    SCRATCH char octets[MIME_TEXT_MAX];
    struct out o = OUT(octets);
    lex_unfold(value, &o);
    if (out_is_cut(&o))
        m->head.flags |= RECORD_CUT;
    text_pair(m, out_span(&o), &e->subject, &e->subject_decoded);
}

static void read_date(struct maker *m, struct record_envelope *e, struct span value)
{
    int minutes;
    e->date = unfolded(m, value);
    if (date_read(value, &e->time, &minutes))
        e->zone = minutes;
}

/* Is that field there already?  Then the first counts. */
static bool is_again(struct maker *m, bool there)
{
    if (there)
        m->head.flags |= RECORD_AMBIGUOUS;
    return there;
}

static void take_ids(struct maker *m, struct record_envelope *e, enum header_field f,
                     struct span value)
{
    if (f == FIELD_MESSAGE_ID && !is_again(m, e->message_id.at > 0)) {
        e->message_id = unfolded(m, value);
        e->ids = message_ids_read(m, value);
    } else if (f == FIELD_IN_REPLY_TO && !is_again(m, e->in_reply_to.at > 0)) {
        e->in_reply_to = unfolded(m, value);
        e->replies = message_ids_read(m, value);
    } else if (f == FIELD_REFERENCES && !is_again(m, e->references.count > 0)) {
        e->references = message_ids_read(m, value);
    }
}

void envelope_take(struct maker *m, struct record_envelope *e, enum header_field f,
                   struct span value)
{
    if (f <= FIELD_BCC) {
        struct record_rows *rows = list_of(e, f);
        if (f >= FIELD_TO || !is_again(m, rows->count > 0))
            read_addresses(m, rows, value);
    } else if (f == FIELD_SUBJECT && !is_again(m, e->subject.at > 0)) {
        read_subject(m, e, value);
    } else if (f == FIELD_DATE && !is_again(m, e->date.at > 0)) {
        read_date(m, e, value);
    } else {
        take_ids(m, e, f, value);
    }
}

void envelope_end(struct maker *m, struct record_envelope *e)
{
    static const uint8_t key[16]; /* zero: the same for ever */
    SCRATCH char octets[MIME_TEXT_MAX];
    struct out base = OUT(octets);
    if (e->subject_decoded.at == 0)
        return;
    base_subject(maker_string(m, e->subject_decoded), &base);
    e->base_subject = maker_text(m, out_span(&base));
    if (base.len > 0)
        e->thread = siphash(key, out_span(&base));
}
