/* RFC 9051 §6.2: STARTTLS, AUTHENTICATE (RFC 4959: SASL-IR), LOGIN; RFC 8437: UNAUTHENTICATE. */
#include "imap/grammar.h"
#include "imap/session.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "wire/tls.h"

static const char no_encryption[] =
    "[PRIVACYREQUIRED] no login without encryption here";

static void enter_authenticated(struct imap *s)
{
    char capabilities[IMAP_CAPABILITIES_SIZE];

    if (imap_take_handle(s)) {
        imap_drop_handle(s);
        imap_reply(s, "NO [UNAVAILABLE] nobody can log in now");
        return;
    }
    imap_enter(s, AUTHENTICATED);
    imap_capabilities(s, capabilities, sizeof(capabilities));
    imap_reply(s, "OK [CAPABILITY %s] logged in", capabilities);
}

/* RFC 5530 §3: [AUTHENTICATIONFAILED] means that the password should be asked for anew. */
static void refuse(struct imap *s)
{
    imap_reply(s, "NO [AUTHENTICATIONFAILED] wrong name or password");
    if (++s->wrong_passwords == IMAP_WRONG_PASSWORDS_MAX)
        imap_reply_bye(s, "too many wrong passwords");
}

static void end_login(struct imap *s, enum sasl_outcome outcome)
{
    switch (outcome) {
    case SASL_OK:
        enter_authenticated(s);
        break;
    case SASL_REFUSED:
        refuse(s);
        break;
    case SASL_BUSY:
        imap_reply(s, "NO [UNAVAILABLE] too many logins, try again later");
        break;
    case SASL_LATER:
        imap_reply(s, "NO [UNAVAILABLE] too many failed logins, try again much later");
        break;
    case SASL_UNAVAILABLE:
        imap_reply(s, "NO [UNAVAILABLE] nobody can log in now");
        break;
    case SASL_NEEDS_TLS:
        imap_reply(s, "NO %s", no_encryption);
        break;
    case SASL_NO_SUCH_MECHANISM:
        imap_reply(s, "NO no such mechanism");
        break;
    case SASL_CANCELLED:
        imap_reply_bad(s, "cancelled");
        break;
    case SASL_MALFORMED:
        imap_reply_bad(s, "malformed response");
        break;
    default: /* the client has gone */
        break;
    }
}

void imap_authenticate(void *session, const struct arg *args)
{
    struct imap *s = session;
    const struct span *initial = args[1].given ? &args[1].text : NULL;

    end_login(s, sasl_dialogue(&s->sasl, args[0].text, initial, "+ "));
}

/* §6.2.3: LOGIN userid password */
void imap_login(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name, password;

    if (!imap_take_astring(&rest, s->arena, &name) || !imap_take_sp(&rest) ||
        !imap_take_astring(&rest, s->arena, &password) || rest.len > 0)
        imap_reply_bad(s, "LOGIN has a name and a password");
    else if (!sasl_may_login(&s->sasl))
        imap_reply(s, "NO %s", no_encryption);
    else if (!utf8_is_text(name) || !utf8_is_text(password))
        refuse(s);
    else
        end_login(s, sasl_login(&s->sasl, name, password));
}

/* RFC 8437: as before the login, but for TLS.  Wrong passwords are counted on:
 * who may guess is the connection. */
void imap_unauthenticate(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    mailbox_close(s);
    imap_drop_handle(s);
    sasl_close(&s->sasl);
    sasl_open(&s->sasl, s->wire, s->host->plaintext_login, imap_release);
    s->rev2 = s->utf8 = s->changed = false;
    s->condstore = s->qresync = s->uidonly = false;
    s->bad_commands = 0;
    s->login_by = clock_in(s->host->login_time);
    imap_enter(s, NOT_AUTHENTICATED);
    imap_reply(s, "OK nobody is logged in");
}

/* §6.2.1.  Behind STARTTLS nothing may follow in the clear: it would be taken for what was
 * said under TLS (A17). */
void imap_starttls(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    if (wire_has_tls(s->wire)) {
        imap_reply_bad(s, "encrypted already");
    } else if (!wire_may_start_tls(s->wire)) {
        imap_reply_bad(s, "no encryption here");
    } else if (wire_input(s->wire).len > 0) {
        imap_reply(s, "BAD nothing may follow STARTTLS");
        imap_reply_bye(s, "start again");
    } else {
        imap_reply(s, "OK begin TLS");
        imap_enter(s, wire_start_tls(s->wire) ? NOT_AUTHENTICATED : LOGOUT);
    }
}
