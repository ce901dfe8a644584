#include "smtp/outgoing.h"

#include "smtp/session.h"

#include "base/clock.h"
#include "base/own.h"
#include "queue/dsn.h"

#include <errno.h>

/* Before the texts of one. */
struct row {
    uint16_t mailbox, orcpt;
    uint8_t notify;
};

void outgoing_open(struct outgoing *o)
{
    *o = (struct outgoing){ .recipients = { .max = OUTGOING_OCTETS_MAX } };
}

void outgoing_forget(struct outgoing *o)
{
    buf_free(&o->recipients);
    outgoing_open(o);
}

/* ---- what is said of them */

bool outgoing_has_dsn(const struct smtp *s)
{
    return s->host->service == SMTP_SUBMISSION && s->host->queue;
}

const char *outgoing_take_ret(struct smtp *s, struct span value)
{
    if (!outgoing_has_dsn(s))
        return "555 5.5.4 Parameter not recognized";
    s->outgoing.ret = span_is_nocase(value, SPAN("FULL"))   ? RET_FULL
                      : span_is_nocase(value, SPAN("HDRS")) ? RET_HDRS
                                                            : RET_UNSAID;
    return s->outgoing.ret == RET_UNSAID ? "501 5.5.4 RET takes FULL or HDRS" : NULL;
}

static bool is_xtext(struct span value, size_t most)
{
    char text[DSN_XTEXT_MAX];
    size_t len;
    return value.len > 0 && value.len <= most &&
           dsn_xtext_decode(value, text, sizeof text, &len);
}

const char *outgoing_take_envid(struct smtp *s, struct span value)
{
    if (!outgoing_has_dsn(s))
        return "555 5.5.4 Parameter not recognized";
    if (!is_xtext(value, ENVID_OCTETS_MAX))
        return "501 5.5.4 ENVID takes at most 100 characters of xtext";
    span_to_string(value, s->outgoing.envid, sizeof s->outgoing.envid);
    return NULL;
}

/* original-recipient-address = addr-type ";" xtext; addr-type is an atom. */
static const char *take_orcpt(struct smtp *s, struct span value)
{
    size_t type = span_find(value, ';');
    bool good = type > 0 && type < value.len && value.len <= DSN_XTEXT_MAX;
    for (size_t i = 0; i < type && good; i++)
        good = value.at[i] > ' ' && value.at[i] < 127 &&
               !memchr("()<>@,;:\\\".[]", value.at[i], 13);
    if (!good || !is_xtext(span_skip(value, type + 1), DSN_XTEXT_MAX))
        return "501 5.5.4 ORCPT takes a type, ';' and an address in xtext";
    span_to_string(value, s->outgoing.orcpt, sizeof s->outgoing.orcpt);
    return NULL;
}

static const char *take_notify(struct smtp *s, struct span value)
{
    return dsn_take_notify(value, &s->outgoing.notify)
               ? NULL
               : "501 5.5.4 NOTIFY takes NEVER, or SUCCESS, FAILURE and DELAY";
}

static const struct smtp_parameter parameters[] = { { "NOTIFY", take_notify },
                                                    { "ORCPT", take_orcpt } };

const char *outgoing_take_parameters(struct smtp *s, struct span text)
{
    s->outgoing.notify = 0;
    s->outgoing.orcpt[0] = '\0';
    return smtp_take_parameters(s, text, parameters, outgoing_has_dsn(s) ? 2 : 0);
}

/* ---- who they are */

static bool take_row(struct span *rest, struct queued_recipient *r)
{
    struct row row;
    if (rest->len < sizeof row)
        return false;
    memcpy(&row, rest->at, sizeof row);
    *rest = span_skip(*rest, sizeof row);
    *r = (struct queued_recipient){ .mailbox = span_first(*rest, row.mailbox),
                                    .notify = row.notify };
    *rest = span_skip(*rest, row.mailbox);
    r->orcpt = span_first(*rest, row.orcpt);
    *rest = span_skip(*rest, row.orcpt);
    return true;
}

static bool is_there(const struct outgoing *o, struct span mailbox)
{
    struct span rest = buf_span(&o->recipients);
    struct queued_recipient r;
    while (take_row(&rest, &r))
        if (span_is(r.mailbox, mailbox))
            return true;
    return false;
}

int outgoing_add(struct smtp *s, struct span mailbox)
{
    struct outgoing *o = &s->outgoing;
    struct span orcpt = span_of(o->orcpt);
    const struct row row = { (uint16_t)mailbox.len, (uint16_t)orcpt.len,
                             (uint8_t)o->notify };
    if (is_there(o, mailbox))
        return 0;
    int error = buf_reserve(&o->recipients, sizeof row + mailbox.len + orcpt.len);
    if (error)
        return error;
    buf_put(&o->recipients, span_at(&row, sizeof row));
    buf_put(&o->recipients, mailbox);
    buf_put(&o->recipients, orcpt);
    o->count++;
    return 0;
}

/* ---- their envelopes */

static int put_envelope(struct smtp *s, struct queued *e)
{
    OWN(buf_free) struct buf octets = { .max = ENVELOPE_OCTETS_MAX };
    struct store_enqueue_answer answer;
    struct span tickets =
        buf_span(&s->recipients); /* by account; the queue's is first */
    int error = queued_put(&octets, e);
    const struct store_enqueue q = { span_first(tickets, sizeof(struct ticket)),
                                     wire_session(s->wire), buf_span(&octets) };
    if (!error)
        error = ask_store_enqueue(&q, &answer, NULL);
    if (!error)
        wire_hold(s->wire, answer.lsn);
    e->count = 0;
    return error;
}

int outgoing_enqueue(struct smtp *s, uint64_t email)
{
    struct queued_recipient some[ENVELOPE_RECIPIENTS];
    struct queued e = { .email = email,
                        .session = wire_session(s->wire),
                        .arrived = (int64_t)clock_wall(),
                        .utf8 = s->utf8,
                        .ret = s->outgoing.ret,
                        .envid = span_of(s->outgoing.envid),
                        .reverse_path = span_of(s->reverse_path),
                        .recipients = some };
    struct span rest = buf_span(&s->outgoing.recipients);
    struct queued_recipient r;
    int error = 0;
    while (!error && take_row(&rest, &r)) {
        r.next = e.arrived;
        if (e.count == ENVELOPE_RECIPIENTS ||
            queued_length_most(&e) + queued_recipient_most(&r) > ENVELOPE_OCTETS_MAX)
            error = put_envelope(s, &e);
        some[e.count++] = r;
    }
    if (!error && e.count > 0)
        error = put_envelope(s, &e);
    return error;
}
