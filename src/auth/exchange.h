/*
 * exchange - one SASL exchange while it is under way; for the files sasl*.c only.
 *
 *     sasl.c         the frame: what is offered, base64, challenges, outcomes
 *     sasl_plain.c   PLAIN and LOGIN
 *     sasl_scram.c   SCRAM-SHA-256 and -PLUS
 *
 * It lives on the heap, and no longer than it is needed: an idle session has none.  What
 * it held is wiped.
 */
#ifndef AUTH_EXCHANGE_H
#define AUTH_EXCHANGE_H

#include "auth/sasl.h"
#include "base/base64.h"
#include "config/limits.h"

struct exchange {
    const struct mechanism *mechanism;
    unsigned turn; /* responses taken so far */
    char name[ADDRESS_OCTETS_MAX + 1];
    size_t name_len;
    uint64_t attempt; /* SCRAM: auth's name for it */
    char nonce[SCRAM_NONCE_MAX + SCRAM_OWN_NONCE];
    size_t nonce_len;
    char binding[SCRAM_BINDING_MAX]; /* what "c=" must hold */
    size_t binding_len;
    char response[SASL_LINE_MAX]; /* decoded */
    char challenge[BASE64_SIZE(SASL_CHALLENGE_MAX) + 1];
};

struct mechanism {
    const char *name;
    const char *prompt; /* the first challenge, when there is no initial response */
    bool needs_tls;
    /* Takes the next response: SASL_CHALLENGE after exchange_challenge, or the outcome. */
    enum sasl_outcome (*step)(struct sasl *, struct span response);
};

void exchange_challenge(struct exchange *, struct span octets);
/* A name that is longer than any becomes the empty one, which is nobody's. */
void exchange_name(struct exchange *, struct span name);
struct span exchange_said_name(const struct exchange *);

/* Asks auth and waits as long as it says. */
enum sasl_outcome exchange_login(struct sasl *, struct span name, struct span password);
/* What auth's verdict (auth/auth.h) means; waits `delay` milliseconds before. */
enum sasl_outcome exchange_outcome(uint8_t verdict, uint32_t delay);

bool exchange_offers_binding(const struct sasl *); /* -PLUS was among what we offered */

enum sasl_outcome plain_step(struct sasl *, struct span response);
enum sasl_outcome login_step(struct sasl *, struct span response);
enum sasl_outcome scram_step(struct sasl *, struct span response);

#endif
