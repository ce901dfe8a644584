/*
 * role auth - a KEEPER: accounts, addresses, password hashes.
 *
 * Holds    DIR/auth (auth/auth.h), and with store the key of tickets.
 * Does     tells mx whether an address is ours, pop3 whether a password is right; then it
 *          grants store a handle for that front.  No front ever hears a hash.
 * May      read and write below DIR/auth; start threads.  No network.
 * Trusts   nobody with an account's number: tickets and handles stand for it.
 */
#include "role/role.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "os/files.h"
#include "os/spawn.h"
#include "store/session.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

static void recipient(struct call *call, const void *question);
static void login(struct call *call, const void *question);
static void account_add(struct call *call, const void *question);
static void account_passwd(struct call *call, const void *question);
static void account_remove(struct call *call, const void *question);
static void account_next(struct call *call, const void *question);

/* clang-format off */
static const struct service services[] = {
    { MESSAGE_auth_recipient,       recipient },      /* mx: may mail come in for ...? */
    { MESSAGE_auth_login,           login },          /* pop3: name, password -> handle */
    { MESSAGE_admin_account_add,    account_add },    /* control, for a person */
    { MESSAGE_admin_account_passwd, account_passwd },
    { MESSAGE_admin_account_remove, account_remove },
    { MESSAGE_admin_account_next,   account_next },
    { 0, NULL },
};
/* clang-format on */

enum { SCRATCH_OCTETS = 4096 };

static struct directory *directory;
static struct passwords *passwords;
static uint8_t ticket_key[TICKET_KEY_OCTETS];
static const char *hostname; /* how we greet */

/* ---- fronts */

/* RFC 5321 §4.5.1: the host has a postmaster, also where its name is no domain of mail. */
static bool is_hosts_postmaster(struct span address)
{
    struct span prefix = SPAN("postmaster@");
    return span_starts_nocase(address, prefix) &&
           span_is_nocase(span_skip(address, prefix.len), span_of(hostname));
}

static void recipient(struct call *call, const void *question)
{
    const struct auth_recipient *q = question;
    struct auth_recipient_answer answer = { 0 };
    enum auth_verdict verdict =
        directory_recipient(directory, q->address, &answer.account);
    if (verdict == AUTH_NOT_OURS && is_hosts_postmaster(q->address))
        verdict = directory_recipient(directory, SPAN("postmaster"), &answer.account);
    answer.verdict = (uint8_t)verdict;
    if (answer.verdict == AUTH_OK)
        answer.ticket = ticket_mac(ticket_key, answer.account);
    answer_auth_recipient(call, &answer);
}

/* One line a refused login; one a second when too many wait. */
static void log_refused(const struct auth_login *q, enum auth_verdict verdict)
{
    static uint64_t next;
    if (verdict == AUTH_REFUSED) {
        log_event(LOG_NOTICE, q->session, "login refused for \"%.*s\" from %.*s",
                  SPAN_ARG(q->name), SPAN_ARG(q->source));
    } else if (clock_now() >= next) {
        log_event(LOG_WARNING, q->session,
                  "too many logins wait: \"%.*s\" from %.*s is asked to try again",
                  SPAN_ARG(q->name), SPAN_ARG(q->source));
        next = clock_in(CLOCK_SECOND);
    }
}

/* The account, when name and password are right. */
static enum auth_verdict check(const struct auth_login *q, struct arena *arena,
                               uint64_t *account_r)
{
    struct span hash = SPAN(""), after;
    uint64_t account = 0;
    if (directory_login(directory, q->name, &account, &hash) == 0) {
        hash = arena_copy(arena, hash);
        if (!hash.at)
            return AUTH_BUSY;
    }
    enum auth_verdict verdict = password_check(passwords, account, hash, q->password);
    if (verdict != AUTH_OK)
        return verdict;
    /* It took a while: the password may have changed, the account may have gone. */
    if (directory_login(directory, q->name, account_r, &after) ||
        *account_r != account || !span_is(hash, after))
        return AUTH_REFUSED;
    return AUTH_OK;
}

static uint64_t new_handle(void)
{
    uint64_t handle = 0;
    while (handle == 0)
        if (getrandom(&handle, sizeof handle, 0) != sizeof handle)
            handle = 0;
    return handle;
}

/* From now on the handle stands for the account, on that front's channel only. */
static int grant(const struct call *call, uint64_t account, uint64_t *handle_r)
{
    struct store_grant question = { .front = (uint8_t)call->from,
                                    .instance = call->instance,
                                    .handle = new_handle(),
                                    .account = account,
                                    .rights = RIGHT_READ | RIGHT_EXPUNGE };
    struct store_grant_answer answer;
    *handle_r = question.handle;
    return ask_store_grant(&question, &answer, NULL);
}

static void login(struct call *call, const void *question)
{
    const struct auth_login *q = question;
    struct auth_login_answer answer = { 0 };
    uint64_t account;
    OWN(arena_close) struct arena *arena = arena_open(SCRATCH_OCTETS);
    enum auth_verdict verdict = arena ? check(q, arena, &account) : AUTH_BUSY;
    int error = 0;
    if (verdict == AUTH_OK)
        error = grant(call, account, &answer.handle);
    else
        log_refused(q, verdict);
    answer.verdict = (uint8_t)verdict;
    if (error)
        answer_error(call, error);
    else
        answer_auth_login(call, &answer);
}

