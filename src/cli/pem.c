#include "cli/pem.h"

#include "cli/cli.h"
#include "config/limits.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

/* No configuration of OpenSSL's, and what it cannot read is not explained by it. */
static BIO *open_file(const char *path)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    BIO *file = BIO_new_file(path, "r");
    if (!file)
        cli_fail("%s: %s", path, strerror(errno));
    ERR_clear_error();
    return file;
}

/* Appends one to what `der` holds, which is of CHAIN_OCTETS_MAX octets. */
static bool append(X509 *x, char *der, size_t *len)
{
    int more = i2d_X509(x, NULL);
    unsigned char *at = (unsigned char *)der + *len;
    if (more <= 0 || (size_t)more > CHAIN_OCTETS_MAX - *len)
        return false;
    i2d_X509(x, &at);
    *len += (size_t)more;
    return true;
}

bool pem_read_chain(const char *path, struct span *der_r)
{
    BIO *file = open_file(path);
    char *der = file ? malloc(CHAIN_OCTETS_MAX) : NULL;
    size_t len = 0;
    bool fits = der != NULL;
    for (X509 *x; fits && (x = PEM_read_bio_X509(file, NULL, NULL, NULL)); X509_free(x))
        fits = append(x, der, &len);
    if (der && !fits)
        cli_fail("%s: its chain is longer than %d octets", path, CHAIN_OCTETS_MAX);
    else if (der && len == 0)
        cli_fail("%s: there is no certificate in it (PEM, \"BEGIN CERTIFICATE\")",
                 path);
    BIO_free(file);
    ERR_clear_error();
    *der_r = span_at(der, len);
    if (fits && len > 0)
        return true;
    pem_forget(der_r);
    return false;
}

static bool encode(EVP_PKEY *key, struct span *der_r)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    unsigned char *der = len > 0 && len <= KEY_OCTETS_MAX ? malloc((size_t)len) : NULL;
    unsigned char *at = der;
    if (der)
        i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    PKCS8_PRIV_KEY_INFO_free(info);
    *der_r = span_at(der, der ? (size_t)len : 0);
    return der != NULL;
}

bool pem_read_key(const char *path, struct span *der_r)
{
    BIO *file = open_file(path);
    if (!file)
        return false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    BIO_free(file);
    bool read = key && encode(key, der_r);
    if (!read)
        cli_fail("%s: there is no private key in it (PEM, \"BEGIN PRIVATE KEY\"), or "
                 "its "
                 "pass phrase is another",
                 path);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return read;
}

void pem_forget(struct span *der)
{
    char *at = (char *)(uintptr_t)der->at;
    if (at)
        explicit_bzero(at, der->len);
    free(at);
    *der = (struct span){ NULL, 0 };
}

void pem_print_chain(struct span der, FILE *to)
{
    const unsigned char *at = (const unsigned char *)der.at, *end = at + der.len;
    while (at < end) {
        X509 *x = d2i_X509(NULL, &at, end - at);
        if (!x)
            break;
        PEM_write_X509(to, x);
        X509_free(x);
    }
    ERR_clear_error();
}
