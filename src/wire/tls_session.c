/*
 * tls_session - one wire's handshake, and its octets from then on.
 *
 * OpenSSL reads and writes through a BIO of ours, so that what the socket says is known
 * to the wire: EAGAIN, the end, an error.  A wire without TLS has none of this.
 */
#include "wire/connection.h"
#include "wire/tls_inside.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ---- the socket, as OpenSSL sees it */

/* Also ends what has been counted too much: OpenSSL asks no callback whether to go on. */
static int socket_read(BIO *bio, char *octets_r, int size)
{
    struct wire *w = BIO_get_data(bio);
    struct tls_session *t = w->tls;
    BIO_clear_retry_flags(bio);
    t->flooded = t->flooded || (!t->shaken && t->handshake > TLS_HANDSHAKE_OCTETS);
    if (t->flooded || size <= 0)
        return -1;
    ssize_t n = recv(w->fd, octets_r, (size_t)size, MSG_DONTWAIT);
    if (n > 0 && !t->shaken)
        t->handshake += (uint32_t)n;
    if (n == 0)
        t->ended = true;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    else if (n < 0)
        t->error = errno;
    if (n < 0 && errno == EAGAIN && !t->away)
        w->readable = false;
    return (int)n;
}

static int socket_write(BIO *bio, const char *octets, int size)
{
    struct wire *w = BIO_get_data(bio);
    struct tls_session *t = w->tls;
    BIO_clear_retry_flags(bio);
    ssize_t n = send(w->fd, octets, (size_t)size,
                     MSG_DONTWAIT | MSG_NOSIGNAL | (t->more ? MSG_MORE : 0));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    else if (n < 0)
        t->error = errno;
    if (n < 0 && errno == EAGAIN && !t->away)
        w->writable = false;
    return (int)n;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int socket_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *socket_method(void)
{
    static BIO_METHOD *method;
    if (method)
        return method;
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    if (method) {
        BIO_meth_set_read(method, socket_read);
        BIO_meth_set_write(method, socket_write);
        BIO_meth_set_ctrl(method, socket_control);
        BIO_meth_set_create(method, socket_create);
    }
    return method;
}

/* ---- beginning and ending */

static bool begin(struct wire *w)
{
    struct tls_session *t = calloc(1, sizeof(*t));
    BIO *bio = socket_method() ? BIO_new(socket_method()) : NULL;
    if (t && bio)
        t->ssl = w->dials ? tls_client_ssl(w->dials, w) : tls_new_ssl(w->offer, w);
    if (!t || !bio || !t->ssl) {
        BIO_free(bio);
        free(t);
        return false;
    }
    BIO_set_data(bio, w);
    SSL_set_bio(t->ssl, bio, bio);
    if (w->is_data)
        tls_prepare_data(t->ssl);
    w->tls = t;
    return true;
}

void tls_end(struct wire *w)
{
    if (!w->tls)
        return;
    SSL_free(w->tls->ssl);
    X509_free(w->tls->leaf);
    free(w->tls);
    w->tls = NULL;
}

void tls_say_end(struct wire *w)
{
    if (!w->tls || !w->tls->shaken || w->mute)
        return;
    ERR_clear_error();
    SSL_shutdown(w->tls->ssl);
    ERR_clear_error();
}

/* ---- what goes wrong */

int tls_error_of(const struct tls_session *t)
{
    if (t->flooded)
        return EMSGSIZE;
    if (t->ended)
        return ENODATA;
    return t->error ? t->error : EPROTO;
}

static const char *words_of(int error)
{
    const char *data = NULL, *reason;
    unsigned long code;
    switch (error) {
    case EMSGSIZE:
        return "the other side sends too much";
    case ENODATA:
        return "the other side left";
    case ETIMEDOUT:
        return "it takes too long";
    case ENOKEY:
        return "there is no certificate";
    case ECANCELED:
        return "this server stops";
    case EPROTO:
        code = ERR_peek_error_data(&data, NULL);
        reason = ERR_reason_error_string(code);
        return reason ? reason : data && *data ? data : "a broken record";
    default:
        return strerror(error);
    }
}

/* ---- the handshake */

/* 0 once it is over, or errno.  OpenSSL reads unasked, perhaps before the loop has looked,
 * which then reports nothing; so there may be more until the socket has said no. */
static int shake_hands(struct wire *w, uint64_t deadline)
{
    struct tls_session *t = w->tls;
    w->readable = true;
    for (;;) {
        ERR_clear_error();
        int n = SSL_do_handshake(t->ssl);
        if (n == 1)
            return 0;
        int wants = SSL_get_error(t->ssl, n);
        bool reads = wants == SSL_ERROR_WANT_READ;
        if (!reads && wants != SSL_ERROR_WANT_WRITE)
            return tls_error_of(t);
        while (!w->error && !(reads ? w->readable : w->writable)) {
            int ended = connection_wait(w, reads ? LOOP_READ : LOOP_WRITE, deadline);
            if (ended)
                return -ended;
        }
        if (w->error)
            return -w->error;
        if (clock_now() >= deadline)
            return ETIMEDOUT;
    }
}

/* "TLS1.3 TLS_AES_256_GCM_SHA384, SNI mail.example.org, ALPN pop3" */
static void note_success(struct wire *w)
{
    char name[TLS_SERVER_NAME_MAX + 8];
    const SSL *ssl = w->tls->ssl;
    const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const unsigned char *alpn;
    unsigned alpn_len;
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
    log_clean(span_of(asked ? asked : "none"), name, sizeof(name));
    wire_note(w, "%s, SNI %s, ALPN %.*s%s", wire_tls_name(w), name,
              alpn_len > 0 ? (int)alpn_len : 4,
              alpn_len > 0 ? (const char *)alpn : "none",
              SSL_session_reused(ssl) ? ", resumed" : "");
}

/* What only a handshake needs is given back: the session may be long and idle. */
static void settle(struct wire *w)
{
    struct tls_session *t = w->tls;
    t->shaken = true;
    t->messages = 0;
    t->leaf = SSL_get_certificate(t->ssl);
    if (t->leaf)
        X509_up_ref(t->leaf);
    note_success(w);
    SSL_certs_clear(t->ssl);
}

bool wire_may_start_tls(const struct wire *w)
{
    return w->offer && !w->tls && !w->deflate && tls_has_certificate(w->offer);
}

static bool fail(struct wire *w, int error)
{
    wire_note(w, "TLS handshake failed: %s", words_of(error));
    if (w->dials && error != EKEYREJECTED)
        tls_client_failed(w->dials, words_of(error));
    ERR_clear_error();
    connection_fail(w, error == EMSGSIZE || error == ENOKEY ? -EPROTO : -error, MUTE);
    return false;
}

/* At the very start keys may still be on its way up. */
static bool await_certificate(struct wire *w, uint64_t deadline)
{
    while (!w->error && !tls_has_certificate(w->offer) && clock_now() < deadline)
        if (connection_wait(w, 0, clock_in(TLS_LOOK_MS * CLOCK_MS)) == -ECANCELED)
            return false;
    return !w->error && tls_has_certificate(w->offer);
}

bool wire_start_tls(struct wire *w)
{
    assert((w->offer || w->dials) && !w->tls && w->start == w->end);
    uint64_t deadline = clock_in(w->dials ? tls_client_time(w->dials)
                                          : tls_settings_of(w->offer)->handshake_time);
    input_release(w);
    output_finish(w);
    if (w->error)
        return false;
    if (!w->dials && !await_certificate(w, deadline))
        return fail(w, ENOKEY);
    if (!begin(w))
        return fail(w, ENOMEM);
    int error = shake_hands(w, deadline);
    if (error)
        return fail(w, error);
    settle(w);
    if (w->dials && !tls_client_accepts(w->dials, w))
        return fail(w, EKEYREJECTED);
    return true;
}

/* ---- and without it again */

/* Some clients take our end for theirs, too, and go on without a word of TLS: no record
 * of theirs begins with a letter (RFC 8446 §5.1). */
static bool goes_on_in_clear(const struct wire *w)
{
    unsigned char first;
    return recv(w->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first >= 'A';
}

/* 0 once both have said close_notify, or errno. */
static int say_good_bye(struct wire *w, uint64_t deadline)
{
    struct tls_session *t = w->tls;
    bool said = false;
    while (!w->error) {
        if (said && goes_on_in_clear(w))
            return 0;
        ERR_clear_error();
        int n = SSL_shutdown(t->ssl);
        if (n == 1)
            return 0;
        said = said || n == 0;
        int wants = n == 0 ? SSL_ERROR_WANT_READ : SSL_get_error(t->ssl, n);
        bool reads = wants == SSL_ERROR_WANT_READ;
        if (!reads && wants != SSL_ERROR_WANT_WRITE)
            return tls_error_of(t);
        if (reads ? w->readable : w->writable)
            continue;
        int ended = connection_wait(w, reads ? LOOP_READ : LOOP_WRITE, deadline);
        if (ended)
            return -ended;
    }
    return -w->error;
}

bool wire_stop_tls(struct wire *w)
{
    assert(wire_has_tls(w) && w->start == w->end);
    uint64_t deadline = clock_in(tls_settings_of(w->offer)->handshake_time);
    input_release(w);
    output_finish(w);
    w->readable = true;
    int error = w->error ? -w->error : say_good_bye(w, deadline);
    if (error) {
        wire_note(w, "TLS does not end: %s", words_of(error));
        ERR_clear_error();
        connection_fail(w, -error, MUTE);
        return false;
    }
    wire_note(w, "TLS ends, the connection goes on");
    tls_end(w);
    w->readable = true;
    return true;
}

/* ---- octets */

void tls_count_message(struct wire *w)
{
    struct tls_session *t = w->tls;
    if (t->shaken && ++t->messages > TLS_MESSAGES_MAX)
        t->flooded = true;
}

/* An answer of TLS's own does not leave: rarely, and then reading must wait for it. */
static bool wait_to_write(struct wire *w)
{
    uint64_t deadline = clock_in(w->write_time);
    while (!w->error && !w->writable)
        if (connection_wait(w, LOOP_WRITE, deadline) != 0)
            return false;
    return !w->error;
}

/* Says it once; what errno becomes. */
static int broken(struct wire *w)
{
    int error = tls_error_of(w->tls);
    if (error != EPROTO && error != EMSGSIZE)
        return error;
    wire_note(w, "TLS failed: %s", words_of(error));
    return EPROTO;
}

ssize_t tls_read(struct wire *w, char *octets_r, size_t size)
{
    struct tls_session *t = w->tls;
    for (;;) {
        ERR_clear_error();
        int n = SSL_read(t->ssl, octets_r, (int)size);
        if (n > 0) {
            t->messages = 0;
            return n;
        }
        int wants = SSL_get_error(t->ssl, n);
        if (wants == SSL_ERROR_ZERO_RETURN || (t->ended && !t->flooded))
            return 0;
        if (wants == SSL_ERROR_WANT_WRITE && wait_to_write(w))
            continue;
        errno = wants == SSL_ERROR_WANT_READ ? EAGAIN : broken(w);
        return -1;
    }
}

ssize_t tls_write(struct wire *w, struct span octets)
{
    struct tls_session *t = w->tls;
    ERR_clear_error();
    int n = SSL_write(t->ssl, octets.at, (int)octets.len);
    if (n > 0)
        return n;
    errno = SSL_get_error(t->ssl, n) == SSL_ERROR_WANT_WRITE ? EAGAIN : broken(w);
    return -1;
}

/* ---- what it is */

bool wire_has_tls(const struct wire *w)
{
    return w->tls && w->tls->shaken;
}

const char *wire_tls_name(const struct wire *w)
{
    static char name[64];
    if (!wire_has_tls(w))
        return NULL;
    int minor = SSL_version(w->tls->ssl) == TLS1_3_VERSION ? 3 : 2;
    snprintf(name, sizeof(name), "TLS1.%d %s", minor,
             SSL_CIPHER_standard_name(SSL_get_current_cipher(w->tls->ssl)));
    return name;
}
