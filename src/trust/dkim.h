/*
 * dkim - DomainKeys Identified Mail: who has signed a message?  RFC 6376, with the
 * algorithms of RFC 8301 and RFC 8463: rsa-sha256 and ed25519-sha256.
 *
 * The header section is read when it is whole, the body streams by: begin, take, end.
 * The first DKIM_SIGNATURES_MAX signatures are read, and at most DKIM_KEYS_MAX keys are
 * asked for (D05).  rsa-sha1 is not verified (RFC 8301 §3.1), nor a key under 1024 bits
 * (§3.2) or over 4096: what costs more than that is not worth it.
 *
 * A signature with l= is true of a part of the body; the answer says so, and dmarc does
 * not believe it.  It is never made.
 */
#ifndef TRUST_DKIM_H
#define TRUST_DKIM_H

#include "config/limits.h"
#include "trust/ask.h"
#include "trust/canonical.h"

#define DKIM_RESULTS(X)                                                                \
    X(NONE, "none")                                                                    \
    X(PASS, "pass")                                                                    \
    X(FAIL, "fail")                                                                    \
    X(POLICY, "policy")                                                                \
    X(NEUTRAL, "neutral")                                                              \
    X(TEMPERROR, "temperror")                                                          \
    X(PERMERROR, "permerror")

/* The words of RFC 8601 §2.7.1. */
enum dkim_result {
#define X(enumerator, name) DKIM_##enumerator,
    DKIM_RESULTS(X)
#undef X
};
const char *dkim_result_name(enum dkim_result);

enum dkim_algorithm { DKIM_RSA_SHA256, DKIM_ED25519_SHA256, DKIM_ALGORITHMS };
const char *dkim_algorithm_name(enum dkim_algorithm);

/* One signature, and what became of it.  Spans point into the header section. */
struct dkim_signature {
    enum dkim_result result;
    const char *reason; /* why it is no pass; NULL where it is */
    enum dkim_algorithm algorithm;
    struct span domain, selector, identity, fields; /* d= s= i= h= */
    struct span signature, body_hash;               /* b= bh=, decoded */
    struct span whole;                              /* the field */
    struct span raw_signature;                      /* b= as it stands, within it */
    bool relaxed_header, relaxed_body;
    bool partial; /* l= */
    bool testing; /* the key's t=y */
    uint64_t length, expires;
    unsigned body; /* which of the verifier's hashes it is over */
};

struct dkim_body {
    struct canonical_body canonical;
    EVP_MD_CTX *hash;
    uint8_t digest[32];
};

struct dkim_verifier {
    struct arena *arena;
    const struct fields *fields;
    unsigned signatures, bodies;
    struct dkim_signature signature[DKIM_SIGNATURES_MAX];
    struct dkim_body body[DKIM_SIGNATURES_MAX];
};

/* The fields outlive the verifier.  0 or -ENOMEM; to be closed either way. */
int dkim_verify_begin(struct dkim_verifier *, const struct fields *, struct arena *);
void dkim_verify_take(struct dkim_verifier *, struct span piece);
/* now: seconds since 1970.  Every signature has its result then. */
void dkim_verify_end(struct dkim_verifier *, const struct ask *, uint64_t now);
void dkim_verify_close(struct dkim_verifier *);

/* ---- parts, for ARC too */

/* Reads the tags of a signature field; false: result and reason say why not.  message:
 * it is ARC-Message-Signature, which has no v= and whose i= is a number. */
bool dkim_read_signature(const struct field *, bool message, struct arena *,
                         struct dkim_signature *);
/* Asks for the key of a signature and reads it; false: result and reason say why not. */
bool dkim_find_key(struct dkim_signature *, const struct ask *, EVP_PKEY **key_r);
/* Does the key say that this digest was signed so? */
bool dkim_key_signed(EVP_PKEY *, enum dkim_algorithm, const uint8_t digest[32],
                     struct span signature);
/* The field itself with nothing for b=; .at NULL: out of memory. */
struct span dkim_without_signature(const struct dkim_signature *, struct arena *);
/* The hash of the header fields that a signature names, and of itself. */
int dkim_header_digest(const struct dkim_signature *, const struct fields *,
                       struct arena *, uint8_t digest_r[32]);

#endif
