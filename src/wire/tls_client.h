/*
 * tls_client - the client's side of TLS 1.2 and 1.3 below a wire.
 *
 * One struct for each control connection and its data connections (RFC 4217 §10): these
 * resume the session of that one, with the newest ticket that the server gave there, and
 * where they do not, must show the same certificate.  Name and chain are checked
 * (RFC 6125, RFC 5280); what came of it is for `accept` to judge.
 *
 * A wire whose settings have one starts TLS by wire_start_tls (wire/tls.h), which asks
 * `accept` on its fiber, which it may park: false is -EKEYREJECTED.
 */
#ifndef WIRE_TLS_CLIENT_H
#define WIRE_TLS_CLIENT_H

#include "wire/wire.h"

struct tls_client;

enum { TLS_FINGERPRINT = 32 };

/* Whom we speak to, after the handshake of the control connection. */
struct tls_peer {
    uint8_t fingerprint[TLS_FINGERPRINT]; /* SHA-256 of the certificate, DER */
    const char *subject;                  /* of it; printable */
    const char *trouble;                  /* NULL: name and chain are good */
};

struct tls_client_settings {
    const char *host;        /* a name, or an address; copied */
    const char *ca_file;     /* PEM; NULL: the system's */
    bool no_authorities;     /* none are loaded: `trouble` then says nothing of use */
    uint64_t handshake_time; /* nanoseconds for a whole handshake */
    bool (*accept)(void *arg, const struct tls_peer *);
    void *arg;
};

/* NULL, and *why_r: a sentence about what is wrong (the file, memory). */
struct tls_client *tls_client_open(const struct tls_client_settings *,
                                   const char **why_r);
void tls_client_close(struct tls_client **); /* no wire may use it any more */

/* Why the last handshake failed, in OpenSSL's words; "" when it did not. */
const char *tls_client_words(const struct tls_client *);
/* Handshakes of data connections so far that resumed, and all of them. */
void tls_client_count(const struct tls_client *, unsigned *resumed_r, unsigned *all_r);

#endif
