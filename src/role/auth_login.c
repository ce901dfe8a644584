/* How auth checks a login, and grants a handle for it (role/auth.h). */
#include "role/auth.h"

#include "auth/app_password.h"
#include "auth/prepare.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <sys/random.h>

/* ---- who, and may he try? */

static void log_trial(enum log_level level, const struct trial *t, const char *what)
{
    log_event(level, t->session, "%s: \"%.*s\" from %.*s", what, SPAN_ARG(t->name),
              SPAN_ARG(t->source));
}

/* One line a second. */
static void log_busy(const struct trial *t)
{
    static uint64_t next;
    if (clock_now() < next)
        return;
    next = clock_in(CLOCK_SECOND);
    log_trial(LOG_WARNING, t, "too many logins wait, asked to try again");
}

/* RFC 4013, and then as the directory has it. */
static struct span name_of(struct span said, struct arena *arena)
{
    struct span prepared;
    return prepare(said, arena, &prepared)
               ? directory_login_name(auth.directory, prepared, arena)
               : said;
}

enum auth_verdict trial_begin(struct trial *t, struct span name, struct arena *arena)
{
    t->name = name_of(name, arena);
    penalty_suspect(auth.penalties, t->name, t->source, &t->suspect);
    switch (penalty_begin(auth.penalties, &t->suspect)) {
    case PENALTY_NONE:
        return AUTH_OK;
    case PENALTY_BUSY:
        log_busy(t);
        return AUTH_BUSY;
    case PENALTY_BEGINS:
        log_trial(LOG_WARNING, t, "too many wrong logins, none is checked for a while");
        return AUTH_LATER;
    default:
        return AUTH_LATER;
    }
}

uint32_t trial_end(const struct trial *t, enum auth_verdict verdict)
{
    switch (verdict) {
    case AUTH_OK:
        return penalty_end(auth.penalties, &t->suspect, PROOF_RIGHT);
    case AUTH_REFUSED:
        log_trial(LOG_NOTICE, t, "login refused");
        return penalty_end(auth.penalties, &t->suspect, PROOF_WRONG);
    default:
        log_busy(t);
        return penalty_end(auth.penalties, &t->suspect, PROOF_UNCHECKED);
    }
}

/* ---- name and password */

/* What was right. */
struct passed {
    uint64_t account;
    uint64_t app_password; /* 0: the account's own, of this hash */
    struct span hash;
    uint32_t rights;
};

/* As RFC 4013 prepares it; and as it was said, when that is something else, for hashes
 * that were made of that.  Which of them is tried depends on the password alone. */
static enum auth_verdict check_hash(const struct credentials *c, struct span password,
                                    struct arena *arena)
{
    struct span prepared = auth_prepared(password, arena);
    if (!span_is(prepared, password)) {
        enum auth_verdict verdict =
            password_check(auth.passwords, c->account, c->hash, prepared);
        if (verdict != AUTH_REFUSED)
            return verdict;
    }
    return password_check(auth.passwords, c->account, c->hash, password);
}

static enum auth_verdict check(struct span name, struct span password,
                               struct arena *arena, struct passed *passed_r)
{
    struct credentials before = { .hash = SPAN("") }, after;
    if (directory_login(auth.directory, name, &before) == 0) {
        const struct app_password *app = app_password_find(&before, password);
        before.hash = arena_copy(arena, before.hash);
        *passed_r = (struct passed){ before.account, app ? app->id : 0, before.hash,
                                     app ? app->rights : UINT32_MAX };
        if (app || !before.hash.at)
            return app ? AUTH_OK : AUTH_BUSY;
    }
    enum auth_verdict verdict = check_hash(&before, password, arena);
    if (verdict != AUTH_OK)
        return verdict;
    /* It took a while: the password may have changed, the account may have gone. */
    if (directory_login(auth.directory, name, &after) ||
        after.account != before.account || !span_is(before.hash, after.hash))
        return AUTH_REFUSED;
    return AUTH_OK;
}

/* ---- the handle */

