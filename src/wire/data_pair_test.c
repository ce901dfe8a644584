#include "wire/data_pair_test.h"

#include "base/fiber.h"
#include "base/loop.h"
#include "config/limits.h"
#include "test/unit.h"
#include "wire/dial.h"
#include "wire/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/mman.h>
#include <unistd.h>

const struct data_settings data_pair_settings = {
    .accept_time = DATA_ACCEPT_SECONDS * CLOCK_SECOND,
    .idle_time = DATA_SECONDS * CLOCK_SECOND,
};

static struct endpoint loopback(int family, unsigned host, uint16_t port)
{
    struct endpoint e = { .port = port };
    char text[16];
    snprintf(text, sizeof text, "127.0.0.%u", host);
    CHECK(ip_parse(family == AF_INET ? span_of(text) : SPAN("::1"), &e.ip));
    return e;
}

static int connect_to(int family, unsigned host, uint16_t port)
{
    struct endpoint from = loopback(family, host, 0), to = loopback(family, 1, port);
    union endpoint_name name;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = endpoint_name(&from, &name);
    CHECK_EQ_INT(bind(fd, &name.any, size), 0);
    size = endpoint_name(&to, &name);
    CHECK(connect(fd, &name.any, size) == 0 || errno == EINPROGRESS);
    return fd;
}

bool data_pair_sockets(int family, unsigned host, int ends_r[2])
{
    struct endpoint here = loopback(family, 1, 0);
    uint16_t port;
    int listener = dial_listen(&here, 0, 0, &port);
    if (!CHECK(listener >= 0))
        return false;
    ends_r[0] = connect_to(family, host, port);
    for (int i = 0; i < 1000; i++) {
        ends_r[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (ends_r[1] >= 0)
            break;
        usleep(1000);
    }
    close(listener);
    return CHECK(ends_r[1] >= 0);
}

bool data_pair_open(struct data_pair *p, int family, struct tls *tls)
{
    pair_begin();
    return data_pair_open_control(p, family, 1, tls);
}

bool data_pair_open_control(struct data_pair *p, int family, unsigned host,
                            struct tls *tls)
{
    struct wire_settings settings = pair_settings;
    int ends[2];
    memset(p, 0, sizeof *p);
    p->family = family;
    settings.tls = tls;
    p->settings = data_pair_settings;
    settings.alpn = "ftp";
    if (!data_pair_sockets(family, host, ends))
        return false;
    p->client = ends[0];
    p->control = wire_open(ends[1], "127.0.0.1", &settings);
    return CHECK(p->control != NULL);
}

bool data_pair_listen(struct data_pair *p)
{
    struct endpoint here;
    CHECK_EQ_INT(data_here(p->control, &here), 0);
    int listener = dial_listen(&here, 0, 0, &p->port);
    if (!CHECK(listener >= 0))
        return false;
    p->data = data_listen(p->control, listener, &p->settings);
    return CHECK(p->data != NULL);
}

void data_pair_turn(int i)
{
    pair_turns(1);
    if (i > 20)
        usleep(100);
}

static void run(void *arg)
{
    struct data_pair *p = arg;
    p->result = p->serve(p->data, p->arg);
    p->over = true;
}

void data_pair_serve(struct data_pair *p, int (*serve)(struct data *, void *),
                     void *arg)
{
    p->serve = serve;
    p->arg = arg;
    p->over = false;
    CHECK_EQ_INT(fiber_go(run, p), 0);
    pair_turns(2);
}

bool data_pair_await(struct data_pair *p)
{
    for (int i = 0; i < 20000 && !p->over; i++)
        data_pair_turn(i);
    return p->over;
}

static void start_tls(void *arg)
{
    struct data_pair *p = arg;
    CHECK(wire_start_tls(p->control));
    p->over = true;
}

bool data_pair_start_tls(struct data_pair *p, int version)
{
    p->over = false;
    p->client_tls = test_tls_client(p->client, "hamburger.edu", NULL);
    SSL_set_max_proto_version(p->client_tls, version);
    CHECK_EQ_INT(fiber_go(start_tls, p), 0);
    for (int i = 0; i < 1000 && SSL_do_handshake(p->client_tls) != 1; i++)
        data_pair_turn(i);
    data_pair_await(p);
    data_pair_say(p);
    return CHECK(p->over && SSL_is_init_finished(p->client_tls));
}

static void say(void *arg)
{
    struct data_pair *p = arg;
    wire_say(p->control, "200 hello");
    CHECK(wire_flush(p->control));
    p->over = true;
}

void data_pair_say(struct data_pair *p)
{
    char line[100];
    int n = -1;
    p->over = false;
    CHECK_EQ_INT(fiber_go(say, p), 0);
    for (int i = 0; i < 1000 && n <= 0; i++) {
        data_pair_turn(i);
        n = SSL_read(p->client_tls, line, sizeof line);
    }
    CHECK_EQ_INT(n, 11);
    data_pair_await(p);
}

void data_pair_close_control(struct data_pair *p)
{
    data_close(&p->data);
    if (p->client_tls) /* or its tickets would be worth nothing */
        SSL_set_shutdown(p->client_tls, SSL_SENT_SHUTDOWN);
    SSL_free(p->client_tls);
    if (p->client >= 0)
        close(p->client);
    wire_close(&p->control);
    pair_turns(2);
}

void data_pair_close(struct data_pair *p)
{
    data_pair_close_control(p);
    io_end();
    pair_end();
}

int data_pair_connect(const struct data_pair *p, unsigned host)
{
    return connect_to(p->family, host, p->port);
}

ssize_t data_pair_read(int fd, char *octets_r, size_t size)
{
    size_t len = 0;
    for (int idle = 0; idle < 20000;) {
        pair_turns(1);
        ssize_t n = recv(fd, octets_r + len, size - len, 0);
        if (n == 0)
            return (ssize_t)len;
        if (n > 0)
            len += (size_t)n;
        else if (errno != EAGAIN)
            return -1;
        if (n < 0 && ++idle > 20)
            usleep(100);
    }
    CHECK_EQ_INT(-1, 0); /* no end came */
    return -1;
}

bool data_pair_shake(SSL *ssl)
{
    int n = -1;
    for (int i = 0; i < 2000 && n != 1; i++) {
        ERR_clear_error();
        n = SSL_do_handshake(ssl);
        if (n != 1 && SSL_get_error(ssl, n) == SSL_ERROR_SSL)
            return false;
        data_pair_turn(i);
    }
    return n == 1;
}

ssize_t data_pair_hear(SSL *ssl, char *octets_r, size_t size)
{
    size_t len = 0;
    for (int idle = 0; idle < 20000;) {
        ERR_clear_error();
        int n = SSL_read(ssl, octets_r + len, (int)(size - len));
        int wants = SSL_get_error(ssl, n);
        if (n > 0)
            len += (size_t)n;
        else if (wants == SSL_ERROR_ZERO_RETURN)
            return (ssize_t)len;
        else if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE)
            return -1;
        data_pair_turn(n > 0 ? 0 : ++idle);
    }
    return -1;
}

