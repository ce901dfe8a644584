/* RFC 1939 §5 RETR, §7 TOP: messages on their way out. */
#include "pop3/session.h"

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

/* What has been begun cannot be taken back: when it cannot be read to its end, the
 * session ends, so that nobody takes a part for the whole. */
static void send(struct pop3 *s, struct reading *r, struct extent *e)
{
    struct dot_writer dot = { 0 };
    int error = 0;

    while (!error && r->batch.len > 0) {
        struct span batch = buf_span(&r->batch);
        size_t n = e ? measure(e, batch) : batch.len;
        wire_put_dotted(s->wire, &dot, span_first(batch, n));
        if (n < batch.len)
            break;
        error = reading_next(r);
    }
    wire_note(s->wire, "%" PRIu64 " octets", dot.octets);
    if (error)
        pop3_enter(s, CLOSED);
    else
        wire_end_dotted(s->wire, &dot);
}

/* extent: NULL, the whole message. */
static void retrieve(struct pop3 *s, const struct arg *msg, struct extent *extent)
{
    const struct maildrop_message *m = maildrop_find(s, msg->number);
    struct reading r;

    if (!m) {
        wire_say(s->wire, "-ERR no such message");
        return;
    }
    if (reading_open(&r, s, m)) {
        wire_say(s->wire, "-ERR [SYS/TEMP] the message cannot be read now");
    } else {
        wire_say(s->wire, "+OK %" PRIu64 " octets", m->row.size);
        send(s, &r, extent);
    }
    reading_close(&r);
}

void pop3_retr(void *session, const struct arg *args)
{
    retrieve(session, &args[0], NULL);
}

void pop3_top(void *session, const struct arg *args)
{
    struct extent extent = { .lines = args[1].number };
    retrieve(session, &args[0], &extent);
}
