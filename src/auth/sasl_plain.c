/*
 * PLAIN (RFC 4616) and LOGIN: the mechanisms that say the password itself.
 *
 * Deviation: names and passwords may be any octets.  What is no UTF-8 is nobody's name; a
 * password of another character set is right when it was stored so (imported hashes).
 */
#include "auth/exchange.h"

/* RFC 4616 §2: message = [authzid] UTF8NUL authcid UTF8NUL passwd.  Takes up to the NUL. */
static bool take_until_nul(struct span *message, struct span *text_r)
{
    size_t n = span_find(*message, '\0');
    if (n == message->len)
        return false;
    *text_r = span_first(*message, n);
    *message = span_skip(*message, n + 1);
    return true;
}

enum sasl_outcome plain_step(struct sasl *s, struct span message)
{
    struct span authzid, authcid;
    if (!take_until_nul(&message, &authzid) || !take_until_nul(&message, &authcid) ||
        authcid.len == 0 || message.len == 0 || span_find(message, '\0') < message.len)
        return SASL_MALFORMED;
    /* Nobody acts for somebody else; and to ask for it is to guess no less. */
    bool himself = authzid.len == 0 || span_is_nocase(authzid, authcid);
    return exchange_login(s, himself ? authcid : SPAN(""), message);
}

enum sasl_outcome login_step(struct sasl *s, struct span response)
{
    struct exchange *x = s->exchange;
    if (x->turn == 0) {
        exchange_name(x, response);
        exchange_challenge(x, SPAN("Password:"));
        return SASL_CHALLENGE;
    }
    return exchange_login(s, exchange_said_name(x), response);
}
