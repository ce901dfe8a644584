/*
 * dial - sockets for connections that are to come: what role dialer does once its policy
 * has said yes.  Nothing here blocks; connecting parks the fiber.
 */
#ifndef WIRE_DIAL_H
#define WIRE_DIAL_H

#include "wire/endpoint.h"

/* A listener at that host for one connection (RFC 959 §3.2), on a port that cannot be
 * guessed: of `first` to `last`, or any when both are 0.  The descriptor, non-blocking,
 * or -EADDRINUSE (all of them are taken), -EADDRNOTAVAIL, -EACCES, -errno. */
int dial_listen(const struct endpoint *host, uint16_t first, uint16_t last,
                uint16_t *port_r);

/* One that all share, at exactly that place. */
int dial_listen_shared(const struct endpoint *at);

/* A connection from that host to the other; from->port is taken if it can be had, 0: any; and
 * from an address of nobody's (0.0.0.0, ::) from any.
 * The descriptor, non-blocking, or -ETIMEDOUT (the deadline), -ECONNREFUSED, -ECANCELED,
 * -errno. */
int dial_connect(const struct endpoint *from, const struct endpoint *to,
                 uint64_t deadline);

#endif
