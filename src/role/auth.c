/*
 * role auth - a KEEPER: accounts, addresses, password hashes.
 *
 * Holds    DIR/auth (auth/auth.h), and with store the key of tickets.
 * Does     tells mx whether an address is ours, pop3 whether a password is right; then it
 *          grants store a handle for that front.  No front ever hears a hash.
 * May      read and write below DIR/auth; start threads.  No network.
 * Trusts   nobody with an account's number: tickets and handles stand for it.
 */
#include "role/auth.h"

#include "base/log.h"
#include "base/own.h"
#include "os/files.h"
#include "os/spawn.h"

#include <errno.h>
#include <unistd.h>

/* clang-format off */
static const struct service services[] = {
    { MESSAGE_auth_recipient,       auth_on_recipient },   /* mx: may mail come in? */
    { MESSAGE_auth_login,           auth_on_login },       /* pop3: a password -> a handle */
    { MESSAGE_auth_reserve,         auth_on_reserve },     /* store: room for more mail */
    { MESSAGE_auth_quota,           auth_on_quota },       /* store: for its owner */
    { MESSAGE_store_usage,          auth_on_usage },       /* store: what is left */
    { MESSAGE_files_usage,          auth_on_files_usage }, /* files: the same */
    { MESSAGE_auth_sender,          auth_on_sender },      /* submission: may it say so? */
    { MESSAGE_auth_release,         auth_on_release },     /* submission: it has left */
    { MESSAGE_auth_scram_first,     auth_on_scram_first },
    { MESSAGE_auth_scram_final,     auth_on_scram_final },
    { MESSAGE_admin_account_add,          auth_on_account_add }, /* control, for a person */
    { MESSAGE_admin_account_passwd,       auth_on_account_passwd },
    { MESSAGE_admin_account_remove,       auth_on_account_remove },
    { MESSAGE_admin_account_next,         auth_on_account_next },
    { MESSAGE_admin_account_quota,        auth_on_account_quota },
    { MESSAGE_admin_account_scram,        auth_on_account_scram },
    { MESSAGE_admin_app_password_add,     auth_on_app_password_add },
    { MESSAGE_admin_app_password_remove,  auth_on_app_password_remove },
    { MESSAGE_admin_app_password_next,    auth_on_app_password_next },
    { MESSAGE_admin_identity_add,         auth_on_identity_add },
    { MESSAGE_admin_identity_remove,      auth_on_identity_remove },
    { MESSAGE_admin_identity_next,        auth_on_identity_next },
    { MESSAGE_admin_domain_add,           auth_on_domain_add },
    { MESSAGE_admin_domain_remove,        auth_on_domain_remove },
    { MESSAGE_admin_domain_set,           auth_on_domain_set },
    { MESSAGE_admin_domain_next,          auth_on_domain_next },
    { MESSAGE_admin_alias_add,            auth_on_alias_add },
    { MESSAGE_admin_alias_remove,         auth_on_alias_remove },
    { MESSAGE_admin_alias_next,           auth_on_alias_next },
    { MESSAGE_admin_share_set,            auth_on_share_set },
    { MESSAGE_admin_share_remove,         auth_on_share_remove },
    { MESSAGE_admin_share_next,           auth_on_share_next },
    { MESSAGE_auth_share,                 auth_on_share },
    { 0, NULL },
};
/* clang-format on */

struct auth_role auth;

static int read_ticket_key(void)
{
    OWN(fd_close) int fd = spawn_inherited("ticket");
    if (fd < 0)
        return -EBADF;
    /* At its beginning: the descriptor's place is shared with store's. */
    ssize_t n = pread(fd, auth.ticket_key, sizeof auth.ticket_key, 0);
    return n == sizeof auth.ticket_key ? 0 : -EIO;
}

static int open_all(const struct role_start *start)
{
    int error = read_ticket_key();
    if (error) {
        log_event(LOG_ERROR, 0, "auth: no key for tickets: %s", strerror(-error));
        return error;
    }
    error = directory_open(&auth.directory, start->directory);
    if (error) {
        log_event(LOG_ERROR, 0, "auth: auth/auth.db cannot be used: %s",
                  error == -EPROTONOSUPPORT ? "made by a later Packetboat"
                                            : strerror(-error));
        return error;
    }
    auth.penalties = penalties_open(&start->settings->penalty);
    auth.attempts = attempts_open();
    if (!auth.penalties || !auth.attempts)
        return -ENOMEM;
    auth.passwords = passwords_open();
    if (!auth.passwords)
        log_event(LOG_ERROR, 0, "auth: crypt(3) makes no yescrypt hashes here");
    return auth.passwords ? 0 : -ENOTSUP;
}

int role_auth(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_AUTH, instance);
    auth.hostname = start.settings->hostname;
    auth.settings = start.settings;
    auth.has_files = role_copies(start.settings, ROLE_FILES) > 0;
    if (open_all(&start))
        return EXIT_FAILURE;
    ipc_on_end(auth_on_end);
    int code = role_serve(&start, services, SANDBOX_KEEPER, NULL);
    passwords_close(&auth.passwords);
    penalties_close(&auth.penalties);
    attempts_close(&auth.attempts);
    directory_close(&auth.directory);
    explicit_bzero(auth.ticket_key, sizeof auth.ticket_key);
    return code;
}
