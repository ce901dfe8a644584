#include "test/tls.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "config/limits.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t test_tls_sign_time;
int test_tls_sign_error;
unsigned test_tls_signed;

static EVP_PKEY *key_of(enum test_key kind)
{
    static EVP_PKEY *keys[2];
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (!keys[kind])
        keys[kind] = kind == TEST_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    assert(keys[kind]);
    return keys[kind];
}

/* ---- certificates */

static void add_names(X509 *x, const char *name, const char *other_name)
{
    char text[2 * DOMAIN_OCTETS_MAX + 16];
    snprintf(text, sizeof(text), "DNS:%s%s%s", name, other_name ? ",DNS:" : "",
             other_name ? other_name : "");
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
    assert(names && X509_add_ext(x, names, -1) == 1);
    X509_EXTENSION_free(names);
}

struct span test_tls_chain(enum test_key kind, const char *name, const char *other_name)
{
    EVP_PKEY *key = key_of(kind);
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, subject);
    X509_set_pubkey(x, key);
    add_names(x, name, other_name);
    assert(X509_sign(x, key, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    assert(len > 0);
    X509_free(x);
    return span_at(der, (size_t)len);
}

void test_tls_forget(struct span chain)
{
    OPENSSL_free((void *)(uintptr_t)chain.at);
}

/* ---- signing */

static int sign(EVP_PKEY *key, int padding, struct span block, char *signature_r,
                size_t size, size_t *len_r)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    *len_r = size;
    bool signs = c && EVP_PKEY_sign_init(c) == 1 &&
                 (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(c, padding) == 1) &&
                 EVP_PKEY_sign(c, (unsigned char *)signature_r, len_r,
                               (const unsigned char *)block.at, block.len) == 1;
    EVP_PKEY_CTX_free(c);
    return signs ? 0 : -EIO;
}

int test_tls_sign(const uint8_t key[TLS_KEY_NAME], enum tls_block kind,
                  struct span block, char *signature_r, size_t size, size_t *len_r)
{
    static const int paddings[TLS_BLOCKS] = { 0, RSA_PKCS1_PADDING, RSA_NO_PADDING };
    char copy[1024];
    (void)key;
    assert(block.len <= sizeof(copy));
    memcpy(copy, block.at, block.len);
    if (test_tls_sign_time > 0 && fiber_self())
        fiber_sleep(test_tls_sign_time);
    if (test_tls_sign_error)
        return test_tls_sign_error;
    test_tls_signed++;
    enum test_key whose = kind == TLS_ECDSA_DIGEST ? TEST_ECDSA : TEST_RSA;
    return sign(key_of(whose), paddings[kind], span_at(copy, block.len), signature_r,
                size, len_r);
}

struct tls *test_tls_open(const char *hostname)
{
    const struct tls_settings settings = {
        .hostname = hostname,
        .handshake_time = TLS_HANDSHAKE_SECONDS * CLOCK_SECOND,
        .sign = test_tls_sign,
    };
    struct tls *tls = tls_open(&settings);
    struct span chain = test_tls_chain(TEST_ECDSA, hostname, NULL);
    assert(tls && tls_show(tls, &chain, 1) == 0);
    test_tls_forget(chain);
    return tls;
}

/* ---- the client */

SSL *test_tls_client(int fd, const char *server_name, const char *alpn)
{
    static SSL_CTX *context;
    if (!context) {
        signal(SIGPIPE, SIG_IGN); /* OpenSSL answers a reset with an alert */
        context = SSL_CTX_new(TLS_client_method());
        assert(context);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT |
                                                    SSL_SESS_CACHE_NO_INTERNAL);
    }
    SSL *ssl = SSL_new(context);
    assert(ssl && SSL_set_fd(ssl, fd) == 1);
    SSL_set_connect_state(ssl);
    if (server_name)
        SSL_set_tlsext_host_name(ssl, server_name);
    if (alpn)
        SSL_set_alpn_protos(ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    return ssl;
}

/* ---- the server */

SSL *test_tls_server(int fd, const char *name)
{
    static SSL_CTX *context;
    if (!context) {
        signal(SIGPIPE, SIG_IGN);
        struct span chain = test_tls_chain(TEST_ECDSA, name, NULL);
        context = SSL_CTX_new(TLS_server_method());
        assert(context && SSL_CTX_use_PrivateKey(context, key_of(TEST_ECDSA)) == 1);
        assert(SSL_CTX_use_certificate_ASN1(context, (int)chain.len,
                                            (const unsigned char *)chain.at) == 1);
        test_tls_forget(chain);
    }
    SSL *ssl = SSL_new(context);
    assert(ssl && SSL_set_fd(ssl, fd) == 1);
    SSL_set_accept_state(ssl);
    return ssl;
}
