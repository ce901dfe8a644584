/*
 * client_message - the message itself: RFC 5321 §4.1.1.4 (DATA), RFC 3030 (BDAT).
 *
 * While it is said, it is looked whether the server has said something already.  That can
 * only be a refusal, which is taken at its word; and since nobody knows what the server
 * makes of the rest, the session is over.
 */
#include "smtp/client_inside.h"

#include <inttypes.h>

struct smtp_needs smtp_needs_of(struct span message)
{
    struct smtp_needs needs = { 0 };
    bool in_header = true;
    size_t column = 0;
    char before = '\0';

    for (size_t i = 0; i < message.len; i++) {
        char c = message.at[i];
        bool lf = c == '\n', beyond = (unsigned char)c > 127;
        needs.eight_bit |= beyond;
        needs.header_utf8 |= beyond && in_header;
        needs.binary |= c == '\0' || lf != (before == '\r');
        in_header &= !(lf && column == 1 && before == '\r');
        column = lf ? 0 : column + 1;
        before = c;
    }
    needs.binary |= before == '\r';
    needs.unended = message.len > 0 && before != '\n';
    return needs;
}

static void decide_by_reply(struct smtp_client *c, const struct smtp_outgoing *m,
                            const struct group *g, enum smtp_step step)
{
    struct smtp_fate fate = smtp_fate_of(c, step);
    smtp_decide(m, g, &fate);
}

/* The server has spoken while we do: no acceptance can be meant. */
static bool is_interrupted(struct smtp_client *c, const struct smtp_outgoing *m,
                           const struct group *g)
{
    if (!wire_peek(c->wire))
        return false;
    if (!smtp_hear_reply(c, SMTP_STEP_MESSAGE))
        return true;
    if (c->reply.code < 400) {
        smtp_end(c, SMTP_STEP_MESSAGE, 5, 0,
                 "the server said %u before it had the message", c->reply.code);
        return true;
    }
    decide_by_reply(c, m, g, SMTP_STEP_MESSAGE);
    smtp_end_by_reply(c, SMTP_STEP_MESSAGE);
    c->fate.outcome = SMTP_LATER; /* the next message is another */
    return true;
}

/* The reply to all of it.  Where none comes it may be there all the same (RFC 1047), if
 * all was said. */
static void hear_end(struct smtp_client *c, const struct smtp_outgoing *m,
                     const struct group *g)
{
    bool all_said = !wire_error(c->wire);

    c->is_open_transaction = false;
    if (smtp_hear_reply(c, SMTP_STEP_MESSAGE))
        decide_by_reply(c, m, g, SMTP_STEP_MESSAGE);
    else
        c->fate.uncertain = all_said && c->fate.code == 0;
}

/* ---- DATA */

/* RFC 2920 §3.1: it was said before it was known that nobody takes the message. */
static void take_back(struct smtp_client *c)
{
    struct dot_writer writer = { 0 };

    if (smtp_server_is_ahead(c, SMTP_STEP_DATA))
        return;
    wire_end_dotted(c->wire, &writer);
    smtp_hear_reply(c, SMTP_STEP_MESSAGE);
}

static void put_data(struct smtp_client *c, const struct smtp_outgoing *m,
                     const struct group *g)
{
    struct dot_writer writer = { 0 };
    struct span rest = m->octets;

    while (rest.len > 0 && !wire_error(c->wire)) {
        if (is_interrupted(c, m, g))
            return;
        size_t n = rest.len < SMTP_CLIENT_PIECE ? rest.len : SMTP_CLIENT_PIECE;
        wire_put_dotted(c->wire, &writer, span_first(rest, n));
        rest = span_skip(rest, n);
    }
    if (is_interrupted(c, m, g))
        return;
    wire_end_dotted(c->wire, &writer);
    hear_end(c, m, g);
}

