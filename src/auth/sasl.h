/*
 * sasl - the front's side of a login (RFC 4422), shared by the protocol rooms.
 *
 * A room names a mechanism and says what its protocol puts before a challenge; what the
 * client's words mean is read here, and auth decides.  PLAIN (RFC 4616), LOGIN (never
 * standardised: two prompts), SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).
 * Responses are base64 (RFC 4648 §4), strictly; "*" cancels; none reaches the transcript.
 *
 *     sasl_open(&s->sasl, wire, plaintext_login, give_back);
 *     ...
 *     switch (sasl_dialogue(&s->sasl, mechanism, initial, "334 ")) {
 *     case SASL_OK:        enter(s, sasl_take_handle(&s->sasl)); break;
 *     case SASL_REFUSED:   ...
 *
 * Offered is what may be said here: passwords and SCRAM under TLS, or on a loopback
 * connection where the configuration allows it; -PLUS under TLS alone.
 */
#ifndef AUTH_SASL_H
#define AUTH_SASL_H

#include "wire/wire.h"

enum sasl_outcome {
    SASL_CHALLENGE,   /* sasl_challenge is to be said, the next line to be heard */
    SASL_OK,          /* logged in: sasl_take_handle, sasl_name */
    SASL_REFUSED,     /* wrong name, password or proof: not said which */
    SASL_BUSY,        /* too many logins wait: try again */
    SASL_LATER,       /* too many wrong ones from there: try again much later */
    SASL_UNAVAILABLE, /* nobody answers for accounts now */
    SASL_MALFORMED,   /* no base64, or not what the mechanism says */
    SASL_CANCELLED,   /* the client said "*" */
    SASL_NO_SUCH_MECHANISM, /* or not offered on this connection */
    SASL_NEEDS_TLS,         /* offered once the connection is encrypted */
    SASL_GONE,              /* sasl_dialogue: no more lines, wire_error says why */
};

struct exchange;

/* A session's; small, and a copy of it is worthless. */
struct sasl {
    struct wire *wire;
    bool plaintext_login;
    void (*release)(uint64_t handle);
    struct exchange *exchange; /* while one is under way */
    uint64_t handle;           /* ours until it is taken */
    char *name;                /* who logged in, as the client said it */
};

enum { SASL_MECHANISMS_SIZE = 64 }; /* room for what sasl_mechanisms writes */

/* plaintext_login: the configuration's word on loopback connections without TLS.
 * release: gives back a handle whose client went away before it knew of it. */
void sasl_open(struct sasl *, struct wire *, bool plaintext_login,
               void (*release)(uint64_t handle));
void sasl_close(struct sasl *);

/* What may be named now, with spaces between, best first, in `size` octets; its length,
 * 0: nothing, so that AUTH is not announced. */
size_t sasl_mechanisms(const struct sasl *, char *text_r, size_t size);
/* May a password be said on this connection (POP3's USER)? */
bool sasl_may_login(const struct sasl *);

/* A whole exchange: begins it, says each challenge behind `prefix` and hears the client's
 * answer, in lines of up to SASL_LINE_MAX.  Never SASL_CHALLENGE.  initial: the initial
 * response as said ("=" is an empty one), NULL: none.  Parks. */
enum sasl_outcome sasl_dialogue(struct sasl *, struct span mechanism,
                                const struct span *initial, const char *prefix);
/* The same, step by step.  line: what the client said, base64 or "*". */
enum sasl_outcome sasl_begin(struct sasl *, struct span mechanism,
                             const struct span *initial);
enum sasl_outcome sasl_step(struct sasl *, struct span line);
/* Base64, to be said; valid until the next step. */
struct span sasl_challenge(const struct sasl *);

/* A login by name and password, for protocols that have their own words for it: never
 * SASL_CHALLENGE, SASL_MALFORMED or SASL_CANCELLED. */
enum sasl_outcome sasl_login(struct sasl *, struct span name, struct span password);

/* After SASL_OK: the handle, the caller's from now on. */
uint64_t sasl_take_handle(struct sasl *);
struct span sasl_name(const struct sasl *); /* empty: nobody has logged in */

#endif