/* What a front may do at most with an account that has logged in there. */
static const uint32_t front_rights[ROLES] = {
    [ROLE_POP3] = RIGHT_READ | RIGHT_EXPUNGE,
    [ROLE_IMAP] = RIGHT_READ | RIGHT_EXPUNGE,
    [ROLE_SUBMISSION] = RIGHT_SEND,
    [ROLE_FTP] = RIGHT_FILES | RIGHT_FILES_WRITE,
};

static uint64_t new_handle(void)
{
    uint64_t handle = 0;
    while (handle == 0)
        if (getrandom(&handle, sizeof handle, 0) != sizeof handle)
            handle = 0;
    return handle;
}

uint32_t auth_rights(enum role front, uint32_t rights)
{
    return front_rights[front] & rights;
}

static int grant_files(const struct store_grant *q)
{
    struct files_grant question = { q->front, q->instance, q->handle, q->account,
                                    q->rights };
    struct files_grant_answer answer;
    return ask_files_grant(&question, &answer, NULL);
}

int auth_grant(const struct call *call, uint64_t account, uint32_t rights,
               uint64_t *handle_r)
{
    struct store_grant question = { .front = (uint8_t)call->from,
                                    .instance = call->instance,
                                    .handle = new_handle(),
                                    .account = account,
                                    .rights = auth_rights(call->from, rights) };
    struct store_grant_answer answer;
    *handle_r = question.handle;
    /* Who submits mail reads none: store need not know. */
    if (call->from == ROLE_SUBMISSION)
        return auth_sender_put(call, question.handle, account);
    if (call->from == ROLE_FTP)
        return grant_files(&question);
    return ask_store_grant(&question, &answer, NULL);
}

/* ---- the service */

static enum auth_verdict decide(struct trial *t, const struct call *call,
                                const struct auth_login *q, struct arena *arena,
                                struct passed *passed_r, uint32_t *delay_r)
{
    enum auth_verdict verdict = trial_begin(t, q->name, arena);
    if (verdict != AUTH_OK)
        return verdict;
    verdict = check(t->name, q->password, arena, passed_r);
    /* An app password that is for something else is as good as none. */
    if (verdict == AUTH_OK && !auth_rights(call->from, passed_r->rights))
        verdict = AUTH_REFUSED;
    *delay_r = trial_end(t, verdict);
    return verdict;
}

/* The client has its answer; what is done now keeps nobody waiting. */
static void afterwards(const struct trial *t, const struct passed *p,
                       struct span password, struct arena *arena)
{
    if (p->app_password)
        directory_app_password_used(auth.directory, p->account, p->app_password);
    else
        auth_keys_improve(t->name, p->hash, password, arena);
}

/* RFC 1635: anybody, by the name that nobody has, where the configuration says so.  What
 * was said as a password is of no interest. */
static bool is_anonymous(const struct call *call, const struct auth_login *q)
{
    struct credentials any;
    return call->from == ROLE_FTP && auth.settings->files.anonymous != ANONYMOUS_NO &&
           (span_is_nocase(q->name, SPAN("anonymous")) ||
            span_is_nocase(q->name, SPAN("ftp"))) &&
           directory_login(auth.directory, q->name, &any) == -ENOENT;
}

static void let_anonymous_in(struct call *call)
{
    struct auth_login_answer answer = { .verdict = AUTH_OK };
    int error = auth_grant(call, 0, UINT32_MAX, &answer.handle);
    if (error)
        answer_error(call, error);
    else
        answer_auth_login(call, &answer);
}

void auth_on_login(struct call *call, const void *question)
{
    const struct auth_login *q = question;
    struct auth_login_answer answer = { .verdict = AUTH_BUSY };
    struct trial trial = { .source = q->source, .session = q->session };
    struct passed passed = { 0 };
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    int error = 0;
    if (is_anonymous(call, q)) {
        let_anonymous_in(call);
        return;
    }
    if (arena)
        answer.verdict =
            (uint8_t)decide(&trial, call, q, arena, &passed, &answer.delay);
    if (answer.verdict == AUTH_OK)
        error = auth_grant(call, passed.account, passed.rights, &answer.handle);
    if (error)
        answer_error(call, error);
    else
        answer_auth_login(call, &answer);
    if (answer.verdict == AUTH_OK)
        afterwards(&trial, &passed, q->password, arena);
}
