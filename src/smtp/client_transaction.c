/*
 * client_transaction - RFC 5321 §3.3: MAIL, RCPT, and who gets the message.
 *
 * Where the server has PIPELINING all of it is said before anything is heard, with DATA at
 * its end (RFC 2920 §3.1); BDAT waits until it is known that somebody takes the message,
 * for a server that has refused MAIL might take its octets for commands.  Recipients that
 * are too many for one transaction come in the next.
 */
#include "smtp/client_inside.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- what cannot be sent to this server */

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > 126)
            return false;
    return true;
}

static bool has_control(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 32 || text.at[i] == 127)
            return true;
    return false;
}

static struct smtp_fate refusal(enum smtp_step step, unsigned subject, unsigned detail,
                                const char *words)
{
    struct smtp_fate fate = { .outcome = SMTP_NEVER, .step = step };
    fate.status = (struct smtp_status){ 5, (uint16_t)subject, (uint16_t)detail };
    snprintf(fate.words, sizeof(fate.words), "%s", words);
    return fate;
}

/* Fit to be said in a command, and no longer than RFC 5321 §4.5.3.1.3 allows? */
static bool is_sayable(struct span mailbox)
{
    return mailbox.len + 2 <= PATH_OCTETS_MAX && !has_control(mailbox);
}

static uint64_t size_of(const struct smtp_outgoing *m)
{
    return m->octets.len + (m->needs.unended && !m->needs.binary ? 2 : 0);
}

static bool is_unsayable(const struct smtp_outgoing *m)
{
    return !is_sayable(m->reverse_path) || has_control(m->envid) || has_control(m->ret);
}

static bool cannot_carry(const struct smtp_client *c, const struct smtp_outgoing *m,
                         struct smtp_fate *fate_r)
{
    const struct smtp_extensions *e = &c->extensions;

    if (is_unsayable(m))
        *fate_r = refusal(SMTP_STEP_MAIL, 1, 7, "the sender's address cannot be said");
    else if (e->size > 0 && size_of(m) > e->size)
        *fate_r =
            refusal(SMTP_STEP_MAIL, 3, 4, "the message is too large for the server");
    else if (m->needs.binary && !smtp_server_has(c, SMTP_HAS_BINARYMIME))
        *fate_r = refusal(SMTP_STEP_MAIL, 6, 3, "the server does not take binary mail");
    else if (m->needs.eight_bit && !smtp_server_has(c, SMTP_HAS_8BITMIME))
        *fate_r = refusal(SMTP_STEP_MAIL, 6, 3, "the server does not take 8-bit mail");
    else if (smtp_server_has(c, SMTP_HAS_SMTPUTF8))
        return false;
    else if (!is_ascii(m->reverse_path))
        *fate_r = refusal(SMTP_STEP_MAIL, 6, 7,
                          "the server does not take a sender's address beyond ASCII");
    else if (m->utf8 && m->needs.header_utf8)
        *fate_r = refusal(SMTP_STEP_MAIL, 6, 9,
                          "the server does not take a header section beyond ASCII");
    else
        return false;
    return true;
}

static void refuse_recipient(const struct smtp_client *c, struct smtp_recipient *r)
{
    if (!is_sayable(r->mailbox) || r->mailbox.len == 0 || has_control(r->notify) ||
        has_control(r->orcpt))
        r->fate = refusal(SMTP_STEP_RCPT, 1, 3, "the address cannot be said");
    else if (!is_ascii(r->mailbox) && !smtp_server_has(c, SMTP_HAS_SMTPUTF8))
        r->fate = refusal(SMTP_STEP_RCPT, 6, 7,
                          "the server does not take an address beyond ASCII");
}

/* ---- whom one transaction is for */

static bool choose(const struct smtp_client *c, const struct smtp_outgoing *m,
                   struct group *group_r)
{
    size_t most = SMTP_CLIENT_RECIPIENTS_MAX;
    const unsigned said = c->extensions.recipients;

