/*
 * answer - what the DNS has of a name, as role dns says it.
 *
 * Rows travel as one span: each is its length, two octets, the higher first, and then the
 * row (config/dns_record.h).
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include "base/buf.h"
#include "config/dns_record.h"

/* X(enumerator, what a person is told) */
#define DNS_OUTCOMES(X)                                                                \
    X(FOUND, "found")                                                                  \
    X(NO_DATA, "the name has no such record")                                          \
    X(NO_NAME, "there is no such name")                                                \
    X(FAILED, "its servers say that they failed") /* SERVFAIL, REFUSED, ... */         \
    X(BOGUS, "DNSSEC says that the answer is false")                                   \
    X(LATE, "no answer in time")                                                       \
    X(TOO_LARGE, "the answer is too large")                                            \
    X(NO_QUESTION, "such a name cannot be asked for")

enum dns_outcome {
#define X(enumerator, words) DNS_##enumerator,
    DNS_OUTCOMES(X)
#undef X
        DNS_OUTCOMES_COUNT
};
const char *dns_outcome_words(enum dns_outcome);

struct dns_found {
    enum dns_outcome outcome;
    bool validated; /* by DNSSEC, or the site's own record; also that there is none */
    uint32_t count;
    struct buf rows;                  /* its max is set by dns_found_begin */
    char canonical[DNS_NAME_MAX + 1]; /* behind all CNAMEs */
    char why[DNS_WHY_MAX + 1];        /* what libunbound says of it; or empty */
};

/* Nothing found yet: DNS_FAILED. */
void dns_found_begin(struct dns_found *found_r, struct span name);
void dns_found_end(struct dns_found *);
/* false: no room for it (the outcome is DNS_TOO_LARGE), or no memory (DNS_FAILED); what
 * was there is gone. */
bool dns_found_add(struct dns_found *, struct span row);

/* Takes the first row of *rows; false: there is none, or it is cut short. */
bool dns_take_row(struct span *rows, struct span *row_r);
/* An MX row's halves. */
bool dns_take_mx(struct span row, unsigned *preference_r, struct span *host_r);

#endif
