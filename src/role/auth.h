/*
 * auth - what the files of role auth know of each other.
 *
 *     auth_recipient.c   may mail come in for this address?
 *     auth_login.c       name and password; the grant of a handle
 *     auth_quota.c       how much an account may hold
 *     auth_sender.c      may whoever has this handle send as this?
 *     auth_scram.c       the same without it; auth_keys.c: what is kept of one
 *     auth_admin.c       a person's commands: accounts
 *     auth_domains.c     domains and aliases
 *     auth_shares.c      folders that accounts share
 *     auth_proofs.c      app passwords and identities
 *     auth.c             the role: what it holds, which messages it takes
 */
#ifndef ROLE_AUTH_H
#define ROLE_AUTH_H

#include "auth/administration.h"
#include "auth/attempt.h"
#include "auth/penalty.h"
#include "role/role.h"
#include "store/session.h"

enum { AUTH_SCRATCH_OCTETS = 32 << 10 }; /* an arena for one question, at most */

struct auth_role {
    struct directory *directory;
    struct passwords *passwords;
    struct penalties *penalties;
    struct attempts *attempts;
    uint8_t ticket_key[TICKET_KEY_OCTETS];
    const char *hostname; /* how we greet */
    bool has_files;       /* this site has role files */
    const struct settings *settings;
};
extern struct auth_role auth; /* services take no argument */

/* ---- the services */
void auth_on_recipient(struct call *, const void *question);
void auth_on_login(struct call *, const void *question);
void auth_on_reserve(struct call *, const void *question);
void auth_on_quota(struct call *, const void *question);
void auth_on_usage(struct call *, const void *question);
void auth_on_files_usage(struct call *, const void *question);
void auth_on_sender(struct call *, const void *question);
void auth_on_release(struct call *, const void *question);
void auth_on_scram_first(struct call *, const void *question);
void auth_on_scram_final(struct call *, const void *question);
void auth_on_account_add(struct call *, const void *question);
void auth_on_account_passwd(struct call *, const void *question);
void auth_on_account_remove(struct call *, const void *question);
void auth_on_account_next(struct call *, const void *question);
void auth_on_account_quota(struct call *, const void *question);
void auth_on_account_scram(struct call *, const void *question);
void auth_on_app_password_add(struct call *, const void *question);
void auth_on_app_password_remove(struct call *, const void *question);
void auth_on_app_password_next(struct call *, const void *question);
void auth_on_identity_add(struct call *, const void *question);
void auth_on_identity_remove(struct call *, const void *question);
void auth_on_identity_next(struct call *, const void *question);
void auth_on_domain_add(struct call *, const void *question);
void auth_on_domain_remove(struct call *, const void *question);
void auth_on_domain_set(struct call *, const void *question);
void auth_on_domain_next(struct call *, const void *question);
void auth_on_alias_add(struct call *, const void *question);
void auth_on_alias_remove(struct call *, const void *question);
void auth_on_alias_next(struct call *, const void *question);
void auth_on_share_set(struct call *, const void *question);
void auth_on_share_remove(struct call *, const void *question);
void auth_on_share_next(struct call *, const void *question);
void auth_on_share(struct call *, const void *question);

/* From now on the handle, on that front's channel, stands for that sender. */
int auth_sender_put(const struct call *, uint64_t handle, uint64_t account);
void auth_on_end(struct channel *); /* for ipc_on_end */
/* To every front that remembers recipients: what it remembers no longer counts. */
void auth_tell_changed(void);
/* The same, and to store: what it was granted does not either. */
void auth_tell_quotas(void);
void auth_tell_shares(void); /* to files */
/* Asks the keepers for what they have not said yet of an account with a quota, or anew of
 * any; parks. */
void auth_learn_usage(uint64_t account, bool of_any);
/* The same for the mail of those accounts, where there is a quota and this role was started
 * since.  Parks; whether it has, and reach may be another. */
bool auth_learn_reached(const struct reach *);

/* ---- auth_login.c: what all proofs have in common */
struct trial { /* who tries to log in; source and session are filled in before */
    struct span source;
    uint64_t session;
    struct span name; /* in the directory's form, whether somebody has it or not */
    struct suspect suspect;
};
/* AUTH_OK: check it, then trial_end; else do not.  arena: for the name. */
enum auth_verdict trial_begin(struct trial *, struct span name, struct arena *);
/* verdict: AUTH_OK, AUTH_REFUSED or AUTH_BUSY.  Logs; how many milliseconds the answer
 * is to be kept from the client. */
uint32_t trial_end(const struct trial *, enum auth_verdict);
/* Of these rights (enum right) those that a front may use; 0: none. */
uint32_t auth_rights(enum role front, uint32_t rights);
/* The handle is the account's from now on, on that front's channel; 0, -errno; parks. */
int auth_grant(const struct call *, uint64_t account, uint32_t rights,
               uint64_t *handle_r);

/* ---- auth_keys.c; making parks */
/* As it is hashed: prepared (auth/prepare.h), or as it is where it cannot be. */
struct span auth_prepared(struct span password, struct arena *);
/* Keys that no password has, the same whenever that name is asked for. */
void auth_keys_of_nobody(struct span name, struct scram_secret *keys_r);
/* Makes and keeps the SCRAM keys of the account's password, whose hash this is.  0 or
 * -errno (-ESTALE: it wants none, or has another password by now). */
int auth_keys_make(uint64_t account, struct span name, struct span hash,
                   struct span password, struct arena *);
/* This password has that hash: makes what is still missing of it, if the name still has
 * the hash.  hash: of the caller's own. */
void auth_keys_improve(struct span name, struct span hash, struct span password,
                       struct arena *);

#endif
