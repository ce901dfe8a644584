/*
 * administration - what a person changes in the directory, and sees of it.
 *
 * Changes return 0 or -errno, are durable when they return, and park the fiber while a
 * thread writes.  What they have in common: -EINVAL (not an address, not a domain),
 * -ENOENT (there is no such account, alias or domain), -EIO (the database failed; it
 * takes no change any more).  Spans that come back are borrowed until the fiber next
 * waits.
 */
#ifndef AUTH_ADMINISTRATION_H
#define AUTH_ADMINISTRATION_H

#include "auth/directory.h"

/* ---- accounts.c; a name without a domain is one of the first domain */
/* Its domain comes into being where it is new.  -EEXIST; -ENOTUNIQ: an alias has that
 * name. */
int directory_add(struct directory *, struct span address, struct span hash,
                  uint64_t *account_r);
int directory_passwd(struct directory *, struct span address, struct span hash,
                     uint64_t *account_r);
/* -EBUSY: an alias or a domain's catch-all delivers to it. */
int directory_remove(struct directory *, struct span address, uint64_t *account_r);
/* octets, QUOTA_NONE or QUOTA_DEFAULT. */
int directory_quota(struct directory *, struct span address, uint64_t quota);
struct account_shown {
    uint64_t account;
    struct span address;
    uint64_t quota, limit, used; /* limit: what the quota comes to, octets */
    size_t app_passwords, identities;
    bool scram, scram_off; /* there are keys; there shall be none */
};
/* The account with the lowest number past `after`.  -ENOENT. */
int directory_next(struct directory *, uint64_t after, struct account_shown *shown_r);
int directory_account(struct directory *, struct span address,
                      struct account_shown *shown_r);
/* What a keeper says that the account holds of its kind.  Quota is for all of them. */
void directory_used(struct directory *, uint64_t account, enum holding,
                    uint64_t octets);
/* Has it said so?  True, too, of an account that is not there or has no limit. */
bool directory_knows(struct directory *, uint64_t account, enum holding);
/* The account holds `used` octets of the kind, and is to hold `wanted` more: so many of
 * them it may; QUOTA_NONE: it has no limit. */
uint64_t directory_reserve(struct directory *, uint64_t account, enum holding,
                           uint64_t used, uint64_t wanted);

/* ---- domains.c */
int directory_domain_add(struct directory *, struct span name); /* -EEXIST */
/* -ENOTEMPTY: it has accounts or aliases. */
int directory_domain_remove(struct directory *, struct span name);
struct domain_settings {
    bool sets_catch_all, sets_detail, sets_quota;
    struct span catch_all; /* empty: none */
    bool detail;
    uint64_t quota; /* octets, of each account without its own; QUOTA_NONE */
};
/* -EADDRNOTAVAIL: the catch-all is neither account nor alias. */
int directory_domain_set(struct directory *, struct span name,
                         const struct domain_settings *);
struct domain_shown {
    struct span name;
    struct domain_settings settings;
    size_t accounts, aliases;
};
/* The n-th domain, from 0.  -ENOENT. */
int directory_domain(struct directory *, size_t n, struct domain_shown *shown_r);

/* ---- aliases.c.  culprit_r: which address it is that cannot be. */
/* Adds targets, and the alias where it is new.  -EXDEV: the culprit is in no domain of
 * ours; -ENOTUNIQ: an account has that name; -EADDRNOTAVAIL: a target is neither account
 * nor alias; -EEXIST: it has all these targets; -ELOOP, -E2BIG, -EOVERFLOW: as in
 * roll_expand, of the culprit. */
int directory_alias_add(struct directory *, struct span address,
                        const struct span *targets, size_t count,
                        struct span *culprit_r);
/* Takes targets away; with the last one, or without any given, the alias goes.
 * -EADDRNOTAVAIL: that is no target of it; -EBUSY: an alias or a domain's catch-all
 * delivers to it. */
int directory_alias_remove(struct directory *, struct span address,
                           const struct span *targets, size_t count,
                           struct span *culprit_r);
/* Every target of every alias: *alias_io (empty: begin) and *target_io say which one was
 * last, and are moved on.  -ENOENT. */
int directory_alias_next(struct directory *, struct span *alias_io, size_t *number_io,
                         struct span *target_r);

/* ---- proofs.c */
/* Makes a password and says it, in the arena, this once.  -ENOSPC: there are
 * APP_PASSWORDS_MAX; -EEXIST: one has that label. */
int directory_app_password_add(struct directory *, struct span address,
                               struct span label, uint32_t rights, struct arena *,
                               uint64_t *id_r, struct span *password_r);
int directory_app_password_remove(struct directory *, struct span address, uint64_t id,
                                  uint64_t *account_r);
/* The one with the lowest number past `after`.  -ENOENT; -ENODATA: no such one. */
int directory_app_password_next(struct directory *, struct span address, uint64_t after,
                                struct app_password *shown_r);
/* It let somebody in; kept by the day. */
void directory_app_password_used(struct directory *, uint64_t account, uint64_t id);
/* Another hash of the same password.  -ESTALE: it has another by now. */
int directory_rehash(struct directory *, uint64_t account, struct span before,
                     struct span hash);
/* The keys made of the password that has this hash.  -ESTALE: it has another by now, or
 * wants none. */
int directory_put_scram(struct directory *, uint64_t account, struct span hash,
                        const struct scram_keys *);
int directory_scram_off(struct directory *, struct span address, bool off);
/* -EXDEV: in no domain of ours; -ENOSPC: there are IDENTITIES_MAX; -EEXIST. */
int directory_identity_add(struct directory *, struct span address,
                           struct span identity);
/* -EADDRNOTAVAIL: it was not allowed by directory_identity_add. */
int directory_identity_remove(struct directory *, struct span address,
                              struct span identity);
/* The n-th, from 0.  -ENOENT; -ENODATA: there are not so many. */
int directory_identity(struct directory *, struct span address, size_t n,
                       struct span *identity_r);

#endif
