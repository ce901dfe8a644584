/*
 * certificate - a private key and the chain that vouches for it.
 *
 * Read from DER: a PKCS #8 key (RFC 5208), and X.509 certificates (RFC 5280) one behind
 * the other, the leaf first.  Who has PEM takes it apart himself (cli/certificate.c): a
 * keeper reads no syntax of a person's.  Checked when it is read: the key fits the leaf,
 * each certificate is issued by the next, the leaf names a host.
 */
#ifndef KEYS_CERTIFICATE_H
#define KEYS_CERTIFICATE_H

#include "config/limits.h"
#include "wire/tls.h"

#include <openssl/types.h>

/* CERTIFICATE_OWN: ECDSA, and signed by itself, for there was none. */
enum certificate_kind {
    CERTIFICATE_ECDSA,
    CERTIFICATE_RSA,
    CERTIFICATE_OWN,
    CERTIFICATE_KINDS
};
const char *certificate_kind_name(
    enum certificate_kind); /* "ecdsa", "rsa", "self-signed" */

struct certificate {
    enum certificate_kind kind;
    char host[DOMAIN_OCTETS_MAX + 1]; /* the first name, in small letters */
    int64_t not_before, not_after;    /* clock_wall() seconds */
    unsigned bits;                    /* of the key */
    char *names;                      /* all of them: "crepes.fr, *.crepes.fr" */
    struct span key, chain;           /* DER, in one piece of memory: key.at */
    uint8_t key_name[TLS_KEY_NAME];
    EVP_PKEY *private;
};

/* What may be wrong with one; certificate_fault_words says it to a person. */
enum certificate_fault {
    CERTIFICATE_FINE,
    CERTIFICATE_NO_KEY,
    CERTIFICATE_NO_CHAIN,
    CERTIFICATE_OTHER_KEY,
    CERTIFICATE_WEAK_KEY,
    CERTIFICATE_BROKEN_CHAIN,
    CERTIFICATE_NO_NAME,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NO_MEMORY,
    CERTIFICATE_FAULTS
};
const char *certificate_fault_words(enum certificate_fault);

/* Copies what it needs.  now: clock_wall(), for CERTIFICATE_EXPIRED, the last that is
 * looked for: *certificate_r is there then, too.  It is NULL after any other fault. */
enum certificate_fault certificate_read(struct span key, struct span chain, int64_t now,
                                        struct certificate **certificate_r);
void certificate_free(struct certificate **);

/* Takes the key, a DER SEQUENCE, off the front of what a file holds; false: none. */
bool certificate_take_key(struct span *content, struct span *key_r);

bool certificate_covers(const struct certificate *, const char *host);
bool certificate_covers_address(const struct certificate *, const char *address);

/* A new one for the host, signed by itself; loopback: for "localhost" and 127.0.0.1 too.
 * What a file of it holds: to be freed with certificate_forget.  0 or -errno. */
int certificate_make(const char *host, bool loopback, int64_t now,
                     struct span *content_r);
void certificate_forget(struct span *content); /* wiped */

#endif