    if (said > 0 && said < most)
        most = said;
    group_r->count = group_r->accepted = 0;
    for (size_t i = 0; i < m->count && group_r->count < most; i++)
        if (m->recipients[i].fate.outcome == SMTP_UNTRIED)
            group_r->members[group_r->count++] = i;
    return group_r->count > 0;
}

void smtp_decide(const struct smtp_outgoing *m, const struct group *g,
                 const struct smtp_fate *fate)
{
    for (size_t i = 0; i < g->count; i++)
        if (m->recipients[g->members[i]].fate.outcome == SMTP_UNTRIED)
            m->recipients[g->members[i]].fate = *fate;
}

static void decide_all(const struct smtp_outgoing *m, const struct smtp_fate *fate)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->recipients[i].fate.outcome == SMTP_UNTRIED)
            m->recipients[i].fate = *fate;
}

/* ---- MAIL, §4.1.1.2 */

static bool is_utf8(const struct smtp_outgoing *m, const struct group *g)
{
    bool ascii = is_ascii(m->reverse_path) && !(m->utf8 && m->needs.header_utf8);

    for (size_t i = 0; i < g->count; i++)
        ascii = ascii && is_ascii(m->recipients[g->members[i]].mailbox);
    return !ascii;
}

static const char *body_of(const struct smtp_client *c, const struct smtp_outgoing *m)
{
    if (m->needs.binary)
        return " BODY=BINARYMIME";
    return m->needs.eight_bit && smtp_server_has(c, SMTP_HAS_8BITMIME)
               ? " BODY=8BITMIME"
               : "";
}

static void put_parameter(char *line, size_t size, const char *name, struct span value)
{
    size_t len = strlen(line);
    if (value.len > 0)
        snprintf(line + len, size - len, " %s=%.*s", name, SPAN_ARG(value));
}

static void say_mail(struct smtp_client *c, const struct smtp_outgoing *m,
                     const struct group *g)
{
    char size[32] = "", dsn[SMTP_LINE_MAX / 2] = "";

    if (smtp_server_has(c, SMTP_HAS_SIZE))
        snprintf(size, sizeof(size), " SIZE=%" PRIu64, size_of(m));
    if (smtp_server_has(c, SMTP_HAS_DSN)) {
        put_parameter(dsn, sizeof(dsn), "RET", m->ret);
        put_parameter(dsn, sizeof(dsn), "ENVID", m->envid);
    }
    wire_say(c->wire, "MAIL FROM:<%.*s>%s%s%s%s", SPAN_ARG(m->reverse_path), size,
             body_of(c, m), is_utf8(m, g) ? " SMTPUTF8" : "", dsn);
}

/* False: nobody gets it in this transaction. */
static bool hear_mail(struct smtp_client *c, const struct smtp_outgoing *m,
                      const struct group *g)
{
    struct smtp_fate fate;

    if (!smtp_hear_reply(c, SMTP_STEP_MAIL))
        return false;
    if (smtp_is_positive(c)) {
        c->is_open_transaction = true;
        return true;
    }
    fate = smtp_fate_of(c, SMTP_STEP_MAIL);
    smtp_decide(m, g, &fate);
    return false;
}

/* ---- RCPT, §4.1.1.3 */

static void say_rcpt(struct smtp_client *c, const struct smtp_recipient *r)
{
    char dsn[SMTP_LINE_MAX / 2] = "";

    if (smtp_server_has(c, SMTP_HAS_DSN)) {
        put_parameter(dsn, sizeof(dsn), "NOTIFY", r->notify);
        put_parameter(dsn, sizeof(dsn), "ORCPT", r->orcpt);
    }
    wire_say(c->wire, "RCPT TO:<%.*s>%s", SPAN_ARG(r->mailbox), dsn);
}

/* §4.5.3.1.10: 452 is "too many recipients", and so is 552, which others say for it; who
 * is not the first may come in a transaction of his own. */
static bool is_too_many(const struct smtp_client *c, const struct group *g)
{
    return g->accepted > 0 && (c->reply.code == 452 || c->reply.code == 552);
}

