/* The client's side of FTP's data connections: real sockets of the loopback interface. */
#include "test/talk/client_data.h"

#include "test/talk/client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

static struct sockaddr_in loopback(unsigned host, uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(port),
                                 .sin_addr.s_addr = htonl(0x7f000000u | host) };
}

static int bound(unsigned host, uint16_t *port_r)
{
    struct sockaddr_in name = loopback(host, 0);
    socklen_t size = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert(fd >= 0 && bind(fd, (struct sockaddr *)&name, size) == 0);
    assert(getsockname(fd, (struct sockaddr *)&name, &size) == 0);
    *port_r = ntohs(name.sin_port);
    return fd;
}

static bool connect_from(int fd, uint16_t port)
{
    struct sockaddr_in to = loopback(1, port);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS;
}

void client_tcp_pair(int pair_r[2])
{
    uint16_t port, unused;
    int listener = bound(1, &port);
    assert(listen(listener, 1) == 0);
    pair_r[0] = bound(1, &unused);
    assert(connect_from(pair_r[0], port));
    struct pollfd ready = { .fd = listener, .events = POLLIN };
    assert(poll(&ready, 1, PATIENCE_MS) == 1);
    pair_r[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert(pair_r[1] >= 0);
    close(listener);
}

static void protect(struct client *c)
{
    if (!c->protects)
        return;
    c->data_tls = test_tls_client(c->data, NULL, NULL);
    SSL_set_mode(c->data_tls,
                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

bool client_call(struct client *c, unsigned host)
{
    uint16_t unused;
    client_finish_data(c, false);
    c->data = bound(host, &unused);
    if (!connect_from(c->data, c->port))
        return false;
    protect(c);
    return true;
}

bool client_await_call(struct client *c)
{
    client_finish_data(c, false);
    c->listener = bound(1, &c->port);
    return listen(c->listener, 1) == 0;
}

static void take_caller(struct client *c)
{
    if (c->listener < 0)
        return;
    uint64_t until = real_ms() + PATIENCE_MS;
    while (c->data < 0 && real_ms() < until) {
        c->data = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (c->data < 0)
            turn(true);
    }
    close(c->listener);
    c->listener = -1;
    if (c->data >= 0)
        protect(c);
}

/* As recv and send. */
static ssize_t tls_result(struct client *c, int n)
{
    if (n > 0)
        return n;
    int error = SSL_get_error(c->data_tls, n);
    ERR_clear_error();
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN
                                                                          : ECONNRESET;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

bool client_upload(struct client *c, struct span octets)
{
    uint64_t until = real_ms() + PATIENCE_MS;
    take_caller(c);
    while (octets.len > 0 && c->data >= 0 && real_ms() < until) {
        ssize_t n =
            c->data_tls
                ? tls_result(c, SSL_write(c->data_tls, octets.at, (int)octets.len))
                : send(c->data, octets.at, octets.len, MSG_NOSIGNAL);
        if (n > 0)
            octets = span_skip(octets, (size_t)n);
        else if (errno == EAGAIN || errno == ENOTCONN)
            turn(true);
        else
            return false;
    }
    return octets.len == 0;
}

void client_finish_data(struct client *c, bool reset)
{
    static const struct linger at_once = { 1, 0 };
    if (c->data_tls && !reset)
        SSL_shutdown(c->data_tls);
    ERR_clear_error();
    SSL_free(c->data_tls);
    c->data_tls = NULL;
    if (c->data >= 0 && reset)
        setsockopt(c->data, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (c->data >= 0)
        close(c->data);
    if (c->listener >= 0)
        close(c->listener);
    c->data = c->listener = -1;
}

bool client_receive(struct client *c, bool *cut_r)
{
    char octets[16384];
    uint64_t until = real_ms() + PATIENCE_MS;
    ssize_t n = -1;
    take_caller(c);
    buf_clear(&c->received);
    while (c->data >= 0 && real_ms() < until) {
        n = c->data_tls ? tls_result(c, SSL_read(c->data_tls, octets, sizeof octets))
                        : recv(c->data, octets, sizeof octets, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != ENOTCONN))
            break;
        if (n > 0)
            assert(buf_put(&c->received, span_at(octets, (size_t)n)) == 0);
        else
            turn(true);
    }
    *cut_r = n < 0;
    bool ended = c->data >= 0 && (n == 0 || (n < 0 && errno != EAGAIN));
    client_finish_data(c, false);
    return ended;
}
