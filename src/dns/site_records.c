/* site_records - see site_records.h. */
#include "dns/site_records.h"

#include <stdio.h>

enum step { UNKNOWN, KNOWN, BELOW_IT, LED_ON, FAILED_STEP };

/* `name` ends in "." and `of`. */
static bool is_below(struct span name, struct span of)
{
    return name.len > of.len && name.at[name.len - of.len - 1] == '.' &&
           span_is_nocase(span_skip(name, name.len - of.len), of);
}

static bool lead_on(struct dns_found *found, const struct dns_record *r)
{
    span_to_string(span_at(r->row, r->len), found->canonical, sizeof found->canonical);
    found->validated = found->validated && !r->insecure;
    return true;
}

/* All that is said of found->canonical. */
static enum step look(const struct dns_setting *d, enum dns_kind kind,
                      struct dns_found *found)
{
    char copy[DNS_NAME_MAX + 1];
    struct dns_record r;
    struct span rest = dns_setting_records(d), name = span_of(found->canonical);
    span_to_string(name, copy, sizeof copy);
    name = span_of(copy);
    enum step step = UNKNOWN;
    while (dns_setting_next(&rest, &r)) {
        if (step == UNKNOWN && is_below(r.name, name))
            step = BELOW_IT;
        if (!span_is_nocase(r.name, name))
            continue;
        if (r.kind == DNS_CNAME && kind != DNS_CNAME && lead_on(found, &r))
            return LED_ON;
        step = KNOWN;
        found->validated = found->validated && !r.insecure;
        if (r.kind != kind)
            continue;
        if (!dns_found_add(found, span_at(r.row, r.len)))
            return FAILED_STEP;
    }
    return step;
}

bool site_records_find(const struct dns_setting *d, enum dns_kind kind,
                       struct span name, struct dns_found *found)
{
    dns_found_begin(found, name);
    found->validated = true;
    for (int links = 0; links <= DNS_CHAIN_MAX; links++) {
        enum step step = look(d, kind, found);
        if (step == LED_ON)
            continue;
        if (step == UNKNOWN && !d->resolve)
            found->outcome = DNS_NO_NAME;
        else if (step == KNOWN || step == BELOW_IT)
            found->outcome = found->count ? DNS_FOUND : DNS_NO_DATA;
        return step != UNKNOWN || !d->resolve;
    }
    snprintf(found->why, sizeof found->why, "more than %d CNAMEs in a row",
             DNS_CHAIN_MAX);
    found->validated = false;
    return true;
}
