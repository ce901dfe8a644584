/* RFC 1939 §5 RETR, §7 TOP: messages on their way out. */
#include "pop3/session.h"
#include "pop3/surrogate.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>

/* How much of a message TOP shows: all up to the empty line, and `lines` more. */
struct extent {
    uint64_t lines;
    bool in_body;
    size_t column; /* octets of the line so far, without CR */
};

/* The part of `batch` that belongs to it; all of it: there may be more. */
static size_t measure(struct extent *e, struct span batch)
{
    for (size_t i = 0; i < batch.len; i++) {
        if (e->in_body && e->lines == 0)
            return i;
        if (batch.at[i] != '\n') {
            e->column += batch.at[i] != '\r';
            continue;
        }
        if (e->in_body)
            e->lines--;
        else if (e->column == 0)
            e->in_body = true;
        e->column = 0;
    }
    return batch.len;
}

/* A message on its way. */
struct sending {
    struct dot_writer dot;
    struct extent *extent;       /* NULL: the whole of it */
    struct surrogate *surrogate; /* NULL: as it is */
};

/* Whether there is room for more in the extent. */
static bool put(struct pop3 *s, struct sending *sending, struct span piece)
{
    size_t n = sending->extent ? measure(sending->extent, piece) : piece.len;

    wire_put_dotted(s->wire, &sending->dot, span_first(piece, n));
    return n == piece.len;
}

static bool put_batch(struct pop3 *s, struct sending *sending, struct span batch)
{
    bool more = true;

    if (!sending->surrogate)
        return put(s, sending, batch);
    while (more && batch.len > 0)
        more = put(s, sending, surrogate_take(sending->surrogate, &batch));
    return more;
}

/* Which account that is, the session's transcript tells. */
static void complain(const struct pop3 *s, const struct reading *r)
{
    log_event(LOG_ERROR, wire_session(s->wire),
              "uid %u of the INBOX is not what was delivered: its checksum is %08x, "
              "not "
              "%08x; see packetboat verify",
              (unsigned)r->uid, (unsigned)r->crc, (unsigned)r->wanted);
}

/* What has been begun cannot be taken back: when it cannot be read to its end, the
 * session ends, so that nobody takes a part for the whole. */
static bool send(struct pop3 *s, struct reading *r, struct sending *sending)
{
    bool more = true;
    int error = 0;

    while (!error && more && r->batch.len > 0) {
        more = put_batch(s, sending, buf_span(&r->batch));
        if (more)
            error = reading_next(r);
    }
    if (!error && more && sending->surrogate)
        put(s, sending, surrogate_end(sending->surrogate));
    wire_note(s->wire, "%" PRIu64 " octets", sending->dot.octets);
    if (error == -EBADMSG)
        complain(s, r);
    if (error)
        pop3_enter(s, CLOSED);
    else
        wire_end_dotted(s->wire, &sending->dot);
    return !error;
}

/* A client that has not said UTF8 gets header fields of ASCII. */
static bool send_as_it_may(struct pop3 *s, struct reading *r, struct extent *extent)
{
    struct sending sending = { .extent = extent };
    struct surrogate surrogate;

    if (s->utf8 || !surrogate_is_needed(buf_span(&r->batch)))
        return send(s, r, &sending);
    surrogate_open(&surrogate);
    sending.surrogate = &surrogate;
    bool sent = send(s, r, &sending);
    surrogate_close(&surrogate);
    return sent;
}

/* Whether all that was asked for was sent. */
static bool retrieve(struct pop3 *s, const struct maildrop_message *m,
                     struct extent *extent)
{
    struct reading r;
    bool sent = false;

    if (!m) {
        pop3_say(s, "-ERR no such message");
        return false;
    }
    int error = reading_open(&r, s, m);
    if (error == -ENOENT) {
        pop3_say(s, "-ERR this message is gone");
    } else if (error == -EBADMSG) {
        complain(s, &r);
        pop3_say(s, "-ERR [SYS/PERM] the message is damaged");
    } else if (error) {
        pop3_say(s, "-ERR [SYS/TEMP] the message cannot be read now");
    } else {
        pop3_say(s, "+OK %" PRIu64 " octets", m->row.size);
        sent = send_as_it_may(s, &r, extent);
    }
    reading_close(&r);
    return sent;
}

void pop3_retr(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    struct maildrop_message *m = maildrop_find(s, args[0].number);

    if (retrieve(s, m, NULL))
        m->retrieved = true;
}

void pop3_top(void *session, const struct arg *args)
{
    struct extent extent = { .lines = args[1].number };

    retrieve(session, maildrop_find(session, args[0].number), &extent);
}
