/*
 * tls_inside - what the files of tls.h know of each other, OpenSSL's types among it.
 *
 *     tls.c          certificates, and what the hello of a client is answered with
 *     tls_key.c      keys that lie elsewhere
 *     tls_session.c  one wire's handshake and octets
 *     tls_client.c   the other side of all this
 *     tls_data.c     data connections: whose a ticket is, octets on a thread, the end
 */
#ifndef WIRE_TLS_INSIDE_H
#define WIRE_TLS_INSIDE_H

#include "wire/tls.h"

#include <openssl/ssl.h>

struct tls_client;

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
    bool foreign;       /* a good ticket was shown, but of another session */
    bool away;          /* on a thread of wire/io.h: the wire is left alone */
    bool more;          /* what is written is not the last: MSG_MORE */
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
/* Why OpenSSL failed, as errno has it; WANT_READ and WANT_WRITE are none. */
int tls_error_of(const struct tls_session *);

/* ---- tls.c */
void tls_count_messages(SSL_CTX *); /* has tls_count_message called */

/* ---- tls_client.c: for tls_session.c */
SSL *tls_client_ssl(struct tls_client *, struct wire *); /* NULL: out of memory */
uint64_t tls_client_time(const struct tls_client *);
void tls_client_failed(struct tls_client *, const char *words);
bool tls_client_accepts(struct tls_client *, struct wire *);

/* ---- tls_data.c: what a data connection has more */
void tls_mark_tickets(SSL_CTX *); /* each says whose it is */
void tls_prepare_data(SSL *);

#endif
