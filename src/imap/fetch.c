/*
 * RFC 9051 §6.4.5: FETCH.
 *
 * What is asked for is looked up: rows and flags are the session's, envelopes and
 * structures stand in records that store has for many messages at once, and octets come
 * from the account's packs.  A response is collected and leaves in pieces.
 */
#include "imap/fetch_att.h"
#include "imap/grammar.h"
#include "imap/message.h"
#include "imap/structure.h"

#include "mime/record.h"

#include <errno.h>
#include <inttypes.h>

enum { PIECE = 32 << 10 };

struct fetching {
    struct imap *s;
    struct fetch_atts atts;
    bool uids, needs_record, needs_octets, sees;
    struct buf out;       /* of the response; leaves when it has a piece */
    struct record record; /* of the message on its way */
    struct imap_message *message;
    struct body body;
    uint64_t octets;
    size_t responses, gone;
    int error;
};

/* ---- octets */

static void leave(struct fetching *f)
{
    f->octets += f->out.len;
    wire_put(f->s->wire, buf_span(&f->out));
    buf_clear(&f->out);
}

/* §4.3.1: NUL has no place in a string. */
static void hide_nuls(char *octets, size_t size)
{
    char *end = octets + size;

    for (char *at = octets; (at = memchr(at, 0, (size_t)(end - at))) != NULL;)
        *at = (char)0x80;
}

/* Octets of the message, as they are. */
static int put_octets(struct fetching *f, uint64_t from, uint64_t size)
{
    int error = 0;

    while (size > 0 && !error) {
        size_t n = size < PIECE ? (size_t)size : PIECE;
        if (f->out.len + n > PIECE)
            leave(f);
        size_t at = f->out.len;
        error = body_read(&f->body, from, n, &f->out);
        if (!error)
            hide_nuls(f->out.at + at, n);
        from += n;
        size -= n;
    }
    return error;
}

/* The part of [0, size) that the client asked for. */
static void clip(const struct fetch_att *a, uint64_t *from_r, uint64_t *size)
{
    *from_r = 0;
    if (!a->partial)
        return;
    *from_r = a->from < *size ? a->from : *size;
    *size -= *from_r;
    if (*size > a->count)
        *size = a->count;
}

/* ---- items */

static int put_fields(struct fetching *f, const struct fetch_att *a, struct extent e)
{
    struct buf header = { .max = HEADER_SECTION_MAX };
    struct buf fields = { .max = HEADER_SECTION_MAX + 2 };
    uint64_t from, size = 0;
    int error = e.size <= header.max
                    ? body_read(&f->body, e.from, (size_t)e.size, &header)
                    : -EFBIG;

    if (!error)
        error = section_put_fields(buf_span(&header), a, &fields);
    if (!error) {
        hide_nuls(fields.at, fields.len);
        size = fields.len;
        clip(a, &from, &size);
        error = buf_printf(&f->out, "{%" PRIu64 "}\r\n", size);
    }
    if (!error) {
        leave(f);
        wire_put(f->s->wire, span_at(fields.at + from, (size_t)size));
        f->octets += size;
    }
    buf_free(&header);
    buf_free(&fields);
    return error;
}

static int put_section(struct fetching *f, const struct fetch_att *a)
{
    struct extent e = section_of(&f->record, a);
    uint64_t from, size = e.size;

    if (!e.there)
        return buf_put(&f->out, SPAN("NIL"));
    if (a->text == SECTION_FIELDS || a->text == SECTION_FIELDS_NOT)
        return put_fields(f, a, e);
    clip(a, &from, &size);
    int error = buf_printf(&f->out, "{%" PRIu64 "}\r\n", size);
    return error ? error : put_octets(f, e.from + from, size);
}

static int put_binary_size(struct fetching *f, const struct fetch_att *a)
{
    uint32_t row;

    if (!imap_find_part(&f->record, a->path, a->depth, &row))
        return buf_put(&f->out, SPAN("0"));
    struct record_part p = record_part(&f->record, row);
    return buf_printf(&f->out, "%" PRIu32,
                      a->depth > 0 ? p.decoded : f->record.head.size);
}

static int put_preview(struct fetching *f)
{
    struct span preview = record_text(&f->record, f->record.head.preview);
    return imap_put_nstring(&f->out, preview, f->s->utf8);
}

static int put_value(struct fetching *f, const struct fetch_att *a)
{
    const struct snapshot_row *row = &f->message->row;

    switch (a->kind) {
    case FETCH_UID:
        return buf_printf(&f->out, "%" PRIu32, row->uid);
    case FETCH_FLAGS:
        return imap_put_flags(&f->out, f->message->flags);
    case FETCH_INTERNALDATE:
        return imap_put_date_time(&f->out, row->received);
    case FETCH_SIZE:
        return buf_printf(&f->out, "%" PRIu64, row->size);
    case FETCH_ENVELOPE:
        return imap_put_envelope(&f->out, &f->record,
                                 record_part(&f->record, 0).envelope, f->s->utf8);
    case FETCH_PREVIEW:
        return put_preview(f);
    case FETCH_SECTION:
        return put_section(f, a);
    case FETCH_BINARY_SIZE:
        return put_binary_size(f, a);
    default: /* FETCH_BINARY is refused before */
        return imap_put_body_structure(&f->out, &f->record,
                                       a->kind == FETCH_BODYSTRUCTURE, f->s->utf8);
    }
}

static int put_item(struct fetching *f, const struct fetch_att *a, bool first)
{
    int error = first ? 0 : buf_put(&f->out, SPAN(" "));

    if (!error)
        error = buf_put(&f->out, a->label);
    if (!error)
        error = buf_put(&f->out, SPAN(" "));
    return error ? error : put_value(f, a);
}

