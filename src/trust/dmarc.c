#include "trust/dmarc.h"

#include "mime/address.h"
#include "trust/dmarc_walk.h"
#include "trust/tags.h"

const char *dmarc_result_name(enum dmarc_result result)
{
    static const char *const names[] = {
#define X(enumerator, name) name,
        DMARC_RESULTS(X)
#undef X
    };
    return names[result];
}

const char *dmarc_policy_name(enum dmarc_policy policy)
{
    static const char *const names[] = { "none", "quarantine", "reject" };
    return names[policy];
}

/* ---- the record */

/* A policy, `otherwise` where the tag is not there; false: it is none. */
static bool read_policy(const struct tags *tags, const char *name,
                        enum dmarc_policy otherwise, enum dmarc_policy *policy_r)
{
    const struct tag *t = tags_find(tags, name);

    *policy_r = otherwise;
    if (!t)
        return true;
    for (int i = DMARC_ACCEPT; i <= DMARC_REJECT; i++)
        if (span_is_nocase(t->value,
                           span_of(dmarc_policy_name((enum dmarc_policy)i)))) {
            *policy_r = (enum dmarc_policy)i;
            return true;
        }
    return false;
}

static bool is_strict(const struct tags *tags, const char *name)
{
    return span_is_nocase(tags_value(tags, name), SPAN("s"));
}

bool dmarc_read_record(struct span text, struct dmarc_record *r)
{
    struct tags tags;

    *r = (struct dmarc_record){ 0 };
    if (!tags_read(text, &tags) || !span_is(tags.tags[0].name, SPAN("v")) ||
        !span_is(tags.tags[0].value, SPAN("DMARC1")))
        return false;
    struct span psd = tags_value(&tags, "psd");
    r->aggregate = tags_value(&tags, "rua");
    r->failure = tags_value(&tags, "ruf");
    r->strict_dkim = is_strict(&tags, "adkim");
    r->strict_spf = is_strict(&tags, "aspf");
    r->testing = span_is_nocase(tags_value(&tags, "t"), SPAN("y"));
    r->psd = span_is_nocase(psd, SPAN("y"))   ? PSD_YES
             : span_is_nocase(psd, SPAN("n")) ? PSD_NO
                                              : PSD_UNKNOWN;
    bool good = tags_find(&tags, "p") != NULL;
    good &= read_policy(&tags, "p", DMARC_ACCEPT, &r->policy);
    good &= read_policy(&tags, "sp", r->policy, &r->subdomains);
    good &= read_policy(&tags, "np", r->subdomains, &r->nonexistent);
    if (!good) /* whoever wants reports is told, and asks for nothing else */
        r->policy = r->subdomains = r->nonexistent = DMARC_ACCEPT;
    return good || r->aggregate.len > 0;
}

/* ---- the author */

struct author {
    struct arena *arena;
    struct span domain;
    bool several, failed;
};

static void on_address(const struct address *address, void *arg)
{
    struct author *a = arg;

    if (address->kind != RECORD_MAILBOX)
        return;
    if (a->domain.len > 0)
        a->several |= !span_is_nocase(a->domain, address->domain);
    else
        a->domain = arena_copy(a->arena, address->domain);
    a->failed |= !a->domain.at;
}

/* NULL, or what is wrong with it. */
static const char *find_author(const struct fields *fields, struct arena *arena,
                               struct span *domain_r)
{
    struct author author = { .arena = arena, .domain = SPAN("") };
    unsigned count = 0;

    for (size_t i = 0; i < fields->count; i++) {
        if (!span_is_nocase(fields->at[i].name, SPAN("From")))
            continue;
        if (++count > 1)
            return "several From";
        author.several |= !addresses_read(fields->at[i].value, on_address, &author);
    }
    if (fields->unclear)
        return "the header section is unclear";
    if (count == 0)
        return "no From";
    if (author.failed)
        return "out of memory";
    if (author.several)
        return "several authors";
    *domain_r = author.domain;
    return tag_is_domain(author.domain) ? NULL : "From has no domain";
}

/* ---- alignment */

struct judgement {
    const struct ask *ask;
    struct dmarc_answer *answer;
    unsigned walks;
};

