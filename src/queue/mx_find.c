/* mx_find - the questions, in their order: RFC 5321 §5.1, §4.1.3 (address literals). */
#include "queue/mx.h"

#include "ipc/message.h"

void mx_ask_role(void *arg, enum dns_kind kind, struct span name, struct arena *arena,
                 struct mx_answer *answer_r)
{
    struct dns_question question = { .kind = (uint8_t)kind, .name = name };
    struct dns_question_answer answer;

    (void)arg;
    if (name.len > DOMAIN_OCTETS_MAX) {
        answer_r->outcome = DNS_NO_QUESTION;
        return;
    }
    if (ask_dns_question(&question, &answer, arena))
        return;
    answer_r->outcome = (enum dns_outcome)answer.outcome;
    answer_r->validated = answer.validated;
    answer_r->rows = answer.rows;
}

static void ask(const struct mx_dns *dns, enum dns_kind kind, struct span name,
                struct arena *arena, struct mx_answer *answer_r)
{
    *answer_r = (struct mx_answer){ .outcome = DNS_FAILED };
    dns->ask(dns->arg, kind, name, arena, answer_r);
}

/* The one address, as if the DNS had said it. */
static void take_literal(struct span text, const struct mx_site *site,
                         struct mx_route *r)
{
    static const char tag[] = "IPv6:";
    struct ip ip;
    char row[2 + sizeof(ip.at)] = { 0, sizeof(ip.at) };
    struct mx_answer none = { .outcome = DNS_NO_DATA },
                     found = { .outcome = DNS_FOUND };
    bool v6 = span_starts_nocase(text, span_of(tag));

    if (!ip_parse(v6 ? span_skip(text, sizeof(tag) - 1) : text, &ip) ||
        ip_is_v4(&ip) == v6) {
        r->verdict = MX_NO_DOMAIN;
        return;
    }
    size_t len = v6 ? sizeof(ip.at) : 4;
    row[1] = (char)len;
    memcpy(row + 2, ip.at + sizeof(ip.at) - len, len);
    found.rows = span_at(row, 2 + len);
    mx_add_addresses(r, 0, site, v6 ? &none : &found, v6 ? &found : &none);
    mx_finish(r);
}

void mx_find(struct span domain, const struct mx_site *site, const struct mx_dns *dns,
             struct arena *arena, uint64_t random, struct mx_route *r)
{
    struct mx_answer mx = { .outcome = DNS_NO_DATA }, a, aaaa;
    bool literal =
        domain.len > 2 && domain.at[0] == '[' && domain.at[domain.len - 1] == ']';

    if (!literal)
        ask(dns, DNS_MX, domain, arena, &mx);
    mx_choose(domain, site, &mx, random, r);
    if (literal) {
        take_literal(span_first(span_skip(domain, 1), domain.len - 2), site, r);
        return;
    }
    bool more = r->verdict == MX_HOSTS;
    for (unsigned i = 0; more && i < r->hosts; i++) {
        struct span name = span_of(r->host[i].name);
        ask(dns, DNS_A, name, arena, &a);
        ask(dns, DNS_AAAA, name, arena, &aaaa);
        more = mx_add_addresses(r, i, site, &a, &aaaa);
    }
    mx_finish(r);
}
