/* catenate - see catenate.h. */
#include "imap/catenate.h"

#include "imap/fetch_att.h"
#include "imap/grammar.h"
#include "imap/message.h"

#include <errno.h>

enum { PIECE = 32 << 10 };

/* ---- the URL */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 §2.1; no NUL. */
static bool decode(struct span text, struct arena *arena, struct span *decoded_r)
{
    char *to = arena_alloc(arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; to && i < text.len; i++) {
        int high = 0, low = (unsigned char)text.at[i];
        if (low == '%') {
            high = i + 2 < text.len ? digit_of(text.at[i + 1]) : -1;
            low = i + 2 < text.len ? digit_of(text.at[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0)
                return false;
            i += 2;
        }
        to[len++] = (char)(high * 16 + low);
    }
    *decoded_r = span_at(to, len);
    return to != NULL;
}

/* Up to the next ";"; the "/" before that belongs to it. */
static struct span take_piece(struct span *rest)
{
    struct span piece = span_first(*rest, span_find(*rest, ';'));

    *rest = span_skip(*rest, piece.len);
    if (rest->len > 0 && piece.len > 0 && piece.at[piece.len - 1] == '/')
        piece.len--;
    return piece;
}

/* partial-range = number ["." nz-number] */
static bool take_partial(struct span text, struct catenate_url *u)
{
    if (!imap_take_number(&text, &u->from))
        return false;
    bool counted = span_take(&text, SPAN("."));
    return (!counted || imap_take_number(&text, &u->count)) && text.len == 0 &&
           u->count > 0;
}

static bool take_parameter(struct span piece, struct arena *arena,
                           struct catenate_url *u)
{
    size_t name = span_find(piece, '=');
    struct span value = span_skip(piece, name < piece.len ? name + 1 : name);

    piece = span_first(piece, name);
    if (span_is_nocase(piece, SPAN("UIDVALIDITY")))
        return u->uidvalidity == 0 && imap_take_nz_number(&value, &u->uidvalidity) &&
               value.len == 0;
    if (span_is_nocase(piece, SPAN("UID")))
        return u->uid == 0 && imap_take_nz_number(&value, &u->uid) && value.len == 0;
    if (span_is_nocase(piece, SPAN("SECTION")))
        return !u->section.at && decode(value, arena, &u->section);
    return span_is_nocase(piece, SPAN("PARTIAL")) && take_partial(value, u);
}

bool catenate_url_read(struct span url, struct arena *arena, struct catenate_url *u)
{
    *u = (struct catenate_url){ .count = UINT64_MAX };
    if (!span_take(&url, SPAN("/")) || !decode(take_piece(&url), arena, &u->mailbox))
        return false;
    while (span_take(&url, SPAN(";")))
        if (!take_parameter(take_piece(&url), arena, u))
            return false;
    return u->uid > 0 && u->mailbox.len > 0;
}

/* ---- what it names */

/* The section as FETCH has it, which looks for the same. */
static bool take_section(struct imap *s, struct span section, struct fetch_att *att_r)
{
    struct buf said = { .max = IMAP_LINE_MAX };
    struct fetch_atts atts = { 0 };

    *att_r = (struct fetch_att){ .kind = FETCH_SECTION };
    if (!section.at)
        return true;
    int error = buf_printf(&said, "BODY.PEEK[%.*s]", SPAN_ARG(section));
    struct span rest = arena_copy(s->arena, buf_span(&said));
    buf_free(&said);
    if (error || !rest.at || !fetch_atts_take(&rest, s->arena, &atts) || rest.len > 0 ||
        atts.count != 1 || atts.atts[0].kind != FETCH_SECTION || atts.atts[0].partial)
        return false;
    *att_r = atts.atts[0];
    return true;
}

static int find(const struct snapshot_row *rows, size_t count, uint32_t uid,
                struct imap_message *message_r)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || rows[low].uid != uid)
        return -ENOENT;
    message_r->row = rows[low];
    return 0;
}

