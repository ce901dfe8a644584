#include "ftp/scripted_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "test/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct wire_settings settings = {
    .line_max = 4096,
    .read_time = 10 * CLOCK_SECOND,
    .write_time = 10 * CLOCK_SECOND,
    .protocol = "scripted",
};

/* ---- sockets */

static int listen_somewhere(uint16_t *port_r)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t size = sizeof(a);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(bind(fd, (struct sockaddr *)&a, size) == 0 && listen(fd, 8) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&a, &size) == 0);
    *port_r = ntohs(a.sin_port);
    return fd;
}

/* Looks again each millisecond: a test has time. */
static struct wire *await_connection(const struct scripted *s, int listener)
{
    uint64_t deadline = clock_in(10 * CLOCK_SECOND);
    while (!s->over && clock_now() < deadline) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            return wire_open(fd, "127.0.0.1", &settings);
        if (fiber_sleep(CLOCK_MS) != 0)
            break;
    }
    return NULL;
}

/* ---- the server's side */

void scripted_say(struct scripted *s, const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    wire_say(s->wire, "%s", line);
}

void scripted_hear(struct scripted *s, const char *wanted)
{
    struct line line = { .text = SPAN("") };
    if (s->over)
        return;
    bool there = wire_line(s->wire, &line);
    struct span want = span_of(wanted);
    bool whole = want.len > 0 && want.at[want.len - 1] == '\n';
    want.len -= whole;
    bool fits = there && line.text.len >= want.len &&
                span_is(span_first(line.text, want.len), want) &&
                (!whole || line.text.len == want.len);
    if (!fits && !s->over) {
        fprintf(stderr, "scripted: heard '%.*s', not '%.*s'\n", SPAN_ARG(line.text),
                SPAN_ARG(want));
        CHECK(fits);
    }
}

void scripted_log_in(struct scripted *s, const char *features)
{
    scripted_say(s, "220 scripted");
    scripted_hear(s, "USER bob\n");
    scripted_say(s, "331 password");
    scripted_hear(s, "PASS ketchup\n");
    scripted_say(s, "230 in");
    if (s->connections > 1)
        return; /* it knows the features already */
    scripted_hear(s, "FEAT\n");
    if (!features) {
        scripted_say(s, "500 what?");
        return;
    }
    scripted_say(s, "211-Features:");
    wire_put(s->wire, span_of(features));
    scripted_say(s, "211 End");
}

void scripted_passive(struct scripted *s)
{
    scripted_hear(s, "EPSV\n");
    if (s->passive >= 0)
        close(s->passive);
    s->passive = listen_somewhere(&s->passive_port);
    scripted_say(s, "229 here (|||%u|)", s->passive_port);
}

void scripted_accept(struct scripted *s)
{
    wire_flush(s->wire);
    s->data = await_connection(s, s->passive);
    CHECK(s->data || s->over);
}

void scripted_put(struct scripted *s, struct span octets)
{
    if (s->data)
        wire_put(s->data, octets);
}

void scripted_end_data(struct scripted *s)
{
    wire_close(&s->data);
}

void scripted_take(struct scripted *s)
{
    while (s->data && wire_fill(s->data)) {
        buf_put(&s->got, wire_input(s->data));
        wire_consume(s->data, wire_input(s->data).len);
    }
    scripted_end_data(s);
}

void scripted_send(struct scripted *s, const char *command, struct span octets)
{
    scripted_passive(s);
    scripted_hear(s, command);
    scripted_say(s, "150 here it comes");
    scripted_accept(s);
    scripted_put(s, octets);
    scripted_end_data(s);
    scripted_say(s, "226 done");
}

/* ---- both */

static void server_life(void *arg)
{
    struct scripted *s = arg;
    for (;;) {
        s->wire = await_connection(s, s->listener);
        if (!s->wire)
            return;
        s->connections++;
        s->serve(s);
        wire_close(&s->data);
        wire_close(&s->wire);
    }
}

static void client_life(void *arg)
{
    struct scripted *s = arg;
    s->client = ftp_open(&s->options);
    s->use(s, s->client);
    ftp_close(&s->client);
    s->over = true;
    if (s->wire)
        wire_cancel(s->wire);
    if (s->data)
        wire_cancel(s->data);
}

void scripted_play(struct scripted *s)
{
    signal(SIGPIPE, SIG_IGN);
    CHECK_EQ_INT(loop_open(), 0);
    s->passive = -1;
    s->got.max = 64 << 20;
    s->listener = listen_somewhere(&s->port);
    s->options.host = "127.0.0.1";
    s->options.port = s->port;
    s->options.user = "bob";
    s->options.password = "ketchup";
    if (!s->options.reply_seconds)
        s->options.reply_seconds = 5;
    s->options.connect_seconds = 5;
    fiber_go(server_life, s);
    fiber_go(client_life, s);
    for (uint64_t until = clock_in(60 * CLOCK_SECOND);
         fiber_count() > 0 && clock_now() < until;)
        loop_turn(true);
    CHECK(s->over && fiber_count() == 0);
    buf_free(&s->got);
    close(s->listener);
    if (s->passive >= 0)
        close(s->passive);
    loop_close();
}
