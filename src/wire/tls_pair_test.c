#include "wire/tls_pair_test.h"

#include "base/loop.h"
#include "config/limits.h"
#include "test/unit.h"
#include "wire/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>

static bool own; /* the struct tls is ours */

static void run(struct wire *w, void *arg)
{
    struct tls_pair *t = arg;
    t->started = wire_start_tls(w);
    if (t->started) {
        snprintf(t->name, sizeof(t->name), "%s", wire_tls_name(w));
        t->session(w, t->arg);
    }
    t->error = wire_error(w);
}

bool tls_pair_open(struct tls_pair *t, struct tls *tls,
                   void (*session)(struct wire *, void *arg), void *arg)
{
    const char *alpn = t->alpn ? t->alpn : "test";
    memset(t, 0, sizeof(*t));
    t->session = session;
    t->arg = arg;
    own = tls == NULL;
    t->tls = tls ? tls : test_tls_open("hamburger.edu");
    struct wire_settings settings = pair_settings;
    settings.tls = t->tls;
    settings.alpn = alpn;
    pair_begin();
    return pair_open_as(&t->pair, SOCK_STREAM, &settings, run, t);
}

void tls_pair_client(struct tls_pair *t, const char *server_name, const char *alpn)
{
    t->client = test_tls_client(t->pair.peer, server_name, alpn);
}

int tls_pair_shake(struct tls_pair *t)
{
    for (int i = 0; i < 200; i++) {
        ERR_clear_error();
        int n = SSL_do_handshake(t->client);
        int wants = SSL_get_error(t->client, n);
        int reason = ERR_GET_REASON(ERR_peek_error()); /* the server's turn clears it */
        pair_turns(2);
        if (n == 1)
            return 0;
        if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE)
            return wants == SSL_ERROR_SSL ? reason : -1;
    }
    return -ETIMEDOUT;
}

void tls_pair_say(struct tls_pair *t, struct span octets)
{
    for (int i = 0; i < 10000 && octets.len > 0; i++) {
        int n = SSL_write(t->client, octets.at, (int)octets.len);
        if (n > 0)
            octets = span_skip(octets, (size_t)n);
        pair_turns(1);
    }
    CHECK_EQ_UINT(octets.len, 0);
    pair_turns(2);
}

struct span tls_pair_hear(struct tls_pair *t)
{
    size_t len = 0;
    for (int idle = 0; idle < 5;) {
        int n = SSL_read(t->client, t->pair.heard + len,
                         (int)(sizeof(t->pair.heard) - len));
        if (n > 0)
            len += (size_t)n;
        else
            idle++;
        pair_turns(1);
    }
    return span_at(t->pair.heard, len);
}

void tls_pair_close(struct tls_pair *t)
{
    if (t->client) /* or its tickets would be worth nothing */
        SSL_set_shutdown(t->client, SSL_SENT_SHUTDOWN);
    pair_close(&t->pair);
    SSL_free(t->client);
    if (own)
        tls_close(&t->tls);
    ERR_clear_error();
    pair_end();
}