/* The rows are those of now, also of the mailbox that is selected; whose changes store goes
 * on telling, afterwards. */
static int find_message(struct imap *s, const struct catenate_url *u,
                        struct imap_message *message_r)
{
    struct store_rows rows;
    uint32_t mailbox;
    int error = imap_find_mailbox(s, u->mailbox, &mailbox);

    if (error)
        return error;
    error = mailbox_ask_rows(s, mailbox, &rows);
    if (!error && u->uidvalidity && u->uidvalidity != rows.answer.uidvalidity)
        error = -ENOENT;
    if (!error)
        error = find(rows.rows, rows.answer.count, u->uid, message_r);
    mailbox_forget_rows(&rows);
    if (s->state == SELECTED) {
        s->changed = true;
        mailbox_look_again(s);
    }
    return error;
}

static int put_octets(struct imap *s, const struct body *body, struct extent e,
                      struct incoming *to)
{
    struct buf piece = { .max = PIECE };
    int error = 0;

    for (uint64_t at = 0; at < e.size && !error && !to->error;) {
        size_t some = e.size - at < PIECE ? (size_t)(e.size - at) : PIECE;
        buf_clear(&piece);
        error = wire_error(s->wire) ? -ECANCELED
                                    : body_read(body, e.from + at, some, &piece);
        if (!error)
            incoming_put(to, buf_span(&piece));
        at += some;
    }
    buf_free(&piece);
    return error ? error : to->error;
}

static struct span clip(struct span octets, const struct catenate_url *u)
{
    octets = span_skip(octets, u->from < octets.len ? (size_t)u->from : octets.len);
    return span_first(octets, u->count < octets.len ? (size_t)u->count : octets.len);
}

/* HEADER.FIELDS: a text of its own. */
static int put_fields(const struct body *body, const struct fetch_att *a,
                      struct extent e, const struct catenate_url *u,
                      struct incoming *to)
{
    struct buf header = { .max = HEADER_SECTION_MAX };
    struct buf fields = { .max = HEADER_SECTION_MAX + 2 };
    int error =
        e.size > header.max ? -E2BIG : body_read(body, e.from, (size_t)e.size, &header);

    if (!error)
        error = section_put_fields(buf_span(&header), a, &fields);
    if (!error)
        incoming_put(to, clip(buf_span(&fields), u));
    buf_free(&header);
    buf_free(&fields);
    return error ? error : to->error;
}

static int put_section(struct imap *s, const struct imap_message *message,
                       const struct fetch_att *a, const struct catenate_url *u,
                       struct span octets, struct incoming *to)
{
    struct record r;
    struct body body;

    if (octets.len == 0)
        return -ENOENT; /* gone by now */
    record_open(octets, &r);
    struct extent e = section_of(&r, a);
    if (!e.there)
        return -ENOENT;
    int error = body_open(s, message, &body);
    if (!error && (a->text == SECTION_FIELDS || a->text == SECTION_FIELDS_NOT)) {
        error = put_fields(&body, a, e, u, to);
    } else if (!error) {
        uint64_t skipped = u->from < e.size ? u->from : e.size;
        e.from += skipped;
        e.size -= skipped;
        if (u->count < e.size)
            e.size = u->count;
        error = put_octets(s, &body, e, to);
    }
    body_close(&body);
    return error;
}

int catenate_put(struct imap *s, const struct catenate_url *u, struct incoming *to)
{
    struct imap_message message = { 0 };
    struct imap_records records = { 0 };
    struct fetch_att att;

    if (!take_section(s, u->section, &att))
        return -ENOENT;
    int error = find_message(s, u, &message);
    if (error)
        return error;
    error = imap_records_of(s, &message.row.email, 1, &records);
    if (!error)
        error = put_section(s, &message, &att, u, records.records[0], to);
    imap_records_close(&records);
    return error;
}
