/*
 * Aliases, and whom they reach.
 *
 * Targets are pointers, and who is one cannot go: so nothing dangles, and an address that
 * is given to somebody else takes no alias's mail along.
 */
#include "auth/roll_inside.h"

#include "config/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* By octets, so that the order is the database's. */
static int order(struct span a, struct span b)
{
    int difference = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return difference ? difference : a.len < b.len ? -1 : a.len > b.len;
}

/* The place of the first alias whose name comes after `name`, or is it. */
static size_t place(const struct roll *r, struct span name)
{
    size_t low = 0, high = r->alias_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(r->aliases[middle]->canonical, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct address *roll_alias_after(const struct roll *r, struct span name)
{
    size_t at = place(r, name);
    if (at < r->alias_count && span_is(r->aliases[at]->canonical, name))
        at++;
    return at < r->alias_count ? r->aliases[at] : NULL;
}

int roll_put_alias(struct roll *r, struct span name)
{
    struct address *alias;
    if (!roll_grow(&r->aliases, r->alias_count, &r->alias_room))
        return -ENOMEM;
    int error = roll_put_address(r, name, NULL, &alias);
    if (error)
        return error;
    size_t at = place(r, name);
    memmove(r->aliases + at + 1, r->aliases + at,
            (r->alias_count++ - at) * sizeof(struct address *));
    r->aliases[at] = alias;
    alias->domain->aliases++;
    return 0;
}

struct address **roll_target(struct address *alias, const struct address *target)
{
    for (size_t i = 0; i < alias->target_count; i++)
        if (alias->targets[i] == target)
            return &alias->targets[i];
    return NULL;
}

int roll_put_target(struct address *alias, struct address *target)
{
    assert(!alias->account);
    if (!roll_grow(&alias->targets, alias->target_count, &alias->target_room))
        return -ENOMEM;
    alias->targets[alias->target_count++] = target;
    target->references++;
    return 0;
}

bool roll_remove_target(struct address *alias, struct address *target)
{
    struct address **there = roll_target(alias, target);
    if (!there)
        return false;
    size_t at = (size_t)(there - alias->targets);
    memmove(there, there + 1, (--alias->target_count - at) * sizeof(struct address *));
    target->references--;
    return true;
}

void roll_remove_alias(struct roll *r, struct address *alias)
{
    assert(!alias->account && alias->references == 0);
    while (alias->target_count > 0)
        alias->targets[--alias->target_count]->references--;
    size_t at = place(r, alias->canonical);
    memmove(r->aliases + at, r->aliases + at + 1,
            (--r->alias_count - at) * sizeof(struct address *));
    alias->domain->aliases--;
    map_remove(r->addresses, alias->canonical);
    roll_address_free(alias);
}

/* ---- expansion: a walk that is bounded even where the database is not sound */

struct walk {
    struct roll *roll;
    struct account **accounts;
    size_t count, max;
    size_t steps;
    struct level {
        const struct address *alias;
        size_t next;
    } levels[ALIAS_DEPTH_MAX];
    size_t depth;
};

static int reach(struct walk *w, struct account *account)
{
    if (account->seen == w->roll->expansion)
        return 0;
    account->seen = w->roll->expansion;
    if (w->count == w->max)
        return -EOVERFLOW;
    w->accounts[w->count++] = account;
    return 0;
}

static int visit(struct walk *w, const struct address *address)
{
    if (address->account)
        return reach(w, address->account);
    for (size_t i = 0; i < w->depth; i++)
        if (w->levels[i].alias == address)
            return -ELOOP;
    if (w->depth == ALIAS_DEPTH_MAX)
        return -E2BIG;
    w->levels[w->depth++] = (struct level){ .alias = address };
    return 0;
}

int roll_expand(struct roll *r, struct address *address, struct account **accounts_r,
                size_t max, size_t *count_r)
{
    struct walk w = { .roll = r, .accounts = accounts_r, .max = max };
    r->expansion++;
    int error = visit(&w, address);
    while (!error && w.depth > 0) {
        struct level *level = &w.levels[w.depth - 1];
        if (level->next == level->alias->target_count)
            w.depth--;
        else if (w.steps++ == ALIAS_TARGETS_MAX)
            error = -E2BIG;
        else
            error = visit(&w, level->alias->targets[level->next++]);
    }
    *count_r = w.count;
    return error;
}
