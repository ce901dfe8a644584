/*
 * data_pair - for the tests of data.h: a control connection over TCP on loopback, the
 * client's end of it, data connections beside it, and a fiber that runs the server's side.
 */
#ifndef WIRE_DATA_PAIR_TEST_H
#define WIRE_DATA_PAIR_TEST_H

#include "wire/data.h"
#include "wire/pair_test.h"

struct data_pair {
    int client;           /* the client's end of the control connection */
    struct wire *control; /* the server's */
    struct data *data;
    uint16_t port; /* of the passive listener */
    int family;    /* AF_INET, AF_INET6 */
    struct tls *tls;
    /* what the server does with it, on a fiber */
    int (*serve)(struct data *, void *arg);
    void *arg;
    int result;
    bool over;
};

extern const struct data_settings data_pair_settings; /* 60 s, 300 s */

/* Opens the loop, the control connection (tls: offered there; or NULL). */
bool data_pair_open(struct data_pair *, int family, struct tls *tls);
bool data_pair_listen(struct data_pair *); /* a passive data connection */
void data_pair_serve(struct data_pair *, int (*serve)(struct data *, void *),
                     void *arg);
bool data_pair_await(struct data_pair *); /* turns until it is over */
void data_pair_close(struct data_pair *); /* all of it, and the loop */

/* The client's side: a connection to the passive port, from 127.0.0.`host` (IPv6: ::1),
 * non-blocking. */
int data_pair_connect(const struct data_pair *, unsigned host);
/* Reads to the end while the loop turns; -1: it was cut. */
ssize_t data_pair_read(int fd, char *octets_r, size_t size);
/* Another file, without a name; with that content. */
int data_pair_file(const char *octets, size_t size);

/* A TCP connection over loopback: [0] connected to the listener, [1] accepted; from
 * 127.0.0.`host`.  Both non-blocking. */
bool data_pair_sockets(int family, unsigned host, int ends_r[2]);

#endif
