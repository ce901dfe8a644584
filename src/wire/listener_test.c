/* listener - real sockets on the loopback, and too many of them. */
#include "test/unit.h"
#include "wire/listener.h"
#include "wire/pair_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "config/limits.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t sessions, loopbacks;

static void greet(struct wire *w, void *arg)
{
    struct line line;
    sessions++;
    loopbacks += wire_peer_is_loopback(w);
    wire_say(w, "220 %s", (const char *)arg);
    if (wire_line(w, &line))
        wire_say(w, "221 bye");
    sessions--;
}

static struct listener_settings settings(size_t sessions_max)
{
    static char ready[] = "ready";
    return (struct listener_settings){ .wire = pair_settings,
                                       .sessions_max = sessions_max,
                                       .session = greet,
                                       .arg = ready,
                                       .busy = "421 busy" };
}

/* A listening socket on a free port of the loopback. */
static int listen_somewhere(struct sockaddr_in *address_r)
{
    socklen_t size = sizeof(*address_r);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *address_r = (struct sockaddr_in){ .sin_family = AF_INET };
    address_r->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address_r, size) == 0 &&
          listen(fd, 256) == 0 &&
          getsockname(fd, (struct sockaddr *)address_r, &size) == 0);
    return fd;
}

/* The handshake is the kernel's: it is over before anybody accepts. */
static int connect_to(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 &&
          connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

static size_t hear(int fd, char *into, size_t size)
{
    ssize_t n = recv(fd, into, size, 0);
    return n > 0 ? (size_t)n : 0;
}

/* All of the clients that have been greeted so far. */
static size_t count_greeted(const int *clients, bool *greeted, size_t count)
{
    size_t n = 0;
    char said[100];
    for (size_t i = 0; i < count; i++) {
        size_t len = greeted[i] ? 0 : hear(clients[i], said, sizeof(said));
        greeted[i] |= span_is(span_at(said, len), SPAN("220 ready\r\n"));
        n += greeted[i];
    }
    return n;
}

static void finish(struct listener **l, const int *clients, size_t count)
{
    listener_close(l);
    CHECK(*l == NULL);
    for (size_t i = 0; i < count; i++)
        close(clients[i]);
    for (int i = 0; i < 100 && fiber_count() > 0; i++)
        pair_turns(1);
    pair_end();
}

TEST(listener_serves_a_hundred)
{
    enum { CLIENTS = 100 };
    struct sockaddr_in address;
    int clients[CLIENTS];
    bool greeted[CLIENTS] = { false };
    struct listener_settings s = settings(1000);
    loopbacks = 0;
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(&address);
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients, greeted, CLIENTS), CLIENTS);
    CHECK_EQ_UINT(sessions, CLIENTS);
    CHECK_EQ_UINT(loopbacks, CLIENTS);
    finish(&l, clients, CLIENTS);
    CHECK_EQ_UINT(sessions, 0);
}

/* It leaves the others a turn; but there are none. */
TEST(listener_shared_takes_few_a_turn)
{
    struct sockaddr_in address;
    int clients[5];
    bool greeted[5] = { false };
    struct listener_settings s = settings(1000);
    s.copies = 2;
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < 5; i++)
        clients[i] = connect_to(&address);
    pair_turns(1);
    CHECK(wire_count() >= 1 && wire_count() < 5);
    for (int i = 0; i < 5; i++)
        pair_pass(ACCEPT_TURN_MS * CLOCK_MS);
    pair_turns(3);
    CHECK_EQ_UINT(count_greeted(clients, greeted, 5), 5);
    finish(&l, clients, 5);
}

TEST(listener_leaves_them_in_the_backlog_when_full)
{
    struct sockaddr_in address;
    int clients[5];
    bool greeted[5] = { false };
    struct listener_settings s = settings(2);
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < 5; i++)
        clients[i] = connect_to(&address);
    for (size_t gone = 0; gone < 3; gone++) {
        pair_turns(5);
        CHECK_EQ_UINT(sessions, 2);
        CHECK_EQ_UINT(count_greeted(clients, greeted, 5), gone + 2);
        shutdown(clients[gone], SHUT_RDWR);
    }
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients, greeted, 5), 5);
    CHECK_EQ_UINT(sessions, 2);
    finish(&l, clients, 5);
}

TEST(listener_closes_while_sessions_go_on)
{
    struct sockaddr_in address;
    char said[100];
    struct listener_settings s = settings(10);
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    int client = connect_to(&address);
    pair_turns(3);
    listener_close(&l);
    listener_close(&l);
    CHECK(send(client, "QUIT\r\n", 6, 0) == 6);
    pair_turns(3);
    CHECK_EQ_UINT(hear(client, said, sizeof(said)), 20);
    finish(&l, &client, 1);
}

/* What nobody has read must not become a RST that destroys the last reply. */
TEST(listener_last_reply_is_not_lost)
{
    static char more[100000];
    struct sockaddr_in address;
    char said[100];
    struct listener_settings s = settings(10);
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    int client = connect_to(&address);
    pair_turns(3);
    CHECK_EQ_UINT(hear(client, said, sizeof(said)), 11);
    CHECK(send(client, "QUIT\r\n", 6, 0) == 6);
    CHECK(send(client, more, sizeof(more), 0) > 50000);
    pair_turns(10);
    CHECK(send(client, more, 10, MSG_NOSIGNAL) == 10);
    pair_turns(10);
    pair_pass(LINGER_MS * CLOCK_MS);
    CHECK_EQ_UINT(wire_count(), 0);
    CHECK_SPAN(span_at(said, hear(client, said, sizeof(said))), "221 bye\r\n");
    CHECK_EQ_INT(recv(client, said, sizeof(said), 0), 0);
    finish(&l, &client, 1);
}