static void send_data(struct smtp_client *c, const struct smtp_outgoing *m,
                      const struct group *g, bool data_said)
{
    if (!data_said && smtp_server_is_ahead(c, SMTP_STEP_DATA))
        return;
    if (!data_said)
        wire_say(c->wire, "DATA");
    if (!smtp_hear_reply(c, SMTP_STEP_DATA))
        return;
    if (c->reply.code == 354 && g->accepted > 0)
        put_data(c, m, g);
    else if (c->reply.code == 354)
        take_back(c);
    else if (c->reply.code >= 400)
        decide_by_reply(c, m, g, SMTP_STEP_DATA);
    else
        smtp_end(c, SMTP_STEP_DATA, 5, 0, "the server said %u to DATA", c->reply.code);
}

/* ---- BDAT */

/* What is said of one message in chunks. */
struct chunks {
    struct span rest;
    bool unended;     /* a CRLF is to be said behind it */
    unsigned unheard; /* chunks without a reply so far */
    bool refused;
};

static size_t say_bdat(struct smtp_client *c, struct chunks *k)
{
    size_t n = k->rest.len < SMTP_CLIENT_CHUNK ? k->rest.len : SMTP_CLIENT_CHUNK;
    bool last = n == k->rest.len;

    wire_say(c->wire, "BDAT %zu%s", n + (last && k->unended ? 2 : 0),
             last ? " LAST" : "");
    k->unheard++;
    return n;
}

/* The chunk's octets; false: the server has had enough. */
static bool put_chunk(struct smtp_client *c, const struct smtp_outgoing *m,
                      const struct group *g, struct chunks *k, size_t size)
{
    struct span chunk = span_first(k->rest, size);

    while (chunk.len > 0 && !wire_error(c->wire)) {
        if (k->unheard == 1 && is_interrupted(c, m, g))
            return false;
        size_t n = chunk.len < SMTP_CLIENT_PIECE ? chunk.len : SMTP_CLIENT_PIECE;
        wire_put(c->wire, span_first(chunk, n));
        chunk = span_skip(chunk, n);
    }
    k->rest = span_skip(k->rest, size);
    if (k->rest.len == 0 && k->unended)
        wire_put(c->wire, SPAN("\r\n"));
    return true;
}

/* The reply to a chunk that is not the last; a refusal is the message's. */
static void hear_chunk(struct smtp_client *c, const struct smtp_outgoing *m,
                       const struct group *g, struct chunks *k)
{
    k->unheard--;
    if (!smtp_hear_reply(c, SMTP_STEP_MESSAGE) || smtp_is_positive(c))
        return;
    if (!k->refused)
        decide_by_reply(c, m, g, SMTP_STEP_MESSAGE);
    k->refused = true;
}

/* With PIPELINING one chunk goes while the one before is still to be answered. */
static void send_chunks(struct smtp_client *c, const struct smtp_outgoing *m,
                        const struct group *g)
{
    struct chunks k = { .rest = m->octets,
                        .unended = m->needs.unended && !m->needs.binary };
    const unsigned most = smtp_server_has(c, SMTP_HAS_PIPELINING) ? 1 : 0;
    bool last = false;

    if (smtp_server_is_ahead(c, SMTP_STEP_DATA))
        return;
    while (!last && !k.refused && !c->over) {
        size_t n = say_bdat(c, &k);
        last = n == k.rest.len;
        if (!put_chunk(c, m, g, &k, n))
            return;
        while (!c->over && k.unheard > (last ? 1 : most))
            hear_chunk(c, m, g, &k);
    }
    if (!k.refused && !c->over)
        hear_end(c, m, g);
    while (k.refused && k.unheard > 0 && !c->over)
        hear_chunk(c, m, g, &k);
}

void smtp_send_message(struct smtp_client *c, const struct smtp_outgoing *m,
                       const struct group *g, bool data_said)
{
    if (smtp_server_has(c, SMTP_HAS_CHUNKING))
        send_chunks(c, m, g);
    else
        send_data(c, m, g, data_said);
}
