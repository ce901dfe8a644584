/* client_data - data connections: RFC 959 §3.2, RFC 2428. */
#include "ftp/client_data.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "wire/data.h"
#include "wire/tls_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* ---- passive */

static bool extended(const struct ftp_client *c)
{
    if (c->peer.any.sa_family == AF_INET6)
        return true;
    bool refused =
        c->no_epsv || (client_has(c, FEATURE_KNOWN) && !client_has(c, FEATURE_EPSV));
    return !refused && !c->options.trust_address;
}

static int say_passive(struct ftp_client *c)
{
    c->passive_was_extended = extended(c);
    return client_say(c, c->passive_was_extended ? "EPSV" : "PASV");
}

void client_data_ahead(struct ftp_client *c)
{
    if (c->options.active || !c->control || c->passive_ahead)
        return;
    c->passive_ahead = say_passive(c) == 0 && wire_flush(c->control);
}

static int read_passive(struct ftp_client *c, struct data_way *way)
{
    struct span text = ftp_reply_text(c);
    bool good =
        c->passive_was_extended
            ? c->reply.code == 229 && reply_extended_passive(text, &way->port)
            : c->reply.code == 227 && reply_passive(text, way->host, &way->port);
    if (good) {
        way->has_host = !c->passive_was_extended && c->options.trust_address;
        return 0;
    }
    if (client_judge(c) != 0)
        return client_refused(c, "The server opens no data connection", NULL);
    return client_refused(c, "The server says no port that could be connected to",
                          NULL);
}

/* EPSV said ahead was for this transfer; one that the server does not know is PASV from
 * then on. */
int client_data_passive(struct ftp_client *c, struct data_way *way)
{
    int error = 0;
    if (!c->passive_ahead)
        error = say_passive(c);
    c->passive_ahead = false;
    if (!error)
        error = client_reply(c);
    bool unknown = !error && c->passive_was_extended && client_judge(c) != 0 &&
                   c->peer.any.sa_family == AF_INET;
    if (unknown) {
        c->no_epsv = true;
        error = say_passive(c);
        if (!error)
            error = client_reply(c);
    }
    return error ? error : read_passive(c, way);
}

/* ---- active */

static int open_listener(struct ftp_client *c, struct data_way *way)
{
    union ftp_address a = c->local;
    socklen_t size = sizeof(a);
    if (a.any.sa_family == AF_INET6)
        a.v6.sin6_port = 0;
    else
        a.v4.sin_port = 0;
    way->listener =
        socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (way->listener < 0 || bind(way->listener, &a.any, size) != 0 ||
        listen(way->listener, 1) != 0 || getsockname(way->listener, &a.any, &size) != 0)
        return client_fail(c, -errno, "Cannot listen for a data connection: %s.",
                           strerror(errno));
    way->port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
    return 0;
}

int client_data_port(struct ftp_client *c, const union ftp_address *to, uint16_t port)
{
    char host[INET6_ADDRSTRLEN];
    bool v6 = to->any.sa_family == AF_INET6;
    const void *address =
        v6 ? (const void *)&to->v6.sin6_addr : (const void *)&to->v4.sin_addr;
    int error;
    inet_ntop(to->any.sa_family, address, host, sizeof(host));
    if (v6 || client_has(c, FEATURE_EPRT)) {
        error = client_ask(c, "EPRT |%d|%s|%u|", v6 ? 2 : 1, host, port);
    } else {
        for (char *at = host; *at; at++)
            *at = *at == '.' ? ',' : *at;
        error = client_ask(c, "PORT %s,%u,%u", host, port >> 8, port & 255u);
    }
    if (!error && client_judge(c) != 0)
        error = client_refused(c, "The server does not connect there", NULL);
    return error;
}

static int active(struct ftp_client *c, struct data_way *way)
{
    int error = open_listener(c, way);
    return error ? error : client_data_port(c, &c->local, way->port);
}

/* ---- what both share */

int client_data_type(struct ftp_client *c, char type)
{
    if (c->type == type)
        return 0;
    int error = client_ask(c, "TYPE %c", type);
    if (!error && client_judge(c) != 0)
        error = client_refused(c, "The server refuses this type of transfer", NULL);
    c->type = error ? 0 : type;
    return error;
}

int client_data_prepare(struct ftp_client *c, struct data_way *way, char type)
{
    *way = (struct data_way){ .listener = -1 };
    int error = client_data_type(c, type);
    if (error)
        return error;
    return c->options.active ? active(c, way) : client_data_passive(c, way);
}

static int wrap(struct ftp_client *c, int fd)
{
    const struct data_settings settings = {
        .idle_time = c->options.reply_seconds * CLOCK_SECOND,
        .any_end = c->options.any_end,
    };
    c->data = data_open(c->control, fd, &settings);
    return c->data ? 0 : client_fail(c, -ENOMEM, "There is no memory.");
}