TEST(wire_sets_the_options_of_its_socket)
{
    struct sockaddr_in address;
    int no_delay = 0, timeout = 0;
    socklen_t size = sizeof(int);
    pair_begin();
    int listening = listen_somewhere(&address);
    int client = connect_to(&address);
    int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct wire *w = wire_open(fd, "127.0.0.1", &pair_settings);
    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
    getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size);
    CHECK_EQ_INT(no_delay, 1);
    CHECK_EQ_INT(timeout, 20000);
    wire_close(&w);
    close(client);
    close(listening);
    pair_end();
}

/* A04: they are gone before anybody accepts them. */
TEST(listener_survives_those_who_reset)
{
    struct sockaddr_in address;
    struct listener_settings s = settings(1000);
    const struct linger reset = { 1, 0 };
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < 200; i++) {
        int client = connect_to(&address);
        setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(client);
    }
    int client = connect_to(&address);
    bool greeted = false;
    pair_turns(20);
    CHECK_EQ_UINT(count_greeted(&client, &greeted, 1), 1);
    CHECK_EQ_UINT(sessions, 1);
    finish(&l, &client, 1);
}

/* ---- A04, A05: out of descriptors */

static unsigned complaints;

static void count_complaint(enum log_level level, uint64_t session, const char *line)
{
    (void)level, (void)session, (void)line;
    complaints++;
}

/* No descriptor above those that are open now; `left` more may be. */
static struct rlimit leave_descriptors(rlim_t left)
{
    struct rlimit before, now;
    getrlimit(RLIMIT_NOFILE, &before);
    int lowest = dup(0);
    close(lowest);
    now = before;
    now.rlim_cur = (rlim_t)lowest + left;
    CHECK(setrlimit(RLIMIT_NOFILE, &now) == 0);
    return before;
}

TEST(listener_out_of_descriptors)
{
    enum { CLIENTS = 8 };
    struct sockaddr_in address;
    int clients[CLIENTS];
    bool greeted[CLIENTS] = { false };
    char said[100];
    struct listener_settings s = settings(1000);
    pair_begin();
    log_to(count_complaint);
    complaints = 0;
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(&address);
    struct rlimit before = leave_descriptors(3);
    pair_turns(5);
    CHECK_EQ_UINT(sessions, 3);
    CHECK_EQ_UINT(count_greeted(clients, greeted, 3), 3);
    for (int i = 3; i < CLIENTS; i++)
        CHECK_SPAN(span_at(said, hear(clients[i], said, sizeof(said))), "421 busy\r\n");
    CHECK_EQ_UINT(complaints, 1);

    /* The old ones are served to their end; then new ones are welcome. */
    CHECK(send(clients[0], "QUIT\r\n", 6, 0) == 6);
    pair_turns(3);
    CHECK_SPAN(span_at(said, hear(clients[0], said, sizeof(said))), "221 bye\r\n");
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    close(clients[0]);
    pair_turns(3);
    clients[0] = connect_to(&address);
    greeted[0] = false;
    pair_turns(3);
    CHECK_EQ_UINT(count_greeted(clients, greeted, 1), 1);
    log_to(NULL);
    finish(&l, clients, CLIENTS);
}

/* A03: the third of one address is told why, and the next may come when one has left. */
TEST(listener_turns_away_who_has_many)
{
    enum { CLIENTS = 3 };
    struct sockaddr_in address;
    int clients[CLIENTS];
    bool greeted[CLIENTS] = { false };
    char said[100];
    struct source_setting limits = { .sessions = 2, .network_sessions = 9 };
    struct listener_settings s = settings(1000);
    s.sources = sources_open(NULL, 1, 0, &limits);
    s.too_many = "421 too many";
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(&address);
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients, greeted, 2), 2);
    CHECK_SPAN(span_at(said, hear(clients[2], said, sizeof(said))), "421 too many\r\n");
    CHECK_EQ_INT((int)recv(clients[2], said, 1, 0), 0);
    close(clients[0]);
    pair_turns(10);
    close(clients[2]);
    clients[0] = connect_to(&address);
    clients[2] = connect_to(&address);
    pair_turns(10);
    CHECK(span_is(span_at(said, hear(clients[0], said, sizeof(said))),
                  SPAN("220 ready\r\n")));
    CHECK_SPAN(span_at(said, hear(clients[2], said, sizeof(said))), "421 too many\r\n");
    finish(&l, clients, CLIENTS);
    sources_close(&s.sources);
}

/* A bound that is raised lets in who waits; one that is lowered ends nobody. */
TEST(listener_changes_its_bound)
{
    enum { CLIENTS = 6 };
    struct sockaddr_in address;
    int clients[CLIENTS];
    bool greeted[CLIENTS] = { false };
    struct listener_settings s = settings(2);
    pair_begin();
    struct listener *l = listener_open(listen_somewhere(&address), &s);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(&address);
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients, greeted, CLIENTS), 2);
    listener_change(l, 4, CLOCK_SECOND);
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients, greeted, CLIENTS), 4);
    listener_change(l, 1, CLOCK_SECOND);
    pair_turns(10);
    CHECK_EQ_UINT(sessions, 4);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients + 3, greeted + 3, CLIENTS - 3), 1);
    close(clients[3]);
    pair_turns(10);
    CHECK_EQ_UINT(count_greeted(clients + 3, greeted + 3, CLIENTS - 3), 2);
    finish(&l, clients + 4, 2);
}
