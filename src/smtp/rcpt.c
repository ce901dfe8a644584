/* RFC 5321 §4.1.1.3: RCPT.  Auth knows who has a mailbox here; nothing is relayed. */
#include "smtp/session.h"

#include "auth/auth.h"
#include "auth/recipients.h"

static bool is_accepted(const struct smtp *s, uint64_t account)
{
    const struct ticket *t = (const void *)s->recipients.at;
    size_t count = s->recipients.len / sizeof(*t);

    for (size_t i = 0; i < count; i++)
        if (t[i].account == account)
            return true;
    return false;
}

/* An account gets a message once, whatever names it is called by. */
static void accept(struct smtp *s, const struct ticket *ticket)
{
    if (!is_accepted(s, ticket->account) &&
        buf_put(&s->recipients, span_at(ticket, sizeof(*ticket)))) {
        wire_say(s->wire, "452 4.3.1 Insufficient system storage");
        return;
    }
    s->recipient_count++;
    smtp_enter(s, RECIPIENTS_GIVEN);
    wire_say(s->wire, "250 2.1.5 Recipient ok");
}

/* §4.5.1: "Postmaster" needs no domain; it is the one of this host. */
static int ask_auth(struct smtp *s, struct span mailbox,
                    struct auth_recipient_answer *answer_r)
{
    char whole[ADDRESS_OCTETS_MAX + 1];

    if (span_find(mailbox, '@') == mailbox.len) {
        snprintf(whole, sizeof(whole), "postmaster@%s", s->host->name);
        mailbox = span_of(whole);
    }
    return recipient_ask(mailbox, answer_r);
}

static void judge(struct smtp *s, const struct auth_recipient_answer *answer)
{
    switch (answer->verdict) {
    case AUTH_OK:
        accept(s, &(struct ticket){ answer->account, answer->ticket });
        break;
    case AUTH_NO_SUCH_USER:
        wire_say(s->wire, "550 5.1.1 No such user here");
        break;
    case AUTH_NOT_OURS:
        wire_say(s->wire, "550 5.7.1 Relaying denied");
        break;
    case AUTH_BAD_ADDRESS:
        wire_say(s->wire, "553 5.1.3 Not a mailbox name");
        break;
    default:
        wire_say(s->wire, "451 4.3.0 Try again later");
        break;
    }
}

void smtp_rcpt(void *session, const struct arg *args)
{
    struct smtp *s = session;
    struct auth_recipient_answer answer;

    if (args[1].given)
        smtp_reply_bad(s, "555 5.5.4 Parameter not recognized");
    else if (smtp_refuses_path(s, args[0].text))
        return;
    else if (s->recipient_count == RECIPIENTS_MAX)
        wire_say(s->wire, "452 4.5.3 Too many recipients");
    else if (ask_auth(s, args[0].text, &answer))
        wire_say(s->wire, "451 4.3.0 Try again later");
    else
        judge(s, &answer);
}
