/* How auth checks a login, and grants store a handle for it (role/auth.h). */
#include "role/auth.h"

#include "auth/prepare.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

#include <sys/random.h>

static void log_refused(const struct auth_login *q)
{
    log_event(LOG_NOTICE, q->session, "login refused for \"%.*s\" from %.*s",
              SPAN_ARG(q->name), SPAN_ARG(q->source));
}

static void log_penalty(const struct auth_login *q)
{
    log_event(LOG_WARNING, q->session,
              "too many wrong logins: none is checked for a while, as that for \"%.*s\""
              " from %.*s",
              SPAN_ARG(q->name), SPAN_ARG(q->source));
}

/* One line a second. */
static void log_busy(const struct auth_login *q)
{
    static uint64_t next;
    if (clock_now() < next)
        return;
    log_event(LOG_WARNING, q->session,
              "too many logins wait: \"%.*s\" from %.*s is asked to try again",
              SPAN_ARG(q->name), SPAN_ARG(q->source));
    next = clock_in(CLOCK_SECOND);
}

/* ---- who, and may he try? */

/* RFC 4013, and then as the directory has it; what is no address is a name as it is. */
static struct span name_of(struct span said, struct arena *arena)
{
    struct span prepared, canonical;
    if (!prepare(said, arena, &prepared))
        return said;
    return address_canonical(prepared, arena, &canonical) ? canonical : prepared;
}

static enum auth_verdict admit(const struct auth_login *q, struct span name,
                               struct suspect *suspect_r)
{
    penalty_suspect(auth.penalties, name, q->source, suspect_r);
    switch (penalty_begin(auth.penalties, suspect_r)) {
    case PENALTY_NONE:
        return AUTH_OK;
    case PENALTY_BUSY:
        return AUTH_BUSY;
    case PENALTY_BEGINS:
        log_penalty(q);
        return AUTH_LATER;
    default:
        return AUTH_LATER;
    }
}

/* ---- name and password */

/* As RFC 4013 prepares it; and as it was said, when that is something else, for hashes
 * that were made of that.  Which of them is tried depends on the password alone. */
static enum auth_verdict check_password(const struct credentials *c,
                                        struct span password, struct arena *arena)
{
    struct span prepared;
    if (prepare(password, arena, &prepared) && !span_is(prepared, password)) {
        enum auth_verdict verdict =
            password_check(auth.passwords, c->account, c->hash, prepared);
        if (verdict != AUTH_REFUSED)
            return verdict;
    }
    return password_check(auth.passwords, c->account, c->hash, password);
}

/* The account, when name and password are right. */
static enum auth_verdict check(struct span name, struct span password,
                               struct arena *arena, uint64_t *account_r)
{
    struct credentials before = { .hash = SPAN("") }, after;
    if (directory_login(auth.directory, name, &before) == 0) {
        before.hash = arena_copy(arena, before.hash);
        if (!before.hash.at)
            return AUTH_BUSY;
    }
    *account_r = before.account;
    enum auth_verdict verdict = check_password(&before, password, arena);
    if (verdict != AUTH_OK)
        return verdict;
    /* It took a while: the password may have changed, the account may have gone. */
    if (directory_login(auth.directory, name, &after) ||
        after.account != before.account || !span_is(before.hash, after.hash))
        return AUTH_REFUSED;
    return AUTH_OK;
}

static enum proof proof_of(enum auth_verdict verdict)
{
    return verdict == AUTH_OK        ? PROOF_RIGHT
           : verdict == AUTH_REFUSED ? PROOF_WRONG
                                     : PROOF_UNCHECKED;
}

/* ---- the handle */

static uint64_t new_handle(void)
{
    uint64_t handle = 0;
    while (handle == 0)
        if (getrandom(&handle, sizeof handle, 0) != sizeof handle)
            handle = 0;
    return handle;
}

/* Who submits mail reads none. */
static uint32_t rights_of(enum role front)
{
    return front == ROLE_SUBMISSION ? 0 : RIGHT_READ | RIGHT_EXPUNGE;
}

/* From now on the handle stands for the account, on that front's channel only. */
static int grant(const struct call *call, uint64_t account, uint64_t *handle_r)
{
    struct store_grant question = { .front = (uint8_t)call->from,
                                    .instance = call->instance,
                                    .handle = new_handle(),
                                    .account = account,
                                    .rights = rights_of(call->from) };
    struct store_grant_answer answer;
    *handle_r = question.handle;
    int error = ask_store_grant(&question, &answer, NULL);
    return error || call->from != ROLE_SUBMISSION
               ? error
               : auth_sender_put(call, question.handle, account);
}

static enum auth_verdict decide(const struct auth_login *q, struct arena *arena,
                                uint64_t *account_r, uint32_t *delay_r)
{
    struct suspect suspect;
    struct span name = name_of(q->name, arena);
    enum auth_verdict verdict = admit(q, name, &suspect);
    if (verdict != AUTH_OK)
        return verdict;
    verdict = check(name, q->password, arena, account_r);
    *delay_r = penalty_end(auth.penalties, &suspect, proof_of(verdict));
    if (verdict == AUTH_REFUSED)
        log_refused(q);
    return verdict;
}

void auth_on_login(struct call *call, const void *question)
{
    const struct auth_login *q = question;
    struct auth_login_answer answer = { 0 };
    uint64_t account;
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    enum auth_verdict verdict =
        arena ? decide(q, arena, &account, &answer.delay) : AUTH_BUSY;
    int error = 0;
    if (verdict == AUTH_OK)
        error = grant(call, account, &answer.handle);
    if (verdict == AUTH_BUSY)
        log_busy(q);
    answer.verdict = (uint8_t)verdict;
    if (error)
        answer_error(call, error);
    else
        answer_auth_login(call, &answer);
}
