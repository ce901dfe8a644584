/* tls_client - see tls_client.h. */
#include "wire/tls_client.h"

#include "wire/connection.h"
#include "wire/tls_inside.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct tls_client {
    struct tls_client_settings settings;
    char host[TLS_SERVER_NAME_MAX + 1];
    SSL_CTX *context;
    SSL_SESSION *newest; /* of the control connection */
    bool accepted;       /* it has shaken hands, with this certificate: */
    uint8_t fingerprint[TLS_FINGERPRINT];
    unsigned resumed, all;
    char words[128];
    char subject[256];
};

/* ---- sessions */

/* RFC 8446 §4.6.1: the ticket of a session comes behind the handshake, and more may
 * follow.  Those of data connections, which are read on other threads, are left alone. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    const struct wire *w = SSL_get_app_data(ssl);
    if (w->is_data)
        return 0;
    SSL_SESSION_free(w->dials->newest);
    w->dials->newest = session;
    return 1;
}

/* ---- opening and closing */

static SSL_CTX *new_context(void)
{
    SSL_CTX *c = SSL_CTX_new(TLS_client_method());
    if (!c)
        return NULL;
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES");
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(c, 1);
    SSL_CTX_set_session_cache_mode(c,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c, on_session);
    /* The handshake goes on whatever comes of it: accept judges. */
    SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL);
    tls_count_messages(c);
    return c;
}

static bool load_authorities(SSL_CTX *c, const struct tls_client_settings *s)
{
    const char *file = s->ca_file;
    return s->no_authorities || (file ? SSL_CTX_load_verify_locations(c, file, NULL)
                                      : SSL_CTX_set_default_verify_paths(c)) == 1;
}

struct tls_client *tls_client_open(const struct tls_client_settings *settings,
                                   const char **why_r)
{
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    struct tls_client *t = calloc(1, sizeof(*t));
    *why_r = "There is no memory.";
    if (!t)
        return NULL;
    t->settings = *settings;
    bool fits = span_to_string(span_of(settings->host), t->host, sizeof(t->host));
    t->context = new_context();
    if (!fits)
        *why_r = "The host's name is too long.";
    else if (t->context && load_authorities(t->context, settings))
        return t;
    else if (t->context)
        *why_r = "There are no certificates of authorities in that file.";
    ERR_clear_error();
    tls_client_close(&t);
    return NULL;
}

void tls_client_close(struct tls_client **client)
{
    struct tls_client *t = *client;
    if (!t)
        return;
    *client = NULL;
    SSL_SESSION_free(t->newest);
    SSL_CTX_free(t->context);
    free(t);
}

/* ---- a handshake */

/* RFC 6066 §3: an address is no server_name. */
static bool name_host(SSL *ssl, const char *host)
{
    struct in6_addr address;
    X509_VERIFY_PARAM *p = SSL_get0_param(ssl);
    if (inet_pton(AF_INET, host, &address) == 1 ||
        inet_pton(AF_INET6, host, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(p, host) == 1;
    X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(p, host, 0) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* A control connection begins anew; what was known belonged to the one before. */
static void forget(struct tls_client *t)
{
    SSL_SESSION_free(t->newest);
    t->newest = NULL;
    t->accepted = false;
}

/* OpenSSL makes a session of TLS 1.3 unusable once it has been used; a server may give
 * no other. */
static void use_session(SSL *ssl, const SSL_SESSION *newest)
{
    SSL_SESSION *copy = SSL_SESSION_dup(newest);
    if (copy)
        SSL_set_session(ssl, copy);
    SSL_SESSION_free(copy);
}

/* RFC 7301 §3.1; a protocol that has no name there offers none. */
static void offer_alpn(SSL *ssl, const char *name)
{
    unsigned char octets[1 + UINT8_MAX];
    size_t len = name ? strlen(name) : 0;
    if (len == 0 || len > UINT8_MAX)
        return;
    octets[0] = (unsigned char)len;
    memcpy(octets + 1, name, len);
    SSL_set_alpn_protos(ssl, octets, (unsigned)len + 1);
}

SSL *tls_client_ssl(struct tls_client *t, struct wire *w)
{
    SSL *ssl = SSL_new(t->context);
    t->words[0] = '\0';
    if (!w->is_data)
        forget(t);
    if (!ssl || !name_host(ssl, t->host)) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_app_data(ssl, w);
    SSL_set_connect_state(ssl);
    offer_alpn(ssl, w->is_data ? "ftp-data" : w->alpn);
    if (w->is_data && t->newest)
        use_session(ssl, t->newest);
    return ssl;
}

uint64_t tls_client_time(const struct tls_client *t)
{
    return t->settings.handshake_time;
}

void tls_client_failed(struct tls_client *t, const char *words)
{
    snprintf(t->words, sizeof(t->words), "%s", words);
}

/* ---- whom we speak to */

static bool fingerprint_of(X509 *leaf, uint8_t fingerprint_r[TLS_FINGERPRINT])
{
    unsigned len = TLS_FINGERPRINT;
    return leaf && X509_digest(leaf, EVP_sha256(), fingerprint_r, &len) == 1;
}

static void print_subject(struct tls_client *t, X509 *leaf)
{
    char raw[256];
    X509_NAME_oneline(X509_get_subject_name(leaf), raw, sizeof(raw));
    log_clean(span_of(raw), t->subject, sizeof(t->subject));
}

static const char *trouble_of(const struct tls_client *t, const SSL *ssl)
{
    static char words[TLS_SERVER_NAME_MAX + 64];
    long result = SSL_get_verify_result(ssl);
    switch (result) {
    case X509_V_OK:
        return NULL;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "it is signed by itself";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(words, sizeof(words), "it is not for %s", t->host);
        return words;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "nobody who is trusted here has signed it";
    default:
        return X509_verify_cert_error_string(result);
    }
}

static bool accept_control(struct tls_client *t, const struct tls_peer *peer)
{
    t->accepted = t->settings.accept(t->settings.arg, peer);
    memcpy(t->fingerprint, peer->fingerprint, sizeof(t->fingerprint));
    return t->accepted;
}

bool tls_client_accepts(struct tls_client *t, struct wire *w)
{
    SSL *ssl = w->tls->ssl;
    struct tls_peer peer = { .subject = t->subject };
    X509 *leaf = SSL_get1_peer_certificate(ssl);
    bool good = fingerprint_of(leaf, peer.fingerprint);
    t->all += w->is_data;
    t->resumed += w->is_data && SSL_session_reused(ssl) == 1;
    if (good && w->is_data) {
        good = t->accepted &&
               memcmp(peer.fingerprint, t->fingerprint, TLS_FINGERPRINT) == 0;
        if (!good)
            tls_client_failed(t, "a data connection shows another certificate");
    } else if (good) {
        print_subject(t, leaf);
        peer.trouble = trouble_of(t, ssl);
        good = accept_control(t, &peer);
    }
    X509_free(leaf);
    return good;
}

const char *tls_client_words(const struct tls_client *t)
{
    return t->words;
}

void tls_client_count(const struct tls_client *t, unsigned *resumed_r, unsigned *all_r)
{
    *resumed_r = t->resumed;
    *all_r = t->all;
}
