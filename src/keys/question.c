#include "keys/question.h"

#include "config/limits.h"

#include <openssl/evp.h>

/* ---- RFC 8017 §9.2, EMSA-PKCS1-v1_5: the DigestInfo */

static bool is_digest_info(struct span block)
{
    const struct {
        struct span head;
        size_t digest;
    } infos[] = {
        /* SHA-256, SHA-384, SHA-512, note 1 */
        { SPAN("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
               "\x04\x20"),
          32 },
        { SPAN("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
               "\x04\x30"),
          48 },
        { SPAN("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"
               "\x04\x40"),
          64 },
    };
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        struct span rest = block;
        if (span_take(&rest, infos[i].head) && rest.len == infos[i].digest)
            return true;
    }
    return false;
}

/* ---- RFC 8017 §9.1, EMSA-PSS: the encoded message, salt as long as the hash */

/* Appendix B.2.1, xored into `octets`. */
static bool mask(const EVP_MD *md, struct span seed, uint8_t *octets, size_t len)
{
    uint8_t input[EVP_MAX_MD_SIZE + 4], output[EVP_MAX_MD_SIZE];
    size_t step = (size_t)EVP_MD_get_size(md);
    memcpy(input, seed.at, seed.len);
    for (size_t done = 0; done < len; done += step) {
        uint8_t counter = (uint8_t)(done / step); /* of four octets; 16 are enough */
        memcpy(input + seed.len, (uint8_t[4]){ 0, 0, 0, counter }, 4);
        if (EVP_Digest(input, seed.len + 4, output, NULL, md, NULL) != 1)
            return false;
        for (size_t i = done; i < len && i < done + step; i++)
            octets[i] ^= output[i - done];
    }
    return true;
}

/* §9.1.2, steps 4 to 10; without the message, so steps 11 to 14 are the peer's. */
static bool is_pss_of(const EVP_MD *md, struct span block)
{
    uint8_t db[RSA_OCTETS_MAX];
    size_t hash = (size_t)EVP_MD_get_size(md), salt = hash;
    if (block.len < hash + salt + 2 || (uint8_t)block.at[block.len - 1] != 0xbc)
        return false;
    size_t len = block.len - hash - 1;
    memcpy(db, block.at, len);
    if (db[0] & 0x80 || !mask(md, span_at(block.at + len, hash), db, len))
        return false;
    db[0] &= 0x7f;
    size_t zeros = 0;
    while (zeros < len && db[zeros] == 0)
        zeros++;
    return zeros + 1 + salt == len && db[zeros] == 1;
}

static bool is_pss(struct span block)
{
    return is_pss_of(EVP_sha256(), block) || is_pss_of(EVP_sha384(), block) ||
           is_pss_of(EVP_sha512(), block);
}

bool question_is_good(enum tls_block kind, struct span block, size_t modulus)
{
    switch (kind) {
    case TLS_ECDSA_DIGEST:
        return modulus == 0 && (block.len == 32 || block.len == 48 || block.len == 64);
    case TLS_RSA_PKCS1:
        return modulus > 0 && is_digest_info(block);
    case TLS_RSA_PSS:
        return modulus > 0 && modulus <= RSA_OCTETS_MAX && block.len == modulus &&
               is_pss(block);
    default:
        return false;
    }
}
