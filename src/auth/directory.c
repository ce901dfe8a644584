/*
 * directory - who is here: in memory by auth/roll, for ever by auth/database.
 *
 * Changes take turns: one decides on what is in memory, waits until the database has it
 * on the disk, and only then changes the memory.  Everything else just looks.
 */
#include "auth/directory.h"

#include "auth/database.h"
#include "auth/roll.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/list.h"
#include "base/own.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>

struct directory {
    struct database *database;
    struct roll roll;
    struct arena *looking;  /* for one look */
    struct arena *changing; /* for one change, which parks */
    bool turn_taken;
    struct list waiting; /* struct waiter */
};

enum { SCRATCH_OCTETS = 4096 };

static const struct span postmaster = { "postmaster", 10 };

/* ---- opening */

static int read_domain(void *arg, struct span name)
{
    struct directory *d = arg;
    return roll_put_domain(&d->roll, name);
}

static int read_account(void *arg, uint64_t id, struct span name, struct span hash)
{
    struct directory *d = arg;
    return roll_put_account(&d->roll, id, name, hash);
}

static int read_address(void *arg, struct span canonical, uint64_t id)
{
    struct directory *d = arg;
    return roll_put_address(&d->roll, canonical, id);
}

int directory_open(struct directory **directory_r, int dir)
{
    OWN(directory_close) struct directory *d = calloc(1, sizeof *d);
    if (!d)
        return -ENOMEM;
    list_init(&d->waiting);
    d->looking = arena_open(SCRATCH_OCTETS);
    d->changing = arena_open(SCRATCH_OCTETS);
    if (roll_open(&d->roll) || !d->looking || !d->changing)
        return -ENOMEM;
    int error = database_open(&d->database, dir);
    struct database_reader reader = { read_domain, read_account, read_address, d };
    if (!error)
        error = database_read(d->database, &reader);
    if (error)
        return error;
    *directory_r = TAKE(&d);
    return 0;
}

void directory_close(struct directory **directory)
{
    struct directory *d = *directory;
    if (!d)
        return;
    database_close(&d->database);
    roll_close(&d->roll);
    arena_close(&d->looking);
    arena_close(&d->changing);
    free(d);
    *directory = NULL;
}

/* ---- looking */

/* name "@" domain; empty when out of memory. */
static struct span at_domain(struct arena *arena, struct span name, struct span domain)
{
    size_t len = name.len + 1 + domain.len;
    char *at = arena_alloc(arena, len);
    if (!at)
        return SPAN("");
    memcpy(at, name.at, name.len);
    at[name.len] = '@';
    memcpy(at + name.len + 1, domain.at, domain.len);
    return span_at(at, len);
}

/* What a person calls an account: an address, or a name in the first domain. */
static struct account *find(struct directory *d, struct arena *arena, struct span name)
{
    struct span canonical;
    if (name.len == 0 || name.len > ADDRESS_OCTETS_MAX)
        return NULL;
    if (d->roll.domain_count > 0 && span_find(name, '@') == name.len)
        name = at_domain(arena, name, d->roll.order[0]->name);
    if (!address_canonical(name, arena, &canonical))
        return NULL;
    struct address *address = map_get(d->roll.addresses, canonical);
    return address ? address->account : NULL;
}

enum auth_verdict directory_recipient(struct directory *d, struct span text,
                                      uint64_t *account_r)
{
    struct span canonical;
    arena_reset(d->looking);
    if (span_is_nocase(text, postmaster)) {
        if (d->roll.domain_count == 0)
            return AUTH_NO_SUCH_USER;
        text = at_domain(d->looking, text, d->roll.order[0]->name);
    }
    if (!address_canonical(text, d->looking, &canonical))
        return AUTH_BAD_ADDRESS;
    struct address *address = map_get(d->roll.addresses, canonical);
    if (address) {
        *account_r = address->account->id;
        return AUTH_OK;
    }
    bool ours = map_get(d->roll.domains, address_domain(canonical));
    return ours ? AUTH_NO_SUCH_USER : AUTH_NOT_OURS;
}

