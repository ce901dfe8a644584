/*
 * tls - TLS 1.2 and 1.3 below a wire: RFC 5246, RFC 8446, RFC 6066 §3 (server_name),
 * RFC 7301 (ALPN), RFC 5077 (session tickets).
 *
 * A front has one struct tls: certificates, each with its chain, and the keys of session
 * tickets.  It has no private key: whatever must be signed goes to `sign`, which asks
 * another role and parks the fiber in the middle of the handshake.
 *
 * Only what has forward secrecy and an AEAD cipher; no renegotiation, no compression, no
 * early data.  The name in server_name picks the certificate; for a name that none
 * covers the default one is shown.  A client that offers ALPN without our protocol gets
 * the alert no_application_protocol (A20); one that offers none is welcome.  A ticket is
 * good for the protocol that gave it, and for the keys that made it (A21).
 *
 * Certificates may change at any time; handshakes under way and sessions go on with
 * those they have.
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include "wire/wire.h"

/* A private key is known by the SHA-256 of its public one (SubjectPublicKeyInfo). */
enum { TLS_KEY_NAME = 32 };

/* What a handshake wants to have signed. */
enum tls_block {
    TLS_ECDSA_DIGEST, /* 32, 48 or 64 octets; the signature is a DER ECDSA-Sig-Value */
    TLS_RSA_PKCS1,    /* a DigestInfo, still to be padded: RFC 8017 §9.2 */
    TLS_RSA_PSS,      /* an encoded message, RFC 8017 §9.1, as long as the modulus */
    TLS_BLOCKS
};

struct tls_settings {
    const char *hostname;    /* whose certificate is the default one; borrowed */
    uint64_t handshake_time; /* nanoseconds for the whole handshake */
    /* Runs on the fiber that shakes hands, and may park it.  0 or -errno. */
    int (*sign)(const uint8_t key[TLS_KEY_NAME], enum tls_block, struct span block,
                char *signature_r, size_t size, size_t *len_r);
};

struct tls *tls_open(const struct tls_settings *); /* NULL: out of memory */
void tls_close(struct tls **);                     /* no wire may use it any more */
void tls_handshake_time(struct tls *, uint64_t nanoseconds); /* of those to come */

/* From now on these are shown.  chains: each the leaf and what it is signed by, DER, one
 * behind the other; the first that covers a name is taken, with one of the other kind
 * of key (ECDSA, RSA) beside it if there is one.  0 or -errno (-EINVAL: one of them is
 * no chain, or its key is neither ECDSA nor RSA): then all stays as it was. */
int tls_show(struct tls *, const struct span *chains, size_t count);
bool tls_has_certificate(const struct tls *);

/* RFC 5077 §4: made by and for all copies of a front. */
struct tls_ticket_key {
    uint8_t name[16];
    uint8_t cipher[32];
    uint8_t mac[32];
};
/* New tickets are made with `now`; those of `before` are still good, and renewed.  Until
 * the first call a struct tls has keys of its own, which nobody shares. */
void tls_use_tickets(struct tls *, const struct tls_ticket_key *now,
                     const struct tls_ticket_key *before);

bool tls_key_name(struct span leaf, uint8_t name_r[TLS_KEY_NAME]); /* of a chain */

/* ---- the session's side */
/* TLS is offered here, there is a certificate, and it has not been started. */
bool wire_may_start_tls(const struct wire *);
/* To be called when the go-ahead was said.  Whatever else the peer had sent before must
 * not be there (wire_input is empty: asserted; A17).  Waits until all is taken that was
 * said, held or not; then for the handshake.  False: the connection is to be left. */
bool wire_start_tls(struct wire *);
/* Says what was said, and close_notify; waits for the peer's: from then on in the clear
 * (RFC 4217 §12.3).  wire_input is empty: asserted.  False: the connection is to be left. */
bool wire_stop_tls(struct wire *);
bool wire_has_tls(const struct wire *);
/* "TLS1.3 TLS_AES_256_GCM_SHA384", by its registered name; NULL without TLS; until the
 * next call. */
const char *wire_tls_name(const struct wire *);
/* Channel bindings of RFC 5929 and RFC 9266: "tls-exporter", "tls-server-end-point",
 * "tls-unique" (before 1.3 only).  False: not known here. */
bool wire_tls_binding(struct wire *, const char *type, uint8_t *octets_r, size_t size,
                      size_t *len_r);

#endif
