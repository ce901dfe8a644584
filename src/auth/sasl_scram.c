/*
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): what the front does of them.
 *
 * It reads the client's messages and compares what only it can compare: the channel that
 * the client means with the one that there is, the nonce with the one that was said.  The
 * keys are auth's, who makes the other half of the nonce and checks the proof.
 *
 * Who means a channel binding is not to be talked out of it (§6, A14): a client that says
 * "y", that it could and that we cannot, was lied to wherever -PLUS was offered.
 * Channels are RFC 5929's tls-server-end-point and tls-unique, and RFC 9266's
 * tls-exporter.
 */
#include "auth/auth.h"
#include "auth/exchange.h"
#include "auth/scram.h"
#include "base/arena.h"
#include "base/own.h"
#include "ipc/message.h"
#include "wire/tls.h"

enum { SCRATCH_OCTETS = 4096, BINDING_OCTETS_MAX = 64 };

/* ---- channel bindings */

/* What "c=" must hold: gs2-header, and with 'p' the channel's octets. */
static bool put_binding(struct sasl *s, const struct scram_first *first)
{
    struct exchange *x = s->exchange;
    char type[32];
    uint8_t octets[BINDING_OCTETS_MAX];
    size_t len = 0;
    if (first->binding == 'p' &&
        (!span_to_string(first->cb_name, type, sizeof type) ||
         !wire_tls_binding(s->wire, type, octets, sizeof octets, &len)))
        return false;
    if (first->gs2_header.len + len > sizeof x->binding)
        return false;
    memcpy(x->binding, first->gs2_header.at, first->gs2_header.len);
    memcpy(x->binding + first->gs2_header.len, octets, len);
    x->binding_len = first->gs2_header.len + len;
    return true;
}

/* §6: the flag fits the mechanism, and what we had offered. */
static bool flag_fits(const struct sasl *s, char flag)
{
    if (s->exchange->mechanism->needs_tls)
        return flag == 'p';
    return flag == 'n' || (flag == 'y' && !exchange_offers_binding(s));
}

static bool is_bound(const struct exchange *x, struct span binding)
{
    char octets[sizeof x->binding];
    size_t len;
    return base64_decode(binding, octets, sizeof octets, &len) &&
           span_is(span_at(octets, len), span_at(x->binding, x->binding_len));
}

/* ---- the messages */

/* The name that is meant; empty, which is nobody's, where it is too long or another name
 * is to act for it. */
static void put_name(struct exchange *x, const struct scram_first *first)
{
    char name[ADDRESS_OCTETS_MAX], authzid[ADDRESS_OCTETS_MAX];
    size_t len = 0, authzid_len = 0;
    if (!scram_unescape(first->username, name, sizeof name, &len) ||
        !scram_unescape(first->authzid, authzid, sizeof authzid, &authzid_len) ||
        (authzid_len > 0 &&
         !span_is_nocase(span_at(name, len), span_at(authzid, authzid_len))))
        len = 0;
    exchange_name(x, span_at(name, len));
}

/* Says auth's server-first-message, whose nonce the client must give back. */
static enum sasl_outcome say_first(struct exchange *x, struct span message)
{
    struct span nonce = span_first(message, span_find(message, ','));
    if (!span_take(&nonce, SPAN("r=")) || nonce.len > sizeof x->nonce)
        return SASL_UNAVAILABLE;
    memcpy(x->nonce, nonce.at, nonce.len);
    x->nonce_len = nonce.len;
    exchange_challenge(x, message);
    return SASL_CHALLENGE;
}

static enum sasl_outcome hear_first(struct sasl *s, struct span message)
{
    struct exchange *x = s->exchange;
    struct scram_first first;
    OWN(arena_close) struct arena *arena = arena_open(SCRATCH_OCTETS);
    if (!arena)
        return SASL_UNAVAILABLE;
    if (!scram_take_first(message, &first) || first.bare.len > SCRAM_BARE_MAX ||
        first.nonce.len > SCRAM_NONCE_MAX)
        return SASL_MALFORMED;
    put_name(x, &first);
    if (!flag_fits(s, first.binding) || !put_binding(s, &first))
        return SASL_REFUSED;
    struct auth_scram_first question = {
        .name = exchange_said_name(x),
        .bare = first.bare,
        .nonce = first.nonce,
        .source = span_of(wire_peer(s->wire)),
        .session = wire_session(s->wire),
    };
    struct auth_scram_first_answer answer;
    if (ask_auth_scram_first(&question, &answer, arena))
        return SASL_UNAVAILABLE;
    x->attempt = answer.attempt;
    enum sasl_outcome outcome = exchange_outcome(answer.verdict, answer.delay);
    return outcome == SASL_OK ? say_first(x, answer.server_first) : outcome;
}

static enum sasl_outcome hear_final(struct sasl *s, struct span message)
{
    struct exchange *x = s->exchange;
    struct scram_final final;
    OWN(arena_close) struct arena *arena = arena_open(SCRATCH_OCTETS);
    if (!arena)
        return SASL_UNAVAILABLE;
    if (!scram_take_final(message, &final) || final.without_proof.len > SCRAM_FINAL_MAX)
        return SASL_MALFORMED;
    if (!is_bound(x, final.binding) ||
        !span_is(final.nonce, span_at(x->nonce, x->nonce_len)))
        return SASL_REFUSED;
    struct auth_scram_final question = {
        .attempt = x->attempt,
        .without_proof = final.without_proof,
        .proof = span_at(final.proof, sizeof final.proof),
    };
    struct auth_scram_final_answer answer;
    if (ask_auth_scram_final(&question, &answer, arena))
        return SASL_UNAVAILABLE;
    s->handle = answer.handle;
    enum sasl_outcome outcome = exchange_outcome(answer.verdict, answer.delay);
    if (outcome != SASL_OK)
        return outcome;
    char text[2 + BASE64_SIZE(SCRAM_KEY_OCTETS) + 1] = "v=";
    size_t len = 2 + base64_encode(answer.signature, text + 2);
    exchange_challenge(x, span_at(text, len));
    return SASL_CHALLENGE;
}

/* The client has seen that we knew the password, too, and says nothing more. */
enum sasl_outcome scram_step(struct sasl *s, struct span message)
{
    switch (s->exchange->turn) {
    case 0:
        return hear_first(s, message);
    case 1:
        return hear_final(s, message);
    default:
        return message.len == 0 ? SASL_OK : SASL_MALFORMED;
    }
}
