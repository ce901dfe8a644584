/*
 * RFC 2033 §4.2: behind a message there is one reply for each RCPT that was accepted, in
 * their order.
 *
 * Most go well together.  When one mailbox is full that is no reason to refuse the
 * others: then each account is tried alone, and a RCPT hears how its own have fared.
 */
#include "smtp/session.h"

#include <errno.h>
#include <stdlib.h>

enum { TICKET = sizeof(struct ticket) };

static struct ticket ticket_at(const struct buf *tickets, size_t i)
{
    struct ticket t;

    memcpy(&t, tickets->at + i * TICKET, TICKET);
    return t;
}

int lmtp_note(struct smtp *s, struct span tickets)
{
    struct share share = { .from = (uint32_t)(s->named.len / TICKET) };

    share.to = share.from + (uint32_t)(tickets.len / TICKET);
    int error = buf_reserve(&s->shares, sizeof(share));
    if (!error)
        error = buf_put(&s->named, tickets);
    return error ? error : buf_put(&s->shares, span_at(&share, sizeof(share)));
}

void lmtp_forget_last(struct smtp *s)
{
    struct share last;

    s->shares.len -= sizeof(last);
    memcpy(&last, s->shares.at + s->shares.len, sizeof(last));
    s->named.len = last.from * TICKET;
}

/* Where the account stands among the recipients: they are sorted, and it is there. */
static size_t find(const struct buf *recipients, uint64_t account)
{
    size_t low = 0, high = recipients->len / TICKET;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (ticket_at(recipients, middle).account <= account)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* What has become of a RCPT: the first of its accounts that did not get the message. */
static int error_of(const struct smtp *s, const struct share *share, const int *errors)
{
    int error = 0;

    for (uint32_t i = share->from; i < share->to && !error; i++)
        error = errors[find(&s->recipients, ticket_at(&s->named, i).account)];
    return error;
}

static void reply_to_each(struct smtp *s)
{
    const struct share *share = (const void *)s->shares.at;
    size_t count = s->recipients.len / TICKET;
    uint64_t email = 0;
    int *errors = calloc(count, sizeof(*errors));

    for (size_t i = 0; i < count && errors; i++) {
        struct span ticket = span_at(s->recipients.at + i * TICKET, TICKET);
        errors[i] = mail_data_deliver(s, ticket, &email);
    }
    for (unsigned i = 0; i < s->recipient_count; i++)
        mail_data_reply(s, errors ? error_of(s, &share[i], errors) : -ENOMEM, email);
    free(errors);
}

void lmtp_deliver(struct smtp *s)
{
    uint64_t email = 0;
    int error = mail_data_deliver(s, buf_span(&s->recipients), &email);

    if (error == -EDQUOT) {
        reply_to_each(s);
        return;
    }
    for (unsigned i = 0; i < s->recipient_count; i++)
        mail_data_reply(s, error, email);
}

void lmtp_refuse(struct smtp *s)
{
    for (unsigned i = 0; i < s->recipient_count; i++)
        wire_say(s->wire, "%s", s->data.refusal);
}
