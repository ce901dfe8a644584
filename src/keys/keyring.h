/*
 * keyring - DIR/keys: a file a certificate, HOST.ecdsa, HOST.rsa or HOST.self-signed.
 *
 * A file holds the key and the chain, DER, and is replaced whole.  When nothing else is
 * there, one for our own host is made, and goes when a better one comes.  At any time
 * the best stand first: what was added before what was made, and among those what ends
 * later.
 */
#ifndef KEYS_KEYRING_H
#define KEYS_KEYRING_H

#include "keys/certificate.h"

struct keyring {
    int directory;    /* DIR/keys; borrowed */
    const char *host; /* ours; borrowed */
    bool loopback;    /* we are reached by the loopback alone */
    struct certificate *certificates[TLS_CERTIFICATES_MAX];
    size_t count;
};

/* Reads all files, anew; says in the log what is wrong with one, and makes one where
 * there is none.  0 or -errno (then all is as before). */
int keyring_look(struct keyring *);
void keyring_close(struct keyring *);

/* Takes it over; one for the same host and of the same kind goes.  0 or -errno (-E2BIG:
 * there are TLS_CERTIFICATES_MAX; it is freed). */
int keyring_add(struct keyring *, struct certificate *);
/* Of that host, in small letters; kind: CERTIFICATE_KINDS means all.  How many went, or
 * -errno. */
int keyring_remove(struct keyring *, struct span host, enum certificate_kind);

const struct certificate *keyring_find(const struct keyring *,
                                       const uint8_t key_name[TLS_KEY_NAME]);

#endif