/* ---- one message */

static bool has_att(const struct fetching *f, enum fetch_kind kind)
{
    for (size_t i = 0; i < f->atts.count; i++)
        if (f->atts.atts[i].kind == kind)
            return true;
    return false;
}

static int put_items(struct fetching *f, bool seen_now)
{
    static const struct fetch_att uid = { .kind = FETCH_UID, .label = { "UID", 3 } };
    static const struct fetch_att flags = { .kind = FETCH_FLAGS,
                                            .label = { "FLAGS", 5 } };
    bool first = true;
    int error = 0;

    if (f->uids && !has_att(f, FETCH_UID)) {
        error = put_item(f, &uid, true);
        first = false;
    }
    for (size_t i = 0; i < f->atts.count && !error; i++) {
        error = put_item(f, &f->atts.atts[i], first);
        first = false;
    }
    if (!error && seen_now && !has_att(f, FETCH_FLAGS))
        error = put_item(f, &flags, false);
    return error;
}

/* What has begun cannot be taken back: when it cannot be read to its end the session
 * ends, so that nobody takes a part for the whole. */
static void put_response(struct fetching *f, size_t index)
{
    struct mailbox *m = &f->s->mailbox;
    bool seen_now = f->sees && !m->read_only && !(f->message->flags & FLAG_SEEN);

    if (seen_now)
        f->message->flags |= FLAG_SEEN;
    int error = buf_printf(&f->out, "* %zu FETCH (", index + 1);
    if (!error)
        error = put_items(f, seen_now);
    if (!error)
        error = buf_put(&f->out, SPAN(")\r\n"));
    f->responses++;
    if (f->out.len > PIECE)
        leave(f);
    if (error)
        f->error = error;
}

static void fetch_one(struct fetching *f, size_t index, struct span record)
{
    f->message = &f->s->mailbox.messages[index];
    f->body = (struct body){ .fd = -1 };
    if (f->needs_record && record.len == 0) {
        f->gone++;
        return;
    }
    if (f->needs_record)
        record_open(record, &f->record);
    int error = f->needs_octets ? body_open(f->s, f->message, &f->body) : 0;
    if (error == -ENOENT)
        f->gone++;
    else if (!error && f->needs_record && f->record.head.size != f->message->row.size)
        f->error = -EBADMSG;
    else if (!error)
        put_response(f, index);
    else
        f->error = error;
    body_close(&f->body);
}

/* ---- all of them */

static void fetch_batch(struct fetching *f, const size_t *indexes, size_t count)
{
    struct imap_records records = { 0 };

    if (f->needs_record)
        f->error = imap_records_ask(f->s, indexes, count, &records);
    for (size_t i = 0; i < count && !f->error && !wire_error(f->s->wire); i++)
        fetch_one(f, indexes[i], f->needs_record ? records.records[i] : SPAN(""));
    imap_records_close(&records);
}

static void fetch_all(struct fetching *f, const struct sequence_set *set)
{
    const struct mailbox *m = &f->s->mailbox;
    size_t indexes[RECORDS_A_MESSAGE], count = 0;

    for (size_t i = 0; i < m->count && !f->error && !wire_error(f->s->wire); i++) {
        if (mailbox_is_among(m, set, i, f->uids))
            indexes[count++] = i;
        if (count == RECORDS_A_MESSAGE) {
            fetch_batch(f, indexes, count);
            count = 0;
        }
    }
    if (count > 0 && !f->error)
        fetch_batch(f, indexes, count);
}

static void plan(struct fetching *f)
{
    for (size_t i = 0; i < f->atts.count; i++) {
        const struct fetch_att *a = &f->atts.atts[i];
        f->needs_record |= a->kind >= FETCH_ENVELOPE;
        f->needs_octets |= a->kind == FETCH_SECTION;
        f->sees |= a->kind == FETCH_SECTION && !a->peek;
    }
}

static void end(struct fetching *f)
{
    bool cut = f->error && f->out.len + f->octets > 0 && f->responses > 0;

    if (!f->error)
        leave(f);
    if (f->responses > 0)
        wire_note(f->s->wire, "%zu messages, %" PRIu64 " octets", f->responses,
                  f->octets);
    buf_free(&f->out);
    if (cut)
        imap_enter(f->s, LOGOUT);
    else if (f->error)
        imap_reply_error(f->s, f->error);
    else if (f->gone > 0)
        imap_reply_error(f->s, -ENOENT);
    else if (f->uids)
        imap_noop(f->s, NULL); /* §7.5.1: numbers may change here */
    else
        imap_reply(f->s, "OK done");
}

static void fetch(struct imap *s, const struct arg *args, bool uids)
{
    struct fetching f = { .s = s, .uids = uids, .out = { .max = IMAP_RESPONSE_MAX } };
    struct span rest = args[0].text, atts = args[1].text;
    struct sequence_set set;

    if (!imap_take_set(s, &rest, uids, &set) || rest.len > 0 ||
        !fetch_atts_take(&atts, s->arena, &f.atts) || atts.len > 0) {
        imap_reply_bad(s, "FETCH has a set of messages and what to tell of them");
        return;
    }
    plan(&f);
    if (has_att(&f, FETCH_BINARY)) {
        imap_reply(s, "NO [CANNOT] BINARY is not there yet");
        return;
    }
    fetch_all(&f, &set);
    end(&f);
}

void imap_fetch(void *session, const struct arg *args)
{
    fetch(session, args, false);
}

void imap_uid_fetch(void *session, const struct arg *args)
{
    fetch(session, args, true);
}
