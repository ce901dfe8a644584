/* RFC 5321 §4.1.1.3: RCPT.  Auth knows who has a mailbox here, and whose mail for
 * elsewhere is sent on: that of the accounts' own clients alone. */
#include "smtp/session.h"

#include "auth/auth.h"
#include "auth/recipients.h"

#include <errno.h>

enum { TICKET = sizeof(struct ticket) };

static struct ticket ticket_at(struct span tickets, size_t i)
{
    struct ticket t;

    memcpy(&t, tickets.at + i * TICKET, TICKET);
    return t;
}

/* The place of the first ticket whose account is not below this one. */
static size_t place(struct span tickets, uint64_t account)
{
    size_t low = 0, high = tickets.len / TICKET;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ticket_at(tickets, middle).account < account)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_accepted(struct span accepted, uint64_t account, size_t *place_r)
{
    *place_r = place(accepted, account);
    return *place_r < accepted.len / TICKET &&
           ticket_at(accepted, *place_r).account == account;
}

/* An account gets a message once, whatever names it is called by. */
static int add(struct buf *accepted, struct ticket ticket)
{
    size_t at;

    if (is_accepted(buf_span(accepted), ticket.account, &at))
        return 0;
    int error = buf_put(accepted, span_at(&ticket, TICKET));
    if (error)
        return error;
    char *there = accepted->at + at * TICKET;
    memmove(there + TICKET, there, accepted->len - (at + 1) * TICKET);
    memcpy(there, &ticket, TICKET);
    return 0;
}

/* For those that are not there yet. */
static int make_room(struct buf *accepted, struct span tickets)
{
    size_t fresh = 0, at;

    for (size_t i = 0; i < tickets.len / TICKET; i++)
        fresh += !is_accepted(buf_span(accepted), ticket_at(tickets, i).account, &at);
    return buf_reserve(accepted, fresh * TICKET);
}

/* All of them or none: an alias that would be one too many is not taken in part. */
static int add_all(struct buf *accepted, struct span tickets)
{
    int error = make_room(accepted, tickets);

    for (size_t i = 0; i < tickets.len / TICKET && !error; i++)
        error = add(accepted, ticket_at(tickets, i));
    return error;
}

static void refuse(struct smtp *s, int error)
{
    wire_say(s->wire, error == -EMSGSIZE ? "452 4.5.3 Too many recipients"
                                         : "452 4.3.1 Insufficient system storage");
}

static void accept(struct smtp *s, struct span tickets)
{
    bool local = s->host->service == SMTP_LMTP;
    int error = local ? lmtp_note(s, tickets) : 0;

    if (!error) {
        error = add_all(&s->recipients, tickets);
        if (error && local)
            lmtp_forget_last(s);
    }
    if (error) {
        refuse(s, error);
        return;
    }
    s->recipient_count++;
    smtp_enter(s, RECIPIENTS_GIVEN);
    wire_say(s->wire, "250 2.1.5 Recipient ok");
}

/* Of a mailbox of ours.  RFC 1870 §6.1: what was said at MAIL is reason enough. */
static void weigh(struct smtp *s, const struct auth_recipient_answer *answer)
{
    if (s->size > answer->limit)
        wire_say(s->wire, "552 5.2.2 The mailbox can never hold so much");
    else if (answer->verdict == AUTH_OVER_QUOTA || s->size > answer->room)
        wire_say(s->wire, "452 4.2.2 The mailbox is full");
    else
        accept(s, answer->tickets);
}

/* The queue's account is one that has everybody; who it is for stands in its envelope.
 * Nobody stays there whose ticket there is no room for. */
static void accept_elsewhere(struct smtp *s, struct span mailbox, struct span tickets)
{
    int error = make_room(&s->recipients, tickets);

    if (!error)
        error = outgoing_add(s, mailbox);
    if (error)
        refuse(s, error);
    else
        accept(s, tickets);
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

static void judge(struct smtp *s, struct span mailbox,
                  const struct auth_recipient_answer *answer)
{
    switch (answer->verdict) {
    case AUTH_OK:
    case AUTH_OVER_QUOTA:
        weigh(s, answer);
        break;
    case AUTH_NO_SUCH_USER:
        wire_say(s->wire, "550 5.1.1 No such user here");
        break;
    case AUTH_ELSEWHERE:
        accept_elsewhere(s, mailbox, answer->tickets);
        break;
    case AUTH_NOT_OURS:
        wire_say(s->wire, s->host->service == SMTP_SUBMISSION
                              ? "451 4.3.0 Mail for elsewhere cannot be sent: this "
                                "server has no queue"
                              : "550 5.7.1 Relaying denied");
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
    const char *refusal =
        outgoing_take_parameters(s, args[1].given ? args[1].text : SPAN(""));

    if (refusal)
        smtp_reply_bad(s, refusal);
    else if (smtp_refuses_path(s, args[0].text))
        return;
    else if (s->recipient_count == RECIPIENTS_MAX)
        wire_say(s->wire, "452 4.5.3 Too many recipients");
    else if (ask_auth(s, args[0].text, &answer))
        wire_say(s->wire, "451 4.3.0 Try again later");
    else
        judge(s, args[0].text, &answer);
}
