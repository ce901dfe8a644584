/* What a person's commands ask of auth (role/auth.h). */
#include "role/auth.h"

#include "auth/import.h"
#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <inttypes.h>

/* 0 or -errno; -EINVAL: too short, too long, or with a NUL in it. */
static int hash_of(struct span password, struct arena *arena, struct span *hash_r)
{
    if (!arena)
        return -ENOMEM;
    if (password.len < PASSWORD_OCTETS_MIN)
        return -EINVAL;
    return password_hash(auth.passwords, auth_prepared(password, arena), arena, hash_r);
}

/* Before a hash is made for nothing. */
static bool is_address(struct span address, struct arena *arena)
{
    struct span canonical;
    return arena && address_canonical(address, arena, &canonical);
}

/* A password, or what crypt(3) made of one elsewhere. */
static int hash_for(const struct admin_account_add *q, struct arena *arena,
                    struct span *hash_r)
{
    if (!is_address(q->address, arena))
        return -EINVAL;
    if (q->hash.len == 0)
        return hash_of(q->password, arena, hash_r);
    *hash_r = q->hash;
    return hash_is_usable(q->hash) ? 0 : -EINVAL;
}

void auth_on_account_add(struct call *call, const void *question)
{
    const struct admin_account_add *q = question;
    struct admin_account_add_answer answer = { 0 };
    struct span hash;
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    int error = hash_for(q, arena, &hash);
    if (!error)
        error = directory_add(auth.directory, q->address, hash, &answer.account);
    if (error) {
        answer_error(call, error);
        return;
    }
    auth_tell_changed();
    auth_keys_improve(q->address, hash, q->password, arena);
    log_event(LOG_NOTICE, 0, "account %.*s added, number %" PRIu64,
              SPAN_ARG(q->address), answer.account);
    answer_admin_account_add(call, &answer);
}

void auth_on_account_passwd(struct call *call, const void *question)
{
    const struct admin_account_passwd *q = question;
    uint64_t account;
    struct span hash;
    struct credentials known;
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    int error = directory_login(auth.directory, q->address, &known);
    if (!error)
        error = hash_of(q->password, arena, &hash);
    if (!error)
        error = directory_passwd(auth.directory, q->address, hash, &account);
    if (error) {
        answer_error(call, error);
        return;
    }
    passwords_forget(auth.passwords, account);
    auth_keys_improve(q->address, hash, q->password, arena);
    log_event(LOG_NOTICE, 0, "account %.*s has a new password", SPAN_ARG(q->address));
    answer_admin_account_passwd(call, &(struct admin_account_passwd_answer){ 0 });
}

/* One that is too busy to hear it forgets by itself, RECIPIENT_SECONDS later. */
void auth_tell_changed(void)
{
    for (int role = 0; role < ROLES; role++) {
        if (!message_may_send(MESSAGE_auth_changed, ROLE_AUTH, (enum role)role))
            continue;
        for (struct channel *c = NULL; (c = ipc_next((enum role)role, c)) != NULL;)
            tell_auth_changed(c, &(struct auth_changed){ 0 });
    }
}

static bool failed(int error, const char *what, uint64_t account)
{
    if (!error || error == -ENOENT)
        return false;
    log_event(LOG_ERROR, 0, "%s/accounts/%" PRIu64 " is still there: %s", what, account,
              strerror(-error));
    return true;
}

static bool forget_mail(uint64_t account)
{
    struct store_forget_answer gone;
    return failed(ask_store_forget(&(struct store_forget){ account }, &gone, NULL),
                  "store", account);
}

static bool forget_files(uint64_t account)
{
    struct files_forget_answer gone;
    return auth.has_files &&
           failed(ask_files_forget(&(struct files_forget){ account }, &gone, NULL),
                  "files", account);
}

/* The folder goes second: an account without one is no harm, its number is never used
 * again, and `packetboat verify` finds the folder. */
void auth_on_account_remove(struct call *call, const void *question)
{
    const struct admin_account_remove *q = question;
    uint64_t account;
    int error = directory_remove(auth.directory, q->address, &account);
    if (error) {
        answer_error(call, error);
        return;
    }
    auth_tell_changed();
    auth_tell_shares();
    passwords_forget(auth.passwords, account);
    log_event(LOG_NOTICE, 0, "account %.*s removed, number %" PRIu64,
              SPAN_ARG(q->address), account);
    bool mail_stays = forget_mail(account), files_stay = forget_files(account);
    if (mail_stays || files_stay)
        answer_error(call, -EREMOTEIO);
    else
        answer_admin_account_remove(call, &(struct admin_account_remove_answer){ 0 });
}

void auth_on_account_next(struct call *call, const void *question)
{
    const struct admin_account_next *q = question;
    struct account_shown shown;
    int error = directory_next(auth.directory, q->after, &shown);
    if (!error) {
        auth_learn_usage(shown.account, false); /* which may have gone by then */
        error = directory_next(auth.directory, shown.account - 1, &shown);
    }
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_admin_account_next(call, &(struct admin_account_next_answer){
                                        .account = shown.account,
                                        .address = shown.address,
                                        .quota = shown.quota,
                                        .limit = shown.limit,
                                        .used = shown.used,
                                        .app_passwords = (uint32_t)shown.app_passwords,
                                        .identities = (uint32_t)shown.identities,
                                        .scram = shown.scram,
                                    });
}

void auth_on_account_quota(struct call *call, const void *question)
{
    const struct admin_account_quota *q = question;
    struct account_shown shown;
    int error = q->set ? directory_quota(auth.directory, q->address, q->quota) : 0;
    if (!error)
        error = directory_account(auth.directory, q->address, &shown);
    if (!error) {
        auth_learn_usage(shown.account, true);
        error = directory_account(auth.directory, q->address, &shown);
    }
    if (error) {
        answer_error(call, error);
        return;
    }
    if (q->set) {
        auth_tell_quotas();
        log_event(LOG_NOTICE, 0, "account %.*s has a new quota", SPAN_ARG(q->address));
    }
    answer_admin_account_quota(call, &(struct admin_account_quota_answer){
                                         shown.quota, shown.limit, shown.used });
}
