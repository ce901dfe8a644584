/*
 * tls_binding - what a TLS connection is known by to both of its ends, for SCRAM's
 * channel binding: RFC 5929 (tls-unique, tls-server-end-point), RFC 9266 (tls-exporter).
 */
#include "wire/connection.h"
#include "wire/tls_inside.h"

#include <openssl/err.h>

/* RFC 9266 §2; before 1.3 only where the session hash binds the keys (§4.2). */
static size_t exporter(struct tls_session *t, uint8_t *octets_r, size_t size)
{
    enum { OCTETS = 32 };
    static const char label[] = "EXPORTER-Channel-Binding";
    bool bound =
        SSL_version(t->ssl) == TLS1_3_VERSION || SSL_get_extms_support(t->ssl) == 1;
    if (!bound || size < OCTETS ||
        SSL_export_keying_material(t->ssl, octets_r, OCTETS, label, sizeof(label) - 1,
                                   (const unsigned char *)"", 0, 1) != 1)
        return 0;
    return OCTETS;
}

/* RFC 5929 §4.1: the hash of the signature's own algorithm, SHA-256 for the weak. */
static size_t end_point(struct tls_session *t, uint8_t *octets_r, size_t size)
{
    int digest = NID_undef;
    unsigned len = 0;
    if (!t->leaf || size < EVP_MAX_MD_SIZE)
        return 0;
    X509_get_signature_info(t->leaf, &digest, NULL, NULL, NULL);
    const EVP_MD *md = EVP_get_digestbynid(digest);
    if (!md || digest == NID_md5 || digest == NID_sha1)
        md = EVP_sha256();
    return X509_digest(t->leaf, md, octets_r, &len) == 1 ? len : 0;
}

/* RFC 5929 §3.1: the first Finished of the handshake. */
static size_t unique(struct tls_session *t, uint8_t *octets_r, size_t size)
{
    if (SSL_version(t->ssl) == TLS1_3_VERSION || SSL_get_extms_support(t->ssl) != 1)
        return 0;
    size_t len = SSL_session_reused(t->ssl)
                     ? SSL_get_finished(t->ssl, octets_r, size)
                     : SSL_get_peer_finished(t->ssl, octets_r, size);
    return len <= size ? len : 0;
}

bool wire_tls_binding(struct wire *w, const char *type, uint8_t *octets_r, size_t size,
                      size_t *len_r)
{
    static const struct {
        const char *type;
        size_t (*take)(struct tls_session *, uint8_t *, size_t);
    } kinds[] = {
        { "tls-exporter", exporter },
        { "tls-server-end-point", end_point },
        { "tls-unique", unique },
    };
    *len_r = 0;
    for (size_t i = 0; wire_has_tls(w) && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (span_is(span_of(kinds[i].type), span_of(type)))
            *len_r = kinds[i].take(w->tls, octets_r, size);
    ERR_clear_error();
    return *len_r > 0;
}
