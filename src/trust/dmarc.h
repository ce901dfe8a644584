/*
 * dmarc - does what was proved speak for the author, and what does the author's domain
 * want done where it does not?  RFC 7489, and its successor (RFC 9989), whose tree walk
 * takes the place of a list of public suffixes.
 *
 * pct= is not looked at, as the successor has it; t=y is.  A DKIM signature over a part
 * of the body proves nothing here (D05).  A message whose author has no one domain is
 * DMARC_PERMERROR: what becomes of it is the caller's to say.
 */
#ifndef TRUST_DMARC_H
#define TRUST_DMARC_H

#include "trust/dkim.h"
#include "trust/spf.h"

#define DMARC_RESULTS(X)                                                               \
    X(NONE, "none")                                                                    \
    X(PASS, "pass")                                                                    \
    X(FAIL, "fail")                                                                    \
    X(TEMPERROR, "temperror")                                                          \
    X(PERMERROR, "permerror")

enum dmarc_result {
#define X(enumerator, name) DMARC_##enumerator,
    DMARC_RESULTS(X)
#undef X
};
const char *dmarc_result_name(enum dmarc_result);

/* In the order of their weight. */
enum dmarc_policy { DMARC_ACCEPT, DMARC_QUARANTINE, DMARC_REJECT };
const char *dmarc_policy_name(enum dmarc_policy); /* "none" for DMARC_ACCEPT */

enum dmarc_psd { PSD_UNKNOWN, PSD_YES, PSD_NO };

struct dmarc_record {
    enum dmarc_policy policy, subdomains, nonexistent; /* p= sp= np= */
    bool strict_dkim, strict_spf;                      /* adkim= aspf= */
    bool testing;                                      /* t=y */
    enum dmarc_psd psd;
    struct span aggregate, failure; /* rua= ruf= */
};

/* False: it is none, and is not looked at any more. */
bool dmarc_read_record(struct span text, struct dmarc_record *record_r);

struct dmarc_answer {
    enum dmarc_result result;
    enum dmarc_policy
        policy;         /* what is to be done; DMARC_ACCEPT unless result is FAIL */
    const char *reason; /* of an error */
    struct span author; /* the domain of From */
    struct span domain; /* whose record it is; "" where there is none */
    struct span organization; /* the author's organizational domain */
    bool by_spf, by_dkim;     /* which speaks for it */
    struct dmarc_record record;
};

/* spf: MAIL FROM's, and its domain.  The signatures have their results. */
void dmarc_check(const struct fields *, const struct spf_answer *spf,
                 struct span spf_domain, const struct dkim_verifier *,
                 const struct ask *, struct dmarc_answer *answer_r);

#endif
