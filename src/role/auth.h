/*
 * auth - what the files of role auth know of each other.
 *
 *     auth_recipient.c   may mail come in for this address?
 *     auth_login.c       name and password; the grant of a handle
 *     auth_quota.c       how much an account may hold
 *     auth_sender.c      may whoever has this handle send as this?
 *     auth_admin.c       a person's commands: accounts
 *     auth_domains.c     domains and aliases
 *     auth_proofs.c      app passwords and identities
 *     auth.c             the role: what it holds, which messages it takes
 */
#ifndef ROLE_AUTH_H
#define ROLE_AUTH_H

#include "auth/administration.h"
#include "auth/penalty.h"
#include "role/role.h"
#include "store/session.h"

enum { AUTH_SCRATCH_OCTETS = 32 << 10 }; /* an arena for one question, at most */

struct auth_role {
    struct directory *directory;
    struct passwords *passwords;
    struct penalties *penalties;
    uint8_t ticket_key[TICKET_KEY_OCTETS];
    const char *hostname; /* how we greet */
};
extern struct auth_role auth; /* services take no argument */

/* ---- the services */
void auth_on_recipient(struct call *, const void *question);
void auth_on_login(struct call *, const void *question);
void auth_on_reserve(struct call *, const void *question);
void auth_on_usage(struct call *, const void *question);
void auth_on_sender(struct call *, const void *question);
void auth_on_release(struct call *, const void *question);
void auth_on_account_add(struct call *, const void *question);
void auth_on_account_passwd(struct call *, const void *question);
void auth_on_account_remove(struct call *, const void *question);
void auth_on_account_next(struct call *, const void *question);
void auth_on_account_quota(struct call *, const void *question);
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

/* From now on the handle, on that front's channel, stands for that sender. */
int auth_sender_put(const struct call *, uint64_t handle, uint64_t account);
void auth_on_end(struct channel *); /* for ipc_on_end */
/* To every front that remembers recipients: what it remembers no longer counts. */
void auth_tell_changed(void);

#endif
