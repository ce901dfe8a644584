/*
 * RFC 5321 §4.1.1.4: DATA.
 *
 * The message streams through the dot reader and the header's reader into `body`, which
 * is handed to store as it is.  Whatever is wrong with it, it is read to its end first:
 * only then is there a reply to give (§4.2.5).
 */
#include "smtp/header.h"
#include "smtp/session.h"
#include "smtp/trace.h"

#include "base/clock.h"
#include "wire/dot.h"

#include <errno.h>
#include <inttypes.h>

struct mail_data {
    struct incoming body;
    struct dot_reader dot;
    struct header header;
    uint64_t trace;  /* octets of our own trace fields */
    uint64_t octets; /* that the client has sent */
    uint64_t held;   /* its part of `held` below */
    uint64_t since;
    const char *refusal; /* the reply, once something was found to be wrong */
};

/* Octets of all large messages under way: a memfd is nobody's memory until it is all. */
static uint64_t held;

static uint64_t held_max(const struct smtp *s)
{
    uint64_t some = MESSAGES_HELD_LEAST * s->host->message_size;
    return some > OCTETS_HELD_LEAST ? some : OCTETS_HELD_LEAST;
}

static void count_held(struct mail_data *m)
{
    uint64_t size = m->body.memfd == -1 ? 0 : m->body.size;
    held += size - m->held;
    m->held = size;
}

static void mail_data_open(struct mail_data *m, const struct smtp *s)
{
    *m = (struct mail_data){
        .dot = { .line_max = SMTP_TEXT_LINE_MAX },
        .since = clock_now(),
    };
    incoming_open(&m->body, UINT64_MAX);
    trace_put(s, &m->body);
    m->trace = m->body.size;
    m->body.max = m->trace + s->host->message_size;
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
    return m->body.error ? "451 4.3.0 Try again later" : NULL;
}

/* The empty line that keeps text text, when it begins the message (see smtp.h), is ours:
 * it does not count towards the size. */
static void put_empty_line(struct mail_data *m)
{
    m->body.max += 2;
    incoming_insert(&m->body, m->trace, SPAN("\r\n"));
}

static void take_piece(struct mail_data *m, struct span piece)
{
    if (m->refusal)
        return;
    if (m->header.part != HEADER_OVER) {
        header_take(&m->header, piece);
        if (m->header.missing)
            put_empty_line(m);
    }
    incoming_put(&m->body, piece);
}

static void mail_data_close(struct mail_data *m)
{
    incoming_close(&m->body);
    count_held(m);
}

static void take_input(const struct smtp *s, struct mail_data *m)
{
    struct span input = wire_input(s->wire), piece;
    size_t before = input.len;

    while ((piece = dot_take(&m->dot, &input)).len > 0)
        take_piece(m, piece);
    m->octets += before - input.len;
    wire_consume(s->wire, before - input.len);
    if (m->refusal)
        return;
    count_held(m);
    m->refusal = find_fault(m);
    if (!m->refusal && m->held > 0 && held > held_max(s))
        m->refusal = "452 4.3.1 Too many large messages at once, try again later";
    if (m->refusal)
        mail_data_close(m);
}

/* After its first minute a message must have come at SLOWEST_RATE on average. */
static bool is_too_slow(const struct mail_data *m)
{
    uint64_t seconds = (clock_now() - m->since) / CLOCK_SECOND;
    return seconds > 60 && m->octets / SLOWEST_RATE < seconds;
}

/* To the end of the message, or false. */
static bool read_message(struct smtp *s, struct mail_data *m)
{
    while (!m->dot.ended) {
        if (!wire_fill(s->wire))
            return false;
        take_input(s, m);
        if (!m->dot.ended && is_too_slow(m)) {
            smtp_reply_closing(s, "4.4.2", "Too slow");
            return false;
        }
    }
    return true;
}

static void deliver(struct smtp *s, struct mail_data *m)
{
    uint64_t lsn, email;
    int error = incoming_deliver(&m->body, (const void *)s->recipients.at,
                                 s->recipients.len / sizeof(struct ticket),
                                 wire_session(s->wire), &lsn, &email);
    switch (error) {
    case 0:
        wire_hold(s->wire, lsn);
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

void smtp_data(void *session, const struct arg *args)
{
    struct smtp *s = session;
    struct mail_data m;
    (void)args;

    if (smtp_is_too_eager(s))
        return;
    wire_say(s->wire, "354 Enter mail, end with \".\" on a line by itself");
    wire_read_time(s->wire, s->host->data_time);
    mail_data_open(&m, s);
    if (read_message(s, &m)) {
        wire_note(s->wire, "%" PRIu64 " octets", m.octets);
        if (m.refusal)
            wire_say(s->wire, "%s", m.refusal);
        else
            deliver(s, &m);
        smtp_enter(s, READY);
    }
    mail_data_close(&m);
    wire_read_time(s->wire, s->host->command_time);
    smtp_forget(s);
}

/* RFC 2920 §3.1: a client that pipelines says DATA even when no RCPT was accepted. */
void smtp_data_for_nobody(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    smtp_reply_bad(s, "554 5.5.1 No valid recipients");
}
