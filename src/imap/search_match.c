/* search_match - see search_match.h. */
#include "imap/search_match.h"

#include "base/clock.h"
#include "imap/fetch_row.h"
#include "imap/message.h"
#include "imap/object_id.h"
#include "mime/fold.h"
#include "mime/header.h"
#include "mime/record.h"

#include <errno.h>

enum { DAY_SECONDS = 24 * 60 * 60, FOLDED_MAX = 64 << 10 };

/* ---- the keys */

static bool fold_text(struct arena *arena, struct span *text)
{
    /* A character may become up to eighteen (U+FDFA), in three octets each. */
    struct out o = { .max = text->len * 18 + 1 };

    o.at = arena_alloc(arena, o.max);
    if (!o.at)
        return false;
    fold(*text, &o);
    *text = out_span(&o);
    return true;
}

/* Those past the limit are counted and never looked for. */
static bool add_text(struct search_match *m, struct search_key *key)
{
    key->number = m->text_count++;
    if (key->number < IMAP_TEXTS_MAX)
        m->texts[key->number] = (struct search_text){ .key = key };
    return true;
}

static bool prepare(struct search_match *m, struct search_key *key)
{
    switch (key->kind) {
    case SEARCH_NUMBERS:
        m->uses_numbers |= m->s->uidonly && !key->set.saved; /* RFC 9586 §3.4 */
        imap_settle(m->s, &key->set, false);
        return !m->uses_numbers;
    case SEARCH_UIDS:
        imap_settle(m->s, &key->set, true);
        return true;
    case SEARCH_HEADER:
        m->needs_record = true;
        return fold_text(m->s->arena, &key->text);
    case SEARCH_BODY:
    case SEARCH_TEXT:
        return fold_text(m->s->arena, &key->text) && key->text.len <= SCAN_TEXT_MAX &&
               add_text(m, key);
    case SEARCH_MODSEQ:
        m->needs_modseqs = true;
        return true;
    case SEARCH_THREADID:
    case SEARCH_SENTBEFORE:
    case SEARCH_SENTON:
    case SEARCH_SENTSINCE:
        m->needs_record = true;
        return true;
    default:
        return true;
    }
}

enum search_opened search_match_open(struct search_match *m, struct imap *s,
                                     struct span *rest)
{
    *m = (struct search_match){ .s = s, .now = clock_wall() };
    if (!search_keys_take(rest, s->arena, &m->keys))
        return SEARCH_NO_KEYS;
    for (size_t i = 0; i < m->keys.count; i++)
        if (!prepare(m, &m->keys.keys[i]))
            return SEARCH_NO_KEYS;
    if (m->text_count <= IMAP_TEXTS_MAX)
        return SEARCH_OPENED;
    m->text_count = 0;
    return SEARCH_TOO_MANY_TEXTS;
}

/* ---- texts */

static bool has(struct span folded, struct span text)
{
    return text.len == 0 ||
           (folded.len >= text.len && memmem(folded.at, folded.len, text.at, text.len));
}

/* One at a time: it does not park. */
static bool fold_has(struct span value, struct span text)
{
    static char room[FOLDED_MAX];
    struct out o = OUT(room);

    fold(value, &o);
    return has(out_span(&o), text);
}

/* "name <local-part@domain>" */
static bool address_has(const struct record *r, uint32_t row, struct span text)
{
    struct record_address a = record_address(r, row);
    struct buf whole = { .max = FOLDED_MAX };
    struct span name = record_text(r, a.name_decoded);
    struct span local_part = record_text(r, a.local_part),
                domain = record_text(r, a.domain);
    int error = buf_printf(&whole, "%.*s <%.*s@%.*s>", SPAN_ARG(name),
                           SPAN_ARG(local_part), SPAN_ARG(domain));
    bool does = !error && fold_has(buf_span(&whole), text);

    buf_free(&whole);
    return does;
}

static bool addresses_have(const struct record *r, struct record_rows rows,
                           struct span text)
{
    for (uint32_t i = 0; i < rows.count; i++)
        if (address_has(r, rows.first + i, text))
            return true;
    return false;
}

/* ---- fields */

