/*
 * data_inside - what the files of data.h know of each other.
 *
 *     data.c        coming about, ending, octets
 *     data_file.c   from and to files
 *     data_ports.c  one port for all: whose a connection is
 */
#ifndef WIRE_DATA_INSIDE_H
#define WIRE_DATA_INSIDE_H

#include "wire/connection.h"
#include "wire/data.h"

struct data {
    struct wire *control; /* whose it is */
    struct wire *wire;    /* the connection; NULL: it is not there */
    struct data_settings settings;
    struct endpoint peer; /* who alone may come */

    struct data_ports *ports; /* he comes there; NULL: to a listener of his own */
    struct list expected;     /* then: in their list */
    bool secure;              /* and TLS will tell whose he is */

    /* until he has */
    int listener; /* -1: none, or no more */
    struct watch watch;
    struct timer end;
    struct fiber *fiber; /* who waits for him */
    unsigned strangers;

    int error;     /* why there is none and will be none */
    bool ended;    /* the peer's end was read */
    bool finished; /* by data_finish */
};

struct data *data_new(struct wire *control, const struct data_settings *);
/* Nobody is waited for any more. */
void data_stop_listening(struct data *);
void data_give_up(struct data *, int error);
void data_take_in(struct data *, int fd);
/* Waits until somebody has come: 0 or -errno. */
int data_await_peer(struct data *);

/* ---- data_ports.c */
void data_unexpect(struct data *);

/* What has gone wrong with it, or 0; then there is a connection. */
int data_trouble(const struct data *);
/* The peer's end was read: may it be one?  0 or -EPROTO. */
int data_check_end(struct data *);

#endif
