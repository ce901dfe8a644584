/* Folders that one account lets another see; see shares.h and inside.h. */
#include "auth/shares.h"

#include "auth/inside.h"

#include <errno.h>
#include <stdlib.h>

/* ---- in memory */

static int order_of(struct span a, struct span b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

static int compare(const struct share *a, const struct share *b)
{
    if (a->owner != b->owner)
        return a->owner < b->owner ? -1 : 1;
    int order = order_of(a->path, b->path);
    if (order != 0)
        return order;
    return a->guest < b->guest ? -1 : a->guest > b->guest;
}

/* Where it is, or would be. */
static size_t place_of(const struct directory *d, const struct share *s)
{
    size_t low = 0, high = d->share_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&d->shares[middle], s) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct share *find(const struct directory *d, const struct share *s)
{
    size_t at = place_of(d, s);
    bool found = at < d->share_count && compare(&d->shares[at], s) == 0;
    return found ? &d->shares[at] : NULL;
}

static int make_room(struct directory *d)
{
    if (d->share_count < d->share_room)
        return 0;
    size_t room = d->share_room ? d->share_room * 2 : 16;
    struct share *shares = reallocarray(d->shares, room, sizeof *shares);
    if (!shares)
        return -ENOMEM;
    d->shares = shares;
    d->share_room = room;
    return 0;
}

int share_put(struct directory *d, const struct share *share)
{
    struct share *there = find(d, share);
    if (there) {
        there->access = share->access;
        return 0;
    }
    char *path = malloc(share->path.len);
    int error = path ? make_room(d) : -ENOMEM;
    if (error) {
        free(path);
        return error;
    }
    memcpy(path, share->path.at, share->path.len);
    size_t at = place_of(d, share);
    memmove(&d->shares[at + 1], &d->shares[at],
            (d->share_count - at) * sizeof *d->shares);
    d->share_count++;
    d->shares[at] = *share;
    d->shares[at].path = span_at(path, share->path.len);
    return 0;
}

static void take(struct directory *d, struct share *s)
{
    free((char *)s->path.at);
    size_t behind = d->share_count - (size_t)(s - d->shares) - 1;
    memmove(s, s + 1, behind * sizeof *s);
    d->share_count--;
}

void shares_forget(struct directory *d, uint64_t account)
{
    for (size_t i = d->share_count; i > 0; i--) {
        struct share *s = &d->shares[i - 1];
        if (s->owner == account || s->guest == account)
            take(d, s);
    }
}

void shares_close(struct directory *d)
{
    for (size_t i = 0; i < d->share_count; i++)
        free((char *)d->shares[i].path.at);
    free(d->shares);
    d->shares = NULL;
}

/* ---- changing */

static struct span name_of(struct span path)
{
    size_t slash = path.len;
    while (slash > 0 && path.at[slash - 1] != '/')
        slash--;
    return span_skip(path, slash);
}

/* In /Shared an owner is a directory. */
static bool is_name(struct span address)
{
    return address.len <= FILES_NAME_MAX && span_find(address, '/') == address.len;
}

/* Whether the guest could tell it from what he sees already, and not too much. */
static int check_new(const struct directory *d, const struct share *fresh)
{
    size_t of_guest = 0;
    for (size_t i = 0; i < d->share_count; i++) {
        const struct share *s = &d->shares[i];
        if (s->guest != fresh->guest)
            continue;
        of_guest++;
        if (s->owner == fresh->owner && span_is(name_of(s->path), name_of(fresh->path)))
            return -ENOTUNIQ;
    }
    return of_guest >= SHARES_OF_ONE || d->share_count >= SHARES_MAX ? -ENOSPC : 0;
}

static int find_both(struct directory *d, struct span owner, struct span guest,
                     struct share *s, const struct account **owner_r)
{
    const struct account *of = account_called(d, d->changing, owner);
    const struct account *with = account_called(d, d->changing, guest);
    if (!of || !with)
        return of ? -EADDRNOTAVAIL : -ENOENT;
    s->owner = of->id;
    s->guest = with->id;
    s->path = arena_copy(d->changing, s->path);
    *owner_r = of;
    return s->path.at ? 0 : -ENOMEM;
}

static int set(struct directory *d, struct span owner, struct span guest,
               struct share *s)
{
    const struct account *of;
    int error = find_both(d, owner, guest, s, &of);
    if (error)
        return error;
    if (s->owner == s->guest)
        return -ELOOP;
    if (!is_name(of->address->canonical))
        return -ENAMETOOLONG;
    if (!find(d, s))
        error = check_new(d, s);
    if (error)
        return error;
    const struct change change = { SHARE_SET,
                                   { NUMBER(s->owner), TEXT(s->path), NUMBER(s->guest),
                                     NUMBER(s->access) } };
    error = database_change(d->database, &change, 1, NULL);
    return error ? error : share_put(d, s);
}

int directory_share_set(struct directory *d, struct span owner, struct span path,
                        struct span guest, enum share_access access)
{
    struct share s = { .path = path, .access = access };
    int error = turn_take(d);
    if (error)
        return error;
    error = set(d, owner, guest, &s);
    turn_give(d);
    return error;
}

static int erase(struct directory *d, struct span owner, struct span guest,
                 struct share *s)
{
    const struct account *of;
    int error = find_both(d, owner, guest, s, &of);
    if (error)
        return error;
    if (!find(d, s))
        return -ENODATA;
    const struct change change = {
        SHARE_REMOVE, { NUMBER(s->owner), TEXT(s->path), NUMBER(s->guest) }
    };
    error = database_change(d->database, &change, 1, NULL);
    if (!error)
        take(d, find(d, s));
    return error;
}

int directory_share_remove(struct directory *d, struct span owner, struct span path,
                           struct span guest)
{
    struct share s = { .path = path };
    int error = turn_take(d);
    if (error)
        return error;
    error = erase(d, owner, guest, &s);
    turn_give(d);
    return error;
}

/* ---- showing */

int directory_share(struct directory *d, uint64_t guest, size_t n,
                    struct share_shown *shown_r)
{
    for (size_t i = 0; i < d->share_count; i++) {
        const struct share *s = &d->shares[i];
        if ((guest && s->guest != guest) || n-- > 0)
            continue;
        *shown_r = (struct share_shown){
            .owner = s->owner,
            .owner_address = roll_account(&d->roll, s->owner)->address->canonical,
            .path = s->path,
            .guest_address = roll_account(&d->roll, s->guest)->address->canonical,
            .access = s->access,
        };
        return 0;
    }
    return -ENOENT;
}