static const struct record_rows *addresses_of(const struct record_envelope *e,
                                              struct span field)
{
    const struct {
        const char *name;
        const struct record_rows *rows;
    } fields[] = {
        { "From", &e->from }, { "Sender", &e->sender }, { "Reply-To", &e->reply_to },
        { "To", &e->to },     { "Cc", &e->cc },         { "Bcc", &e->bcc },
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (span_is_nocase(field, span_of(fields[i].name)))
            return fields[i].rows;
    return NULL;
}

static bool header_has(struct span header, const struct search_key *key)
{
    struct field field;
    bool noise = false;

    while (header_take_field(&header, &field, &noise))
        if (span_is_nocase(field.name, key->field) && fold_has(field.value, key->text))
            return true;
    return false;
}

/* A field that no envelope has: from the message itself. */
static bool message_has(struct search_match *m, const struct record *r,
                        const struct search_key *key)
{
    struct record_part whole = record_part(r, 0);
    struct buf header = { .max = HEADER_SECTION_MAX };
    struct body body;
    int error = body_open(m->s, &m->s->mailbox.messages[m->index], &body);

    if (!error && whole.header_length <= header.max)
        error = body_read(&body, whole.header, whole.header_length, &header);
    bool does = !error && header_has(buf_span(&header), key);
    if (error && error != -ENOENT)
        m->error = error;
    body_close(&body);
    buf_free(&header);
    return does;
}

static bool field_has(struct search_match *m, const struct search_key *key)
{
    struct record r;

    if (m->record.len == 0)
        return false;
    record_open(m->record, &r);
    struct record_envelope e = record_envelope(&r, record_part(&r, 0).envelope);
    const struct record_rows *addresses = addresses_of(&e, key->field);
    if (addresses)
        return addresses_have(&r, *addresses, key->text);
    if (span_is_nocase(key->field, SPAN("Subject")))
        return e.subject.at > 0 &&
               fold_has(record_text(&r, e.subject_decoded), key->text);
    return message_has(m, &r, key);
}

/* BODY and TEXT */
static bool text_has(struct search_match *m, const struct search_key *key)
{
    int has = m->error ? m->error : search_text_has(m, key, m->index);

    if (has < 0)
        m->error = has;
    return has == 1;
}

/* ---- dates */

static int64_t day_of(int64_t time)
{
    return (time - (time % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS) / DAY_SECONDS;
}

/* "disregarding time and timezone": the day that the Date field itself says. */
static bool sent_day(const struct search_match *m, int64_t *day_r)
{
    struct record r;

    if (m->record.len == 0)
        return false;
    record_open(m->record, &r);
    struct record_envelope e = record_envelope(&r, record_part(&r, 0).envelope);
    if (e.zone == INT32_MIN)
        return false;
    *day_r = day_of(e.time + (int64_t)e.zone * 60);
    return true;
}

static bool date_fits(const struct search_match *m, const struct search_key *key)
{
    int64_t day = day_of(m->s->mailbox.messages[m->index].row.received);

    if (key->kind >= SEARCH_SAVEDBEFORE)
        day = day_of(fetch_savedate(&m->s->mailbox.messages[m->index].row));
    else if (key->kind >= SEARCH_SENTBEFORE && !sent_day(m, &day))
        return false;
    switch (key->kind) {
    case SEARCH_BEFORE:
    case SEARCH_SENTBEFORE:
    case SEARCH_SAVEDBEFORE:
        return day < key->day;
    case SEARCH_ON:
    case SEARCH_SENTON:
    case SEARCH_SAVEDON:
        return day == key->day;
    default:
        return day >= key->day;
    }
}

/* RFC 5032 §3 */
static bool age_fits(const struct search_match *m, const struct search_key *key)
{
    int64_t age = m->now - m->s->mailbox.messages[m->index].row.received;
    bool is_old = age >= 0 && (uint64_t)age >= key->number;

    return is_old == (key->kind == SEARCH_OLDER);
}

/* RFC 8474 §4.2 */
static bool id_fits(const struct search_match *m, const struct search_key *key)
{
    const struct snapshot_row *row = &m->s->mailbox.messages[m->index].row;
    struct buf b = { .max = OBJECT_ID_SIZE };
    struct record r;
    int error = -ENOENT;

    if (key->kind == SEARCH_EMAILID) {
        error = object_id_put_email(&b, row);
    } else if (m->record.len > 0) {
        record_open(m->record, &r);
        error = object_id_put_thread(&b, row, &r);
    }
    bool is = !error && span_is(buf_span(&b), key->text);
    buf_free(&b);
    return is;
}

/* ---- one message */

static bool fits(const struct search_key *key, void *arg)
{
    struct search_match *m = arg;
    const struct imap_message *message = &m->s->mailbox.messages[m->index];

    if (key->kind == SEARCH_BODY || key->kind == SEARCH_TEXT)
        return text_has(m, key);
    if (key->kind == SEARCH_EMAILID || key->kind == SEARCH_THREADID)
        return id_fits(m, key);
    switch (key->kind) {
    case SEARCH_FLAG:
        return (message->row.flags & imap_flag_of(m->s, key->text)) != 0;
    case SEARCH_NUMBERS:
    case SEARCH_UIDS:
        return mailbox_is_among(&m->s->mailbox, &key->set, m->index,
                                key->kind == SEARCH_UIDS);
    case SEARCH_LARGER:
        return message->row.size > key->number;
    case SEARCH_MODSEQ:
        return message->row.modseq >= key->number;
    case SEARCH_SMALLER:
        return message->row.size < key->number;
    case SEARCH_OLDER:
    case SEARCH_YOUNGER:
        return age_fits(m, key);
    case SEARCH_HEADER:
        return field_has(m, key);
    case SEARCH_RECENT:
        return false; /* imap.h */
    default:
        return date_fits(m, key);
    }
}

int search_match(struct search_match *m, size_t index, struct span record, bool *fits_r)
{
    m->index = index;
    m->record = record;
    m->error = 0;
    *fits_r = search_keys_fit(&m->keys, fits, m);
    return m->error;
}
