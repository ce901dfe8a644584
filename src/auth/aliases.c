/*
 * Aliases come, change and go; see administration.h and inside.h.
 *
 * What would lead in a circle, too deep or to too many is refused here, where a person
 * can be told, and not when mail comes.
 */
#include "auth/inside.h"

#include <errno.h>

/* ---- adding */

struct addition {
    struct span name;       /* canonical, in the arena */
    struct address *alias;  /* NULL until it is there */
    struct address **fresh; /* the targets that it did not have */
    size_t count;
    struct span *culprit_r;
};

static int find_target(struct directory *d, struct addition *a, struct span text)
{
    struct span canonical;
    *a->culprit_r = text;
    if (!address_canonical(text, d->changing, &canonical))
        return -EINVAL;
    if (!roll_domain(&d->roll, address_domain(canonical)))
        return -EXDEV;
    struct address *target = roll_find(&d->roll, canonical);
    if (!target)
        return span_is(canonical, a->name) ? -ELOOP : -EADDRNOTAVAIL;
    bool had = a->alias && roll_target(a->alias, target);
    for (size_t i = 0; i < a->count && !had; i++)
        had = a->fresh[i] == target;
    if (!had)
        a->fresh[a->count++] = target;
    return 0;
}

static int find_all(struct directory *d, struct addition *a, struct span text,
                    const struct span *targets, size_t count)
{
    int error = 0;
    *a->culprit_r = text;
    if (!address_canonical(text, d->changing, &a->name))
        return -EINVAL;
    if (!roll_domain(&d->roll, address_domain(a->name)))
        return -EXDEV;
    a->alias = roll_find(&d->roll, a->name);
    if (a->alias && a->alias->account)
        return -ENOTUNIQ;
    a->fresh = arena_alloc(d->changing, (count + 1) * sizeof(struct address *));
    if (!a->fresh)
        return -ENOMEM;
    for (size_t i = 0; i < count && !error; i++)
        error = find_target(d, a, targets[i]);
    return error ? error : a->count == 0 ? -EEXIST : 0;
}

/* Is every alias still sound?  Only those that lead to this one can have become
 * otherwise; where nothing refers to it, it alone. */
static int check(struct directory *d, struct address *alias, struct span *culprit_r)
{
    size_t count;
    int error = roll_expand(&d->roll, alias, d->reached, RECIPIENTS_MAX, &count);
    *culprit_r = alias->canonical;
    for (size_t i = 0; i < d->roll.alias_count && alias->references > 0 && !error;
         i++) {
        error = roll_expand(&d->roll, d->roll.aliases[i], d->reached, RECIPIENTS_MAX,
                            &count);
        *culprit_r = d->roll.aliases[i]->canonical;
    }
    return error;
}

static int put_targets(struct addition *a)
{
    int error = 0;
    for (size_t i = 0; i < a->count && !error; i++)
        error = roll_put_target(a->alias, a->fresh[i]);
    return error;
}

static void take_targets(struct directory *d, struct addition *a)
{
    for (size_t i = 0; i < a->count; i++)
        roll_remove_target(a->alias, a->fresh[i]);
    if (a->alias->target_count == 0)
        roll_remove_alias(&d->roll, a->alias);
}

/* Puts it into memory to see whether it may be, and takes it out again: it counts once
 * it is durable. */
static int try(struct directory *d, struct addition *a)
{
    bool is_new = !a->alias;
    int error = is_new ? roll_put_alias(&d->roll, a->name) : 0;
    if (error)
        return error;
    a->alias = roll_find(&d->roll, a->name);
    error = put_targets(a);
    if (!error)
        error = check(d, a->alias, a->culprit_r);
    /* Whose name that is may be gone in a moment. */
    *a->culprit_r = error ? arena_copy(d->changing, *a->culprit_r) : a->name;
    take_targets(d, a);
    if (is_new)
        a->alias = NULL;
    return error;
}

