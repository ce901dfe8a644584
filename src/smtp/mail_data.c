#include "smtp/mail_data.h"

#include "smtp/session.h"
#include "smtp/trace.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>

/* Octets of all large messages and held back header sections under way: a memfd is
 * nobody's memory until it is all. */
static uint64_t held;

static uint64_t held_max(const struct smtp *s)
{
    uint64_t some = MESSAGES_HELD_LEAST * s->host->message_size;
    return some > OCTETS_HELD_LEAST ? some : OCTETS_HELD_LEAST;
}

static void count_held(struct mail_data *m)
{
    uint64_t size = m->body.memfd == -1 ? 0 : m->body.size;
    size += m->submitted.section.len;
    held += size - m->held;
    m->held = size;
}

void mail_data_begin(struct smtp *s, bool verbatim)
{
    struct mail_data *m = &s->data;

    *m = (struct mail_data){
        .begun = true,
        .binary = s->binary,
        .dot = { .line_max = SMTP_TEXT_LINE_MAX, .verbatim = verbatim },
    };
    incoming_open(&m->body, UINT64_MAX);
    trace_put(s, &m->body);
    m->trace = m->body.size;
    m->body.max = m->trace + s->host->message_size;
    submitted_begin(&m->submitted);
    forged_begin(&m->forged);
}

static void drop_body(struct mail_data *m)
{
    incoming_close(&m->body);
    submitted_close(&m->submitted);
    forged_close(&m->forged);
    count_held(m);
}

void mail_data_close(struct mail_data *m)
{
    if (m->begun)
        drop_body(m);
    m->begun = false;
}

/* What is wrong with it so far, or NULL. */
static const char *find_fault(const struct mail_data *m)
{
    if (m->dot.bare)
        return "550 5.6.11 Bare CR, bare LF or NUL: lines end in CRLF";
    if (m->dot.long_line)
        return "550 5.6.0 A line is too long";
    if (m->header.received > RECEIVED_FIELDS_MAX)
        return "554 5.4.6 Too many hops: this message is in a loop";
    if (m->header.octets > HEADER_SECTION_MAX)
        return "552 5.3.4 The header section is too large";
    if (m->body.error == -EMSGSIZE)
        return "552 5.3.4 Message size exceeds the maximum";
    return m->body.error || m->forged.failed ? "451 4.3.0 Try again later" : NULL;
}

static void judge(const struct smtp *s, struct mail_data *m)
{
    if (!m->refusal) {
        count_held(m);
        m->refusal = find_fault(m);
    }
    if (!m->refusal && m->held > 0 && held > held_max(s))
        m->refusal = "452 4.3.1 Too many large messages at once, try again later";
    if (m->refusal)
        drop_body(m);
}

/* The empty line that keeps text text, when it begins the message (see smtp.h), is ours:
 * it does not count towards the size. */
static void put_empty_line(struct mail_data *m)
{
    m->body.max += 2;
    incoming_insert(&m->body, m->trace, SPAN("\r\n"));
}

static void put_body(void *body, struct span octets)
{
    incoming_put(body, octets);
}

/* What strangers say in our name does not come in (RFC 8601 §5). */
static void put_strange(struct smtp *s, struct mail_data *m, struct span piece)
{
    struct span host = span_of(s->host->name);

    if (m->header.missing)
        forged_end(&m->forged, host, put_body, &m->body);
    forged_take(&m->forged, piece, host, put_body, &m->body);
}

static void take_piece(struct smtp *s, struct mail_data *m, struct span piece)
{
    bool own = s->host->service == SMTP_SUBMISSION;

    if (m->refusal)
        return;
    if (m->header.part != HEADER_OVER) {
        header_take(&m->header, piece);
        if (m->header.missing && !own)
            put_empty_line(m);
    }
    if (own)
        submitted_take(s, piece);
    else if (s->host->service == SMTP_MX)
        put_strange(s, m, piece);
    else
        incoming_put(&m->body, piece);
}

static struct span next_piece(struct mail_data *m, struct span *input)
{
    struct span all = *input;

    if (!m->binary)
        return dot_take(&m->dot, input);
    *input = span_skip(*input, input->len);
    return all;
}

void mail_data_take(struct smtp *s, struct span *input)
{
    struct mail_data *m = &s->data;
    size_t before = input->len;
    struct span piece;

    while ((piece = next_piece(m, input)).len > 0)
        take_piece(s, m, piece);
    m->octets += before - input->len;
    judge(s, m);
}

/* ---- its end */

int mail_data_deliver(struct smtp *s, struct span tickets, uint64_t *email_r)
{
    uint64_t lsn;
    int error = incoming_deliver(&s->data.body, (const void *)tickets.at,
                                 tickets.len / sizeof(struct ticket),
                                 wire_session(s->wire), &lsn, email_r);

    if (!error)
        wire_hold(s->wire, lsn);
    return error;
}

void mail_data_reply(struct smtp *s, int error, uint64_t email)
{
    switch (error) {
    case 0:
        wire_say(s->wire, "250 2.0.0 Message accepted for delivery: %" PRIx64, email);
        break;
    case -ENOSPC:
        wire_say(s->wire, "452 4.3.1 Insufficient system storage");
        break;
    case -EDQUOT:
        wire_say(s->wire, "452 4.2.2 Mailbox full");
        break;
    default:
        wire_say(s->wire, "451 4.3.0 Try again later");
        break;
    }
}

static void hand_over(struct smtp *s)
{
    uint64_t email = 0;
    int error = mail_data_deliver(s, buf_span(&s->recipients), &email);
    if (!error && s->outgoing.count > 0)
        error = outgoing_enqueue(s, email);

    mail_data_reply(s, error, email);
}

void mail_data_end(struct smtp *s)
{
    struct mail_data *m = &s->data;
    bool local = s->host->service == SMTP_LMTP;

    if (m->dot.verbatim && !m->binary)
        dot_end(&m->dot);
    if (s->host->service == SMTP_SUBMISSION && !m->refusal)
        submitted_end(s);
    if (s->host->service == SMTP_MX && !m->refusal)
        forged_end(&m->forged, span_of(s->host->name), put_body, &m->body);
    judge(s, m);
    wire_note(s->wire, "%" PRIu64 " octets", m->octets);
    if (m->refusal && local)
        lmtp_refuse(s);
    else if (m->refusal)
        wire_say(s->wire, "%s", m->refusal);
    else if (local)
        lmtp_deliver(s);
    else
        hand_over(s);
    smtp_enter(s, READY);
    smtp_forget(s);
}

void pace_begin(struct pace *p, const struct mail_data *m)
{
    *p = (struct pace){ clock_now(), m->octets };
}

bool pace_is_too_slow(const struct pace *p, struct smtp *s)
{
    uint64_t seconds = (clock_now() - p->since) / CLOCK_SECOND;

    if (seconds <= 60 || (s->data.octets - p->octets) / SLOWEST_RATE >= seconds)
        return false;
    smtp_reply_closing(s, "4.4.2", "Too slow");
    return true;
}
