/*
 * sign - makes DKIM-Signature fields (RFC 6376 §5, RFC 8301, RFC 8463).
 *
 * relaxed/relaxed, never l=.  Fields that a reader believes are signed once more often
 * than they are there, so that none can be added unseen (§8.15; D05).  The private key
 * is not here: a digest goes to whoever keeps it, and a signature comes back.
 */
#ifndef TRUST_SIGN_H
#define TRUST_SIGN_H

#include "base/buf.h"
#include "trust/dkim.h"

struct sign_key {
    enum dkim_algorithm algorithm;
    struct span domain, selector;
    /* signature_r: room for SIGNATURE_OCTETS_MAX.  0 or -errno. */
    int (*sign)(void *arg, const uint8_t digest[32], uint8_t *signature_r,
                size_t *len_r);
    void *arg;
};

/* The digest of a body as relaxed canonicalization has it; begin, take, end.  One serves
 * all keys that sign a message. */
struct sign_body {
    struct canonical_body canonical;
    EVP_MD_CTX *hash;
};
int sign_body_begin(struct sign_body *); /* 0 or -ENOMEM */
void sign_body_take(struct sign_body *, struct span piece);
void sign_body_end(struct sign_body *, uint8_t digest_r[32]); /* closes it, too */
void sign_body_close(struct sign_body *);

/* Puts the field, folded and with its CRLF, as it goes in front of the header section.
 * now: seconds since 1970.  0 or -errno, and then nothing was put. */
int sign_message(const struct sign_key *, const struct fields *,
                 const uint8_t body_digest[32], uint64_t now, struct arena *,
                 struct buf *out);

/* The same as ARC-Message-Signature of this instance (RFC 8617 §4.1.2), which is over
 * the DKIM-Signature fields too. */
int sign_instance(const struct sign_key *, unsigned instance, const struct fields *,
                  const uint8_t body_digest[32], uint64_t now, struct arena *,
                  struct buf *out);
/* Has a digest signed and puts that, folded, behind a "b=". */
int sign_put_signature(const struct sign_key *, const uint8_t digest[32], struct buf *);

/* The TXT record of a public key (§3.6.1, RFC 8463 §4): "v=DKIM1; k=...; p=..." */
int sign_key_record(enum dkim_algorithm, EVP_PKEY *, struct buf *out);

/* For keys at hand: tests, and the keeper itself.  As sign_key's sign, arg an EVP_PKEY. */
int sign_by_rsa(void *key, const uint8_t digest[32], uint8_t *signature_r,
                size_t *len_r);
int sign_by_ed25519(void *key, const uint8_t digest[32], uint8_t *signature_r,
                    size_t *len_r);

#endif
