/* connection - opening, closing and waiting. */
#include "wire/deflate_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static struct list all = { &all, &all };
static size_t count;

/* ---- waiting */

void connection_fail(struct wire *w, int error, enum voice voice)
{
    if (!w->error)
        w->error = error;
    if (voice == MUTE && !w->mute) {
        w->mute = true;
        gate_leave(w);
        buf_free(&w->output);
    }
    connection_wake(w, LOOP_READ | LOOP_WRITE);
}

int connection_wait(struct wire *w, uint8_t what, uint64_t deadline)
{
    w->fiber = fiber_self();
    w->waits_for = what;
    w->streak = 0;
    int ended = fiber_park(deadline);
    w->waits_for = 0;
    return ended;
}

void connection_wake(struct wire *w, uint8_t what)
{
    if (w->waits_for & what)
        fiber_wake(w->fiber);
}

static void on_next_turn(void *fiber)
{
    fiber_wake(fiber);
}

/* A wake alone would come round again before the loop looks at any descriptor. */
void connection_count_block(struct wire *w)
{
    if (++w->streak < WIRE_BLOCKS_A_TURN || !fiber_self())
        return;
    w->streak = 0;
    struct timer next_turn = { .on_time = on_next_turn, .arg = fiber_self() };
    if (loop_timer_set(&next_turn, clock_now()) == 0)
        fiber_park(CLOCK_NEVER);
    loop_timer_clear(&next_turn);
}

static void on_ready(void *arg, unsigned ready)
{
    struct wire *w = arg;
    if (ready & LOOP_READ)
        w->readable = true;
    if (ready & LOOP_WRITE) {
        w->writable = true;
        output_send(w);
    }
    connection_wake(w, (uint8_t)ready);
}

/* ---- opening and closing */

/* Unpredictable, and not the same twice in one process: 0 when there is no randomness. */
static uint64_t new_session(void)
{
    static uint8_t key[16];
    static uint64_t counter;
    if (counter == 0 && getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return 0;
    uint64_t session;
    do {
        counter++;
        session = siphash(key, span_at(&counter, sizeof(counter)));
    } while (session == 0);
    return session;
}

/* Fails silently on what is not TCP.  A peer that acknowledges nothing is given up by
 * the kernel as well (A02). */
static void set_options(int fd, uint64_t write_time)
{
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    uint64_t ms = write_time / CLOCK_MS;
    unsigned patience = ms < INT_MAX ? (unsigned)ms : INT_MAX;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
}

static struct wire *new_wire(int fd, struct span peer, uint64_t session,
                             const struct wire_settings *s)
{
    struct wire *w = calloc(1, sizeof(*w) + peer.len + 1);
    if (!w)
        return NULL;
    memcpy(w->peer, peer.at, peer.len);
    w->fd = fd;
    w->writable = true;
    w->output.max = WIRE_OUTPUT_MAX;
    w->line_max = s->line_max;
    w->read_time = s->read_time;
    w->write_time = s->write_time;
    w->protocol = s->protocol;
    w->offer = s->tls;
    w->dials = s->tls_client;
    w->alpn = s->alpn;
    w->judge = s->judge;
    w->is_client = s->is_client;
    w->session = session;
    w->watch.on_ready = on_ready;
    w->watch.arg = w;
    list_init(&w->gate);
    list_push(&all, &w->all);
    count++;
    return w;
}

void connection_free(struct wire **wire)
{
    struct wire *w = *wire;
    if (!w)
        return;
    *wire = NULL;
    loop_unwatch(&w->watch);
    gate_leave(w);
    input_release(w);
    buf_free(&w->output);
    deflate_end(w);
    tls_end(w);
    list_remove(&w->all);
    count--;
    close(w->fd);
    free(w);
}

struct wire *connection_open(int fd, const char *peer, uint64_t session,
                             const struct wire_settings *settings)
{
    struct wire *w = new_wire(fd, span_of(peer), session, settings);
    if (!w) {
        close(fd);
        return NULL;
    }
    if (loop_watch(&w->watch, fd) != 0) {
        connection_free(&w);
        return NULL;
    }
    set_options(fd, settings->write_time);
    return w;
}

struct wire *wire_open(int fd, const char *peer, const struct wire_settings *settings)
{
    uint64_t session = new_session();
    if (session == 0) {
        close(fd);
        return NULL;
    }
    struct wire *w = connection_open(fd, peer, session, settings);
    if (w)
        transcript_open(w);
    return w;
}

/* What the peer still sends would otherwise be answered with a RST, which may destroy
 * our last reply before the peer has read it (RFC 1122 §4.2.2.13), or TLS's last alert. */
static void linger(struct wire *w)
{
    bool alerted = w->error == -EPROTO;
    if ((w->mute && !alerted) || w->error == -ENODATA || shutdown(w->fd, SHUT_WR) != 0)
        return;
    input_drain(w, clock_in(LINGER_MS * CLOCK_MS));
}

void wire_close(struct wire **wire)
{
    struct wire *w = *wire;
    if (!w)
        return;
    *wire = NULL;
    input_release(w);
    if (fiber_self()) {
        output_finish(w);
        tls_say_end(w);
        transcript_close(w);
        linger(w);
    } else {
        output_send(w);
        tls_say_end(w);
        transcript_close(w);
    }
    connection_free(&w);
}

void wire_drop(struct wire **wire)
{
    if (*wire)
        connection_fail(*wire, -ECANCELED, MUTE);
    wire_close(wire);
}

/* ---- what it is */

uint64_t wire_session(const struct wire *w)
{
    return w->session;
}

const char *wire_peer(const struct wire *w)
{
    return w->peer;
}

int wire_descriptor(const struct wire *w)
{
    return w->fd;
}

bool wire_peer_is_loopback(const struct wire *w)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, w->peer, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, w->peer, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

void wire_read_time(struct wire *w, uint64_t nanoseconds)
{
    w->read_time = nanoseconds;
}

size_t wire_line_max(struct wire *w, size_t line_max)
{
    size_t before = w->line_max;
    w->line_max = line_max;
    return before;
}

int wire_error(const struct wire *w)
{
    return w->error;
}

/* ---- all of them */

size_t wire_count(void)
{
    return count;
}

void wire_cancel(struct wire *w)
{
    connection_fail(w, -ECANCELED, MAY_SPEAK);
}

void wire_cancel_all(void)
{
    LIST_FOR_EACH(link, &all)
    connection_fail(LIST_ENTRY(link, struct wire, all), -ECANCELED, MAY_SPEAK);
}
