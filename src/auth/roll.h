/*
 * roll - the directory's memory: domains, accounts, addresses.
 *
 * The roll owns all of them; what it returns is borrowed until that account is removed
 * or changed.  Nothing here parks.
 */
#ifndef AUTH_ROLL_H
#define AUTH_ROLL_H

#include "base/map.h"

struct domain {
    struct span name;
    size_t accounts;
};

struct account {
    uint64_t id;
    struct domain *domain;
    struct span name; /* the address that it was added with */
    struct span hash;
};

struct address {
    struct span canonical;
    struct account *account;
};

struct roll {
    struct map *addresses; /* struct address by canonical */
    struct map *domains;   /* struct domain by name */
    struct account **accounts;
    size_t account_count, account_room;
    struct domain **order; /* the domains, the first domain first */
    size_t domain_count, domain_room;
};

/* 0 or -ENOMEM. */
int roll_open(struct roll *roll_r);
void roll_close(struct roll *);

/* ---- 0 or -ENOMEM */
int roll_put_domain(struct roll *, struct span name); /* there already: nothing */
/* The numbers come in rising order; the domain comes into being where it is new. */
int roll_put_account(struct roll *, uint64_t id, struct span name, struct span hash);
/* An address that is there already moves.  -EUCLEAN: no such account. */
int roll_put_address(struct roll *, struct span canonical, uint64_t id);
int roll_put_hash(struct roll *, uint64_t id, struct span hash);
/* With its addresses; its domain too, when nobody is left there. */
void roll_remove(struct roll *, struct account *);

/* The account with the lowest number not below id; NULL: none. */
struct account *roll_from(const struct roll *, uint64_t id);

#endif
