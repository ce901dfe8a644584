/*
 * data_inside - what the files of data.h know of each other.
 *
 *     data.c        coming about, ending, octets
 *     data_file.c   from and to files
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

/* What has gone wrong with it, or 0; then there is a connection. */
int data_trouble(const struct data *);
/* The peer's end was read: may it be one?  0 or -EPROTO. */
int data_check_end(struct data *);

#endif
