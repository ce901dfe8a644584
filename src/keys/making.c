/*
 * making - a certificate that is signed by itself, so that a server has TLS from its
 * first start on.  Whoever wants to be sure of it has to be given it
 * (packetboat certificate show).
 */
#include "base/own.h"
#include "keys/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { COMMON_NAME_MAX = 64 /* RFC 5280 appendix A.1 */ };

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return added;
}

static bool set_names(X509 *x, const char *host, bool loopback)
{
    char text[DOMAIN_OCTETS_MAX + 64];
    X509_NAME *subject = X509_get_subject_name(x);
    const char *common = strlen(host) <= COMMON_NAME_MAX ? host : "packetboat";
    snprintf(text, sizeof text, "DNS:%s%s", host,
             loopback ? ",DNS:localhost,IP:127.0.0.1" : "");
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const unsigned char *)common, -1, -1, 0) == 1 &&
           X509_set_issuer_name(x, subject) == 1 &&
           add_extension(x, NID_subject_alt_name, text);
}

static bool set_serial(X509 *x)
{
    uint64_t serial;
    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1;
}

static bool fill(X509 *x, EVP_PKEY *key, const char *host, bool loopback, int64_t now)
{
    const int64_t end = now + (int64_t)CERTIFICATE_OWN_DAYS * 86400;
    return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
           ASN1_TIME_set(X509_getm_notBefore(x), now - 3600) &&
           ASN1_TIME_set(X509_getm_notAfter(x), end) && X509_set_pubkey(x, key) == 1 &&
           set_names(x, host, loopback) &&
           add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(x, NID_key_usage, "critical,digitalSignature") &&
           add_extension(x, NID_ext_key_usage, "serverAuth") &&
           add_extension(x, NID_subject_key_identifier, "hash") &&
           X509_sign(x, key, EVP_sha256()) > 0;
}

/* What a file holds: the key, then the certificate. */
static int encode(X509 *x, EVP_PKEY *key, struct span *content_r)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int key_len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    int len = i2d_X509(x, NULL);
    size_t size = key_len > 0 && len > 0 ? (size_t)key_len + (size_t)len : 0;
    unsigned char *all = size > 0 ? malloc(size) : NULL;
    unsigned char *at = all;
    if (all) {
        i2d_PKCS8_PRIV_KEY_INFO(info, &at);
        i2d_X509(x, &at);
        *content_r = span_at(all, size);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return all ? 0 : -ENOMEM;
}

int certificate_make(const char *host, bool loopback, int64_t now,
                     struct span *content_r)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    int error = -EIO;
    if (key && x && fill(x, key, host, loopback, now))
        error = encode(x, key, content_r);
    X509_free(x);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return error;
}