void data_pair_send(SSL *ssl, const char *octets, size_t size)
{
    size_t done = 0;
    for (int idle = 0; done < size && idle < 20000;) {
        int n = SSL_write(ssl, octets + done, (int)(size - done));
        if (n > 0)
            done += (size_t)n;
        data_pair_turn(n > 0 ? 0 : ++idle);
    }
    CHECK_EQ_UINT(done, size);
}

int data_pair_file(const char *octets, size_t size)
{
    int fd = memfd_create("data", MFD_CLOEXEC);
    CHECK_EQ_INT(write(fd, octets, size), (ssize_t)size);
    return fd;
}

SSL *data_pair_connect_tls(const struct data_pair *p, SSL_SESSION *session)
{
    SSL *ssl = test_tls_client(data_pair_connect(p, 1), "hamburger.edu", NULL);
    SSL_set_max_proto_version(ssl, p->client_tls ? SSL_version(p->client_tls) : 0);
    if (session)
        CHECK_EQ_INT(SSL_set_session(ssl, session), 1);
    return ssl;
}

SSL *data_pair_connect_paired(const struct data_pair *p)
{
    SSL_SESSION *session = SSL_get1_session(p->client_tls);
    SSL *ssl = data_pair_connect_tls(p, session);
    SSL_SESSION_free(session);
    return ssl;
}

void data_pair_hang_up(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

int data_pair_begin_tls(struct data *d, bool sends)
{
    int error = data_accept(d);
    return error ? error : data_start_tls(d, sends);
}

int data_pair_send_listing(struct data *d, void *arg)
{
    (void)arg;
    int error = data_pair_begin_tls(d, true);
    for (int i = 0; !error && i < 1000; i++)
        error = data_put(d, SPAN("a line\r\n"));
    return error ? error : data_finish(d);
}
