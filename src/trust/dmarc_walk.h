/*
 * dmarc_walk - from a domain up to its top, and what DMARC records stand on the way:
 * the tree walk of RFC 9989 §4.10.  At most DMARC_LABELS_MAX questions.
 */
#ifndef TRUST_DMARC_WALK_H
#define TRUST_DMARC_WALK_H

#include "trust/dmarc.h"

struct dmarc_found {
    struct span domain;
    struct dmarc_record record;
};

struct dmarc_walk {
    bool failed; /* a question had no answer */
    unsigned count;
    struct dmarc_found found[DMARC_LABELS_MAX]; /* the longest name first */
    struct span organization;
};

void dmarc_walk(struct span domain, const struct ask *, struct dmarc_walk *walk_r);
/* The record that rules the domain it began with; NULL: there is none. */
const struct dmarc_found *dmarc_walk_policy(const struct dmarc_walk *,
                                            struct span domain);

#endif
