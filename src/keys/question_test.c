/* question - only what a handshake makes is signed; RSA's one operation does nothing
 * else for a front. */
#include "keys/question.h"

#include "base/own.h"
#include "config/limits.h"
#include "test/unit.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

static char octets[RSA_OCTETS_MAX + 1];

static struct span of(size_t len)
{
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(i * 7 + 1);
    return span_at(octets, len);
}

TEST(question_digests_for_ecdsa)
{
    for (size_t len = 0; len <= 70; len++) {
        bool good = len == 32 || len == 48 || len == 64;
        CHECK_EQ_INT(question_is_good(TLS_ECDSA_DIGEST, of(len), 0), good);
        CHECK(!question_is_good(TLS_ECDSA_DIGEST, of(len), 256));
    }
    CHECK(!question_is_good(TLS_BLOCKS, of(32), 0));
    CHECK(!question_is_good((enum tls_block)200, of(32), 0));
}

/* ---- DigestInfo */

static const struct {
    const char *head;
    size_t digest;
} infos[] = {
    { "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
      32 },
    { "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
      48 },
    { "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
      64 },
};

TEST(question_digest_info)
{
    for (size_t i = 0; i < 3; i++) {
        size_t len = 19 + infos[i].digest;
        struct span info = of(len);
        memcpy(octets, infos[i].head, 19);
        CHECK(question_is_good(TLS_RSA_PKCS1, info, 256));
        CHECK(!question_is_good(TLS_RSA_PKCS1, info, 0));
        CHECK(!question_is_good(TLS_RSA_PKCS1, span_first(info, len - 1), 256));
        CHECK(!question_is_good(TLS_RSA_PKCS1, span_at(octets, len + 1), 256));
        for (size_t at = 0; at < 19; at++) {
            octets[at] ^= 1;
            CHECK(!question_is_good(TLS_RSA_PKCS1, info, 256));
            octets[at] ^= 1;
        }
    }
    CHECK(!question_is_good(TLS_RSA_PKCS1, SPAN(""), 256));
    /* MD5 with SHA-1, as TLS 1.1 had it; a bare digest; a block that is padded already */
    CHECK(!question_is_good(TLS_RSA_PKCS1, of(36), 256));
    CHECK(!question_is_good(TLS_RSA_PKCS1, of(32), 256));
    memcpy(octets, "\0\1\xff\xff", 4);
    CHECK(!question_is_good(TLS_RSA_PKCS1, span_at(octets, 256), 256));
}

/* ---- PSS, against OpenSSL's own encoding: what its signature opens to */

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_context(EVP_PKEY_CTX **c)
{
    EVP_PKEY_CTX_free(*c);
}

/* The encoded message of a signature of ours over a digest. */
static struct span encoded(EVP_PKEY *key, const EVP_MD *md, int salt)
{
    static unsigned char signature[RSA_OCTETS_MAX], opened[RSA_OCTETS_MAX];
    size_t len = sizeof signature, opened_len = sizeof opened;
    OWN(free_context) EVP_PKEY_CTX *s = EVP_PKEY_CTX_new(key, NULL);
    OWN(free_context) EVP_PKEY_CTX *v = EVP_PKEY_CTX_new(key, NULL);
    CHECK(EVP_PKEY_sign_init(s) == 1 &&
          EVP_PKEY_CTX_set_rsa_padding(s, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_signature_md(s, md) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(s, salt) == 1 &&
          EVP_PKEY_sign(s, signature, &len,
                        (const unsigned char *)of((size_t)EVP_MD_get_size(md)).at,
                        (size_t)EVP_MD_get_size(md)) == 1);
    CHECK(EVP_PKEY_verify_recover_init(v) == 1 &&
          EVP_PKEY_CTX_set_rsa_padding(v, RSA_NO_PADDING) == 1 &&
          EVP_PKEY_verify_recover(v, opened, &opened_len, signature, len) == 1);
    return span_at(opened, opened_len);
}

/* The salt may be any: nobody can say what message it belongs to. */
static void check_flipped(struct span block)
{
    const size_t salt = block.len - 1 - 32 - 32;
    memcpy(octets, block.at, block.len);
    for (size_t at = 0; at < block.len; at++) {
        octets[at] ^= 0x10;
        CHECK_EQ_INT(question_is_good(TLS_RSA_PSS, span_at(octets, block.len),
                                      block.len),
                     at >= salt && at < salt + 32);
        octets[at] ^= 0x10;
    }
}

TEST(question_pss)
{
    OWN(free_key) EVP_PKEY *key = EVP_RSA_gen(2048);
    const EVP_MD *const digests[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
    for (size_t i = 0; i < 3; i++) {
        struct span block = encoded(key, digests[i], RSA_PSS_SALTLEN_DIGEST);
        CHECK_EQ_UINT(block.len, 256);
        CHECK(question_is_good(TLS_RSA_PSS, block, 256));
        CHECK(!question_is_good(TLS_RSA_PSS, block, 0));
        CHECK(!question_is_good(TLS_RSA_PSS, block, 512));
        CHECK(!question_is_good(TLS_RSA_PSS, span_first(block, 255), 256));
        CHECK(!question_is_good(TLS_RSA_PSS, span_first(block, 255), 255));
        if (i == 0)
            check_flipped(block);
    }
    CHECK(!question_is_good(TLS_RSA_PSS, encoded(key, EVP_sha256(), 20), 256));
    CHECK(!question_is_good(TLS_RSA_PSS, encoded(key, EVP_sha1(), 20), 256));
    CHECK(!question_is_good(TLS_RSA_PSS, of(256), 256));
    CHECK(!question_is_good(TLS_RSA_PSS, of(RSA_OCTETS_MAX + 1), RSA_OCTETS_MAX + 1));
    CHECK(!question_is_good(TLS_RSA_PSS, of(40), 40));
    CHECK(!question_is_good(TLS_RSA_PSS, SPAN(""), 0));
}
