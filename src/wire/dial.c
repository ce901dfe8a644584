/* dial - see dial.h. */
#include "wire/dial.h"

#include "base/fiber.h"
#include "base/loop.h"
#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/random.h>

/* Ports are shared with connections that are ending (TIME_WAIT), never with a listener. */
static int new_socket(const struct endpoint *host)
{
    static const int on = 1;
    int family = ip_is_v4(&host->ip) ? AF_INET : AF_INET6;
    OWN(fd_close)
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return -errno;
    if (family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
        return -errno;
    return fd_take(&fd);
}

static int bind_to(int fd, const struct endpoint *host)
{
    union endpoint_name name;
    socklen_t size = endpoint_name(host, &name);
    return bind(fd, &name.any, size) < 0 ? -errno : 0;
}

/* ---- listening */

/* Two may have bound one port before either listens: then the second hears of it here. */
static int listen_at(const struct endpoint *host, uint16_t port, int backlog)
{
    struct endpoint at = *host;
    at.port = port;
    OWN(fd_close) int fd = new_socket(host);
    if (fd < 0)
        return fd;
    int error = bind_to(fd, &at);
    if (error)
        return error;
    return listen(fd, backlog) < 0 ? -errno : fd_take(&fd);
}

/* Begins anywhere in the range and takes the next that is free. */
static int listen_within(const struct endpoint *host, uint16_t first, uint16_t last)
{
    uint32_t start, count = (uint32_t)(last - first) + 1;
    int fd = -EADDRINUSE;
    if (getrandom(&start, sizeof start, 0) != (ssize_t)sizeof start)
        return -EIO;
    start %= count;
    for (uint32_t i = 0; i < count && fd == -EADDRINUSE; i++)
        fd = listen_at(host, (uint16_t)(first + (start + i) % count), DATA_BACKLOG);
    return fd;
}

/* Not the kernel's choice: it shuns ports of connections that are ending, and looks for
 * milliseconds once a client has fetched some thousand files in a minute. */
static int listen_anywhere(const struct endpoint *host)
{
    int fd = listen_within(host, DATA_PORTS_FIRST, DATA_PORTS_LAST);
    for (int i = 0; i < DIAL_TRIES && fd == -EADDRINUSE; i++)
        fd = listen_at(host, 0, DATA_BACKLOG);
    return fd;
}

int dial_listen(const struct endpoint *host, uint16_t first, uint16_t last,
                uint16_t *port_r)
{
    struct endpoint here;
    OWN(fd_close)
    int fd = first == 0 ? listen_anywhere(host) : listen_within(host, first, last);
    if (fd < 0)
        return fd;
    int error = endpoint_here(fd, &here);
    if (error)
        return error;
    *port_r = here.port;
    return fd_take(&fd);
}

int dial_listen_shared(const struct endpoint *at)
{
    return listen_at(at, at->port, LISTEN_BACKLOG);
}

/* ---- connecting */

struct attempt {
    struct watch watch;
    struct fiber *fiber;
    bool writable; /* it has come about, or failed */
};

static void on_ready(void *arg, unsigned ready)
{
    struct attempt *a = arg;
    if (!(ready & LOOP_WRITE))
        return;
    a->writable = true;
    fiber_wake(a->fiber);
}

static int outcome(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
}

static int await(int fd, uint64_t deadline)
{
    struct attempt a = { .fiber = fiber_self(), .writable = false };
    a.watch = (struct watch){ .on_ready = on_ready, .arg = &a };
    int error = loop_watch(&a.watch, fd);
    while (!error && !a.writable)
        error = fiber_park(deadline);
    loop_unwatch(&a.watch);
    return a.writable ? outcome(fd) : error;
}

/* The kernel knows better, and then has more ports to give. */
static bool is_anything(const struct endpoint *from)
{
    static const struct ip six;
    struct ip four;
    ip_parse(SPAN("0.0.0.0"), &four);
    return from->port == 0 && (memcmp(&from->ip, &six, sizeof six) == 0 ||
                               memcmp(&from->ip, &four, sizeof four) == 0);
}

static int connect_from(const struct endpoint *from, const struct endpoint *to,
                        uint64_t deadline)
{
    OWN(fd_close) int fd = new_socket(from);
    int error = fd < 0 ? fd : is_anything(from) ? 0 : bind_to(fd, from);
    if (error)
        return error;
    union endpoint_name name;
    socklen_t size = endpoint_name(to, &name);
    if (connect(fd, &name.any, size) < 0)
        error = errno == EINPROGRESS ? await(fd, deadline) : -errno;
    return error ? error : fd_take(&fd);
}

/* The port is another's, or we may not have it, or just that pair of ports was connected
 * a moment ago (TIME_WAIT). */
static bool is_about_our_port(int error)
{
    return error == -EADDRINUSE || error == -EADDRNOTAVAIL || error == -EACCES;
}

int dial_connect(const struct endpoint *from, const struct endpoint *to,
                 uint64_t deadline)
{
    struct endpoint any = *from;
    any.port = 0;
    int fd = connect_from(from, to, deadline);
    if (is_about_our_port(fd) && from->port != 0)
        fd = connect_from(&any, to, deadline);
    return fd;
}
