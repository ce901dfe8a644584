/*
 * spf_inside - what spf.c, which reads records, and spf_match.c, whose mechanisms look
 * for the client, have in common.
 */
#ifndef TRUST_SPF_INSIDE_H
#define TRUST_SPF_INSIDE_H

#include "config/limits.h"
#include "trust/spf_record.h"

/* One message's check: what is counted over all records (§4.6.4). */
struct spf_check {
    const struct spf_client *client;
    const struct ask *ask;
    struct spf_answer *answer;
    unsigned voids;
    bool name_known; /* %{p} has been asked for */
    struct span validated;
    struct span explained; /* the exp= of the record that decided, and its domain */
    struct span explainer;
};

/* What a mechanism says of the client. */
enum spf_match { NO_MATCH, MATCH, MATCH_TEMPERROR, MATCH_PERMERROR };

/* check_host() of one domain; included: what it says is a mechanism's answer.  No deeper
 * than SPF_LOOKUPS_MAX. */
enum spf_result spf_check_host(struct spf_check *, struct span domain, bool included);
enum spf_match spf_match_term(struct spf_check *, struct span domain,
                              const struct spf_term *);

/* One term more that asks; false: there were too many. */
bool spf_begins_lookup(struct spf_check *);
/* target-name (§4.8) of a term; one that is too long loses labels on its left (§7.3). */
enum spf_match spf_find_target(struct spf_check *, struct span domain,
                               const struct spf_term *, struct span *target_r);
int spf_expand_in(struct spf_check *, struct span domain, struct span text,
                  bool explaining, struct span *expanded_r);
/* Labels of 1 to 63 octets, so many of them at least, the whole of at most 253. */
bool spf_is_name(struct span, unsigned labels_min);
struct span spf_without_dot(struct span);

#endif
