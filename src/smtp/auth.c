/*
 * RFC 4954 §4: AUTH.
 *
 * auth/sasl leads the exchange; here are SMTP's words for what comes of it.  Whoever has
 * logged in stays so until the session ends: RSET and EHLO do not change it.
 */
#include "smtp/session.h"

#include "ipc/message.h"

void smtp_release(uint64_t handle)
{
    struct channel *auth = ipc_peer(ROLE_AUTH, 0);

    if (auth)
        tell_auth_release(auth, &(struct auth_release){ .handle = handle });
}

static void enter(struct smtp *s)
{
    s->handle = sasl_take_handle(&s->sasl);
    wire_say(s->wire, "235 2.7.0 Authentication successful");
}

static void refuse(struct smtp *s)
{
    if (++s->wrong_passwords == SMTP_WRONG_PASSWORDS_MAX)
        smtp_reply_closing(s, "4.7.0", "Too many wrong names or passwords");
    else
        wire_say(s->wire, "535 5.7.8 Wrong name or password");
}

static void conclude(struct smtp *s, enum sasl_outcome outcome)
{
    switch (outcome) {
    case SASL_OK:
        enter(s);
        break;
    case SASL_REFUSED:
        refuse(s);
        break;
    case SASL_MALFORMED:
        smtp_reply_bad(s, "501 5.5.2 That is no response");
        break;
    case SASL_CANCELLED:
        smtp_reply_bad(s, "501 5.7.0 Authentication cancelled");
        break;
    case SASL_NO_SUCH_MECHANISM:
        smtp_reply_bad(s, "504 5.5.4 Mechanism not offered");
        break;
    case SASL_NEEDS_TLS:
        smtp_reply_bad(s, "538 5.7.11 Encryption is required for this mechanism");
        break;
    case SASL_GONE:
        break;
    default:
        wire_say(s->wire, "454 4.7.0 Nobody can log in from here now, try again later");
        break;
    }
}

void smtp_auth(void *session, const struct arg *args)
{
    struct smtp *s = session;

    if (s->handle != 0)
        smtp_reply_bad(s, "503 5.5.1 You have authenticated already");
    else
        conclude(s, sasl_dialogue(&s->sasl, args[0].text,
                                  args[1].given ? &args[1].text : NULL, "334 "));
}

/* §4: before EHLO, and in a transaction; the row is there for its secret. */
void smtp_auth_out_of_place(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    smtp_reply_bad(s, "503 5.5.1 Bad sequence of commands");
}

void smtp_log_out(struct smtp *s)
{
    sasl_close(&s->sasl);
    if (s->handle != 0)
        smtp_release(s->handle);
    s->handle = 0;
}