static int write_targets(struct directory *d, enum database_statement statement,
                         struct span name, struct address **targets, size_t count)
{
    struct change *changes = arena_alloc(d->changing, count * sizeof *changes);
    if (!changes)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        changes[i] =
            (struct change){ statement, { TEXT(name), TEXT(targets[i]->canonical) } };
    return database_change(d->database, changes, count, NULL);
}

static int add(struct directory *d, struct span text, const struct span *targets,
               size_t count, struct span *culprit_r)
{
    struct addition a = { .culprit_r = culprit_r };
    int error = find_all(d, &a, text, targets, count);
    if (!error)
        error = try(d, &a);
    if (!error)
        error = write_targets(d, TARGET_ADD, a.name, a.fresh, a.count);
    if (!error && !a.alias)
        error = roll_put_alias(&d->roll, a.name);
    if (error)
        return error;
    a.alias = roll_find(&d->roll, a.name);
    return put_targets(&a);
}

int directory_alias_add(struct directory *d, struct span address,
                        const struct span *targets, size_t count,
                        struct span *culprit_r)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = add(d, address, targets, count, culprit_r);
    turn_give(d);
    return error;
}

/* ---- removing */

static int find_removed(struct directory *d, struct address *alias,
                        const struct span *targets, size_t count,
                        struct address **removed, struct span *culprit_r)
{
    for (size_t i = 0; i < count; i++) {
        *culprit_r = targets[i];
        removed[i] = called(d, d->changing, targets[i]);
        if (!removed[i] || !roll_target(alias, removed[i]))
            return -EADDRNOTAVAIL;
    }
    return 0;
}

/* How many of its targets would stay. */
static size_t left(const struct address *alias, struct address *const *removed,
                   size_t count)
{
    size_t gone = 0;
    for (size_t i = 0; i < alias->target_count; i++) {
        size_t at = 0;
        while (at < count && removed[at] != alias->targets[i])
            at++;
        gone += at < count;
    }
    return alias->target_count - gone;
}

static int erase(struct directory *d, struct span text, const struct span *targets,
                 size_t count, struct span *culprit_r)
{
    *culprit_r = text;
    struct address *alias = called(d, d->changing, text);
    if (!alias || alias->account)
        return -ENOENT;
    size_t room = count > 0 ? count : alias->target_count;
    struct address **removed =
        arena_alloc(d->changing, room * sizeof(struct address *));
    if (!removed)
        return -ENOMEM;
    if (count == 0)
        memcpy(removed, alias->targets, room * sizeof(struct address *));
    int error = find_removed(d, alias, targets, count, removed, culprit_r);
    if (error)
        return error;
    bool all = left(alias, removed, room) == 0;
    *culprit_r = text;
    if (all && alias->references > 0)
        return -EBUSY;
    error = write_targets(d, TARGET_REMOVE, alias->canonical, removed, room);
    for (size_t i = 0; i < room && !error; i++)
        roll_remove_target(alias, removed[i]);
    if (!error && all)
        roll_remove_alias(&d->roll, alias);
    return error;
}

int directory_alias_remove(struct directory *d, struct span address,
                           const struct span *targets, size_t count,
                           struct span *culprit_r)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = erase(d, address, targets, count, culprit_r);
    turn_give(d);
    return error;
}

/* ---- showing */

int directory_alias_next(struct directory *d, struct span *alias_io, size_t *number_io,
                         struct span *target_r)
{
    const struct address *alias = roll_find(&d->roll, *alias_io);
    size_t number = *number_io + 1;
    if (!alias || alias->account || number >= alias->target_count) {
        alias = roll_alias_after(&d->roll, *alias_io);
        number = 0;
    }
    if (!alias)
        return -ENOENT;
    *alias_io = alias->canonical;
    *number_io = number;
    *target_r = alias->targets[number]->canonical;
    return 0;
}
