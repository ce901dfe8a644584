/* Accounts come, change and go; see administration.h and inside.h. */
#include "auth/inside.h"

#include <errno.h>

/* ---- coming */

/* May this address become an account's name? */
static int check_new(const struct directory *d, struct span name)
{
    const struct address *there = roll_find(&d->roll, name);
    if (address_domain(name).at[0] == '[')
        return -EINVAL;
    return !there ? 0 : there->account ? -EEXIST : -ENOTUNIQ;
}

static int add(struct directory *d, struct span text, struct span hash, uint64_t *id_r)
{
    struct span name;
    if (!address_canonical(text, d->changing, &name))
        return -EINVAL;
    int error = check_new(d, name);
    if (error)
        return error;
    const struct change changes[] = {
        { DOMAIN_ADD, { TEXT(address_domain(name)) } },
        { ACCOUNT_ADD, { TEXT(name), TEXT(hash) } },
    };
    error = database_change(d->database, changes, 2, id_r);
    return error ? error : roll_put_account(&d->roll, *id_r, name, hash);
}

int directory_add(struct directory *d, struct span address, struct span hash,
                  uint64_t *account_r)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = add(d, address, hash, account_r);
    turn_give(d);
    return error;
}

/* ---- changing */

static int passwd(struct directory *d, struct span name, struct span hash,
                  uint64_t *id_r)
{
    struct account *account = account_called(d, d->changing, name);
    if (!account)
        return -ENOENT;
    *id_r = account->id;
    const struct change change = { ACCOUNT_HASH, { NUMBER(account->id), TEXT(hash) } };
    int error = database_change(d->database, &change, 1, NULL);
    return error ? error : roll_put_hash(account, hash);
}

int directory_passwd(struct directory *d, struct span address, struct span hash,
                     uint64_t *account_r)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = passwd(d, address, hash, account_r);
    turn_give(d);
    return error;
}

static int set_quota(struct directory *d, struct span name, uint64_t quota)
{
    struct account *account = account_called(d, d->changing, name);
    if (!account)
        return -ENOENT;
    const struct change change = { ACCOUNT_QUOTA,
                                   { NUMBER(account->id), NUMBER(quota) } };
    int error = database_change(d->database, &change, 1, NULL);
    if (!error)
        account->quota = quota;
    return error;
}

int directory_quota(struct directory *d, struct span address, uint64_t quota)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = set_quota(d, address, quota);
    turn_give(d);
    return error;
}

void directory_used(struct directory *d, uint64_t id, enum holding what,
                    uint64_t octets)
{
    struct account *account = roll_account(&d->roll, id);
    if (account)
        account->held[what] = (struct held){ octets, octets, true };
}

bool directory_knows(struct directory *d, uint64_t id, enum holding what)
{
    const struct account *account = roll_account(&d->roll, id);
    return !account || account->held[what].known || limit_of(account) == QUOTA_NONE;
}

/* With what was allowed and is not there yet. */
static uint64_t claimed_by(const struct account *account)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < HOLDINGS; i++)
        sum += account->held[i].claimed;
    return sum;
}

uint64_t directory_reserve(struct directory *d, uint64_t id, enum holding what,
                           uint64_t used, uint64_t wanted)
{
    struct account *account = roll_account(&d->roll, id);
    if (!account) /* it has just gone, and what it has goes too */
        return QUOTA_NONE;
    directory_used(d, id, what, used);
    uint64_t limit = limit_of(account), held = claimed_by(account), left;
    if (limit == QUOTA_NONE)
        return QUOTA_NONE;
    left = held < limit ? limit - held : 0;
    wanted = left < wanted ? left : wanted;
    account->held[what].claimed += wanted;
    return wanted;
}

int directory_holds(struct directory *d, uint64_t id, enum holding what, uint64_t used,
                    uint64_t *held_r, uint64_t *limit_r)
{
    const struct account *account = roll_account(&d->roll, id);
    if (!account)
        return -ENOENT;
    *held_r = used;
    for (enum holding i = 0; i < HOLDINGS; i++)
        *held_r += i == what ? 0 : account->held[i].used;
    *limit_r = limit_of(account);
    return 0;
}

/* ---- going */

static int erase(struct directory *d, struct span name, uint64_t *id_r)
{
    struct account *account = account_called(d, d->changing, name);
    if (!account)
        return -ENOENT;
    if (account->address->references > 0)
        return -EBUSY;
    *id_r = account->id;
    const struct change change = { ACCOUNT_REMOVE, { NUMBER(account->id) } };
    int error = database_change(d->database, &change, 1, NULL);
    if (error)
        return error;
    shares_forget(d, account->id);
    roll_remove_account(&d->roll, account);
    return 0;
}

int directory_remove(struct directory *d, struct span address, uint64_t *account_r)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = erase(d, address, account_r);
    turn_give(d);
    return error;
}

/* ---- showing */

static void show(const struct account *account, struct account_shown *shown_r)
{
    *shown_r = (struct account_shown){
        .account = account->id,
        .address = account->address->canonical,
        .quota = account->quota,
        .limit = limit_of(account),
        .used = account_used(account),
        .app_passwords = account->app_password_count,
        .identities = account->identity_count,
        .scram = account->scram.iterations > 0,
        .scram_off = account->scram.off,
    };
}

int directory_next(struct directory *d, uint64_t after, struct account_shown *shown_r)
{
    const struct account *account =
        after < UINT64_MAX ? roll_from(&d->roll, after + 1) : NULL;
    if (!account)
        return -ENOENT;
    show(account, shown_r);
    return 0;
}

int directory_account(struct directory *d, struct span address,
                      struct account_shown *shown_r)
{
    arena_reset(d->looking);
    const struct account *account = account_called(d, d->looking, address);
    if (!account)
        return -ENOENT;
    show(account, shown_r);
    return 0;
}
