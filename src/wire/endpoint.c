/* endpoint - see endpoint.h. */
#include "wire/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

int endpoint_of(const union endpoint_name *name, struct endpoint *e)
{
    const struct sockaddr_in *v4 = (const void *)name;
    const struct sockaddr_in6 *v6 = (const void *)name;
    *e = (struct endpoint){ .port = 0 };
    if (name->any.sa_family == AF_INET) {
        e->ip = ip_from_v4(&v4->sin_addr);
        e->port = ntohs(v4->sin_port);
    } else if (name->any.sa_family == AF_INET6) {
        memcpy(e->ip.at, &v6->sin6_addr, sizeof e->ip.at);
        e->port = ntohs(v6->sin6_port);
        e->scope = v6->sin6_scope_id;
    } else {
        return -EAFNOSUPPORT;
    }
    return 0;
}

socklen_t endpoint_name(const struct endpoint *e, union endpoint_name *name_r)
{
    memset(name_r, 0, sizeof *name_r);
    if (ip_is_v4(&e->ip)) {
        struct sockaddr_in *v4 = (void *)name_r;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(e->port);
        memcpy(&v4->sin_addr, e->ip.at + NETWORK_V4_BITS / 8, sizeof v4->sin_addr);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (void *)name_r;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(e->port);
    v6->sin6_scope_id = e->scope;
    memcpy(&v6->sin6_addr, e->ip.at, sizeof v6->sin6_addr);
    return sizeof *v6;
}

/* Only of TCP: a datagram socket, too, may be connected. */
static bool is_stream(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM;
}

int endpoint_here(int fd, struct endpoint *e)
{
    union endpoint_name name = { .any.sa_family = AF_UNSPEC };
    socklen_t size = sizeof name;
    if (getsockname(fd, &name.any, &size) < 0)
        return -errno;
    return is_stream(fd) ? endpoint_of(&name, e) : -EAFNOSUPPORT;
}

int endpoint_there(int fd, struct endpoint *e)
{
    union endpoint_name name = { .any.sa_family = AF_UNSPEC };
    socklen_t size = sizeof name;
    if (getpeername(fd, &name.any, &size) < 0)
        return -errno;
    return is_stream(fd) ? endpoint_of(&name, e) : -EAFNOSUPPORT;
}

bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
    return memcmp(a->ip.at, b->ip.at, sizeof a->ip.at) == 0 && a->scope == b->scope;
}
