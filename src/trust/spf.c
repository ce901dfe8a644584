#include "trust/spf.h"

#include "trust/spf_inside.h"

#include <arpa/inet.h>

const char *spf_result_name(enum spf_result result)
{
    static const char *const names[] = {
#define X(enumerator, name) name,
        SPF_RESULTS(X)
#undef X
    };
    return names[result];
}

bool spf_client_address(struct spf_client *c, const char *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    c->v6 = inet_pton(AF_INET, address, c->address) != 1;
    if (!c->v6)
        return true;
    if (inet_pton(AF_INET6, address, c->address) != 1)
        return false;
    if (memcmp(c->address, mapped, sizeof(mapped)) == 0) {
        memmove(c->address, c->address + 12, 4);
        c->v6 = false;
    }
    return true;
}

/* ---- records */

/* §4.4, §4.5: the one record of a domain. */
static enum spf_result find_record(struct spf_check *c, struct span domain,
                                   struct span *terms_r)
{
    struct ask_answer answer;
    struct span terms;
    unsigned found = 0;

    trust_ask(c->ask, ASK_TXT, domain, &answer);
    if (answer.outcome == ASK_FAILED)
        return SPF_TEMPERROR;
    for (size_t i = 0; i < answer.count; i++)
        if (spf_take_version(answer.rows[i], &terms)) {
            *terms_r = terms;
            found++;
        }
    if (found > 1)
        return SPF_PERMERROR;
    return found == 1 ? SPF_PASS : SPF_NONE;
}

/* §6.1; a domain without a record is an error here */
static enum spf_result follow(struct spf_check *c, struct span domain,
                              const struct spf_term *redirect, bool included)
{
    struct span target;

    if (!spf_begins_lookup(c))
        return SPF_PERMERROR;
    enum spf_match found = spf_find_target(c, domain, redirect, &target);
    if (found != MATCH)
        return found == MATCH_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR;
    enum spf_result result = spf_check_host(c, target, included);
    return result == SPF_NONE ? SPF_PERMERROR : result;
}

static void decide(struct spf_check *c, struct span domain, struct span term,
                   struct span explanation, bool included)
{
    if (included)
        return;
    c->answer->term = term;
    c->answer->domain = domain;
    c->explained = explanation;
    c->explainer = domain;
}

/* The modifiers that count, wherever they stand (§6). */
static void find_modifiers(struct span terms, struct spf_term *redirect_r,
                           struct spf_term *explanation_r)
{
    struct spf_term t;
    bool bad;

    *redirect_r = *explanation_r = (struct spf_term){ .kind = SPF_OTHER };
    while (spf_take_term(&terms, &t, &bad)) {
        if (t.kind == SPF_REDIRECT)
            *redirect_r = t;
        if (t.kind == SPF_EXP)
            *explanation_r = t;
    }
}

static enum spf_result evaluate(struct spf_check *c, struct span domain,
                                struct span terms, bool included)
{
    struct spf_term t, redirect, explanation;
    enum spf_match match = NO_MATCH;
    bool bad;

    find_modifiers(terms, &redirect, &explanation);
    while (match == NO_MATCH && spf_take_term(&terms, &t, &bad))
        if (t.kind < SPF_REDIRECT)
            match = spf_match_term(c, domain, &t);
    if (match == NO_MATCH && redirect.kind == SPF_REDIRECT)
        return follow(c, domain, &redirect, included);
    if (match == NO_MATCH)
        return SPF_NEUTRAL;
    decide(c, domain, t.whole, explanation.target, included);
    if (match == MATCH)
        return t.qualifier;
    return match == MATCH_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR;
}

enum spf_result spf_check_host(struct spf_check *c, struct span domain, bool included)
{
    struct span terms;

    domain = spf_without_dot(domain);
    if (!spf_is_name(domain, 2))
        return SPF_NONE;
    enum spf_result found = find_record(c, domain, &terms);
    if (found != SPF_PASS)
        return found;
    if (!spf_terms_are_good(terms))
        return SPF_PERMERROR;
    return evaluate(c, domain, terms, included);
}

/* §6.2: whatever goes wrong with it, there is none. */
static struct span explain(struct spf_check *c)
{
    struct spf_term exp = { .kind = SPF_EXP, .target = c->explained };
    struct ask_answer answer;
    struct span target, text;

    if (c->explained.len == 0 ||
        spf_find_target(c, c->explainer, &exp, &target) != MATCH ||
        !spf_is_name(target, 1))
        return SPAN("");
    trust_ask(c->ask, ASK_TXT, target, &answer);
    if (answer.count != 1 || !spf_is_macro_string(answer.rows[0], true) ||
        spf_expand_in(c, c->explainer, answer.rows[0], true, &text))
        return SPAN("");
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] > 0x7e)
            return SPAN("");
    return text;
}

void spf_check(const struct spf_client *client, const struct ask *asker,
               struct spf_answer *answer_r)
{
    struct spf_check c = { .client = client, .ask = asker, .answer = answer_r };

    *answer_r = (struct spf_answer){ .term = SPAN(""), .domain = SPAN("") };
    answer_r->explanation = SPAN("");
    answer_r->result = spf_check_host(&c, client->domain, false);
    if (answer_r->result == SPF_FAIL)
        answer_r->explanation = explain(&c);
}
