/*
 * tls_pair - for the tests of tls.h: a pair whose session begins with TLS, and whose
 * other end is OpenSSL's client, or the test itself.
 */
#ifndef WIRE_TLS_PAIR_TEST_H
#define WIRE_TLS_PAIR_TEST_H

#include "test/tls.h"
#include "wire/pair_test.h"

struct tls_pair {
    struct pair pair;
    struct tls *tls;
    const char *alpn; /* the server's; NULL: "test" */
    SSL *client;      /* NULL: the test speaks octets */
    void (*session)(struct wire *, void *arg);
    void *arg;
    bool started; /* what wire_start_tls returned */
    int error;    /* wire_error when the session had ended */
    char name[64];
};

/* Opens loop and pair; the session runs once hands are shaken.  tls: its own, for
 * "hamburger.edu", when NULL; else the test's, which it keeps. */
bool tls_pair_open(struct tls_pair *, struct tls *,
                   void (*session)(struct wire *, void *arg), void *arg);
void tls_pair_client(struct tls_pair *, const char *server_name, const char *alpn);
/* Turns until the client's handshake is over: 0, or OpenSSL's SSL_R_ reason. */
int tls_pair_shake(struct tls_pair *);
void tls_pair_say(struct tls_pair *, struct span);
/* What the client can read after some turns. */
struct span tls_pair_hear(struct tls_pair *);
void tls_pair_close(struct tls_pair *); /* and the loop */

#endif
