/* RFC 5321 §4.1.1.2: MAIL, with the parameters of RFC 1870, 3030, 6152 and 6531. */
#include "smtp/session.h"

#include "auth/auth.h"
#include "base/utf8.h"
#include "ipc/message.h"
#include "queue/dsn.h"

/* RFC 1870 §6: SIZE = 1*20DIGIT, the octets that will come, as far as the client knows.
 * Each returns NULL, or the refusal. */
static const char *take_size(struct smtp *s, struct span value)
{
    struct span digits = value;

    while (digits.len > 0 && *digits.at >= '0' && *digits.at <= '9')
        digits = span_skip(digits, 1);
    if (value.len == 0 || value.len > 20 || digits.len > 0)
        return "501 5.5.4 SIZE takes a number";
    if (!span_take_number(&value, s->host->message_size, &s->size))
        return "552 5.3.4 Message size exceeds the maximum";
    return NULL;
}

/* RFC 6152 §3: what is stored is what was sent, so the first two are the same to us.
 * RFC 3030 §3: the third has no lines. */
static const char *take_body(struct smtp *s, struct span value)
{
    s->binary = span_is_nocase(value, SPAN("BINARYMIME"));
    if (s->binary || span_is_nocase(value, SPAN("7BIT")) ||
        span_is_nocase(value, SPAN("8BITMIME")))
        return NULL;
    return "501 5.5.4 BODY takes 7BIT, 8BITMIME or BINARYMIME";
}

/* RFC 6531 §3.4 */
static const char *take_smtputf8(struct smtp *s, struct span value)
{
    s->utf8 = true;
    return value.len == 0 ? NULL : "501 5.5.4 SMTPUTF8 takes no value";
}

/* RFC 4954 §5: AUTH = xtext of a Mailbox, or "<>".  Whoever has logged in is trusted with
 * his own messages alone, so what he says here is looked at and dropped. */
static const char *take_auth(struct smtp *s, struct span value)
{
    char mailbox[PATH_OCTETS_MAX];
    size_t len;
    struct arg arg;

    if (s->host->service != SMTP_SUBMISSION)
        return "555 5.5.4 Parameter not recognized";
    if (span_is(value, SPAN("<>")))
        return NULL;
    if (value.len > 0 && dsn_xtext_decode(value, mailbox, sizeof(mailbox), &len)) {
        struct span rest = span_at(mailbox, len);
        if (utf8_is_text(rest) && smtp_take_mailbox(&rest, &arg) && rest.len == 0)
            return NULL;
    }
    return "501 5.5.4 AUTH takes <> or a mailbox";
}

static const struct smtp_parameter parameters[] = {
    { "SIZE", take_size },         { "BODY", take_body },
    { "SMTPUTF8", take_smtputf8 }, { "AUTH", take_auth },
    { "RET", outgoing_take_ret },  { "ENVID", outgoing_take_envid },
};
enum { PARAMETERS = sizeof(parameters) / sizeof(parameters[0]) };

const char *smtp_take_parameters(struct smtp *s, struct span text,
                                 const struct smtp_parameter *known, size_t count)
{
    struct span keyword, value;
    unsigned given = 0;

    while (smtp_take_esmtp_param(&text, &keyword, &value)) {
        size_t i = 0;
        while (i < count && !span_is_nocase(keyword, span_of(known[i].keyword)))
            i++;
        if (i == count || !s->extended)
            return "555 5.5.4 Parameter not recognized";
        if (given & 1U << i)
            return "501 5.5.4 Parameter given twice";
        given |= 1U << i;
        const char *refusal = known[i].take(s, value);
        if (refusal)
            return refusal;
        span_take(&text, SPAN(" "));
    }
    return NULL;
}

bool smtp_refuses_path(struct smtp *s, struct span path)
{
    bool refuses = !s->utf8 && utf8_is_beyond_ascii(path);

    if (refuses)
        smtp_reply_bad(s, "553 5.6.7 MAIL did not say SMTPUTF8");
    return refuses;
}

/* RFC 4954 §6, RFC 6409 §4.3: nothing is submitted by nobody. */
static const char *ask_for_login(const struct smtp *s)
{
    if (s->host->service != SMTP_SUBMISSION || s->handle != 0)
        return NULL;
    return sasl_may_login(&s->sasl) ? "530 5.7.0 Authentication required"
                                    : "530 5.7.0 Encryption is required first";
}

int smtp_ask_sender(struct smtp *s, struct span mailbox)
{
    struct auth_sender question = { s->handle, mailbox };
    struct auth_sender_answer answer;
    int error = ask_auth_sender(&question, &answer, NULL);

    return error ? error : answer.verdict;
}

/* RFC 6409 §6.1.  "<>" is nobody's name: what answers mail by itself says it.  False: has
 * said why not. */
static bool may_send_as(struct smtp *s, struct span reverse_path)
{
    if (s->host->service != SMTP_SUBMISSION || reverse_path.len == 0)
        return true;
    switch (smtp_ask_sender(s, reverse_path)) {
    case AUTH_OK:
        return true;
    case AUTH_BUSY: /* auth was restarted: who has it been? */
        smtp_reply_closing(s, "4.7.0", "Log in again");
        return false;
    case AUTH_REFUSED:
    case AUTH_BAD_ADDRESS:
        wire_say(s->wire, "550 5.7.1 You may not send as that");
        return false;
    default:
        wire_say(s->wire, "451 4.3.0 Try again later");
        return false;
    }
}

void smtp_mail(void *session, const struct arg *args)
{
    struct smtp *s = session;
    const char *login = ask_for_login(s);

    if (login) {
        smtp_reply_bad(s, login);
        return;
    }
    s->size = 0; /* all of it may be of one that was refused */
    s->utf8 = s->binary = false;
    outgoing_forget(&s->outgoing);
    const char *refusal =
        args[1].given ? smtp_take_parameters(s, args[1].text, parameters, PARAMETERS)
                      : NULL;
    if (refusal) {
        smtp_reply_bad(s, refusal);
        return;
    }
    if (smtp_refuses_path(s, args[0].text) || !may_send_as(s, args[0].text))
        return;
    span_to_string(args[0].text, s->reverse_path, sizeof(s->reverse_path));
    smtp_enter(s, SENDER_GIVEN);
    wire_say(s->wire, "250 2.1.0 Sender ok");
}