/* ---- administration */

/* 0 or -errno; -EINVAL: too short, too long, or with a NUL in it. */
static int hash_of(struct span password, struct arena *arena, struct span *hash_r)
{
    if (!arena)
        return -ENOMEM;
    if (password.len < PASSWORD_OCTETS_MIN)
        return -EINVAL;
    return password_hash(passwords, password, arena, hash_r);
}

/* Before a hash is made for nothing. */
static bool is_address(struct span address, struct arena *arena)
{
    struct span canonical;
    return arena && address_canonical(address, arena, &canonical);
}

static void account_add(struct call *call, const void *question)
{
    const struct admin_account_add *q = question;
    struct admin_account_add_answer answer = { 0 };
    struct span hash;
    OWN(arena_close) struct arena *arena = arena_open(SCRATCH_OCTETS);
    int error =
        is_address(q->address, arena) ? hash_of(q->password, arena, &hash) : -EINVAL;
    if (!error)
        error = directory_add(directory, q->address, hash, &answer.account);
    if (error) {
        answer_error(call, error);
        return;
    }
    log_event(LOG_NOTICE, 0, "account %.*s added, number %" PRIu64,
              SPAN_ARG(q->address), answer.account);
    answer_admin_account_add(call, &answer);
}

static void account_passwd(struct call *call, const void *question)
{
    const struct admin_account_passwd *q = question;
    uint64_t account;
    struct span hash;
    OWN(arena_close) struct arena *arena = arena_open(SCRATCH_OCTETS);
    int error = directory_login(directory, q->address, &account, &hash);
    if (!error)
        error = hash_of(q->password, arena, &hash);
    if (!error)
        error = directory_passwd(directory, q->address, hash, &account);
    if (error) {
        answer_error(call, error);
        return;
    }
    passwords_forget(passwords, account);
    log_event(LOG_NOTICE, 0, "account %.*s has a new password", SPAN_ARG(q->address));
    answer_admin_account_passwd(call, &(struct admin_account_passwd_answer){ 0 });
}

/* What mx remembers of recipients no longer counts.  One that is too busy to hear it
 * forgets by itself, RECIPIENT_SECONDS later. */
static void tell_changed(void)
{
    for (struct channel *c = NULL; (c = ipc_next(ROLE_MX, c)) != NULL;)
        tell_auth_changed(c, &(struct auth_changed){ 0 });
}

/* The folder goes second: an account without one is no harm, its number is never used
 * again, and `packetboat verify` finds the folder. */
static void account_remove(struct call *call, const void *question)
{
    const struct admin_account_remove *q = question;
    uint64_t account;
    int error = directory_remove(directory, q->address, &account);
    if (error) {
        answer_error(call, error);
        return;
    }
    tell_changed();
    passwords_forget(passwords, account);
    log_event(LOG_NOTICE, 0, "account %.*s removed, number %" PRIu64,
              SPAN_ARG(q->address), account);
    struct store_forget forget = { .account = account };
    struct store_forget_answer forgotten;
    error = ask_store_forget(&forget, &forgotten, NULL);
    if (error && error != -ENOENT) {
        log_event(LOG_ERROR, 0, "its mail is still in store/accounts/%" PRIu64 ": %s",
                  account, strerror(-error));
        answer_error(call, -EREMOTEIO);
        return;
    }
    answer_admin_account_remove(call, &(struct admin_account_remove_answer){ 0 });
}

static void account_next(struct call *call, const void *question)
{
    const struct admin_account_next *q = question;
    struct admin_account_next_answer answer;
    int error = directory_next(directory, q->after, &answer.account, &answer.address);
    if (error)
        answer_error(call, error);
    else
        answer_admin_account_next(call, &answer);
}

/* ---- life */

static int read_ticket_key(void)
{
    OWN(fd_close) int fd = spawn_inherited("ticket");
    if (fd < 0)
        return -EBADF;
    /* At its beginning: the descriptor's place is shared with store's. */
    ssize_t n = pread(fd, ticket_key, sizeof ticket_key, 0);
    return n == sizeof ticket_key ? 0 : -EIO;
}

static int open_all(const struct role_start *start)
{
    int error = read_ticket_key();
    if (error) {
        log_event(LOG_ERROR, 0, "auth: no key for tickets: %s", strerror(-error));
        return error;
    }
    error = directory_open(&directory, start->directory);
    if (error) {
        log_event(LOG_ERROR, 0, "auth: auth/auth.db cannot be used: %s",
                  error == -EPROTONOSUPPORT ? "made by a later Packetboat"
                                            : strerror(-error));
        return error;
    }
    passwords = passwords_open();
    if (!passwords)
        log_event(LOG_ERROR, 0, "auth: crypt(3) makes no yescrypt hashes here");
    return passwords ? 0 : -ENOTSUP;
}

int role_auth(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_AUTH, instance);
    hostname = start.settings->hostname;
    if (open_all(&start))
        return EXIT_FAILURE;
    int code = role_serve(&start, services, SANDBOX_KEEPER, NULL);
    passwords_close(&passwords);
    directory_close(&directory);
    explicit_bzero(ticket_key, sizeof ticket_key);
    return code;
}
