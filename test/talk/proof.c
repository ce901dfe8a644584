#include "test/talk/proof.h"

#include "auth/attempt.h"
#include "auth/auth.h"
#include "base/own.h"
#include "test/talk/mail.h"

#include <errno.h>

void proof_on_login(struct call *call, const void *question)
{
    const struct auth_login *q = question;
    struct auth_login_answer answer = { .verdict = AUTH_REFUSED };
    bool busy;
    int error = world_ask_auth(&busy);

    if (error) {
        answer_error(call, error);
        return;
    }
    const struct person *a = person_find(q->name);
    if (busy) {
        answer.verdict = AUTH_BUSY;
    } else if (a && span_is(a->password, q->password)) {
        answer.verdict = AUTH_OK;
        answer.handle = world_grant(a->number);
    }
    answer_auth_login(call, &answer);
}

/* ---- SCRAM */

static struct attempts *attempts;

static const struct span own_nonce = { "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", 30 };

static bool derive(struct span password, struct scram_secret *keys_r)
{
    size_t len;
    keys_r->iterations = 4096;
    return base64_decode(SPAN("W22ZaJ0SNY7soEsUEjb6gQ=="), (char *)keys_r->salt,
                         sizeof(keys_r->salt), &len) &&
           scram_derive(password, keys_r);
}

static void begin(const struct call *call, const struct auth_scram_first *q,
                  struct auth_scram_first_answer *answer_r, char *message_r,
                  size_t size)
{
    const struct person *person = person_find(q->name);
    struct attempt attempt = { .front = call->from,
                               .instance = call->instance,
                               .account = person ? person->number : 0 };
    struct span password = person ? person->password : SPAN("nobody's");
    char said[SCRAM_BARE_MAX + 1 + SCRAM_SERVER_FIRST_SIZE];

    if (!attempts)
        attempts = attempts_open();
    if (!attempts || !derive(password, &attempt.secret))
        return;
    size_t len =
        scram_server_first(&attempt.secret, q->nonce, own_nonce, message_r, size);
    memcpy(said, q->bare.at, q->bare.len);
    said[q->bare.len] = ',';
    memcpy(said + q->bare.len + 1, message_r, len);
    attempt.said = span_at(said, q->bare.len + 1 + len);
    answer_r->attempt = attempt_add(attempts, &attempt);
    answer_r->server_first = span_at(message_r, len);
    answer_r->verdict = AUTH_OK;
}

void proof_on_first(struct call *call, const void *question)
{
    struct auth_scram_first_answer answer = { .verdict = AUTH_BUSY };
    char message[SCRAM_SERVER_FIRST_SIZE];
    bool busy;
    int error = world_ask_auth(&busy);

    if (!error && !busy)
        begin(call, question, &answer, message, sizeof(message));
    if (error)
        answer_error(call, error);
    else
        answer_auth_scram_first(call, &answer);
}

/* The account's number; 0: the proof is wrong. */
static uint64_t check(const struct attempt *a, const struct auth_scram_final *q,
                      uint8_t signature_r[SCRAM_KEY_OCTETS])
{
    char text[SCRAM_BARE_MAX + SCRAM_SERVER_FIRST_SIZE + SCRAM_FINAL_MAX + 2];
    uint8_t proof[SCRAM_KEY_OCTETS];

    memcpy(proof, q->proof.at, sizeof(proof));
    memcpy(text, a->said.at, a->said.len);
    text[a->said.len] = ',';
    memcpy(text + a->said.len + 1, q->without_proof.at, q->without_proof.len);
    struct span message = span_at(text, a->said.len + 1 + q->without_proof.len);
    return scram_prove(&a->secret, message, proof, signature_r) ? a->account : 0;
}

void proof_on_final(struct call *call, const void *question)
{
    const struct auth_scram_final *q = question;
    struct auth_scram_final_answer answer = { .verdict = AUTH_REFUSED };
    uint8_t signature[SCRAM_KEY_OCTETS];
    bool busy;
    int error = world_ask_auth(&busy);

    OWN(attempt_free)
    struct attempt *a =
        attempts ? attempt_take(attempts, q->attempt, call->from, call->instance)
                 : NULL;
    uint64_t account = a ? check(a, q, signature) : 0;
    if (account && !error) {
        answer.verdict = AUTH_OK;
        answer.handle = world_grant(account);
        answer.signature = span_at(signature, sizeof(signature));
    }
    if (error || !a)
        answer_error(call, error ? error : -ENOENT);
    else
        answer_auth_scram_final(call, &answer);
}

void proofs_forget(void)
{
    attempts_close(&attempts);
}
