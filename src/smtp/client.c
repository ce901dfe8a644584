/* client - a session: RFC 5321 §3.1, §3.2, §3.8; RFC 3207. */
#include "smtp/client_inside.h"

#include "wire/tls.h"
#include "wire/tls_client.h"

/* §4.3.2: 220; another 2yz would be strange, and no refusal. */
static bool hear_greeting(struct smtp_client *c)
{
    if (!smtp_hear_reply(c, SMTP_STEP_GREETING))
        return false;
    if (!smtp_is_positive(c))
        smtp_end_by_reply(c, SMTP_STEP_GREETING);
    return !c->over && !smtp_server_is_ahead(c, SMTP_STEP_GREETING);
}

/* §3.2: who does not know EHLO may know HELO, and then has no extensions. */
static bool say_helo(struct smtp_client *c)
{
    wire_say(c->wire, "HELO %s", c->settings->name);
    if (!smtp_hear_reply(c, SMTP_STEP_HELO))
        return false;
    if (!smtp_is_positive(c))
        smtp_end_by_reply(c, SMTP_STEP_HELO);
    return !c->over && !smtp_server_is_ahead(c, SMTP_STEP_HELO);
}

static bool say_ehlo(struct smtp_client *c)
{
    c->extensions = (struct smtp_extensions){ 0 };
    wire_say(c->wire, "EHLO %s", c->settings->name);
    if (!smtp_hear_reply(c, SMTP_STEP_EHLO))
        return false;
    if (c->reply.code >= 500)
        return !smtp_server_is_ahead(c, SMTP_STEP_EHLO) && say_helo(c);
    if (smtp_is_positive(c))
        smtp_extensions_read(buf_span(&c->reply.text), &c->extensions);
    else
        smtp_end_by_reply(c, SMTP_STEP_EHLO);
    return !c->over;
}

/* RFC 3207 §4: what was known of the server is forgotten (§4.2), and what it may have said
 * before the handshake must not be there: somebody in between could have said it. */
static bool shake_hands(struct smtp_client *c)
{
    if (smtp_server_is_ahead(c, SMTP_STEP_STARTTLS))
        return false;
    if (!wire_start_tls(c->wire)) {
        smtp_end(c, SMTP_STEP_STARTTLS, 7, 0, "the TLS handshake failed");
        return false;
    }
    return say_ehlo(c);
}

static bool refuse_plaintext(struct smtp_client *c)
{
    if (c->settings->security != SMTP_TLS_MUST)
        return true;
    smtp_end(c, SMTP_STEP_STARTTLS, 7, 4, "the server has no STARTTLS, which must be");
    return false;
}

static bool start_tls(struct smtp_client *c)
{
    if (c->settings->security == SMTP_TLS_NEVER)
        return true;
    if (!smtp_server_has(c, SMTP_HAS_STARTTLS))
        return refuse_plaintext(c);
    if (smtp_server_is_ahead(c, SMTP_STEP_EHLO))
        return false;
    wire_say(c->wire, "STARTTLS");
    if (!smtp_hear_reply(c, SMTP_STEP_STARTTLS))
        return false;
    if (smtp_is_positive(c))
        return shake_hands(c);
    if (c->settings->security == SMTP_TLS_MUST)
        smtp_end_by_reply(c, SMTP_STEP_STARTTLS);
    if (c->over)
        c->fate.outcome =
            SMTP_LATER; /* whatever it is that fails: it is not the mail */
    return !c->over;
}

bool smtp_client_open(struct smtp_client *c, struct wire *wire,
                      const struct smtp_client_settings *settings)
{
    *c = (struct smtp_client){
        .wire = wire,
        .settings = settings,
        .reply = { .text.max = SMTP_REPLY_OCTETS_MAX },
    };
    return hear_greeting(c) && say_ehlo(c) && start_tls(c) && smtp_log_in(c);
}

bool smtp_client_may_go_on(const struct smtp_client *c)
{
    unsigned most = c->extensions.messages;
    return !c->over && (most == 0 || c->messages < most);
}

void smtp_client_close(struct smtp_client *c)
{
    if (!c->over && !smtp_server_is_ahead(c, SMTP_STEP_QUIT)) {
        wire_say(c->wire, "QUIT");
        smtp_hear_reply(c, SMTP_STEP_QUIT);
    }
    c->over = true;
    buf_free(&c->reply.text);
}
