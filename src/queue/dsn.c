/*
 * dsn - the report: RFC 3464, RFC 6522.
 *
 * Every text that comes from elsewhere goes through put_clean: a control character in it
 * would be a header field of its own (S13).
 */
#include "queue/dsn.h"

#include "base/clock.h"
#include "config/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <inttypes.h>

static const char *const actions[DSN_ACTIONS_COUNT] = {
#define X(enumerator, word) word,
    DSN_ACTIONS(X)
#undef X
};

/* A report while it is written; the first error stays. */
struct writer {
    struct buf *to;
    const struct dsn *dsn;
    char boundary[48];
    bool utf8;      /* RFC 6533: an address is beyond ASCII */
    bool eight_bit; /* the part of the message that goes along is */
    bool full;      /* all of it goes */
    struct span returned;
    int error;
};

static void put(struct writer *w, struct span text)
{
    if (!w->error)
        w->error = buf_put(w->to, text);
}

__attribute__((format(printf, 2, 3))) static void say(struct writer *w,
                                                      const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put(w, span_at(text, n < 0                      ? 0
                         : (size_t)n < sizeof(text) ? (size_t)n
                                                    : sizeof(text) - 1));
}

/* What is beyond ASCII stays where the whole report may be. */
static bool is_showable(const struct writer *w, char c)
{
    return (unsigned char)c > 127 ? w->utf8 : c >= 32 && c != 127;
}

static void put_clean(struct writer *w, struct span text)
{
    while (text.len > 0) {
        size_t n = 0;
        while (n < text.len && is_showable(w, text.at[n]))
            n++;
        put(w, span_first(text, n));
        if (n < text.len)
            put(w, SPAN("?"));
        text = span_skip(text, n < text.len ? n + 1 : n);
    }
}

static void put_field(struct writer *w, const char *name, struct span value)
{
    say(w, "%s", name);
    put_clean(w, value);
    put(w, SPAN("\r\n"));
}

static void put_date(struct writer *w, const char *name, int64_t time)
{
    char date[CLOCK_DATE_SIZE];

    clock_date(time, date);
    put_field(w, name, span_of(date));
}

/* ---- what kind of report it is */

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > 127)
            return false;
    return true;
}

static bool has(const struct dsn *d, enum dsn_action action)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->recipients[i].action == action)
            return true;
    return false;
}

/* Up to the empty line; what has none is all header. */
static struct span header_of(struct span message)
{
    const char *end =
        message.len ? memmem(message.at, message.len, "\r\n\r\n", 4) : NULL;
    size_t len = end ? (size_t)(end - message.at) + 2 : message.len;
    struct span header = span_first(message, len);

    if (span_take(&message, SPAN("\r\n")))
        header.len = 0;
    return header;
}

/* RFC 3461 §4.3: the message comes back only with a failure, and only if that was asked
 * for; S14: not when it is long. */
static void choose_returned(struct writer *w)
{
    const struct dsn *d = w->dsn;
    const struct span header = header_of(d->message);

    w->full = d->ret_full && has(d, DSN_FAILED) && d->message.len <= DSN_RETURNED_MAX;
    w->returned = w->full ? d->message : header;
    if (!w->full && header.len > DSN_RETURNED_MAX) {
        const char *end = memrchr(header.at, '\n', DSN_RETURNED_MAX);
        w->returned.len = end ? (size_t)(end - header.at) + 1 : 0;
    }
    w->eight_bit = !is_ascii(w->returned);
    w->utf8 = !is_ascii(d->sender);
    for (size_t i = 0; i < d->count; i++)
        w->utf8 |= !is_ascii(d->recipients[i].mailbox);
}

/* ---- for a person */

static const char *subject_of(const struct dsn *d)
{
    if (has(d, DSN_FAILED))
        return "Your message could not be delivered";
    return has(d, DSN_DELAYED) ? "Your message is delayed"
                               : "Your message was delivered";
}

static const char *words_of(enum dsn_action action)
{
    static const char *const words[DSN_ACTIONS_COUNT] = {
        [DSN_FAILED] = "Your message could not be delivered to",
        [DSN_DELAYED] =
            "Your message has not been delivered yet, and is tried again, to",
        [DSN_DELIVERED] = "Your message was delivered to",
        [DSN_RELAYED] = "Your message was handed on to a server without reports, for",
        [DSN_EXPANDED] = "Your message was handed on to the members of",
    };
    return words[action];
}

static void explain_one(struct writer *w, const struct dsn_recipient *r)
{
    put(w, SPAN("    <"));
    put_clean(w, r->mailbox);
    put(w, SPAN(">\r\n"));
    if (r->diagnostic.len > 0) {
        put(w, SPAN("        "));
        put_clean(w, r->remote.len > 0 ? r->remote : SPAN("The server"));
        put_field(w, " said: ", r->diagnostic);
    }
    if (r->reason.len > 0)
        put_field(w, "        ", r->reason);
    if (r->action == DSN_DELAYED && r->retry_until > 0)
        put_date(w, "        It is tried until ", r->retry_until);
}

