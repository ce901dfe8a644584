/* service - see service.h. */
#include "dns/service.h"

#include "base/clock.h"
#include "base/own.h"
#include "dns/resolver.h"
#include "dns/site_records.h"

static const struct settings *settings;

void dns_use(const struct settings *s)
{
    settings = s;
}

static int find(enum dns_kind kind, struct span name, struct dns_found *found)
{
    dns_found_begin(found, SPAN(""));
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    if (kind >= DNS_KINDS || !dns_name_is_good(name)) {
        found->outcome = DNS_NO_QUESTION;
        return 0;
    }
    if (site_records_find(&settings->dns, kind, name, found))
        return 0;
    return resolver_ask(kind, found, clock_in(settings->dns.seconds * CLOCK_SECOND));
}

void dns_on_question(struct call *call, const void *question)
{
    const struct dns_question *q = question;
    OWN(dns_found_end) struct dns_found found;
    int error = find((enum dns_kind)q->kind, q->name, &found);
    if (error) {
        answer_error(call, error);
        return;
    }
    struct dns_question_answer answer = {
        .outcome = (uint8_t)found.outcome,
        .validated = found.validated,
        .canonical = span_of(found.canonical),
        .rows = buf_span(&found.rows),
        .why = span_of(found.why),
    };
    answer_dns_question(call, &answer);
}
