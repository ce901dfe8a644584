/*
 * scram_client - SCRAM-SHA-256 (RFC 5802, RFC 7677), the side that logs in, without a
 * channel binding.
 *
 * All of it is a function of its arguments.  The server must prove that it knows the
 * password, too: whoever did not hear scram_client_trusts say yes has not logged in, but
 * told somebody that he would have.
 */
#ifndef AUTH_SCRAM_CLIENT_H
#define AUTH_SCRAM_CLIENT_H

#include "base/span.h"
#include "config/limits.h"

enum {
    SCRAM_CLIENT_NONCE_MAX = 64,
    SCRAM_CLIENT_SALT_MAX = 256,
    SCRAM_CLIENT_ITERATIONS_LEAST = 4096, /* RFC 7677 §4 */
    SCRAM_CLIENT_ITERATIONS_MOST =
        2000000, /* a second or two of work, for whoever asks */
};

/* An exchange while it is under way; wiped by its owner. */
struct scram_client {
    char nonce[SCRAM_CLIENT_NONCE_MAX];
    size_t nonce_len;
    char bare[SCRAM_BARE_MAX]; /* client-first-message-bare */
    size_t bare_len;
    uint8_t signature[SCRAM_KEY_OCTETS]; /* what the server has to say */
    bool proved;                         /* the final message was made */
};

/* client-first-message; its length, 0: the name is too long.  nonce: printable, without
 * a comma, never used before. */
size_t scram_client_first(struct scram_client *client_r, struct span name,
                          struct span nonce, char *message_r, size_t size);

/* client-final-message, from server-first-message; 0: that is none, the nonce is not
 * ours, or it wants fewer iterations than RFC 7677 §4 allows or more than anybody needs.
 * password: prepared (auth/prepare.h).  Takes as long as the iterations say: on a thread. */
size_t scram_client_final(struct scram_client *, struct span password,
                          struct span server_first, char *message_r, size_t size);

/* Is that the server-final-message of somebody who knows the password? */
bool scram_client_trusts(const struct scram_client *, struct span server_final);

#endif
