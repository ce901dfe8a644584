/* What auth tells the fronts of addresses (role/auth.h). */
#include "role/auth.h"

#include <assert.h>

/* RFC 5321 §4.5.1: the host has a postmaster, also where its name is no domain of mail. */
static bool is_hosts_postmaster(struct span address)
{
    struct span prefix = SPAN("postmaster@");
    return span_starts_nocase(address, prefix) &&
           span_is_nocase(span_skip(address, prefix.len), span_of(auth.hostname));
}

/* Mail for one address may be for many accounts: one answer has a ticket for each. */
static struct span tickets_for(const struct reach *reach)
{
    static struct ticket tickets[RECIPIENTS_MAX]; /* until it is sent */
    assert(reach->count <= RECIPIENTS_MAX);
    for (size_t i = 0; i < reach->count; i++) {
        uint64_t account = reach->accounts[i];
        tickets[i] = (struct ticket){ account, ticket_mac(auth.ticket_key, account) };
    }
    return span_at(tickets, reach->count * sizeof *tickets);
}

static enum auth_verdict look_up(struct span address, struct reach *reach_r)
{
    *reach_r = (struct reach){ 0 };
    enum auth_verdict verdict = directory_recipient(auth.directory, address, reach_r);
    if (verdict == AUTH_NOT_OURS && is_hosts_postmaster(address))
        verdict = directory_recipient(auth.directory, SPAN("postmaster"), reach_r);
    return verdict;
}

/* Mail of the accounts' own, and reports on it, may go elsewhere by the queue. */
static bool may_send_on(const struct call *call)
{
    return auth.settings->relay.wanted &&
           (call->from == ROLE_SUBMISSION || call->from == ROLE_RELAY);
}

void auth_on_recipient(struct call *call, const void *question)
{
    const struct auth_recipient *q = question;
    uint64_t queue = QUEUE_ACCOUNT;
    struct reach reach;
    enum auth_verdict verdict = look_up(q->address, &reach);
    if (verdict == AUTH_OK && auth_learn_reached(&reach))
        verdict = look_up(q->address, &reach);
    if (verdict == AUTH_NOT_OURS && may_send_on(call)) {
        verdict = AUTH_ELSEWHERE;
        reach = (struct reach){
            .accounts = &queue, .count = 1, .room = UINT64_MAX, .limit = UINT64_MAX
        };
    }
    answer_auth_recipient(call, &(struct auth_recipient_answer){
                                    .verdict = (uint8_t)verdict,
                                    .room = reach.room,
                                    .limit = reach.limit,
                                    .tickets = tickets_for(&reach),
                                });
}
