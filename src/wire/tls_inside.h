/*
 * tls_inside - what the files of tls.h know of each other, OpenSSL's types among it.
 *
 *     tls.c          certificates, and what the hello of a client is answered with
 *     tls_key.c      keys that lie elsewhere
 *     tls_session.c  one wire's handshake and octets
 */
#ifndef WIRE_TLS_INSIDE_H
#define WIRE_TLS_INSIDE_H

#include "wire/tls.h"

#include <openssl/ssl.h>

/* One wire's. */
struct tls_session {
    SSL *ssl;
    X509 *leaf;         /* what we have shown, for bindings */
    int error;          /* of the socket: errno of what failed last */
    uint32_t handshake; /* octets that came while shaking hands */
    uint8_t messages;   /* handshake messages since the last data */
    bool shaken;        /* the handshake is over */
    bool ended;         /* the socket's end was read */
    bool flooded;       /* too much of what is no data */
};

/* ---- tls.c */
/* A new SSL, with the default certificate; NULL: out of memory, or there is none. */
SSL *tls_new_ssl(struct tls *, struct wire *);
const struct tls_settings *tls_settings_of(const struct tls *);

/* ---- tls_key.c */
/* The public key of a certificate as a key that signs by asking; NULL: it is of another
 * kind than tls_show takes, or memory is out. */
EVP_PKEY *tls_key_elsewhere(X509 *leaf, const struct tls_settings *);

/* ---- tls_session.c */
void tls_count_message(struct wire *);

#endif
