/*
 * RFC 9051 §6.4.5: FETCH; RFC 9394: its PARTIAL; RFC 7162 §3.1.4, §3.2.6: CHANGEDSINCE and
 * VANISHED.
 *
 * What is asked for is looked up: rows and flags are the session's, envelopes and
 * structures stand in records that store has for many messages at once, and octets come
 * from the account's packs.  A response is collected and leaves in pieces.
 */
#include "imap/binary.h"
#include "imap/changes.h"
#include "imap/fetch_row.h"
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
    struct fetch_modifiers modifiers;
    bool uids, needs_record, needs_octets, needs_modseqs, sees;
    struct buf out;       /* of the response; leaves when it has a piece */
    struct record record; /* of the message on its way */
    struct imap_message *message;
    struct body body;
    uint64_t octets;
    size_t responses, gone, undecodable;
    struct binary *binaries; /* of each attribute that is BINARY */
    struct flagging seen;    /* what is \Seen from now on */
    int error;
};

/* ---- octets */

static void leave(struct fetching *f)
{
    f->octets += f->out.len;
    wire_put(f->s->wire, buf_span(&f->out));
    buf_clear(&f->out);
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
            section_hide_nuls(f->out.at + at, n);
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
        section_hide_nuls(fields.at, fields.len);
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

/* Of a message whose octets are gone from where they were the session ends: half a literal
 * cannot be taken back. */
static int say_binary(void *arg, struct span piece)
{
    struct fetching *f = arg;

    leave(f);
    f->octets += piece.len;
    wire_put(f->s->wire, piece);
    return wire_error(f->s->wire);
}

/* RFC 3516 §4.2: "~{" where there is a NUL. */
static int put_binary(struct fetching *f, const struct fetch_att *a)
{
    const struct binary *b = &f->binaries[a - f->atts.atts];

    if (!b->extent.there)
        return buf_put(&f->out, SPAN("NIL"));
    int error =
        buf_printf(&f->out, "%s{%" PRIu64 "}\r\n", b->has_nul ? "~" : "", b->size);
    return error ? error : binary_put(&f->body, b, say_binary, f);
}

static int put_preview(struct fetching *f)
{
    struct span preview = record_text(&f->record, f->record.head.preview);
    return imap_put_nstring(&f->out, preview, f->s->utf8);
}

static int put_value(struct fetching *f, const struct fetch_att *a)
{
    if (a->kind < FETCH_ENVELOPE)
        return fetch_row_put(f->s, &f->out, a, &f->message->row);
    switch (a->kind) {
    case FETCH_ENVELOPE:
        return imap_put_envelope(&f->out, &f->record,
                                 record_part(&f->record, 0).envelope, f->s->utf8);
    case FETCH_THREADID:
        return fetch_put_thread_id(&f->out, &f->message->row, &f->record);
    case FETCH_PREVIEW:
        return put_preview(f);
    case FETCH_SECTION:
        return put_section(f, a);
    case FETCH_BINARY:
        return put_binary(f, a);
    case FETCH_BINARY_SIZE:
        return buf_printf(&f->out, "%" PRIu32, binary_size(&f->record, a));
    default:
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
    static const struct fetch_att modseq = { .kind = FETCH_MODSEQ,
                                             .label = { "MODSEQ", 6 } };
    bool first = true;
    int error = 0;

    if (f->uids && !f->s->uidonly && !has_att(f, FETCH_UID)) {
        error = put_item(f, &uid, true);
        first = false;
    }
    for (size_t i = 0; i < f->atts.count && !error; i++) {
        error = put_item(f, &f->atts.atts[i], first);
        first = false;
    }
    if (!error && f->modifiers.has_since && !has_att(f, FETCH_MODSEQ))
        error = put_item(f, &modseq, false);
    if (!error && seen_now && !f->s->condstore && !has_att(f, FETCH_FLAGS))
        error = put_item(f, &flags, false);
    return error;
}

/* What has begun cannot be taken back: when it cannot be read to its end the session
 * ends, so that nobody takes a part for the whole. */
static void put_response(struct fetching *f, size_t index)
{
    struct mailbox *m = &f->s->mailbox;
    bool seen_now = f->sees && !m->read_only && !(f->message->row.flags & FLAG_SEEN);

    if (seen_now) {
        f->message->row.flags |= FLAG_SEEN;
        flagging_note(&f->seen, index);
    }
    int error = imap_put_fetch(f->s, &f->out, index);
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
        error = binary_look_at_all(&f->body, &f->record, &f->atts, f->binaries);
    if (error == -EILSEQ)
        f->undecodable++;
    else if (!error && !f->error)
        put_response(f, index);
    else if (error != -ENOENT)
        f->error = f->error ? f->error : error;
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

static size_t count_all(const struct fetching *f, const struct sequence_set *set)
{
    size_t count = 0;

    for (size_t i = 0; i < f->s->mailbox.count; i++)
        count += fetch_is_wanted(f->s, &f->modifiers, set, i, f->uids);
    return count;
}

static void fetch_all(struct fetching *f, const struct sequence_set *set)
{
    const struct mailbox *m = &f->s->mailbox;
    size_t indexes[RECORDS_A_MESSAGE], count = 0;
    size_t from = 0, most = SIZE_MAX, at = 0;

    if (f->modifiers.partial.first > 0)
        most = partial_range_of(&f->modifiers.partial, count_all(f, set), &from);
    for (size_t i = 0; i < m->count && !f->error && !wire_error(f->s->wire); i++) {
        if (fetch_is_wanted(f->s, &f->modifiers, set, i, f->uids) && at++ >= from &&
            at - from <= most)
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
        f->needs_modseqs |= a->kind == FETCH_MODSEQ;
        bool octets = a->kind == FETCH_SECTION || a->kind == FETCH_BINARY;
        f->needs_octets |= octets;
        f->sees |= octets && !a->peek;
    }
}

static void end(struct fetching *f)
{
    bool cut = f->error && f->out.len + f->octets > 0 && f->responses > 0;

    if (flagging_end(&f->seen)) /* it is told what they are, after all */
        f->s->changed = true;
    if (!f->error)
        leave(f);
    if (!f->error)
        fetch_tell_seen(&f->seen);
    flagging_free(&f->seen);
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
    else if (f->undecodable > 0)
        imap_reply(f->s, "NO [UNKNOWN-CTE] some of it is encoded in an unknown way");
    else if (f->uids)
        imap_noop(f->s, NULL); /* §7.5.1: numbers may change here */
    else
        imap_reply(f->s, "OK done");
}

static void fetch(struct imap *s, const struct arg *args, bool uids)
{
    struct fetching f = { .s = s, .uids = uids, .out = { .max = IMAP_RESPONSE_MAX } };
    f.seen = flagging_of(s, FLAG_SEEN, 0);
    struct span rest = args[0].text, atts = args[1].text;
    struct sequence_set set;

    if (!imap_take_set(s, &rest, uids, &set) || rest.len > 0 ||
        !fetch_atts_take(&atts, s->arena, &f.atts) ||
        !fetch_modifiers_take(&atts, &f.modifiers) || atts.len > 0 ||
        !fetch_modifiers_fit(s, &f.modifiers, uids)) {
        imap_reply_bad(s, "FETCH has a set of messages and what to tell of them");
        return;
    }
    plan(&f);
    if (f.needs_modseqs || f.modifiers.has_since)
        f.error = condstore_enable(s);
    if (!f.error && f.modifiers.vanished)
        f.error = fetch_tell_vanished(s, args[0].text, f.modifiers.since);
    f.binaries = arena_alloc(s->arena, f.atts.count * sizeof(*f.binaries));
    if (!f.binaries)
        f.error = -ENOMEM;
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