int directory_login(struct directory *d, struct span name,
                    struct credentials *credentials_r)
{
    arena_reset(d->looking);
    struct account *account = find(d, d->looking, name);
    if (!account)
        return -ENOENT;
    *credentials_r = (struct credentials){ .account = account->id,
                                           .name = account->name,
                                           .hash = account->hash };
    return 0;
}

int directory_next(struct directory *d, uint64_t after, uint64_t *account_r,
                   struct span *address_r)
{
    struct account *account =
        after < UINT64_MAX ? roll_from(&d->roll, after + 1) : NULL;
    if (!account)
        return -ENOENT;
    *account_r = account->id;
    *address_r = account->name;
    return 0;
}

/* ---- changing, in turn */

struct waiter {
    struct list link;
    struct fiber *fiber;
};

static void turn_give(struct directory *d)
{
    d->turn_taken = false;
    if (!list_is_empty(&d->waiting))
        fiber_wake(LIST_ENTRY(d->waiting.next, struct waiter, link)->fiber);
}

/* 0 or -ECANCELED. */
static int turn_take(struct directory *d)
{
    struct waiter waiter = { .fiber = fiber_self() };
    int error = 0;
    while (d->turn_taken && !error) {
        list_push(&d->waiting, &waiter.link);
        error = fiber_park(CLOCK_NEVER);
        list_remove(&waiter.link);
    }
    if (error) {
        if (!d->turn_taken) /* the wake may have been meant for the next */
            turn_give(d);
        return error;
    }
    d->turn_taken = true;
    arena_reset(d->changing);
    return 0;
}

/* May this address become an account's name?  One that somebody has only beside his
 * own name (postmaster) may. */
static int check_new(struct directory *d, struct span name)
{
    struct address *there = map_get(d->roll.addresses, name);
    if (address_domain(name).at[0] == '[')
        return -EINVAL;
    return there && span_is(there->account->name, name) ? -EEXIST : 0;
}

static int add(struct directory *d, struct span text, struct span hash, uint64_t *id_r)
{
    struct span name, role = SPAN("");
    if (!address_canonical(text, d->changing, &name))
        return -EINVAL;
    int error = check_new(d, name);
    if (error)
        return error;
    struct span domain = address_domain(name);
    if (!map_get(d->roll.domains, domain)) {
        role = at_domain(d->changing, postmaster, domain);
        if (role.len == 0)
            return -ENOMEM;
    }
    error = database_add(d->database, name, domain, hash, role, id_r);
    if (!error)
        error = roll_put_account(&d->roll, *id_r, name, hash);
    if (!error)
        error = roll_put_address(&d->roll, name, *id_r);
    if (!error && role.len > 0)
        error = roll_put_address(&d->roll, role, *id_r);
    return error;
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

static int passwd(struct directory *d, struct span name, struct span hash,
                  uint64_t *id_r)
{
    struct account *account = find(d, d->changing, name);
    if (!account)
        return -ENOENT;
    *id_r = account->id;
    int error = database_passwd(d->database, account->id, hash);
    return error ? error : roll_put_hash(&d->roll, account->id, hash);
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

/* Who is postmaster of the domain once this account is gone; 0: nobody is left. */
static uint64_t heir_of(const struct directory *d, const struct account *account)
{
    for (size_t i = 0; i < d->roll.account_count; i++) {
        const struct account *other = d->roll.accounts[i];
        if (other != account && other->domain == account->domain)
            return other->id;
    }
    return 0;
}

static int erase(struct directory *d, struct span name, uint64_t *id_r)
{
    struct account *account = find(d, d->changing, name);
    if (!account)
        return -ENOENT;
    struct span role = at_domain(d->changing, postmaster, account->domain->name);
    if (role.len == 0)
        return -ENOMEM;
    struct address *address = map_get(d->roll.addresses, role);
    uint64_t heir = 0;
    if (address && address->account == account)
        heir = heir_of(d, account);
    else
        role = SPAN("");
    *id_r = account->id;
    int error =
        database_remove(d->database, account->id, account->domain->name, role, heir);
    if (error)
        return error;
    roll_remove(&d->roll, account);
    return heir ? roll_put_address(&d->roll, role, heir) : 0;
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
