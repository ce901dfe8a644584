/* roll - see roll.h. */
#include "auth/roll.h"

#include "auth/roll_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

bool roll_keep(struct span s, struct span *kept_r)
{
    char *at = malloc(s.len + 1);
    if (!at)
        return false;
    if (s.len > 0)
        memcpy(at, s.at, s.len);
    at[s.len] = '\0';
    *kept_r = span_at(at, s.len);
    return true;
}

void roll_drop(struct span s)
{
    free((char *)(uintptr_t)s.at);
}

bool roll_grow(void *array, size_t count, size_t *room)
{
    void **pointers = array;
    if (count < *room)
        return true;
    size_t more = *room ? *room * 2 : 4;
    void *moved = reallocarray(*pointers, more, sizeof(void *));
    if (!moved)
        return false;
    *pointers = moved;
    *room = more;
    return true;
}

static void domain_free(struct domain *domain)
{
    roll_drop(domain->name);
    free(domain);
}

static void app_password_free(struct app_password *p)
{
    roll_drop(p->label);
    roll_drop(p->salt);
    roll_drop(p->digest);
}

static void scram_free(struct scram_keys *keys)
{
    roll_drop(keys->salt);
    roll_drop(keys->stored_key);
    roll_drop(keys->server_key);
}

static void account_free(struct account *account)
{
    for (size_t i = 0; i < account->app_password_count; i++)
        app_password_free(&account->app_passwords[i]);
    for (size_t i = 0; i < account->identity_count; i++)
        roll_drop(account->identities[i]);
    free(account->app_passwords);
    free(account->identities);
    roll_drop(account->hash);
    scram_free(&account->scram);
    free(account);
}

void roll_address_free(struct address *address)
{
    roll_drop(address->canonical);
    free(address->targets);
    free(address);
}

int roll_open(struct roll *r)
{
    *r = (struct roll){ .addresses = map_open(), .domains = map_open() };
    return r->addresses && r->domains ? 0 : -ENOMEM;
}

void roll_close(struct roll *r)
{
    struct address *address;
    size_t cursor = 0;
    while (r->addresses && (address = map_next(r->addresses, &cursor)))
        roll_address_free(address);
    for (size_t i = 0; i < r->account_count; i++)
        account_free(r->accounts[i]);
    for (size_t i = 0; i < r->domain_count; i++)
        domain_free(r->order[i]);
    map_close(&r->addresses);
    map_close(&r->domains);
    free(r->accounts);
    free(r->order);
    free(r->aliases);
    *r = (struct roll){ 0 };
}

/* ---- looking */

struct address *roll_find(const struct roll *r, struct span canonical)
{
    return map_get(r->addresses, canonical);
}

struct domain *roll_domain(const struct roll *r, struct span name)
{
    return map_get(r->domains, name);
}

