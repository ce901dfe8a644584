/* RFC 5321 §4.1.1.1 and the commands that touch no mail: RSET VRFY HELP NOOP QUIT. */
#include "smtp/session.h"

#include "base/utf8.h"
#include "wire/tls.h"

#include <inttypes.h>

/* §4.1.4: a session may be begun again; what was under way is forgotten. */
static bool begin(struct smtp *s, struct span client, bool extended)
{
    if (smtp_is_too_eager(s))
        return false;
    span_to_string(client, s->client, sizeof(s->client));
    s->extended = extended;
    smtp_forget(s);
    smtp_enter(s, READY);
    return true;
}

void smtp_ehlo(void *session, const struct arg *args)
{
    struct smtp *s = session;

    if (!begin(s, args[0].text, true))
        return;
    char mechanisms[SASL_MECHANISMS_SIZE];
    wire_say(s->wire, "250-%s Hello %s, pleased to meet you", s->host->name, s->client);
    wire_say(s->wire, "250-PIPELINING");
    wire_say(s->wire, "250-SIZE %" PRIu64, s->host->message_size);
    wire_say(s->wire, "250-LIMITS RCPTMAX=%d", RECIPIENTS_MAX);
    wire_say(s->wire, "250-ENHANCEDSTATUSCODES");
    wire_say(s->wire, "250-8BITMIME");
    wire_say(s->wire, "250-BINARYMIME");
    wire_say(s->wire, "250-CHUNKING");
    wire_say(s->wire, "250-SMTPUTF8");
    if (outgoing_has_dsn(s))
        wire_say(s->wire, "250-DSN");
    if (s->host->service != SMTP_LMTP && s->handle == 0 && wire_may_start_tls(s->wire))
        wire_say(s->wire, "250-STARTTLS");
    if (s->host->service == SMTP_SUBMISSION && s->handle == 0 &&
        sasl_mechanisms(&s->sasl, mechanisms, sizeof(mechanisms)) > 0)
        wire_say(s->wire, "250-AUTH %s", mechanisms);
    wire_say(s->wire, "250 HELP");
}

void smtp_helo(void *session, const struct arg *args)
{
    struct smtp *s = session;

    if (begin(s, args[0].text, false))
        wire_say(s->wire, "250 Hello %s, pleased to meet you", s->client);
}

void smtp_rset(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;

    smtp_forget(s);
    if (s->state != CONNECTED)
        smtp_enter(s, READY);
    wire_say(s->wire, "250 2.0.0 Ok");
}

void smtp_noop(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    wire_say(s->wire, "250 2.0.0 Ok");
}

/* RFC 6531 §3.7.4.2: vrfy = "VRFY" SP ( uLocal-part / uMailbox ) [ SP "SMTPUTF8" ] */
static bool takes_utf8(struct span text)
{
    static const struct span word = { " SMTPUTF8", 9 };
    return text.len > word.len &&
           span_is_nocase(span_skip(text, text.len - word.len), word);
}

/* §3.5.3, §7.3: who has a mailbox here is not for strangers to find out. */
void smtp_vrfy(void *session, const struct arg *args)
{
    struct smtp *s = session;

    if (utf8_is_beyond_ascii(args[0].text) && !takes_utf8(args[0].text))
        smtp_reply_bad(s, "553 5.6.7 SMTPUTF8 was not said");
    else
        wire_say(s->wire,
                 "252 2.5.2 Cannot verify, but will take mail and try to deliver it");
}

/* Two rows in a row may have one verb. */
static bool has_same_verb(const struct command *a, const struct command *b)
{
    return memcmp(a->usage, b->usage, 4) == 0;
}

/* What the table offers: its rows up to those that are only known. */
void smtp_help(void *session, const struct arg *args)
{
    struct smtp *s = session;
    const struct command *c = s->language->commands;
    (void)args;

    for (; c->run != smtp_not_implemented; c++)
        if (c == s->language->commands || !has_same_verb(c, c - 1))
            wire_say(s->wire, "214-2.0.0 %s", c->usage);
    wire_say(s->wire, "214 2.0.0 as in RFC 5321");
}

void smtp_quit(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    wire_say(s->wire, "221 2.0.0 %s closing connection", s->host->name);
    smtp_enter(s, CLOSED);
}

void smtp_not_implemented(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    smtp_reply_bad(s, "502 5.5.1 Command not implemented");
}

void smtp_not_smtp(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    smtp_reply_closing(s, "4.7.0", "This is not a web server");
}
