/*
 * tls - see tls.h: certificates, and how a client's hello is answered.
 *
 * Each certificate has an SSL_CTX of its own, which holds one of the other kind of key
 * too.  A session begins with the default's; server_name moves it to another.  Sessions
 * keep what they use: a new set simply takes the old one's place.
 */
#include "wire/connection.h"
#include "wire/tls_inside.h"

#include <assert.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct certificate {
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *key; /* public; signs by asking */
    SSL_CTX *context;
};

struct tls {
    struct tls_settings settings;
    struct certificate *certificates;
    size_t count;
    const struct certificate *usual; /* the default one; NULL: there is none */
    struct tls_ticket_key now, before;
};

const struct tls_settings *tls_settings_of(const struct tls *tls)
{
    return &tls->settings;
}

/* ---- server_name, RFC 6066 §3 */

static bool covers(const struct certificate *c, const char *name)
{
    return X509_check_host(c->leaf, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                           NULL) == 1;
}

static const struct certificate *find(const struct certificate *all, size_t count,
                                      const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (covers(&all[i], name))
            return &all[i];
    return NULL;
}

/* "the server SHOULD take one of two actions": we go on, with the default. */
static int on_server_name(SSL *ssl, int *alert, void *unused)
{
    (void)alert;
    (void)unused;
    const struct wire *w = SSL_get_app_data(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const struct certificate *c =
        name ? find(w->offer->certificates, w->offer->count, name) : NULL;
    if (!c)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_SSL_CTX(ssl, c->context);
    return SSL_TLSEXT_ERR_OK;
}

/* ---- the protocol's name, RFC 7301 §3.2 */

static int on_alpn(SSL *ssl, const unsigned char **name_r, unsigned char *len_r,
                   const unsigned char *offered, unsigned offered_len, void *unused)
{
    (void)unused;
    const struct wire *w = SSL_get_app_data(ssl);
    struct span ours = w->alpn ? span_of(w->alpn) : SPAN("");
    struct span rest = span_at(offered, offered_len);
    while (rest.len > 0) {
        struct span name = span_at(rest.at + 1, (uint8_t)*rest.at);
        if ((ours.len > 0 && span_is(name, ours)) ||
            (w->is_data && span_is(name, SPAN("ftp-data")))) {
            *name_r = (const unsigned char *)name.at;
            *len_r = (unsigned char)name.len;
            return SSL_TLSEXT_ERR_OK;
        }
        rest = span_skip(rest, 1 + name.len); /* OpenSSL has checked the lengths */
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- tickets, RFC 5077 §4 */

static bool use_ticket_key(const struct tls_ticket_key *key, unsigned char *iv,
                           EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int make)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac,
                                          sizeof(key->mac)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv, make) ==
               1 &&
           EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/* As SSL_CTX_set_tlsext_ticket_key_evp_cb wants it: 1 good, 2 good and to be renewed
 * (in 1.3 always: a client uses none twice, RFC 8446 appendix C.4), 0 unknown, -1
 * failed. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
                     EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int make)
{
    const struct wire *w = SSL_get_app_data(ssl);
    const struct tls_ticket_key *now = &w->offer->now, *before = &w->offer->before;
    struct span asked = span_at(name, sizeof(now->name));
    if (make) {
        memcpy(name, now->name, sizeof(now->name));
        bool made = RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1 &&
                    use_ticket_key(now, iv, cipher, mac, make);
        return made ? 1 : -1;
    }
    if (span_is(asked, span_at(now->name, sizeof(now->name))))
        return !use_ticket_key(now, iv, cipher, mac, make) ? -1
               : SSL_version(ssl) == TLS1_3_VERSION        ? 2
                                                           : 1;
    if (span_is(asked, span_at(before->name, sizeof(before->name))))
        return use_ticket_key(before, iv, cipher, mac, make) ? 2 : -1;
    return 0;
}

void tls_use_tickets(struct tls *tls, const struct tls_ticket_key *now,
                     const struct tls_ticket_key *before)
{
    tls->now = *now;
    tls->before = *before;
}

/* ---- a context */

static void on_message(int is_ours, int version, int type, const void *octets,
                       size_t len, SSL *ssl, void *unused)
{
    (void)version;
    (void)octets;
    (void)len;
    (void)unused;
    if (!is_ours && type == SSL3_RT_HANDSHAKE)
        tls_count_message(SSL_get_app_data(ssl));
}

void tls_count_messages(SSL_CTX *c)
{
    SSL_CTX_set_msg_callback(c, on_message);
}

static bool set_algorithms(SSL_CTX *c)
{
    static const char groups[] = "X25519:P-256:P-384";
    static const char hybrid[] = "X25519MLKEM768:X25519:P-256:P-384";
    return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           (SSL_CTX_set1_groups_list(c, hybrid) == 1 ||
            SSL_CTX_set1_groups_list(c, groups) == 1);
}

static SSL_CTX *new_context(void)
{
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    if (!c || !set_algorithms(c)) {
        SSL_CTX_free(c);
        return NULL;
    }
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(c, 1);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(c, TLS_TICKET_SECONDS);
    SSL_CTX_set_num_tickets(c, 1);
    SSL_CTX_set_max_early_data(c, 0);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(c, on_ticket);
    tls_mark_tickets(c);
    SSL_CTX_set_tlsext_servername_callback(c, on_server_name);
    SSL_CTX_set_alpn_select_cb(c, on_alpn, NULL);
    tls_count_messages(c);
    return c;
}

static bool add_to_context(SSL_CTX *context, const struct certificate *c)
{
    return SSL_CTX_use_cert_and_key(context, c->leaf, c->key, c->chain, 1) == 1;
}

/* With the first of the other kind of key that covers the same name. */
static bool make_context(struct certificate *all, size_t count, struct certificate *c)
{
    char *name = NULL;
    c->context = new_context();
    if (!c->context || !add_to_context(c->context, c))
        return false;
    GENERAL_NAMES *names = X509_get_ext_d2i(c->leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; !name && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        if (n->type == GEN_DNS)
            ASN1_STRING_to_UTF8((unsigned char **)&name, n->d.dNSName);
    }
    GENERAL_NAMES_free(names);
    bool made = true;
    for (size_t i = 0; name && i < count; i++)
        if (EVP_PKEY_get_base_id(all[i].key) != EVP_PKEY_get_base_id(c->key) &&
            covers(&all[i], name)) {
            made = add_to_context(c->context, &all[i]);
            break;
        }
    OPENSSL_free(name);
    return made;
}

/* ---- certificates */

static void free_certificates(struct certificate *all, size_t count)
{
    for (size_t i = 0; all && i < count; i++) {
        X509_free(all[i].leaf);
        sk_X509_pop_free(all[i].chain, X509_free);
        EVP_PKEY_free(all[i].key);
        SSL_CTX_free(all[i].context);
    }
    free(all);
}

static int read_chain(struct span der, const struct tls_settings *settings,
                      struct certificate *c)
{
    const unsigned char *at = (const unsigned char *)der.at, *end = at + der.len;
    c->leaf = d2i_X509(NULL, &at, end - at);
    c->chain = sk_X509_new_null();
    while (c->leaf && c->chain && at < end) {
        X509 *next = d2i_X509(NULL, &at, end - at);
        if (!next || sk_X509_push(c->chain, next) <= 0) {
            X509_free(next);
            return -EINVAL;
        }
    }
    c->key = c->leaf ? tls_key_elsewhere(c->leaf, settings) : NULL;
    return c->key && c->chain ? 0 : -EINVAL;
}

int tls_show(struct tls *tls, const struct span *chains, size_t count)
{
    struct certificate *all = calloc(count > 0 ? count : 1, sizeof(*all));
    int error = all ? 0 : -ENOMEM;
    for (size_t i = 0; !error && i < count; i++)
        error = read_chain(chains[i], &tls->settings, &all[i]);
    for (size_t i = 0; !error && i < count; i++)
        error = make_context(all, count, &all[i]) ? 0 : -EINVAL;
    ERR_clear_error();
    if (error) {
        free_certificates(all, count);
        return error;
    }
    free_certificates(tls->certificates, tls->count);
    tls->certificates = all;
    tls->count = count;
    tls->usual = find(all, count, tls->settings.hostname);
    if (!tls->usual && count > 0)
        tls->usual = &all[0];
    return 0;
}

bool tls_has_certificate(const struct tls *tls)
{
    return tls->usual != NULL;
}

SSL *tls_new_ssl(struct tls *tls, struct wire *w)
{
    SSL *ssl = tls->usual ? SSL_new(tls->usual->context) : NULL;
    if (!ssl)
        return NULL;
    struct span alpn = span_of(w->alpn ? w->alpn : w->protocol);
    SSL_set_app_data(ssl, w);
    SSL_set_accept_state(ssl);
    SSL_set_session_id_context(ssl, (const unsigned char *)alpn.at, (unsigned)alpn.len);
    return ssl;
}

/* ---- opening and closing */

struct tls *tls_open(const struct tls_settings *settings)
{
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    struct tls *tls = calloc(1, sizeof(*tls));
    if (!tls)
        return NULL;
    tls->settings = *settings;
    if (RAND_bytes((unsigned char *)&tls->now, sizeof(tls->now)) != 1)
        tls_close(&tls);
    else
        tls->before = tls->now;
    return tls;
}

void tls_handshake_time(struct tls *tls, uint64_t nanoseconds)
{
    tls->settings.handshake_time = nanoseconds;
}

void tls_close(struct tls **pointer)
{
    struct tls *tls = *pointer;
    if (!tls)
        return;
    *pointer = NULL;
    free_certificates(tls->certificates, tls->count);
    OPENSSL_cleanse(tls, sizeof(*tls));
    free(tls);
}
