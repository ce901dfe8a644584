/*
 * tls_data - TLS on data connections: RFC 4217 §7, §10.
 *
 * A ticket carries the id of the session that it was given in, a data connection has the
 * id of its control connection, and takes none but that one's tickets: who resumes with
 * one is who speaks there.  A ticket of another session is no fault, for clients keep
 * them together; it is not known here, and a full handshake follows.
 *
 * The handshake of a data connection of TLS 1.3 gives no ticket: it would be sent before
 * the pair is known to be one.  One is given afterwards where the client reads to the end.
 * A client that only sends would close with it unread, and its kernel then throws away
 * what it has still to send: the control connection gives it another one instead.
 */
#include "wire/tls_data.h"

#include "wire/tls_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <openssl/err.h>

enum { READ_AHEAD = 128 << 10 };

/* ---- whose a ticket is */

enum { NOBODYS = 0 }; /* the id of no session */

/* TLS 1.2 gives a ticket within the handshake, to whoever has come. */
static int on_make(SSL *ssl, void *unused)
{
    (void)unused;
    const struct wire *w = SSL_get_app_data(ssl);
    uint64_t whose = w->is_data && !tls_is_paired(w) ? NOBODYS : w->session;
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &whose, sizeof whose);
}

static uint64_t whose_is(SSL_SESSION *session)
{
    void *octets;
    size_t len;
    uint64_t whose = NOBODYS;
    if (SSL_SESSION_get0_ticket_appdata(session, &octets, &len) == 1 &&
        len == sizeof whose)
        memcpy(&whose, octets, sizeof whose);
    return whose;
}

static bool is_ours(struct wire *w, uint64_t whose)
{
    if (whose == NOBODYS)
        return false;
    if (w->is_of && w->is_of(w, whose))
        w->session = whose;
    return w->session == whose;
}

static SSL_TICKET_RETURN on_take(SSL *ssl, SSL_SESSION *session,
                                 const unsigned char *name, size_t name_len,
                                 SSL_TICKET_STATUS status, void *unused)
{
    (void)name, (void)name_len, (void)unused;
    struct wire *w = SSL_get_app_data(ssl);
    if (status == SSL_TICKET_EMPTY || status == SSL_TICKET_NO_DECRYPT)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    uint64_t whose = whose_is(session);
    if (w->is_data && !is_ours(w, whose)) {
        w->tls->foreign = whose != NOBODYS;
        return SSL_TICKET_RETURN_IGNORE;
    }
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                        : SSL_TICKET_RETURN_USE_RENEW;
}

void tls_mark_tickets(SSL_CTX *context)
{
    SSL_CTX_set_session_ticket_cb(context, on_make, on_take, NULL);
}

void tls_prepare_data(SSL *ssl)
{
    SSL_set_num_tickets(ssl, 0);
    SSL_set_default_read_buffer_len(ssl, READ_AHEAD);
}

bool tls_is_paired(const struct wire *w)
{
    return w->tls && SSL_session_reused(w->tls->ssl) == 1;
}

bool tls_is_foreign(const struct wire *w)
{
    return w->tls && w->tls->foreign && !tls_is_paired(w);
}

void tls_give_ticket(struct wire *w)
{
    if (w->tls && w->tls->shaken && !w->mute)
        SSL_new_session_ticket(w->tls->ssl);
    ERR_clear_error();
}

/* ---- on a thread */

static ssize_t answer(struct tls_session *t, int n, unsigned long *reason_r)
{
    int wants = SSL_get_error(t->ssl, n);
    t->away = t->more = false;
    if (n > 0)
        return n;
    *reason_r = ERR_peek_error();
    if (wants == SSL_ERROR_ZERO_RETURN || (t->ended && !t->flooded))
        return 0;
    errno = wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE
                ? EAGAIN
                : tls_error_of(t);
    return -1;
}

ssize_t tls_read_away(struct wire *w, char *octets_r, size_t size,
                      unsigned long *reason_r)
{
    struct tls_session *t = w->tls;
    t->away = true;
    ERR_clear_error();
    int n = SSL_read(t->ssl, octets_r, (int)size);
    if (n > 0)
        t->messages = 0;
    return answer(t, n, reason_r);
}

ssize_t tls_write_away(struct wire *w, struct span octets, bool more,
                       unsigned long *reason_r)
{
    struct tls_session *t = w->tls;
    t->away = true;
    t->more = more;
    ERR_clear_error();
    ssize_t n = answer(t, SSL_write(t->ssl, octets.at, (int)octets.len), reason_r);
    if (n == 0)
        errno = EPIPE;
    return n > 0 ? n : -1;
}

void tls_note_reason(struct wire *w, unsigned long reason)
{
    const char *words = ERR_reason_error_string(reason);
    wire_note(w, "TLS failed: %s", words ? words : "a broken record");
}

/* ---- the end */

/* A ticket that was to go with the first octets goes before the end, when there are none:
 * OpenSSL says no close_notify while one is due. */
static int say_end(SSL *ssl)
{
    if (SSL_in_init(ssl) && SSL_do_handshake(ssl) != 1)
        return -1;
    return SSL_shutdown(ssl);
}

int tls_finish(struct wire *w, uint64_t deadline)
{
    if (!w->tls || !w->tls->shaken)
        return 0;
    for (;;) {
        ERR_clear_error();
        int n = say_end(w->tls->ssl);
        if (n >= 0 || SSL_get_error(w->tls->ssl, n) != SSL_ERROR_WANT_WRITE)
            return n >= 0 ? 0 : -tls_error_of(w->tls);
        while (!w->error && !w->writable) {
            int error = connection_wait(w, LOOP_WRITE, deadline);
            if (error)
                return error;
        }
        if (w->error)
            return w->error;
    }
}

bool tls_was_ended(const struct wire *w)
{
    return w->tls && (SSL_get_shutdown(w->tls->ssl) & SSL_RECEIVED_SHUTDOWN);
}
