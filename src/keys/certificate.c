#include "keys/certificate.h"

#include "base/buf.h"
#include "base/own.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

enum { CHAIN_LENGTH_MAX = 10 };

/* ---- words */

const char *certificate_kind_name(enum certificate_kind kind)
{
    static const char *const names[CERTIFICATE_KINDS] = { "ecdsa", "rsa",
                                                          "self-signed" };
    return names[kind];
}

const char *certificate_fault_words(enum certificate_fault fault)
{
    static const char *const words[CERTIFICATE_FAULTS] = {
        [CERTIFICATE_FINE] = "nothing is wrong",
        [CERTIFICATE_NO_KEY] = "that is no private key",
        [CERTIFICATE_NO_CHAIN] = "that is no certificate",
        [CERTIFICATE_OTHER_KEY] = "the key does not belong to the first certificate",
        [CERTIFICATE_WEAK_KEY] = "its key must be ECDSA with P-256, P-384 or P-521, or "
                                 "RSA with 2048, 3072 or 4096 bits",
        [CERTIFICATE_BROKEN_CHAIN] =
            "each certificate must be followed by the one that "
            "issued it",
        [CERTIFICATE_NO_NAME] = "it names no host (subjectAltName, DNS)",
        [CERTIFICATE_EXPIRED] = "its time is over",
        [CERTIFICATE_NO_MEMORY] = "out of memory",
    };
    return words[fault];
}

/* ---- reading DER */

static void free_x509(X509 **x)
{
    X509_free(*x);
    *x = NULL;
}

static X509 *take_x509(struct span *rest)
{
    const unsigned char *at = (const unsigned char *)rest->at;
    X509 *x = rest->len > 0 ? d2i_X509(NULL, &at, (long)rest->len) : NULL;
    if (x)
        *rest = span_skip(*rest, (size_t)((const char *)at - rest->at));
    return x;
}

static EVP_PKEY *read_key(struct span key)
{
    const unsigned char *at = (const unsigned char *)key.at;
    PKCS8_PRIV_KEY_INFO *info =
        key.len > 0 ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)key.len) : NULL;
    EVP_PKEY *private = info ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return private;
}

bool certificate_take_key(struct span *content, struct span *key_r)
{
    const unsigned char *at = (const unsigned char *)content->at;
    long len;
    int tag, class;
    if (content->len == 0)
        return false;
    int form = ASN1_get_object(&at, &len, &tag, &class, (long)content->len);
    ERR_clear_error();
    if (form != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE)
        return false;
    size_t all = (size_t)((const char *)at - content->at) + (size_t)len;
    *key_r = span_first(*content, all);
    *content = span_skip(*content, all);
    return true;
}

/* ---- what is looked for */

static bool is_strong(struct certificate *c)
{
    int kind = EVP_PKEY_get_base_id(c->private);
    int bits = EVP_PKEY_get_bits(c->private);
    c->bits = bits > 0 ? (unsigned)bits : 0;
    c->kind = kind == EVP_PKEY_RSA ? CERTIFICATE_RSA : CERTIFICATE_ECDSA;
    if (kind == EVP_PKEY_RSA)
        return bits == 2048 || bits == 3072 || bits == 4096;
    char group[32] = "";
    return kind == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(c->private, group, sizeof group, NULL) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0 ||
            strcmp(group, "secp521r1") == 0);
}

static bool is_chain(X509 *leaf, struct span rest)
{
    OWN(free_x509) X509 *before = X509_dup(leaf);
    for (size_t i = 0; rest.len > 0; i++) {
        X509 *next = take_x509(&rest);
        bool good = next && before && i < CHAIN_LENGTH_MAX &&
                    X509_check_issued(next, before) == X509_V_OK;
        X509_free(before);
        before = next;
        if (!good)
            return false;
    }
    return true;
}

/* A host's name as it stands in the DNS, perhaps with "*." before it. */
static bool is_host(struct span name)
{
    span_take(&name, SPAN("*."));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !((c == '-' || c == '.' || c == '_') && i > 0))
            return false;
    }
    return name.len > 0 && name.len <= DOMAIN_OCTETS_MAX - 2;
}

