/* How auth checks a login, and grants store a handle for it (role/auth.h). */
#include "role/auth.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

#include <sys/random.h>

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
    struct span hash = SPAN("");
    struct credentials before = { 0 }, after;
    if (directory_login(auth.directory, q->name, &before) == 0) {
        hash = arena_copy(arena, before.hash);
        if (!hash.at)
            return AUTH_BUSY;
    }
    *account_r = before.account;
    enum auth_verdict verdict =
        password_check(auth.passwords, before.account, hash, q->password);
    if (verdict != AUTH_OK)
        return verdict;
    /* It took a while: the password may have changed, the account may have gone. */
    if (directory_login(auth.directory, q->name, &after) ||
        after.account != before.account || !span_is(hash, after.hash))
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

void auth_on_login(struct call *call, const void *question)
{
    const struct auth_login *q = question;
    struct auth_login_answer answer = { 0 };
    uint64_t account;
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
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
