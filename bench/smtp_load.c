/*
 * smtp_load - sends mail as fast as a server takes it, over many connections.
 *
 *     smtp_load PORT CONNECTIONS SIZE SECONDS RECIPIENT COUNT [MOST]
 *
 * RECIPIENT is a pattern with one %u: user%02u@hamburger.edu stands for COUNT accounts,
 * taken in turn.  MAIL, RCPT and DATA go in one segment where the server announces
 * PIPELINING.  Stops after SECONDS or MOST messages and prints
 *
 *     accepted N seconds S per_second R p50_us A p99_us B cpu_s C
 *
 * One thread with epoll, so that it takes as little as possible from the server.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_MAX = 4096, LATENCIES_MAX = 1 << 22, CONNECTIONS_MAX = 4096 };

/* What a connection waits for. */
enum step { GREETING, EHLO, ENVELOPE, CONTENT, DONE };

struct connection {
    int fd;
    enum step step;
    int replies; /* of ENVELOPE, still to come */
    char in[IN_MAX];
    size_t in_len;
    size_t sent; /* of the message, when the socket was full */
    double began;
};

static struct load {
    const char *recipient;
    unsigned count;
    unsigned long next, most, accepted, open;
    double until;
    char *message;
    size_t message_len;
    float *latencies;
    int epoll;
} load;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "smtp_load: %s: %s\n", what, detail);
    exit(1);
}

static void say(struct connection *c, const char *text, size_t len)
{
    if (write(c->fd, text, len) != (ssize_t)len)
        fail("write", strerror(errno));
}

static void begin_message(struct connection *c)
{
    char text[1024], recipient[256];
    if (load.next >= load.most || now() >= load.until) {
        c->step = DONE;
        say(c, "QUIT\r\n", 6);
        return;
    }
    /* The pattern is the caller's own, from the command line. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(recipient, sizeof recipient, load.recipient,
             (unsigned)(load.next++ % load.count));
#pragma GCC diagnostic pop
    int n = snprintf(text, sizeof text,
                     "MAIL FROM:<sender@client.test>\r\nRCPT TO:<%s>\r\nDATA\r\n",
                     recipient);
    c->began = now();
    c->step = ENVELOPE;
    c->replies = 3;
    say(c, text, (size_t)n);
}

static void send_content(struct connection *c)
{
    while (c->sent < load.message_len) {
        ssize_t n = send(c->fd, load.message + c->sent, load.message_len - c->sent,
                         MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            fail("write", strerror(errno));
        c->sent += (size_t)n;
    }
}

static void on_accepted(struct connection *c)
{
    if (load.accepted < LATENCIES_MAX)
        load.latencies[load.accepted] = (float)(now() - c->began);
    load.accepted++;
    begin_message(c);
}

static void expect(const char *line, char digit)
{
    if (line[0] != digit)
        fail("the server said", line);
}

static void on_reply(struct connection *c, const char *line)
{
    switch (c->step) {
    case GREETING:
        expect(line, '2');
        c->step = EHLO;
        say(c, "EHLO client.test\r\n", 18);
        break;
    case EHLO:
        expect(line, '2');
        begin_message(c);
        break;
    case ENVELOPE:
        expect(line, c->replies == 1 ? '3' : '2');
        if (--c->replies == 0) {
            c->step = CONTENT;
            c->sent = 0;
            send_content(c);
        }
        break;
    case CONTENT:
        expect(line, '2');
        on_accepted(c);
        break;
    case DONE:
        break;
    }
}

static void on_end(struct connection *c, const char *why)
{
    if (c->step != DONE)
        fail("read", why);
    close(c->fd);
    load.open--;
}

static void take_replies(struct connection *c)
{
    c->in[c->in_len] = '\0';
    char *line = c->in, *end;
    while ((end = strstr(line, "\r\n")) != NULL) {
        *end = '\0';
        if (line[3] != '-')
            on_reply(c, line);
        line = end + 2;
    }
    c->in_len -= (size_t)(line - c->in);
    memmove(c->in, line, c->in_len);
}

/* Edge-triggered: to the end of what is there. */
static void on_input(struct connection *c)
{
    for (;;) {
        ssize_t n =
            recv(c->fd, c->in + c->in_len, sizeof c->in - 1 - c->in_len, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            on_end(c, n < 0 ? strerror(errno) : "closed");
            return;
        }
        c->in_len += (size_t)n;
        take_replies(c);
    }
}

static void connect_to(struct connection *c, uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0)
        fail("connect", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
                                 .data.ptr = c };
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event);
    load.open++;
}

static void compose(size_t size)
{
    static const char header[] = "From: sender@client.test\r\nTo: someone\r\n"
                                 "Subject: load\r\nMessage-ID: <load@client.test>\r\n"
                                 "Date: Sat, 21 Nov 2026 09:30:00 +0000\r\n\r\n";
    load.message = malloc(size + 256);
    if (load.message == NULL)
        fail("memory", strerror(errno));
    size_t n = sizeof header - 1;
    memcpy(load.message, header, n);
    for (unsigned column = 0; n < size - 2; n++, column++) {
        load.message[n] = (char)('a' + (n * 7 + column) % 26);
        if (column >= 70 && n + 4 < size) {
            memcpy(load.message + n, "\r\n", 2);
            n++;
            column = 0;
        }
    }
    memcpy(load.message + n, "\r\n.\r\n", 5);
    load.message_len = n + 5;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(double seconds)
{
    struct rusage used;
    size_t n = load.accepted < LATENCIES_MAX ? load.accepted : LATENCIES_MAX;
    getrusage(RUSAGE_SELF, &used);
    qsort(load.latencies, n, sizeof *load.latencies, by_value);
    printf("accepted %lu seconds %.3f per_second %.0f p50_us %.0f p99_us %.0f cpu_s "
           "%.3f\n",
           load.accepted, seconds, (double)load.accepted / seconds,
           n ? (double)load.latencies[n / 2] * 1e6 : 0,
           n ? (double)load.latencies[n * 99 / 100] * 1e6 : 0,
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

static void run(struct connection *connections, unsigned long n, uint16_t port)
{
    for (unsigned long i = 0; i < n; i++)
        connect_to(&connections[i], port);
    while (load.open > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(load.epoll, events, 64, 10000);
        if (ready == 0)
            fail("the server", "says nothing for 10 s");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->step == CONTENT && (events[i].events & EPOLLOUT))
                send_content(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                on_input(c);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fprintf(stderr,
                "smtp_load PORT CONNECTIONS SIZE SECONDS RECIPIENT COUNT [MOST]\n");
        return 2;
    }
    unsigned long connections = strtoul(argv[2], NULL, 10);
    size_t size = strtoul(argv[3], NULL, 10);
    if (connections < 1 || connections > CONNECTIONS_MAX || size < 512)
        fail("usage", "1 to 4096 connections, messages of at least 512 octets");
    compose(size);
    load.recipient = argv[5];
    load.count = (unsigned)strtoul(argv[6], NULL, 10);
    load.most = argc > 7 ? strtoul(argv[7], NULL, 10) : (unsigned long)-1;
    load.latencies = malloc(LATENCIES_MAX * sizeof *load.latencies);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct connection *all = calloc(connections, sizeof *all);
    if (load.latencies == NULL || all == NULL || load.count == 0)
        fail("start", "no memory, or no recipients");
    double began = now();
    load.until = began + strtod(argv[4], NULL);
    run(all, connections, (uint16_t)strtoul(argv[1], NULL, 10));
    report(now() - began);
    free(all);
    return 0;
}
