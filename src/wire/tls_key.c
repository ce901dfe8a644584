/*
 * tls_key - a public key whose private half another role has.
 *
 * OpenSSL 3 lets nobody but a provider sign; its older methods, which it keeps for
 * engines, call back.  The callback asks and parks this fiber, within SSL_accept.  Other
 * fibers use OpenSSL meanwhile, and its queue of errors is the thread's: what they have
 * left there is dropped before we go on, or our SSL_accept would take it for its own.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "wire/tls_inside.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>

/* Hangs on the key; freed with it. */
struct elsewhere {
    uint8_t name[TLS_KEY_NAME];
    const struct tls_settings *settings;
};

static int ask(const struct elsewhere *e, enum tls_block kind, const void *block,
               int block_len, unsigned char *signature_r, size_t size)
{
    size_t len = 0;
    if (!e || block_len <= 0)
        return -1;
    int error = e->settings->sign(e->name, kind, span_at(block, (size_t)block_len),
                                  (char *)signature_r, size, &len);
    ERR_clear_error();
    if (!error && len > 0 && len <= size)
        return (int)len;
    ERR_raise_data(ERR_LIB_USER, 1, "no signature: %s",
                   strerror(error ? -error : EPROTO));
    return -1;
}

static void free_elsewhere(void *parent, void *e, CRYPTO_EX_DATA *ad, int index,
                           long argl, void *argp)
{
    (void)parent;
    (void)ad;
    (void)index;
    (void)argl;
    (void)argp;
    free(e);
}

static struct elsewhere *new_elsewhere(X509 *leaf, const struct tls_settings *settings)
{
    unsigned char *der = NULL;
    int len = i2d_X509(leaf, &der);
    struct elsewhere *e = len > 0 ? calloc(1, sizeof(*e)) : NULL;
    if (e && !tls_key_name(span_at(der, (size_t)len), e->name)) {
        free(e);
        e = NULL;
    }
    if (e)
        e->settings = settings;
    OPENSSL_free(der);
    return e;
}

/* ---- ECDSA */

static int ec_index(void)
{
    static int index = -1;
    if (index < 0)
        index = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, free_elsewhere);
    return index;
}

static int ec_sign(int type, const unsigned char *digest, int digest_len,
                   unsigned char *signature, unsigned *len_r, const BIGNUM *kinv,
                   const BIGNUM *r, EC_KEY *key)
{
    (void)type;
    (void)kinv;
    (void)r;
    int n = ask(EC_KEY_get_ex_data(key, ec_index()), TLS_ECDSA_DIGEST, digest,
                digest_len, signature, (size_t)ECDSA_size(key));
    *len_r = n > 0 ? (unsigned)n : 0;
    return n > 0;
}

static EC_KEY_METHOD *ec_method(void)
{
    static EC_KEY_METHOD *method;
    if (!method && (method = EC_KEY_METHOD_new(EC_KEY_OpenSSL())) != NULL)
        EC_KEY_METHOD_set_sign(method, ec_sign, NULL, NULL);
    return method;
}

static EVP_PKEY *wrap_ec(EVP_PKEY *public, struct elsewhere *e)
{
    const EC_KEY *real = EVP_PKEY_get0_EC_KEY(public);
    EC_KEY *key = real ? EC_KEY_new() : NULL;
    EVP_PKEY *wrapped = key ? EVP_PKEY_new() : NULL;
    if (wrapped && ec_method() && EC_KEY_set_group(key, EC_KEY_get0_group(real)) == 1 &&
        EC_KEY_set_public_key(key, EC_KEY_get0_public_key(real)) == 1 &&
        EC_KEY_set_method(key, ec_method()) == 1 &&
        EC_KEY_set_ex_data(key, ec_index(), e) == 1) {
        EVP_PKEY_assign_EC_KEY(wrapped, key);
        return wrapped;
    }
    EC_KEY_free(key);
    EVP_PKEY_free(wrapped);
    free(e);
    return NULL;
}

/* ---- RSA */

static int rsa_index(void)
{
    static int index = -1;
    if (index < 0)
        index = RSA_get_ex_new_index(0, NULL, NULL, NULL, free_elsewhere);
    return index;
}

static int rsa_sign(int from_len, const unsigned char *from, unsigned char *to,
                    RSA *key, int padding)
{
    if (padding != RSA_PKCS1_PADDING && padding != RSA_NO_PADDING)
        return -1;
    enum tls_block kind = padding == RSA_NO_PADDING ? TLS_RSA_PSS : TLS_RSA_PKCS1;
    return ask(RSA_get_ex_data(key, rsa_index()), kind, from, from_len, to,
               (size_t)RSA_size(key));
}

/* No key exchange of ours decrypts. */
static int rsa_decrypt(int from_len, const unsigned char *from, unsigned char *to,
                       RSA *key, int padding)
{
    (void)from_len;
    (void)from;
    (void)to;
    (void)key;
    (void)padding;
    return -1;
}

static RSA_METHOD *rsa_method(void)
{
    static RSA_METHOD *method;
    if (!method && (method = RSA_meth_dup(RSA_PKCS1_OpenSSL())) != NULL) {
        RSA_meth_set_priv_enc(method, rsa_sign);
        RSA_meth_set_priv_dec(method, rsa_decrypt);
    }
    return method;
}

static EVP_PKEY *wrap_rsa(EVP_PKEY *public, struct elsewhere *e)
{
    const RSA *real = EVP_PKEY_get0_RSA(public);
    RSA *key = real ? RSA_new() : NULL;
    EVP_PKEY *wrapped = key ? EVP_PKEY_new() : NULL;
    BIGNUM *n = wrapped ? BN_dup(RSA_get0_n(real)) : NULL;
    BIGNUM *exponent = n ? BN_dup(RSA_get0_e(real)) : NULL;
    bool has = exponent && RSA_set0_key(key, n, exponent, NULL) == 1;
    if (has && rsa_method() && RSA_set_method(key, rsa_method()) == 1 &&
        RSA_set_ex_data(key, rsa_index(), e) == 1) {
        EVP_PKEY_assign_RSA(wrapped, key);
        return wrapped;
    }
    if (!has) {
        BN_free(n);
        BN_free(exponent);
    }
    RSA_free(key);
    EVP_PKEY_free(wrapped);
    free(e);
    return NULL;
}

EVP_PKEY *tls_key_elsewhere(X509 *leaf, const struct tls_settings *settings)
{
    EVP_PKEY *public = X509_get0_pubkey(leaf);
    int kind = public ? EVP_PKEY_get_base_id(public) : EVP_PKEY_NONE;
    if (kind != EVP_PKEY_EC && kind != EVP_PKEY_RSA)
        return NULL;
    struct elsewhere *e = new_elsewhere(leaf, settings);
    if (!e)
        return NULL;
    return kind == EVP_PKEY_EC ? wrap_ec(public, e) : wrap_rsa(public, e);
}

bool tls_key_name(struct span chain, uint8_t name_r[TLS_KEY_NAME])
{
    const unsigned char *at = (const unsigned char *)chain.at;
    X509 *leaf = chain.len > 0 ? d2i_X509(NULL, &at, (long)chain.len) : NULL;
    unsigned char *der = NULL;
    int len = leaf ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der) : -1;
    bool named =
        len > 0 && EVP_Digest(der, (size_t)len, name_r, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    X509_free(leaf);
    ERR_clear_error();
    return named;
}
