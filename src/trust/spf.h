/*
 * spf - may this client send in the name of that domain?  Sender Policy Framework,
 * RFC 7208.
 *
 * check_host() of §4 is one function.  It asks at most ten terms' worth of questions and
 * gives up after two that found nothing (§4.6.4, D04), whatever a record says, and goes
 * no deeper than that.  All memory is the arena's of the asker; when that is at its end
 * the result is temperror.
 *
 * The explanation of §6.2 is given as it was found, for a log or a DSN's text: whoever
 * shows it says whose words they are, and no octet of it but of %x20-7E is there.
 */
#ifndef TRUST_SPF_H
#define TRUST_SPF_H

#include "trust/ask.h"

#define SPF_RESULTS(X)                                                                 \
    X(NONE, "none")                                                                    \
    X(NEUTRAL, "neutral")                                                              \
    X(PASS, "pass")                                                                    \
    X(FAIL, "fail")                                                                    \
    X(SOFTFAIL, "softfail")                                                            \
    X(TEMPERROR, "temperror")                                                          \
    X(PERMERROR, "permerror")

enum spf_result {
#define X(enumerator, name) SPF_##enumerator,
    SPF_RESULTS(X)
#undef X
};

struct spf_client {
    uint8_t address[16]; /* IPv4 in the first four */
    bool v6;             /* never an IPv4-mapped one */
    struct span helo;
    struct span local_part; /* of MAIL FROM; "" for HELO's identity: postmaster, §2.4 */
    struct span domain;     /* of MAIL FROM, or HELO's */
    struct span receiver;   /* who asks: our own name, for %{r} */
    uint64_t seconds;       /* since 1970, for %{t} */
};

struct spf_answer {
    enum spf_result result;
    unsigned lookups; /* terms that asked, of the ten */
    /* Which term decided, as it stands in its record, and whose record that is; "" */
    struct span term, domain;
    struct span explanation; /* "" where there is none; on SPF_FAIL only */
};

/* check_host() */
void spf_check(const struct spf_client *, const struct ask *,
               struct spf_answer *answer_r);
const char *spf_result_name(enum spf_result);

/* Reads what inet_ntop wrote; false: it is no address. */
bool spf_client_address(struct spf_client *, const char *address);

#endif