static void explain(struct writer *w)
{
    const struct dsn *d = w->dsn;

    put_field(w, "This is the mail server of ", d->host);
    for (unsigned a = 0; a < DSN_ACTIONS_COUNT; a++) {
        if (!has(d, (enum dsn_action)a))
            continue;
        say(w, "\r\n%s:\r\n\r\n", words_of((enum dsn_action)a));
        for (size_t i = 0; i < d->count; i++)
            if (d->recipients[i].action == a)
                explain_one(w, &d->recipients[i]);
    }
    say(w, "\r\n%s follows.\r\n", w->full ? "The message" : "The message's header");
}

/* ---- for a program: RFC 3464 §2 */

/* §2.2.1, §2.3.1: what the sender said, without xtext's quoting. */
static void put_decoded(struct writer *w, const char *name, struct span type,
                        struct span xtext)
{
    char text[DSN_XTEXT_MAX];
    size_t len;

    if (xtext.len == 0 || !dsn_xtext_decode(xtext, text, sizeof(text), &len))
        return;
    say(w, "%s", name);
    put_clean(w, type);
    put_clean(w, span_at(text, len));
    put(w, SPAN("\r\n"));
}

static void put_original(struct writer *w, struct span orcpt)
{
    size_t n = span_find(orcpt, ';');

    if (n < orcpt.len)
        put_decoded(w, "Original-Recipient: ", span_first(orcpt, n + 1),
                    span_skip(orcpt, n + 1));
}

/* §2.3 */
static void put_recipient(struct writer *w, const struct dsn_recipient *r)
{
    put(w, SPAN("\r\n"));
    put_original(w, r->orcpt);
    put_field(w,
              is_ascii(r->mailbox) ? "Final-Recipient: rfc822;"
                                   : "Final-Recipient: utf-8;",
              r->mailbox);
    say(w, "Action: %s\r\n", actions[r->action]);
    say(w, "Status: %u.%u.%u\r\n", r->class, r->subject, r->detail);
    if (r->remote.len > 0)
        put_field(w, "Remote-MTA: dns; ", r->remote);
    if (r->diagnostic.len > 0)
        put_field(w, "Diagnostic-Code: smtp; ", r->diagnostic);
    if (r->tried > 0)
        put_date(w, "Last-Attempt-Date: ", r->tried);
    if (r->action == DSN_DELAYED && r->retry_until > 0)
        put_date(w, "Will-Retry-Until: ", r->retry_until);
}

static void put_status(struct writer *w)
{
    const struct dsn *d = w->dsn;

    put_field(w, "Reporting-MTA: dns; ", d->host);
    put_decoded(w, "Original-Envelope-Id: ", SPAN(""), d->envid);
    put_date(w, "Arrival-Date: ", d->arrived);
    for (size_t i = 0; i < d->count; i++)
        put_recipient(w, &d->recipients[i]);
}

/* ---- the whole */

static void put_part(struct writer *w, const char *type, bool eight_bit)
{
    say(w, "\r\n--%s\r\nContent-Type: %s\r\n%s\r\n", w->boundary, type,
        eight_bit ? "Content-Transfer-Encoding: 8bit\r\n" : "");
}

/* Auto-Submitted: RFC 3834 §5: nobody answers this. */
static void put_header(struct writer *w)
{
    const struct dsn *d = w->dsn;

    say(w, "From: Mail Delivery System <MAILER-DAEMON@%.*s>\r\n", SPAN_ARG(d->host));
    put(w, SPAN("To: <"));
    put_clean(w, d->sender);
    put(w, SPAN(">\r\n"));
    say(w, "Subject: %s\r\n", subject_of(d));
    put_date(w, "Date: ", d->now);
    say(w, "Message-ID: <%016" PRIx64 "%016" PRIx64 "@%.*s>\r\n", d->random[0],
        d->random[1], SPAN_ARG(d->host));
    say(w,
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=%s;\r\n\tboundary=\"%s\"\r\n%s",
        w->utf8 ? "global-delivery-status" : "delivery-status", w->boundary,
        w->utf8 || w->eight_bit ? "Content-Transfer-Encoding: 8bit\r\n" : "");
}

static void put_returned(struct writer *w)
{
    const char *type =
        w->full ? (w->utf8 ? "message/global" : "message/rfc822")
                : (w->utf8 ? "message/global-headers" : "text/rfc822-headers");

    put_part(w, type, w->eight_bit);
    put(w, w->returned);
    if (w->returned.len > 0 && w->returned.at[w->returned.len - 1] != '\n')
        put(w, SPAN("\r\n"));
    say(w, "\r\n--%s--\r\n", w->boundary);
}

int dsn_compose(const struct dsn *d, struct buf *to)
{
    struct writer w = { .to = to, .dsn = d };
    size_t before = to->len;

    snprintf(w.boundary, sizeof(w.boundary), "=_%016" PRIx64 "%016" PRIx64,
             d->random[1], d->random[0]);
    choose_returned(&w);
    put_header(&w);
    put_part(&w, w.utf8 ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii",
             w.utf8);
    explain(&w);
    put_part(&w, w.utf8 ? "message/global-delivery-status" : "message/delivery-status",
             w.utf8);
    put_status(&w);
    put_returned(&w);
    if (w.error)
        to->len = before;
    return w.error;
}