static void take_name(struct certificate *c, struct buf *names, struct span name)
{
    if (!is_host(name))
        return;
    if (!c->host[0])
        for (size_t i = 0; i < name.len; i++) {
            char letter = name.at[i];
            c->host[i] =
                (char)(letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter);
        }
    buf_printf(names, "%s%.*s", names->len > 0 ? ", " : "", SPAN_ARG(name));
}

static bool take_names(struct certificate *c, X509 *leaf)
{
    struct buf text = { .max = NAMES_OCTETS_MAX };
    GENERAL_NAMES *all = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(all, i);
        if (n->type == GEN_DNS)
            take_name(c, &text,
                      span_at(ASN1_STRING_get0_data(n->d.dNSName),
                              (size_t)ASN1_STRING_length(n->d.dNSName)));
    }
    GENERAL_NAMES_free(all);
    c->names = text.len > 0 ? strndup(text.at, text.len) : NULL;
    buf_free(&text);
    return c->names != NULL;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;
    return ASN1_TIME_to_tm(time, &tm) == 1 ? timegm(&tm) : 0;
}

/* ---- the whole */

static enum certificate_fault judge(struct certificate *c, int64_t now)
{
    struct span rest = c->chain;
    OWN(free_x509) X509 *leaf = take_x509(&rest);
    c->private = read_key(c->key);
    if (!c->private)
        return CERTIFICATE_NO_KEY;
    if (!leaf || !tls_key_name(c->chain, c->key_name))
        return CERTIFICATE_NO_CHAIN;
    if (X509_check_private_key(leaf, c->private) != 1)
        return CERTIFICATE_OTHER_KEY;
    if (!is_strong(c))
        return CERTIFICATE_WEAK_KEY;
    if (!is_chain(leaf, rest))
        return CERTIFICATE_BROKEN_CHAIN;
    if (!take_names(c, leaf))
        return CERTIFICATE_NO_NAME;
    c->not_before = seconds_of(X509_get0_notBefore(leaf));
    c->not_after = seconds_of(X509_get0_notAfter(leaf));
    return c->not_after <= now ? CERTIFICATE_EXPIRED : CERTIFICATE_FINE;
}

enum certificate_fault certificate_read(struct span key, struct span chain, int64_t now,
                                        struct certificate **certificate_r)
{
    OWN(certificate_free) struct certificate *c = calloc(1, sizeof *c);
    char *both = c ? malloc(key.len + chain.len + 1) : NULL;
    *certificate_r = NULL;
    if (!both)
        return CERTIFICATE_NO_MEMORY;
    if (key.len > 0)
        memcpy(both, key.at, key.len);
    if (chain.len > 0)
        memcpy(both + key.len, chain.at, chain.len);
    c->key = span_at(both, key.len);
    c->chain = span_at(both + key.len, chain.len);
    enum certificate_fault fault = judge(c, now);
    ERR_clear_error();
    if (fault == CERTIFICATE_FINE || fault == CERTIFICATE_EXPIRED)
        *certificate_r = TAKE(&c);
    return fault;
}

void certificate_free(struct certificate **certificate)
{
    struct certificate *c = *certificate;
    if (!c)
        return;
    *certificate = NULL;
    certificate_forget(&c->key);
    free(c->names);
    EVP_PKEY_free(c->private);
    free(c);
}

void certificate_forget(struct span *content)
{
    char *at = (char *)(uintptr_t)content->at;
    if (at)
        explicit_bzero(at, content->len);
    free(at);
    *content = SPAN("");
    content->at = NULL;
}

/* ---- whom it vouches for */

bool certificate_covers(const struct certificate *c, const char *host)
{
    struct span rest = c->chain;
    OWN(free_x509) X509 *leaf = take_x509(&rest);
    return leaf && X509_check_host(leaf, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                                   NULL) == 1;
}

bool certificate_covers_address(const struct certificate *c, const char *address)
{
    struct span rest = c->chain;
    OWN(free_x509) X509 *leaf = take_x509(&rest);
    return leaf && X509_check_ip_asc(leaf, address, 0) == 1;
}
