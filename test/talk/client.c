#include "test/talk/client.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "test/talk/client_data.h"
#include "test/talk/world.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEARD_MAX = 8 << 20,
    PATIENCE_MS = 5000,
    TURN_MS = 20,
    SETTLE_TURNS = 16,
    PAUSE_MS = 100,
};

/* ---- turns */

static void nothing(void *arg)
{
    (void)arg;
}

void turn(bool wait)
{
    struct timer guard = { .on_time = nothing };

    world_turn();
    if (wait)
        assert(loop_timer_set(&guard, clock_in(TURN_MS * CLOCK_MS)) == 0);
    loop_turn(wait);
    loop_timer_clear(&guard);
}

void settle(void)
{
    for (int i = 0; i < SETTLE_TURNS; i++)
        turn(false);
}

/* The clock on the wall, whatever time it is in the dialogue. */
uint64_t real_ms(void)
{
    return (clock_now() - (uint64_t)clock_shift()) / CLOCK_MS;
}

void settle_threads(void)
{
    uint64_t until = real_ms() + PAUSE_MS;

    while (real_ms() < until)
        turn(true);
}

/* ---- the session */

static void run(void *arg)
{
    struct client *c = arg;

    if (!c->room->implicit_tls || wire_start_tls(c->wire))
        c->room->session(c->wire, c->room->host);
    wire_close(&c->wire);
    c->running = false;
}

void client_init(struct client *c, const struct room *room)
{
    *c = (struct client){
        .fd = -1,
        .data = -1,
        .listener = -1,
        .received = { .max = HEARD_MAX },
        .out = { .max = HEARD_MAX },
        .in = { .max = HEARD_MAX },
        .room = room,
    };
}

/* Both ends; the server's is returned. */
static int connect_pair(struct client *c)
{
    int pair[2];

    if (c->room->front == ROLE_FTP)
        client_tcp_pair(pair); /* data connections are found by its ends */
    else
        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                          pair) == 0);
    c->fd = pair[0];
    c->came = c->running = true;
    if (c->room->implicit_tls)
        client_start_tls(c);
    return pair[1];
}

void client_start_tls(struct client *c)
{
    c->tls = c->room->is_client ? test_tls_server(c->fd, "hamburger.edu")
                                : test_tls_client(c->fd, NULL, NULL);
    SSL_set_mode(c->tls,
                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void client_stop_tls(struct client *c)
{
    uint64_t until = real_ms() + PATIENCE_MS;
    while (c->tls && SSL_shutdown(c->tls) != 1 && real_ms() < until)
        turn(true);
    ERR_clear_error();
    SSL_free(c->tls);
    c->tls = NULL;
    c->eof = false; /* of TLS alone */
}

static void begin(struct client *c, int fd, const char *peer)
{
    struct wire_settings settings = {
        .line_max = c->room->line_max,
        .read_time = 300 * CLOCK_SECOND,
        .write_time = SEND_SECONDS * CLOCK_SECOND,
        .protocol = c->room->name,
        .tls = c->room->tls,
        .alpn = c->room->is_client ? NULL : c->room->name,
        .tls_client = c->room->tls_client,
        .is_client = c->room->is_client,
    };

    c->wire = wire_open(fd, peer, &settings);
    assert(c->wire);
    assert(fiber_go(run, c) == 0);
}

void client_come(struct client *c, const char *peer)
{
    if (!c->came)
        begin(c, connect_pair(c), peer);
}

/* ---- speaking and hearing */

/* As send and recv do it; the first shakes hands, too. */
static ssize_t tls_result(struct client *c, int n)
{
    if (n > 0)
        return n;
    int error = SSL_get_error(c->tls, n);
    ERR_clear_error();
    errno =
        error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t put(struct client *c, struct span octets)
{
    if (c->tls)
        return tls_result(c, SSL_write(c->tls, octets.at, (int)octets.len));
    return send(c->fd, octets.at, octets.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t get(struct client *c, char *octets_r, size_t size)
{
    if (c->tls)
        return tls_result(c, SSL_read(c->tls, octets_r, (int)size));
    return recv(c->fd, octets_r, size, MSG_DONTWAIT);
}

/* False: nobody listens any more. */
static bool say(struct client *c, struct span octets)
{
    uint64_t until = real_ms() + PATIENCE_MS;

    while (octets.len > 0 && c->fd != -1 && real_ms() < until) {
        ssize_t n = put(c, octets);
        if (n < 0 && errno != EAGAIN)
            return false;
        if (n > 0) {
            octets = span_skip(octets, (size_t)n);
        } else {
            turn(true);
            client_hear(c);
        }
    }
    return octets.len == 0;
}

void client_send(struct client *c, size_t step, const char *peer)
{
    int server = c->came ? -1 : connect_pair(c);
    bool heard = true;

    if (c->deflate && c->out.len > 0)
        client_deflate_say(c->deflate, &c->out);
    struct span rest = buf_span(&c->out);

    if (server != -1 && c->tls) {
        begin(c, server, peer);
        server = -1;
    }
    while (rest.len > 0 && heard) {
        size_t n = rest.len < step ? rest.len : step;
        heard = say(c, span_first(rest, n));
        if (server != -1)
            begin(c, server, peer);
        server = -1;
        rest = span_skip(rest, n);
        if (step < c->out.len)
            turn(false);
    }
    buf_clear(&c->out);
}

static void take_in(struct client *c, struct span octets)
{
    if (c->deflate)
        assert(client_deflate_hear(c->deflate, octets, &c->in));
    else
        assert(buf_put(&c->in, octets) == 0);
}

void client_hear(struct client *c)
{
    char octets[16384];
    ssize_t n = -1;

    while (c->fd != -1 && !c->eof) {
        n = get(c, octets, sizeof(octets));
        if (n > 0)
            take_in(c, span_at(octets, (size_t)n));
        else if (n == 0 || errno != EAGAIN)
            c->eof = true;
        else
            return;
    }
}

bool client_await_line(struct client *c, struct span *line_r)
{
    uint64_t until = real_ms() + PATIENCE_MS;

    for (;;) {
        client_hear(c);
        struct span heard = buf_span(&c->in);
        size_t lf = span_find(heard, '\n');
        if (lf < heard.len) {
            *line_r = span_first(heard, lf + 1);
            return true;
        }
        if (c->eof || c->fd == -1 || real_ms() > until) {
            *line_r = heard;
            return false;
        }
        turn(true);
    }
}

bool client_await_end(struct client *c)
{
    uint64_t until = real_ms() + PATIENCE_MS;

    for (client_hear(c); !c->eof && c->in.len == 0 && real_ms() < until; client_hear(c))
        turn(true);
    return c->eof && c->in.len == 0;
}

void client_forget_line(struct client *c, size_t octets)
{
    buf_drop_front(&c->in, octets);
}

void client_leave(struct client *c)
{
    client_finish_data(c, true);
    client_deflate_close(&c->deflate);
    SSL_free(c->tls);
    c->tls = NULL;
    if (c->fd != -1)
        close(c->fd);
    c->fd = -1;
}

bool client_finish(struct client *c)
{
    uint64_t until = real_ms() + PATIENCE_MS;

    if (c->tls)
        SSL_shutdown(c->tls);
    shutdown(c->fd, SHUT_WR);
    for (client_hear(c); !c->eof && real_ms() < until; client_hear(c))
        turn(true);
    client_leave(c);
    while (c->running && real_ms() < until)
        turn(true);
    return !c->running;
}

void client_free(struct client *c)
{
    client_leave(c);
    buf_free(&c->out);
    buf_free(&c->in);
    buf_free(&c->received);
}
