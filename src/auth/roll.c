/* roll - see roll.h. */
#include "auth/roll.h"

#include "auth/auth.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static bool keep(struct span s, struct span *kept_r)
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

static void drop(struct span s)
{
    free((char *)(uintptr_t)s.at);
}

static void domain_free(struct domain *domain)
{
    drop(domain->name);
    free(domain);
}

static void account_free(struct account *account)
{
    drop(account->name);
    drop(account->hash);
    free(account);
}

static void address_free(struct address *address)
{
    drop(address->canonical);
    free(address);
}

/* The array with room for one pointer more, perhaps elsewhere; NULL: no memory. */
static void *grown(void *array, size_t count, size_t *room)
{
    if (count < *room)
        return array;
    size_t more = *room ? *room * 2 : 16;
    void *moved = reallocarray(array, more, sizeof(void *));
    if (moved)
        *room = more;
    return moved;
}

int roll_open(struct roll *r)
{
    *r = (struct roll){ .addresses = map_open(), .domains = map_open() };
    return r->addresses && r->domains ? 0 : -ENOMEM;
}

int roll_put_domain(struct roll *r, struct span name)
{
    if (map_get(r->domains, name))
        return 0;
    void *order = grown(r->order, r->domain_count, &r->domain_room);
    if (!order)
        return -ENOMEM;
    r->order = order;
    struct domain *domain = calloc(1, sizeof *domain);
    if (!domain || !keep(name, &domain->name)) {
        free(domain);
        return -ENOMEM;
    }
    int error = map_put(r->domains, domain->name, domain);
    if (error) {
        domain_free(domain);
        return error;
    }
    r->order[r->domain_count++] = domain;
    return 0;
}

static struct account *account_new(struct roll *r, uint64_t id, struct span name,
                                   struct span hash)
{
    struct account *account = calloc(1, sizeof *account);
    if (!account)
        return NULL;
    account->id = id;
    account->domain = map_get(r->domains, address_domain(name));
    if (!keep(name, &account->name) || !keep(hash, &account->hash)) {
        account_free(account);
        return NULL;
    }
    return account;
}

int roll_put_account(struct roll *r, uint64_t id, struct span name, struct span hash)
{
    assert(r->account_count == 0 || r->accounts[r->account_count - 1]->id < id);
    int error = roll_put_domain(r, address_domain(name));
    if (error)
        return error;
    void *accounts = grown(r->accounts, r->account_count, &r->account_room);
    if (!accounts)
        return -ENOMEM;
    r->accounts = accounts;
    struct account *account = account_new(r, id, name, hash);
    if (!account)
        return -ENOMEM;
    r->accounts[r->account_count++] = account;
    account->domain->accounts++;
    return 0;
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

static struct account *account_of(const struct roll *r, uint64_t id)
{
    struct account *account = roll_from(r, id);
    return account && account->id == id ? account : NULL;
}

static int put_new_address(struct roll *r, struct span canonical,
                           struct account *account)
{
    struct address *address = calloc(1, sizeof *address);
    if (!address || !keep(canonical, &address->canonical)) {
        free(address);
        return -ENOMEM;
    }
    address->account = account;
    int error = map_put(r->addresses, address->canonical, address);
    if (error)
        address_free(address);
    return error;
}

int roll_put_address(struct roll *r, struct span canonical, uint64_t id)
{
    struct account *account = account_of(r, id);
    if (!account)
        return -EUCLEAN;
    struct address *there = map_get(r->addresses, canonical);
    if (!there)
        return put_new_address(r, canonical, account);
    there->account = account;
    return 0;
}

int roll_put_hash(struct roll *r, uint64_t id, struct span hash)
{
    struct account *account = account_of(r, id);
    struct span kept;
    if (!account)
        return -EUCLEAN;
    if (!keep(hash, &kept))
        return -ENOMEM;
    drop(account->hash);
    account->hash = kept;
    return 0;
}

static void remove_domain(struct roll *r, struct domain *domain)
{
    size_t at = 0;
    while (r->order[at] != domain)
        at++;
    memmove(r->order + at, r->order + at + 1,
            (--r->domain_count - at) * sizeof(struct domain *));
    map_remove(r->domains, domain->name);
    domain_free(domain);
}

void roll_remove(struct roll *r, struct account *account)
{
    struct address *address;
    size_t cursor = 0, at = place(r, account->id);
    while ((address = map_next(r->addresses, &cursor)))
        if (address->account == account) {
            map_remove(r->addresses, address->canonical);
            address_free(address);
        }
    memmove(r->accounts + at, r->accounts + at + 1,
            (--r->account_count - at) * sizeof(struct account *));
    if (--account->domain->accounts == 0)
        remove_domain(r, account->domain);
    account_free(account);
}

void roll_close(struct roll *r)
{
    struct address *address;
    size_t cursor = 0;
    while (r->addresses && (address = map_next(r->addresses, &cursor)))
        address_free(address);
    for (size_t i = 0; i < r->account_count; i++)
        account_free(r->accounts[i]);
    for (size_t i = 0; i < r->domain_count; i++)
        domain_free(r->order[i]);
    map_close(&r->addresses);
    map_close(&r->domains);
    free(r->accounts);
    free(r->order);
    *r = (struct roll){ 0 };
}
