/*
 * endpoint - one end of a TCP connection: an address and a port, of either family.
 *
 * Read from a descriptor, never from what a peer says.  An IPv4 address is one, whatever
 * family its socket has (config/network.h).
 */
#ifndef WIRE_ENDPOINT_H
#define WIRE_ENDPOINT_H

#include "config/network.h"

#include <sys/socket.h>

struct endpoint {
    struct ip ip;
    uint16_t port;
    uint32_t scope; /* of a link-local IPv6 address, else 0 */
};

/* Large enough for both families. */
union endpoint_name {
    struct sockaddr any;
    struct sockaddr_storage storage;
};

/* The end that is here, the end that is there.  0, -ENOTCONN, -EAFNOSUPPORT (it is no
 * TCP socket of IPv4 or IPv6), -errno. */
int endpoint_here(int fd, struct endpoint *);
int endpoint_there(int fd, struct endpoint *);

/* As bind, connect and accept have it. */
int endpoint_of(const union endpoint_name *, struct endpoint *);
socklen_t endpoint_name(const struct endpoint *, union endpoint_name *name_r);

bool endpoint_same_host(const struct endpoint *, const struct endpoint *);

#endif