static void hear_rcpt(struct smtp_client *c, struct smtp_recipient *r, struct group *g,
                      size_t index)
{
    if (!smtp_hear_reply(c, SMTP_STEP_RCPT))
        return;
    if (r->fate.outcome != SMTP_UNTRIED)
        return;
    if (smtp_is_positive(c))
        g->members[g->accepted++] = index;
    else if (!is_too_many(c, g))
        r->fate = smtp_fate_of(c, SMTP_STEP_RCPT);
}

/* ---- a transaction */

static void rewind_session(struct smtp_client *c)
{
    if (!c->is_open_transaction || smtp_server_is_ahead(c, SMTP_STEP_RSET))
        return;
    wire_say(c->wire, "RSET");
    if (smtp_hear_reply(c, SMTP_STEP_RSET) && !smtp_is_positive(c))
        smtp_end_by_reply(c, SMTP_STEP_RSET);
    if (c->over)
        c->fate.outcome = SMTP_LATER; /* it says nothing of the next message */
    c->is_open_transaction = false;
}

/* All said at once, then all heard.  Behind a refused MAIL the others' replies are read,
 * and mean nothing. */
static void envelope_at_once(struct smtp_client *c, const struct smtp_outgoing *m,
                             struct group *g, bool with_data)
{
    const size_t count = g->count;

    say_mail(c, m, g);
    for (size_t i = 0; i < count; i++)
        say_rcpt(c, &m->recipients[g->members[i]]);
    if (with_data)
        wire_say(c->wire, "DATA");
    hear_mail(c, m, g);
    for (size_t i = 0; i < count && !c->over; i++)
        hear_rcpt(c, &m->recipients[g->members[i]], g, g->members[i]);
}

static void envelope_step_by_step(struct smtp_client *c, const struct smtp_outgoing *m,
                                  struct group *g)
{
    const size_t count = g->count;

    say_mail(c, m, g);
    if (!hear_mail(c, m, g))
        return;
    for (size_t i = 0; i < count && !c->over; i++) {
        if (smtp_server_is_ahead(c, SMTP_STEP_RCPT))
            return;
        say_rcpt(c, &m->recipients[g->members[i]]);
        hear_rcpt(c, &m->recipients[g->members[i]], g, g->members[i]);
    }
}

static void transact(struct smtp_client *c, const struct smtp_outgoing *m,
                     struct group *g)
{
    bool at_once = smtp_server_has(c, SMTP_HAS_PIPELINING);
    bool with_data = at_once && !smtp_server_has(c, SMTP_HAS_CHUNKING);

    rewind_session(c);
    if (c->over || smtp_server_is_ahead(c, SMTP_STEP_MAIL))
        return;
    if (at_once)
        envelope_at_once(c, m, g, with_data);
    else
        envelope_step_by_step(c, m, g);
    g->count = g->accepted; /* the accepted stand in front */
    if (!c->over && (with_data || g->accepted > 0))
        smtp_send_message(c, m, g, with_data);
}

/* RFC 9422 §4.1: over the next connection, then. */
static struct smtp_fate no_more(void)
{
    struct smtp_fate fate = { .outcome = SMTP_LATER, .step = SMTP_STEP_MAIL };
    fate.status = (struct smtp_status){ 4, 5, 3 };
    snprintf(fate.words, sizeof(fate.words),
             "the server takes no more messages over one connection");
    return fate;
}

void smtp_client_send(struct smtp_client *c, const struct smtp_outgoing *m)
{
    struct smtp_fate fate;
    struct group g;

    if (!c->over && cannot_carry(c, m, &fate))
        decide_all(m, &fate);
    for (size_t i = 0; i < m->count && !c->over; i++)
        if (m->recipients[i].fate.outcome == SMTP_UNTRIED)
            refuse_recipient(c, &m->recipients[i]);
    while (smtp_client_may_go_on(c) && choose(c, m, &g)) {
        transact(c, m, &g);
        c->messages++;
    }
    fate = c->over ? c->fate : no_more();
    decide_all(m, &fate);
}
