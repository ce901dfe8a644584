/*
 * roll - the directory's memory: domains, accounts, aliases.
 *
 * Every address that is somebody stands in one map: it is an account's name, or an alias
 * with its targets.  The roll owns all of them; what it returns is borrowed until that
 * one is removed or changed.  Nothing here parks.
 */
#ifndef AUTH_ROLL_H
#define AUTH_ROLL_H

#include "auth/directory.h"
#include "base/map.h"

struct domain {
    struct span name;
    struct address *catch_all; /* NULL: none */
    bool detail;               /* name+detail is name */
    uint64_t quota;            /* octets, of an account without its own; QUOTA_NONE */
    size_t accounts, aliases;
    struct account *first; /* the one with the lowest number; NULL: none */
};

struct held {
    uint64_t used;    /* octets, as its keeper last said */
    uint64_t claimed; /* the same, and what it was allowed to take beside */
    bool known;       /* it has said so */
};

struct account {
    uint64_t id;
    struct domain *domain;
    struct address *address;
    struct span hash;
    struct scram_keys scram;
    uint64_t quota; /* octets, QUOTA_NONE, or QUOTA_DEFAULT: the domain's */
    struct held held[HOLDINGS];
    struct app_password *app_passwords;
    size_t app_password_count;
    struct span *identities; /* what was allowed beside its own addresses */
    size_t identity_count;
    uint64_t seen; /* by the expansion of that number */
};

static inline uint64_t account_used(const struct account *a)
{
    return a->held[HELD_MAIL].used + a->held[HELD_FILES].used;
}

struct address {
    struct span canonical;
    struct domain *domain;
    struct account *account;  /* NULL: an alias */
    struct address **targets; /* an alias has at least one */
    size_t target_count, target_room;
    size_t references; /* targets and catch-alls that are this address */
};

struct roll {
    struct map *addresses; /* struct address by canonical */
    struct map *domains;   /* struct domain by name */
    struct account **accounts;
    size_t account_count, account_room;
    struct domain **order; /* the domains, the first domain first */
    size_t domain_count, domain_room;
    struct address **aliases; /* by name */
    size_t alias_count, alias_room;
    uint64_t expansion;
};

/* 0 or -ENOMEM. */
int roll_open(struct roll *roll_r);
void roll_close(struct roll *);

struct address *roll_find(const struct roll *, struct span canonical); /* or NULL */
struct domain *roll_domain(const struct roll *, struct span name);     /* or NULL */
/* The account with the lowest number not below id, the one with that number; or NULL. */
struct account *roll_from(const struct roll *, uint64_t id);
struct account *roll_account(const struct roll *, uint64_t id);

/* ---- changes; 0 or -ENOMEM */
int roll_put_domain(struct roll *, struct span name);       /* there already: nothing */
void roll_set_catch_all(struct domain *, struct address *); /* NULL: none */
/* Nobody is in it any more. */
void roll_remove_domain(struct roll *, struct domain *);
/* The numbers come in rising order; the domain comes into being where it is new. */
int roll_put_account(struct roll *, uint64_t id, struct span name, struct span hash);
int roll_put_hash(struct account *, struct span hash); /* its SCRAM keys go */
int roll_put_scram(struct account *, const struct scram_keys *);
int roll_put_app_password(struct account *, const struct app_password *);
void roll_remove_app_password(struct account *, struct app_password *);
int roll_put_identity(struct account *, struct span address);
void roll_remove_identity(struct account *, struct span *);
/* Nothing refers to it any more. */
void roll_remove_account(struct roll *, struct account *);

/* ---- roll_alias.c */
/* Its domain must be there; targets follow. */
int roll_put_alias(struct roll *, struct span name);
int roll_put_target(struct address *alias, struct address *target); /* once each */
/* NULL: the alias has no such target. */
struct address **roll_target(struct address *alias, const struct address *target);
/* false: it was not one of them. */
bool roll_remove_target(struct address *alias, struct address *target);
/* With its targets; nothing refers to it any more. */
void roll_remove_alias(struct roll *, struct address *);
/* The first alias whose name comes after `name`; NULL: none. */
struct address *roll_alias_after(const struct roll *, struct span name);
/* Each account that mail for the address reaches, once.  0; -ELOOP: an alias leads to
 * itself; -E2BIG: it is more than ALIAS_DEPTH_MAX deep, or ALIAS_TARGETS_MAX targets are
 * looked at; -EOVERFLOW: more accounts than max. */
int roll_expand(struct roll *, struct address *, struct account **accounts_r,
                size_t max, size_t *count_r);

#endif
