/*
 * scram - SCRAM-SHA-256 (RFC 5802, RFC 7677): its messages and its keys.
 *
 * All of it is a function of its arguments.  The front reads what the client says, in the
 * grammar of RFC 5802 §7; auth, which has the keys, sees those texts as octets that go
 * into a digest and no more.  Nothing that is stored lets anybody log in by itself.
 */
#ifndef AUTH_SCRAM_H
#define AUTH_SCRAM_H

#include "base/base64.h"
#include "config/limits.h"

enum { SCRAM_SALT_OCTETS = 16 };

/* ---- what the client says (§7); spans point into its message */

struct scram_first {
    char binding;           /* gs2-cbind-flag: 'n', 'y' or 'p' */
    struct span cb_name;    /* with 'p' */
    struct span gs2_header; /* as it comes back in "c=" */
    struct span authzid;    /* a saslname; empty: none */
    struct span bare;       /* client-first-message-bare */
    struct span username;   /* a saslname */
    struct span nonce;
};
bool scram_take_first(struct span message, struct scram_first *first_r);

struct scram_final {
    struct span without_proof;
    struct span binding; /* the octets' base64 */
    struct span nonce;
    uint8_t proof[SCRAM_KEY_OCTETS];
};
bool scram_take_final(struct span message, struct scram_final *final_r);

/* A saslname's octets: "=2C" is a comma, "=3D" an equals sign; false: another "=", or
 * they are more than `size`. */
bool scram_unescape(struct span saslname, char *name_r, size_t size, size_t *len_r);

/* ---- what auth keeps and says */

struct scram_secret {
    uint32_t iterations; /* 0: none */
    uint8_t salt[SCRAM_SALT_OCTETS];
    uint8_t stored[SCRAM_KEY_OCTETS];
    uint8_t server[SCRAM_KEY_OCTETS];
};

/* §3, for keys_r's salt and iterations; password: prepared (auth/prepare.h).  Takes as
 * long as the iterations say: on a thread.  False: it cannot. */
bool scram_derive(struct span password, struct scram_secret *keys_r);

/* server-first-message with both halves of the nonce; its length.  size: at least
 * SCRAM_SERVER_FIRST_SIZE. */
enum { SCRAM_SERVER_FIRST_SIZE = SCRAM_NONCE_MAX + SCRAM_OWN_NONCE + 64 };
size_t scram_server_first(const struct scram_secret *, struct span client_nonce,
                          struct span own_nonce, char *message_r, size_t size);

/* Is it the proof of the client that has the keys' password?  auth_message: §3,
 * client-first-message-bare "," server-first-message "," without-proof.  signature_r:
 * the ServerSignature.  As much work whatever comes out. */
bool scram_prove(const struct scram_secret *, struct span auth_message,
                 const uint8_t proof[SCRAM_KEY_OCTETS],
                 uint8_t signature_r[SCRAM_KEY_OCTETS]);

#endif
