/* What auth tells the fronts of addresses (role/auth.h). */
#include "role/auth.h"

/* RFC 5321 §4.5.1: the host has a postmaster, also where its name is no domain of mail. */
static bool is_hosts_postmaster(struct span address)
{
    struct span prefix = SPAN("postmaster@");
    return span_starts_nocase(address, prefix) &&
           span_is_nocase(span_skip(address, prefix.len), span_of(auth.hostname));
}

void auth_on_recipient(struct call *call, const void *question)
{
    const struct auth_recipient *q = question;
    struct auth_recipient_answer answer = { 0 };
    enum auth_verdict verdict =
        directory_recipient(auth.directory, q->address, &answer.account);
    if (verdict == AUTH_NOT_OURS && is_hosts_postmaster(q->address))
        verdict =
            directory_recipient(auth.directory, SPAN("postmaster"), &answer.account);
    answer.verdict = (uint8_t)verdict;
    if (answer.verdict == AUTH_OK)
        answer.ticket = ticket_mac(auth.ticket_key, answer.account);
    answer_auth_recipient(call, &answer);
}
