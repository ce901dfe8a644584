/*
 * data_pair - for the tests of data.h: a control connection over TCP on loopback, the
 * client's end of it, data connections beside it, and a fiber that runs the server's side.
 */
#ifndef WIRE_DATA_PAIR_TEST_H
#define WIRE_DATA_PAIR_TEST_H

#include "test/tls.h"
#include "wire/data.h"
#include "wire/pair_test.h"

struct data_pair {
    int client;           /* the client's end of the control connection */
    SSL *client_tls;      /* there, after data_pair_start_tls */
    struct wire *control; /* the server's */
    struct data *data;
    uint16_t port;                 /* of the passive listener */
    int family;                    /* AF_INET, AF_INET6 */
    struct data_settings settings; /* of data_pair_listen */
    /* what the server does with it, on a fiber */
    int (*serve)(struct data *, void *arg);
    void *arg;
    int result;
    bool over;
};

extern const struct data_settings data_pair_settings; /* 60 s, 300 s */

/* Opens the loop, the control connection (tls: offered there; or NULL). */
bool data_pair_open(struct data_pair *, int family, struct tls *tls);
/* The same without the loop: another client's, from 127.0.0.`host`. */
bool data_pair_open_control(struct data_pair *, int family, unsigned host,
                            struct tls *tls);
void data_pair_close_control(struct data_pair *);
bool data_pair_listen(struct data_pair *); /* a passive data connection */
void data_pair_serve(struct data_pair *, int (*serve)(struct data *, void *),
                     void *arg);
void data_pair_turn(int i); /* the i-th: a little slower from the twentieth on */
bool data_pair_await(struct data_pair *); /* turns until it is over */
void data_pair_close(struct data_pair *); /* all of it, and the loop */

/* TLS on the control connection, version 0: 1.3.  false: it was refused. */
bool data_pair_start_tls(struct data_pair *, int version);
/* The server says a line, and the client hears it, and a ticket that comes along. */
void data_pair_say(struct data_pair *);

/* The client's side: a connection to the passive port, from 127.0.0.`host` (IPv6: ::1),
 * non-blocking. */
int data_pair_connect(const struct data_pair *, unsigned host);
/* Reads to the end while the loop turns; -1: it was cut. */
ssize_t data_pair_read(int fd, char *octets_r, size_t size);
/* The same under TLS: hands are shaken; -1: the end was not announced; all is sent. */
bool data_pair_shake(SSL *);
ssize_t data_pair_hear(SSL *, char *octets_r, size_t size);
void data_pair_send(SSL *, const char *octets, size_t size);
/* A client's end under TLS, with that session (or NULL); with the control connection's,
 * as RFC 4217 clients do; and its end. */
SSL *data_pair_connect_tls(const struct data_pair *, SSL_SESSION *);
SSL *data_pair_connect_paired(const struct data_pair *);
void data_pair_hang_up(SSL *);
/* The server's side, for data_pair_serve: until TLS stands; a listing of 8,000 octets. */
int data_pair_begin_tls(struct data *, bool sends);
int data_pair_send_listing(struct data *, void *);
/* Another file, without a name; with that content. */
int data_pair_file(const char *octets, size_t size);

/* A TCP connection over loopback: [0] connected to the listener, [1] accepted; from
 * 127.0.0.`host`.  Both non-blocking. */
bool data_pair_sockets(int family, unsigned host, int ends_r[2]);

#endif