/* The place in accounts of the first number that is not below id. */
static size_t place(const struct roll *r, uint64_t id)
{
    size_t low = 0, high = r->account_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->accounts[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct account *roll_from(const struct roll *r, uint64_t id)
{
    size_t at = place(r, id);
    return at < r->account_count ? r->accounts[at] : NULL;
}

struct account *roll_account(const struct roll *r, uint64_t id)
{
    struct account *account = roll_from(r, id);
    return account && account->id == id ? account : NULL;
}

/* ---- domains */

int roll_put_domain(struct roll *r, struct span name)
{
    if (roll_domain(r, name))
        return 0;
    struct domain *domain = calloc(1, sizeof *domain);
    if (!domain || !roll_keep(name, &domain->name) ||
        !roll_grow(&r->order, r->domain_count, &r->domain_room) ||
        map_put(r->domains, domain->name, domain)) {
        if (domain)
            domain_free(domain);
        return -ENOMEM;
    }
    domain->detail = true;
    domain->quota = QUOTA_NONE;
    r->order[r->domain_count++] = domain;
    return 0;
}

void roll_set_catch_all(struct domain *domain, struct address *address)
{
    if (domain->catch_all)
        domain->catch_all->references--;
    domain->catch_all = address;
    if (address)
        address->references++;
}

void roll_remove_domain(struct roll *r, struct domain *domain)
{
    assert(domain->accounts == 0 && domain->aliases == 0);
    size_t at = 0;
    while (r->order[at] != domain)
        at++;
    memmove(r->order + at, r->order + at + 1,
            (--r->domain_count - at) * sizeof(struct domain *));
    map_remove(r->domains, domain->name);
    roll_set_catch_all(domain, NULL);
    domain_free(domain);
}

/* ---- accounts */

int roll_put_address(struct roll *r, struct span name, struct account *account,
                     struct address **address_r)
{
    struct address *address = calloc(1, sizeof *address);
    if (!address || !roll_keep(name, &address->canonical)) {
        free(address);
        return -ENOMEM;
    }
    address->domain = roll_domain(r, address_domain(name));
    address->account = account;
    int error = map_put(r->addresses, address->canonical, address);
    if (error)
        roll_address_free(address);
    *address_r = address;
    return error;
}

static struct account *account_new(uint64_t id, struct span hash)
{
    struct account *account = calloc(1, sizeof *account);
    if (account && !roll_keep(hash, &account->hash)) {
        free(account);
        return NULL;
    }
    if (account)
        account->id = id;
    return account;
}

int roll_put_account(struct roll *r, uint64_t id, struct span name, struct span hash)
{
    assert(r->account_count == 0 || r->accounts[r->account_count - 1]->id < id);
    if (roll_put_domain(r, address_domain(name)) ||
        !roll_grow(&r->accounts, r->account_count, &r->account_room))
        return -ENOMEM;
    struct account *account = account_new(id, hash);
    if (!account)
        return -ENOMEM;
    int error = roll_put_address(r, name, account, &account->address);
    if (error) {
        account_free(account);
        return error;
    }
    account->domain = account->address->domain;
    account->domain->accounts++;
    if (!account->domain->first)
        account->domain->first = account;
    r->accounts[r->account_count++] = account;
    return 0;
}

static struct account *first_in(const struct roll *r, const struct domain *domain)
{
    for (size_t i = 0; i < r->account_count; i++)
        if (r->accounts[i]->domain == domain)
            return r->accounts[i];
    return NULL;
}

void roll_remove_account(struct roll *r, struct account *account)
{
    struct domain *domain = account->domain;
    size_t at = place(r, account->id);
    assert(account->address->references == 0);
    memmove(r->accounts + at, r->accounts + at + 1,
            (--r->account_count - at) * sizeof(struct account *));
    domain->accounts--;
    if (domain->first == account)
        domain->first = first_in(r, domain);
    map_remove(r->addresses, account->address->canonical);
    roll_address_free(account->address);
    account_free(account);
}

int roll_put_hash(struct account *account, struct span hash)
{
    struct span kept;
    if (!roll_keep(hash, &kept))
        return -ENOMEM;
    roll_drop(account->hash);
    account->hash = kept;
    return roll_put_scram(account, &(struct scram_keys){ .off = account->scram.off });
}

int roll_put_scram(struct account *account, const struct scram_keys *keys)
{
    struct scram_keys kept = { .iterations = keys->iterations, .off = keys->off };
    if (!roll_keep(keys->salt, &kept.salt) ||
        !roll_keep(keys->stored_key, &kept.stored_key) ||
        !roll_keep(keys->server_key, &kept.server_key)) {
        scram_free(&kept);
        return -ENOMEM;
    }
    scram_free(&account->scram);
    account->scram = kept;
    return 0;
}

int roll_put_app_password(struct account *account, const struct app_password *p)
{
    struct app_password kept = *p;
    kept.label = kept.salt = kept.digest = (struct span){ NULL, 0 };
    struct app_password *all =
        reallocarray(account->app_passwords, account->app_password_count + 1,
                     sizeof *all);
    if (!all)
        return -ENOMEM;
    account->app_passwords = all;
    if (!roll_keep(p->label, &kept.label) || !roll_keep(p->salt, &kept.salt) ||
        !roll_keep(p->digest, &kept.digest)) {
        app_password_free(&kept);
        return -ENOMEM;
    }
    all[account->app_password_count++] = kept;
    return 0;
}

void roll_remove_app_password(struct account *account, struct app_password *p)
{
    size_t at = (size_t)(p - account->app_passwords);
    app_password_free(p);
    memmove(p, p + 1, (--account->app_password_count - at) * sizeof *p);
}

int roll_put_identity(struct account *account, struct span address)
{
    struct span *all =
        reallocarray(account->identities, account->identity_count + 1, sizeof *all);
    if (!all)
        return -ENOMEM;
    account->identities = all;
    if (!roll_keep(address, &all[account->identity_count]))
        return -ENOMEM;
    account->identity_count++;
    return 0;
}

void roll_remove_identity(struct account *account, struct span *identity)
{
    size_t at = (size_t)(identity - account->identities);
    roll_drop(*identity);
    memmove(identity, identity + 1,
            (--account->identity_count - at) * sizeof *identity);
}