/* Is it the author's domain, or (relaxed) of the same organization?  Only a name within
 * that one's can be. */
static bool is_aligned(struct judgement *j, struct span domain, bool strict)
{
    const struct dmarc_answer *a = j->answer;
    struct dmarc_walk walk;

    if (span_is_nocase(domain, a->author))
        return true;
    if (strict || !tag_is_domain(domain) || !tag_is_within(domain, a->organization))
        return false;
    if (span_is_nocase(domain, a->organization))
        return true;
    if (++j->walks > DMARC_WALKS_MAX)
        return false;
    dmarc_walk(domain, j->ask, &walk);
    return !walk.failed && span_is_nocase(walk.organization, a->organization);
}

static void judge_signatures(struct judgement *j, const struct dkim_verifier *v,
                             bool *uncertain)
{
    struct dmarc_answer *a = j->answer;

    for (unsigned i = 0; i < v->signatures && !a->by_dkim; i++) {
        const struct dkim_signature *s = &v->signature[i];
        *uncertain |=
            s->result == DKIM_TEMPERROR && tag_is_within(s->domain, a->organization);
        a->by_dkim = s->result == DKIM_PASS && !s->partial &&
                     is_aligned(j, s->domain, a->record.strict_dkim);
    }
}

/* np= is for a name that has neither mail nor addresses; one that is not answered is
 * there. */
static bool exists(struct span domain, const struct ask *ask)
{
    static const enum ask_kind kinds[] = { ASK_MX, ASK_A, ASK_AAAA };
    struct ask_answer answer;

    for (int i = 0; i < 3; i++) {
        trust_ask(ask, kinds[i], domain, &answer);
        if (answer.outcome == ASK_NO_NAME)
            return false;
        if (answer.outcome != ASK_NO_DATA)
            return true;
    }
    return false;
}

static enum dmarc_policy find_policy(const struct dmarc_answer *a,
                                     const struct ask *ask)
{
    const struct dmarc_record *r = &a->record;
    enum dmarc_policy policy = r->policy;

    if (!span_is_nocase(a->author, a->domain))
        policy = r->nonexistent == r->subdomains || exists(a->author, ask)
                     ? r->subdomains
                     : r->nonexistent;
    return r->testing && policy > DMARC_ACCEPT ? policy - 1 : policy;
}

static enum dmarc_result judge(struct judgement *j, const struct spf_answer *spf,
                               struct span spf_domain, const struct dkim_verifier *v)
{
    struct dmarc_answer *a = j->answer;
    bool uncertain =
        spf->result == SPF_TEMPERROR && tag_is_within(spf_domain, a->organization);

    a->by_spf =
        spf->result == SPF_PASS && is_aligned(j, spf_domain, a->record.strict_spf);
    judge_signatures(j, v, &uncertain);
    if (a->by_spf || a->by_dkim)
        return DMARC_PASS;
    a->reason = uncertain ? "SPF or DKIM could not be asked for" : NULL;
    return uncertain ? DMARC_TEMPERROR : DMARC_FAIL;
}

void dmarc_check(const struct fields *fields, const struct spf_answer *spf,
                 struct span spf_domain, const struct dkim_verifier *v,
                 const struct ask *ask, struct dmarc_answer *a)
{
    struct judgement j = { ask, a, 0 };
    struct dmarc_walk walk;

    *a = (struct dmarc_answer){ .author = SPAN(""), .domain = SPAN("") };
    a->organization = SPAN("");
    a->reason = find_author(fields, ask->arena, &a->author);
    if (a->reason) {
        a->result = DMARC_PERMERROR;
        return;
    }
    dmarc_walk(a->author, ask, &walk);
    const struct dmarc_found *f = dmarc_walk_policy(&walk, a->author);
    a->organization = walk.organization;
    if (walk.failed) {
        a->result = DMARC_TEMPERROR;
        a->reason = "the policy could not be asked for";
        return;
    }
    if (!f)
        return;
    a->domain = f->domain;
    a->record = f->record;
    a->result = judge(&j, spf, spf_domain, v);
    if (a->result == DMARC_FAIL)
        a->policy = find_policy(a, ask);
}
