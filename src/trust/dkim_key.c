#include "trust/dkim.h"
#include "trust/tags.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

static bool refuse(struct dkim_signature *s, enum dkim_result result,
                   const char *reason)
{
    s->result = result;
    s->reason = reason;
    return false;
}

/* p= of k=rsa: a SubjectPublicKeyInfo, or (as many have published) the RSAPublicKey
 * within it. */
static EVP_PKEY *read_rsa(struct span octets)
{
    const unsigned char *at = (const unsigned char *)octets.at;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)octets.len);

    at = (const unsigned char *)octets.at;
    if (!key)
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)octets.len);
    if (key && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

static EVP_PKEY *read_key(enum dkim_algorithm algorithm, struct span octets)
{
    if (algorithm == DKIM_RSA_SHA256)
        return read_rsa(octets);
    if (octets.len != 32) /* RFC 8463 §4.2 */
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                       (const unsigned char *)octets.at, octets.len);
}

/* What a key record (§3.6.1) says about this signature, or NULL. */
static const char *judge_record(const struct tags *tags, struct dkim_signature *s)
{
    struct span kind = tags_value(tags, "k"), flags = tags_value(tags, "t");
    struct span services = tags_value(tags, "s"), hashes = tags_value(tags, "h");
    const char *wanted = s->algorithm == DKIM_RSA_SHA256 ? "rsa" : "ed25519";

    if (tags_find(tags, "v") && (!span_is(tags->tags[0].name, SPAN("v")) ||
                                 !span_is(tags->tags[0].value, SPAN("DKIM1"))))
        return "the key is of another version";
    if (!span_is_nocase(kind.len ? kind : SPAN("rsa"), span_of(wanted)))
        return "the key is of another algorithm";
    if (hashes.len > 0 && !tag_has_word(hashes, ':', "sha256"))
        return "the key is for other hashes";
    if (services.len > 0 && !tag_has_word(services, ':', "*") &&
        !tag_has_word(services, ':', "email"))
        return "the key is not for mail";
    const char *at =
        s->identity.len ? memrchr(s->identity.at, '@', s->identity.len) : NULL;
    if (at && tag_has_word(flags, ':', "s") &&
        !span_is_nocase(span_skip(s->identity, (size_t)(at - s->identity.at) + 1),
                        s->domain))
        return "the key is not for subdomains";
    s->testing = tag_has_word(flags, ':', "y");
    return NULL;
}

static bool read_record(struct dkim_signature *s, struct span record,
                        struct arena *arena, EVP_PKEY **key_r)
{
    struct tags tags;

    if (!tags_read(record, &tags) || !tags_find(&tags, "p"))
        return refuse(s, DKIM_PERMERROR, "the key record is malformed");
    const char *reason = judge_record(&tags, s);
    if (reason)
        return refuse(s, DKIM_PERMERROR, reason);
    if (tags_value(&tags, "p").len == 0)
        return refuse(s, DKIM_PERMERROR, "the key was revoked");
    struct span octets = tag_base64(tags_value(&tags, "p"), arena);
    EVP_PKEY *key = octets.len > 0 ? read_key(s->algorithm, octets) : NULL;
    if (!key)
        return refuse(s, DKIM_PERMERROR, "the key is malformed");
    int bits = EVP_PKEY_get_bits(key);
    if (s->algorithm == DKIM_RSA_SHA256 &&
        (bits < DKIM_RSA_BITS_LEAST || bits > DKIM_RSA_BITS_MOST)) {
        EVP_PKEY_free(key);
        return refuse(s, DKIM_POLICY,
                      bits < DKIM_RSA_BITS_LEAST ? "the key is too short"
                                                 : "the key is too long");
    }
    *key_r = key;
    return true;
}

bool dkim_find_key(struct dkim_signature *s, const struct ask *ask, EVP_PKEY **key_r)
{
    struct ask_answer answer;
    char name[600];
    int n = snprintf(name, sizeof(name), "%.*s._domainkey.%.*s", SPAN_ARG(s->selector),
                     SPAN_ARG(s->domain));

    if (n > 253)
        return refuse(s, DKIM_PERMERROR, "the key's name is too long");
    trust_ask(ask, ASK_TXT, span_at(name, (size_t)n), &answer);
    if (answer.outcome == ASK_FAILED)
        return refuse(s, DKIM_TEMPERROR, "the key could not be asked for");
    if (answer.count == 0)
        return refuse(s, DKIM_PERMERROR, "no key");
    if (answer.count > 1) /* undefined, §3.6.2.2 */
        return refuse(s, DKIM_PERMERROR, "several keys");
    return read_record(s, answer.rows[0], ask->arena, key_r);
}

static bool rsa_signed(EVP_PKEY *key, const uint8_t digest[32], struct span signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good = context && EVP_PKEY_verify_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
                EVP_PKEY_verify(context, (const unsigned char *)signature.at,
                                signature.len, digest, 32) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

/* RFC 8463 §3: PureEdDSA over the SHA-256 digest */
static bool ed25519_signed(EVP_PKEY *key, const uint8_t digest[32],
                           struct span signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, (const unsigned char *)signature.at,
                                 signature.len, digest, 32) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

bool dkim_key_signed(EVP_PKEY *key, enum dkim_algorithm algorithm,
                     const uint8_t digest[32], struct span signature)
{
    bool good = algorithm == DKIM_RSA_SHA256 ? rsa_signed(key, digest, signature)
                                             : ed25519_signed(key, digest, signature);
    ERR_clear_error();
    return good;
}
