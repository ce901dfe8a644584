/* SCRAM as auth sees it (RFC 5802 §3; role/auth.h): it has the keys and reads nothing of
 * what the client says. */
#include "role/auth.h"

#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <sys/random.h>

/* The keys of that name; those of nobody, which look no different, where it has none. */
static uint64_t keys_of(struct span name, struct scram_secret *keys_r)
{
    struct credentials c;
    auth_keys_of_nobody(name, keys_r);
    if (directory_login(auth.directory, name, &c) || c.scram.off ||
        c.scram.iterations == 0 || c.scram.salt.len != sizeof keys_r->salt ||
        c.scram.stored_key.len != sizeof keys_r->stored ||
        c.scram.server_key.len != sizeof keys_r->server)
        return 0;
    keys_r->iterations = c.scram.iterations;
    memcpy(keys_r->salt, c.scram.salt.at, c.scram.salt.len);
    memcpy(keys_r->stored, c.scram.stored_key.at, c.scram.stored_key.len);
    memcpy(keys_r->server, c.scram.server_key.at, c.scram.server_key.len);
    return c.account;
}

/* ---- the first message */

static struct span own_nonce(char nonce_r[SCRAM_OWN_NONCE + 1])
{
    char octets[SCRAM_OWN_NONCE / 4 * 3];
    if (getrandom(octets, sizeof octets, 0) != sizeof octets)
        return SPAN("");
    return span_at(nonce_r, base64_encode(span_at(octets, sizeof octets), nonce_r));
}

/* Empty: it cannot. */
static struct span server_first(const struct scram_secret *keys, struct span nonce,
                                char *message_r, size_t size)
{
    char own[SCRAM_OWN_NONCE + 1];
    struct span half = own_nonce(own);
    if (half.len == 0)
        return SPAN("");
    return span_at(message_r, scram_server_first(keys, nonce, half, message_r, size));
}

static uint64_t begin(const struct call *call, const struct trial *t,
                      const struct auth_scram_first *q, char *message_r, size_t size)
{
    char said[SCRAM_BARE_MAX + 1 + SCRAM_SERVER_FIRST_SIZE];
    struct attempt attempt = { .front = call->from,
                               .instance = call->instance,
                               .session = q->session,
                               .name = t->name,
                               .source = q->source };
    attempt.account = keys_of(t->name, &attempt.secret);
    struct span message = server_first(&attempt.secret, q->nonce, message_r, size);
    if (message.len == 0)
        return 0;
    memcpy(said, q->bare.at, q->bare.len);
    said[q->bare.len] = ',';
    memcpy(said + q->bare.len + 1, message.at, message.len);
    attempt.said = span_at(said, q->bare.len + 1 + message.len);
    return attempt_add(auth.attempts, &attempt);
}

void auth_on_scram_first(struct call *call, const void *question)
{
    const struct auth_scram_first *q = question;
    struct auth_scram_first_answer answer = { .verdict = AUTH_BUSY };
    struct trial trial = { .source = q->source, .session = q->session };
    char message[SCRAM_SERVER_FIRST_SIZE];
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    if (arena)
        answer.verdict = (uint8_t)trial_begin(&trial, q->name, arena);
    if (answer.verdict == AUTH_OK) {
        /* Nothing is known before the proof. */
        penalty_end(auth.penalties, &trial.suspect, PROOF_UNCHECKED);
        answer.attempt = begin(call, &trial, q, message, sizeof message);
        answer.server_first = span_of(message);
        if (!answer.attempt)
            answer = (struct auth_scram_first_answer){ .verdict = AUTH_BUSY };
    }
    answer_auth_scram_first(call, &answer);
}

/* ---- the proof */

/* The keys may have changed meanwhile, the account may have gone. */
static bool is_still(const struct attempt *a)
{
    struct scram_secret now;
    return a->account && keys_of(a->name, &now) == a->account &&
           memcmp(&now, &a->secret, sizeof now) == 0;
}

static enum auth_verdict check(const struct call *call, const struct attempt *a,
                               const struct auth_scram_final *q,
                               uint8_t signature_r[SCRAM_KEY_OCTETS])
{
    char message[SCRAM_BARE_MAX + SCRAM_SERVER_FIRST_SIZE + SCRAM_FINAL_MAX + 2];
    size_t len = a->said.len;
    if (q->proof.len != SCRAM_KEY_OCTETS)
        return AUTH_REFUSED;
    memcpy(message, a->said.at, len);
    message[len++] = ',';
    memcpy(message + len, q->without_proof.at, q->without_proof.len);
    len += q->without_proof.len;
    uint8_t proof[SCRAM_KEY_OCTETS];
    memcpy(proof, q->proof.at, sizeof proof);
    bool good = scram_prove(&a->secret, span_at(message, len), proof, signature_r);
    return good && is_still(a) && auth_rights(call->from, UINT32_MAX) ? AUTH_OK
                                                                      : AUTH_REFUSED;
}

static enum auth_verdict decide(const struct call *call, const struct attempt *a,
                                const struct auth_scram_final *q, struct arena *arena,
                                struct auth_scram_final_answer *answer_r,
                                uint8_t signature[SCRAM_KEY_OCTETS])
{
    struct trial trial = { .source = a->source, .session = a->session };
    enum auth_verdict verdict = trial_begin(&trial, a->name, arena);
    if (verdict != AUTH_OK)
        return verdict;
    verdict = check(call, a, q, signature);
    answer_r->delay = trial_end(&trial, verdict);
    if (verdict == AUTH_OK)
        answer_r->signature = span_at(signature, SCRAM_KEY_OCTETS);
    return verdict;
}

void auth_on_scram_final(struct call *call, const void *question)
{
    const struct auth_scram_final *q = question;
    struct auth_scram_final_answer answer = { .verdict = AUTH_BUSY };
    uint8_t signature[SCRAM_KEY_OCTETS];
    OWN(attempt_free)
    struct attempt *attempt =
        attempt_take(auth.attempts, q->attempt, call->from, call->instance);
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    int error = attempt ? 0 : -ENOENT;
    if (!error && arena)
        answer.verdict = (uint8_t)decide(call, attempt, q, arena, &answer, signature);
    if (!error && answer.verdict == AUTH_OK)
        error = auth_grant(call, attempt->account, UINT32_MAX, &answer.handle);
    if (error)
        answer_error(call, error);
    else
        answer_auth_scram_final(call, &answer);
}