static int connect_passive(struct ftp_client *c, const struct data_way *way)
{
    union ftp_address to = c->peer;
    if (way->has_host)
        memcpy(&to.v4.sin_addr, way->host, 4);
    bool v6 = to.any.sa_family == AF_INET6;
    if (v6)
        to.v6.sin6_port = htons(way->port);
    else
        to.v4.sin_port = htons(way->port);
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    socklen_t size = v6 ? sizeof(to.v6) : sizeof(to.v4);
    if (connect(fd, &to.any, size) != 0 && errno != EINPROGRESS) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

struct acceptance {
    struct watch watch;
    struct fiber *fiber;
};

static void on_listener(void *arg, unsigned ready)
{
    struct acceptance *a = arg;
    (void)ready;
    fiber_wake(a->fiber);
}

static bool same_host(const union ftp_address *a, const union ftp_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    return a->any.sa_family == AF_INET6
               ? memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) ==
                     0
               : a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

/* The server alone may come: whoever else does is shut out. */
static int accept_active(struct ftp_client *c, const struct data_way *way)
{
    struct acceptance a = { .fiber = fiber_self() };
    a.watch.on_ready = on_listener;
    a.watch.arg = &a;
    int error = loop_watch(&a.watch, way->listener);
    uint64_t deadline = clock_in(c->options.connect_seconds * CLOCK_SECOND);
    int fd = -1;
    while (!error && fd < 0) {
        union ftp_address peer = { .any = { 0 } };
        socklen_t size = sizeof(peer);
        fd = accept4(way->listener, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 && !same_host(&peer, &c->peer) && !c->options.trust_address) {
            close(fd);
            fd = -1;
        } else if (fd < 0 && errno != EAGAIN && errno != EINTR &&
                   errno != ECONNABORTED) {
            error = -errno;
        } else if (fd < 0 && errno == EAGAIN) {
            error = client_park(c, deadline);
        }
    }
    loop_unwatch(&a.watch);
    return error ? error : fd;
}

int client_data_open(struct ftp_client *c, struct data_way *way)
{
    bool comes = way->listener >= 0;
    int fd = comes ? accept_active(c, way) : connect_passive(c, way);
    if (fd >= 0)
        return wrap(c, fd);
    if (comes)
        client_fail(c, fd,
                    "The server did not connect to port %u here: is a firewall or NAT "
                    "in "
                    "between? Try passive mode.",
                    way->port);
    else
        client_fail(c, fd, "No data connection to port %u of %s: %s.", way->port,
                    client_host(c), strerror(-fd));
    return fd;
}

void client_data_close(struct ftp_client *c, struct data_way *way)
{
    data_close(&c->data);
    if (way->listener >= 0)
        close(way->listener);
    way->listener = -1;
}

/* ---- a transfer's frame */

static int first_word(struct ftp_client *c, struct data_way *way, const char *verb,
                      const char *path)
{
    int error = client_reply(c);
    if (error)
        return error;
    if (client_judge(c) != 0)
        return client_refused(c, verb, path);
    way->over = c->reply.code >= 200;
    return 0;
}

/* RFC 4217 §7. */
static int start_tls(struct ftp_client *c, struct data_way *way)
{
    int error = data_start_tls(c->data, false);
    if (!error)
        return 0;
    const char *words = tls_client_words(c->tls);
    return client_fail(c, error,
                       "TLS on the data connection to port %u of %s failed: %s.",
                       way->port, client_host(c), *words ? words : strerror(-error));
}

int client_data_begin(struct ftp_client *c, struct data_way *way, const char *verb,
                      const char *path)
{
    bool comes = way->listener >= 0;
    int error = comes ? 0 : client_data_open(c, way);
    if (!error)
        error = *path ? client_say(c, "%s %s", verb, path) : client_say(c, "%s", verb);
    if (!error)
        error = first_word(c, way, verb, path);
    if (!error && comes)
        error = client_data_open(c, way);
    if (!error && c->data_tls)
        error = start_tls(c, way);
    if (error && !client_judge(c))
        client_hang_up(c);
    if (error)
        client_data_close(c, way);
    return error;
}

/* What the server still says under TLS is read: a connection closed with octets unread
 * is reset, which may cost the server what it has not read of ours. */
static int finish(struct ftp_client *c)
{
    int error = data_finish(c->data);
    while (!error && data_has_tls(c->data) && !data_is_ended(c->data)) {
        if (data_fill(c->data) != 0)
            break;
        data_consume(c->data, data_input(c->data).len);
    }
    return error;
}

/* Answers to NOOP come when the server pleases, and are known by their codes. */
static bool is_of_noop(struct ftp_client *c, const struct data_way *way)
{
    unsigned code = c->reply.code;
    bool is = code == 200 || code == 500 || code == 502 || code == 503;
    if (c->noops == 0 || code < 200 || !(is || way->over))
        return false;
    c->noops--;
    return true;
}

static int last_word(struct ftp_client *c, struct data_way *way, const char *verb,
                     const char *path)
{
    int result = 0;
    while (!way->over || c->noops > 0) {
        int error = client_final(c);
        if (error)
            return error;
        if (is_of_noop(c, way))
            continue;
        way->over = true;
        result = client_judge(c) == 0 ? 0 : client_refused(c, verb, path);
    }
    return result;
}

int client_data_end(struct ftp_client *c, struct data_way *way, const char *verb,
                    const char *path)
{
    int error = finish(c);
    if (error)
        return client_data_lost(c, way, error, path);
    client_data_close(c, way);
    return last_word(c, way, verb, path);
}

int client_data_lost(struct ftp_client *c, struct data_way *way, int error,
                     const char *path)
{
    if (error == -ETIMEDOUT)
        client_fail(c, error, "%s: no data came or went for %u s.", path,
                    c->options.reply_seconds);
    else
        client_fail(c, error, "%s: the data connection broke: %s.", path,
                    strerror(-error));
    client_data_close(c, way);
    client_hang_up(c);
    return c->cancelled ? -ECANCELED : error;
}
