/* dialer - what it opens, and for whom: by policy, over channels and real sockets. */
#include "role/dialer.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "ipc/ends_test.h"
#include "test/unit.h"
#include "wire/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

static const struct service services[] = {
    { MESSAGE_dialer_listen, dialer_on_listen },
    { MESSAGE_dialer_listen_shared, dialer_on_listen_shared },
    { MESSAGE_dialer_connect_back, dialer_on_connect_back },
    { 0 },
};

static struct settings settings;

static struct endpoint loopback(int family, uint16_t port)
{
    struct endpoint e = { .port = port };
    CHECK(ip_parse(family == AF_INET ? SPAN("127.0.0.1") : SPAN("::1"), &e.ip));
    return e;
}

/* [0]: the client's, [1]: the server's end of a control connection. */
static bool connect_control(int family, int ends_r[2])
{
    struct endpoint here = loopback(family, 0);
    union endpoint_name name;
    int listener = dial_listen(&here, 0, 0, &here.port);
    ends_r[0] = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = endpoint_name(&here, &name);
    bool good = CHECK_EQ_INT(connect(ends_r[0], &name.any, size), 0);
    ends_r[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    close(listener);
    return good && CHECK(ends_r[1] >= 0);
}

static int listen_as_client(int family, uint16_t *port_r)
{
    struct endpoint here = loopback(family, 0);
    return dial_listen(&here, 0, 0, port_r);
}

static void begin(void)
{
    settings_default(&settings);
    dialer_policy(&settings);
    ends_open(ROLE_FTP, ROLE_DIALER, services);
}

/* ---- asking */

struct asking {
    int control;
    uint32_t port; /* 0: for a listener */
    int error, fd;
    uint32_t port_r;
    bool done;
};

static void ask(void *arg)
{
    struct asking *a = arg;
    struct dialer_listen_answer listen = { .listener = -1 };
    struct dialer_connect_back_answer back = { .connected = -1 };
    if (a->port == 0)
        a->error = ask_dialer_listen(&(struct dialer_listen){ .control = a->control },
                                     &listen, NULL);
    else
        a->error =
            ask_dialer_connect_back(&(struct dialer_connect_back){ .control =
                                                                       a->control,
                                                                   .port = a->port },
                                    &back, NULL);
    a->fd = a->error ? -1 : a->port == 0 ? listen.listener : back.connected;
    a->port_r = listen.port;
    a->done = true;
}

static int asked(struct asking *a, int control, uint32_t port)
{
    *a = (struct asking){ .control = control, .port = port };
    CHECK_EQ_INT(fiber_go(ask, a), 0);
    for (int i = 0; i < 100 && !ends_turn(&a->done); i++)
        usleep(1000);
    CHECK(a->done);
    return a->error;
}

/* ---- passive */

TEST(dialer_listens_where_the_control_connection_is)
{
    static const int families[] = { AF_INET, AF_INET6 };
    begin();
    for (int i = 0; i < 2; i++) {
        struct asking a;
        int control[2];
        struct endpoint at, here;
        if (!connect_control(families[i], control))
            break;
        CHECK_EQ_INT(asked(&a, control[1], 0), 0);
        CHECK_EQ_INT(endpoint_here(control[1], &here), 0);
        CHECK_EQ_INT(endpoint_here(a.fd, &at), 0);
        CHECK(endpoint_same_host(&at, &here));
        CHECK(at.port == a.port_r && at.port >= 1024);
        CHECK_EQ_INT(endpoint_there(a.fd, &at), -ENOTCONN);
        close(a.fd);
        close(control[0]);
        close(control[1]);
    }
    ends_close();
}

/* F02: who has seen some ports does not know the next. */
TEST(dialer_F02_ports_cannot_be_guessed)
{
    enum { PORTS = 40 };
    int control[2];
    unsigned near = 0, last = 0;
    begin();
    if (!connect_control(AF_INET, control))
        return;
    for (int i = 0; i < PORTS; i++) {
        struct asking a;
        CHECK_EQ_INT(asked(&a, control[1], 0), 0);
        unsigned distance = a.port_r > last ? a.port_r - last : last - a.port_r;
        near += distance < 64;
        last = a.port_r;
        close(a.fd);
    }
    CHECK(near < PORTS / 4);
    close(control[0]);
    close(control[1]);
    ends_close();
}

/* In the range that is configured, however many are in TIME_WAIT; and when all are taken
 * it says so. */
TEST(dialer_stays_in_the_passive_ports)
{
    const unsigned ports = 4;
    struct asking a[5];
    int control[2];
    uint16_t near;
    begin();
    int other = listen_as_client(AF_INET, &near);
    if (!connect_control(AF_INET, control))
        return;
    unsigned first = near > 60000 ? near - ports : near + 1U;
    settings.ftp.passive_first = first;
    settings.ftp.passive_last = first + ports - 1;
    unsigned taken = 0;
    for (unsigned i = 0; i <= ports; i++)
        if (asked(&a[i], control[1], 0) == 0) {
            CHECK(a[i].port_r >= first && a[i].port_r < first + ports);
            taken |= 1U << (a[i].port_r - first);
        }
    CHECK(taken != 0); /* of the four, another program may have some */
    CHECK_EQ_INT(a[ports].error, -EADDRINUSE);
    for (unsigned i = 0; i < ports; i++)
        if (a[i].fd >= 0)
            close(a[i].fd);
    close(other);
    close(control[0]);
    close(control[1]);
    ends_close();
}

/* ---- one-port mode */

static void ask_shared(void *arg)
{
    struct asking *a = arg;
    struct dialer_listen_shared_answer answer = { .listener = -1 };
    a->error =
        ask_dialer_listen_shared(&(struct dialer_listen_shared){ .number = a->port },
                                 &answer, NULL);
    a->fd = answer.listener;
    a->done = true;
}

/* Where FTP is served, each address once; nowhere without a port for all. */
TEST(dialer_has_one_port_for_all)
{
    static const struct listen_setting listen[] = {
        { .service = SERVICE_SMTP, .port = 25, .address = "127.0.0.7" },
        { .service = SERVICE_FTP, .port = 21, .address = "127.0.0.1" },
        { .service = SERVICE_FTPS, .port = 990, .address = "127.0.0.1" },
        { .service = SERVICE_FTP, .port = 21, .address = "::1" },
    };
    static const char *const addresses[] = { "127.0.0.1", "::1", NULL };
    uint16_t port;
    begin();
    memcpy(settings.listen, listen, sizeof listen);
    settings.listeners = sizeof listen / sizeof *listen;
    close(listen_as_client(AF_INET, &port));
    for (int one = 0; one < 2; one++) {
        settings.ftp.passive_first = port;
        settings.ftp.passive_last = one ? port : port + 1U;
        for (uint32_t i = 0; i < 3; i++) {
            struct asking a = { .port = i };
            struct endpoint at, wanted = { .port = port };
            CHECK_EQ_INT(fiber_go(ask_shared, &a), 0);
            CHECK(ends_turn(&a.done));
            bool there = one && addresses[i];
            if (!CHECK_EQ_INT(a.error, there ? 0 : -ENOENT) || !there)
                continue;
            CHECK_EQ_INT(endpoint_here(a.fd, &at), 0);
            CHECK(ip_parse(span_of(addresses[i]), &wanted.ip));
            CHECK(endpoint_same_host(&at, &wanted) && at.port == port);
            close(a.fd);
        }
    }
    ends_close();
}

/* ---- active */

/* 1: from the port below control's own; 0: from another; -1: there is no such family here. */
static int connects_from_below(int family)
{
    struct asking a;
    int control[2];
    uint16_t port;
    struct endpoint from, own;
    int listener = listen_as_client(family, &port);
    if (!connect_control(family, control))
        return -1;
    CHECK_EQ_INT(asked(&a, control[1], port), 0);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    CHECK_EQ_INT(endpoint_there(fd, &from), 0);
    CHECK_EQ_INT(endpoint_here(control[1], &own), 0);
    CHECK(endpoint_same_host(&from, &own));
    close(fd);
    close(a.fd);
    close(listener);
    close(control[0]);
    close(control[1]);
    return from.port == own.port - 1U;
}

/* That port may be somebody else's just then, and another is taken; not again and again. */
TEST(dialer_connects_back_from_the_port_below)
{
    static const int families[] = { AF_INET, AF_INET6 };
    begin();
    for (int i = 0; i < 2; i++) {
        int below = 0;
        for (int try = 0; try < 10 && below == 0; try++)
            below = connects_from_below(families[i]);
        CHECK(below != 0);
    }
    ends_close();
}

/* Twice to the same port: the pair of ports is in TIME_WAIT then, and another is taken. */
TEST(dialer_connects_back_again_at_once)
{
    int control[2];
    uint16_t port;
    begin();
    int listener = listen_as_client(AF_INET, &port);
    if (!connect_control(AF_INET, control))
        return;
    for (int i = 0; i < 3; i++) {
        struct asking a;
        CHECK_EQ_INT(asked(&a, control[1], port), 0);
        int fd = accept(listener, NULL, NULL);
        close(a.fd); /* the server closes first */
        close(fd);
    }
    close(listener);
    close(control[0]);
    close(control[1]);
    ends_close();
}

TEST(dialer_says_that_nobody_is_there)
{
    struct asking a;
    int control[2];
    uint16_t port;
    begin();
    close(listen_as_client(AF_INET, &port));
    if (!connect_control(AF_INET, control))
        return;
    CHECK_EQ_INT(asked(&a, control[1], port), -ECONNREFUSED);
    close(control[0]);
    close(control[1]);
    ends_close();
}

/* F01: there is no address in the message; and of the peer's ports, not the privileged
 * ones, nor this server's own when the client seems to be this machine. */
TEST(dialer_F01_ports_that_are_refused)
{
    static const uint32_t refused[] = {
        1, 21, 25, 110, 1023, 65536, 131072, UINT32_MAX
    };
    struct asking a;
    int control[2];
    uint16_t ours;
    begin();
    int listener = listen_as_client(AF_INET, &ours);
    settings.listen[0] =
        (struct listen_setting){ .service = SERVICE_SMTP, .port = ours };
    settings.listeners = 1;
    if (!connect_control(AF_INET, control))
        return;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK_EQ_INT(asked(&a, control[1], refused[i]), -EACCES);
    CHECK_EQ_INT(asked(&a, control[1], ours), -EACCES);
    CHECK_EQ_INT(accept4(listener, NULL, NULL, 0), -1);
    close(listener);
    close(control[0]);
    close(control[1]);
    ends_close();
}

/* F01: what is no connection of TCP has no peer: a captured front gets nothing with it. */
TEST(dialer_F01_needs_a_control_connection)
{
    struct asking a;
    int local[2];
    begin();
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int listener = dial_listen(&(struct endpoint){ loopback(AF_INET, 0).ip, 0, 0 }, 0,
                               0, &(uint16_t){ 0 });
    int unconnected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct endpoint to = loopback(AF_INET, 9);
    union endpoint_name name;
    socklen_t size = endpoint_name(&to, &name);
    CHECK_EQ_INT(connect(udp, &name.any, size), 0);
    CHECK_EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, local), 0);
    const int wrong[] = { -1, udp, listener, unconnected, local[0] };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(asked(&a, wrong[i], 0) < 0);
        CHECK(asked(&a, wrong[i], 2000) < 0);
    }
    close(udp);
    close(listener);
    close(unconnected);
    close(local[0]);
    close(local[1]);
    ends_close();
}

TEST(dialer_keeps_no_descriptors)
{
    struct asking a;
    int control[2];
    uint16_t port;
    begin();
    int listener = listen_as_client(AF_INET, &port);
    if (!connect_control(AF_INET, control))
        return;
    size_t before = open_descriptors();
    for (int i = 0; i < 10; i++) {
        CHECK_EQ_INT(asked(&a, control[1], 0), 0);
        close(a.fd);
        CHECK_EQ_INT(asked(&a, control[1], port), 0);
        close(a.fd);
        CHECK_EQ_INT(asked(&a, control[1], 80), -EACCES);
        close(accept(listener, NULL, NULL));
    }
    CHECK_EQ_UINT(open_descriptors(), before);
    close(listener);
    close(control[0]);
    close(control[1]);
    ends_close();
}
