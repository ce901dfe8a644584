/* Domains come, change and go; see administration.h and inside.h. */
#include "auth/inside.h"

#include <errno.h>

/* A domain's name as the addresses in it bear it; false: it is none. */
static bool domain_name(struct span text, struct arena *arena, struct span *name_r)
{
    struct span canonical;
    if (text.len == 0 || text.len > DOMAIN_OCTETS_MAX)
        return false;
    struct span whole = at_domain(arena, SPAN("x"), text);
    if (!address_canonical(whole, arena, &canonical))
        return false;
    *name_r = address_domain(canonical);
    return name_r->at[0] != '[';
}

static int find(struct directory *d, struct span text, struct domain **domain_r)
{
    struct span name;
    if (!domain_name(text, d->changing, &name))
        return -EINVAL;
    *domain_r = roll_domain(&d->roll, name);
    return *domain_r ? 0 : -ENOENT;
}

static int add(struct directory *d, struct span text)
{
    struct span name;
    if (!domain_name(text, d->changing, &name))
        return -EINVAL;
    if (roll_domain(&d->roll, name))
        return -EEXIST;
    const struct change change = { DOMAIN_ADD, { TEXT(name) } };
    int error = database_change(d->database, &change, 1, NULL);
    return error ? error : roll_put_domain(&d->roll, name);
}

int directory_domain_add(struct directory *d, struct span name)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = add(d, name);
    turn_give(d);
    return error;
}

static int erase(struct directory *d, struct span text)
{
    struct domain *domain;
    int error = find(d, text, &domain);
    if (error)
        return error;
    if (domain->accounts > 0 || domain->aliases > 0)
        return -ENOTEMPTY;
    const struct change change = { DOMAIN_REMOVE, { TEXT(domain->name) } };
    error = database_change(d->database, &change, 1, NULL);
    if (!error)
        roll_remove_domain(&d->roll, domain);
    return error;
}

int directory_domain_remove(struct directory *d, struct span name)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = erase(d, name);
    turn_give(d);
    return error;
}

static int set(struct directory *d, struct span text, const struct domain_settings *s)
{
    struct domain *domain;
    int error = find(d, text, &domain);
    if (error)
        return error;
    struct address *catch_all = domain->catch_all;
    if (s->sets_catch_all)
        catch_all = called(d, d->changing, s->catch_all);
    if (s->sets_catch_all && s->catch_all.len > 0 && !catch_all)
        return -EADDRNOTAVAIL;
    bool detail = s->sets_detail ? s->detail : domain->detail;
    uint64_t quota = s->sets_quota ? s->quota : domain->quota;
    const struct change change = { DOMAIN_SET,
                                   { TEXT(domain->name),
                                     TEXT(catch_all ? catch_all->canonical : SPAN("")),
                                     NUMBER(detail), NUMBER(quota) } };
    error = database_change(d->database, &change, 1, NULL);
    if (error)
        return error;
    roll_set_catch_all(domain, catch_all);
    domain->detail = detail;
    domain->quota = quota;
    return 0;
}

int directory_domain_set(struct directory *d, struct span name,
                         const struct domain_settings *settings)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = set(d, name, settings);
    turn_give(d);
    return error;
}

int directory_domain(struct directory *d, size_t n, struct domain_shown *shown_r)
{
    if (n >= d->roll.domain_count)
        return -ENOENT;
    const struct domain *domain = d->roll.order[n];
    *shown_r = (struct domain_shown){
        .name = domain->name,
        .settings = { .catch_all =
                          domain->catch_all ? domain->catch_all->canonical : SPAN(""),
                      .detail = domain->detail,
                      .quota = domain->quota },
        .accounts = domain->accounts,
        .aliases = domain->aliases,
    };
    return 0;
}
