#include "ftp/scripted_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "test/unit.h"
#include "wire/io.h"
#include "wire/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire_settings settings = {
    .line_max = 4096,
    .read_time = 10 * CLOCK_SECOND,
    .write_time = 10 * CLOCK_SECOND,
    .protocol = "scripted",
    .alpn = "ftp",
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

/* A descriptor or -1.  Looks again each millisecond: a test has time. */
static int await_connection(const struct scripted *s, int listener)
{
    uint64_t deadline = clock_in(10 * CLOCK_SECOND);
    while (!s->over && clock_now() < deadline) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            return fd;
        if (fiber_sleep(CLOCK_MS) != 0)
            break;
    }
    return -1;
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

bool scripted_start_tls(struct scripted *s)
{
    scripted_hear(s, "AUTH TLS\n");
    scripted_say(s, "234 go");
    return wire_start_tls(s->wire);
}

void scripted_log_in(struct scripted *s, const char *features)
{
    scripted_say(s, "220 scripted");
    if (s->tls && !scripted_start_tls(s))
        return;
    scripted_hear(s, "USER bob\n");
    scripted_say(s, "331 password");
    scripted_hear(s, "PASS ketchup\n");
    scripted_say(s, "230 in");
    if (s->tls) {
        scripted_hear(s, "PBSZ 0\n");
        scripted_say(s, "200 0");
        scripted_hear(s, "PROT P\n");
        scripted_say(s, "200 P");
    }
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
    scripted_hear(s, s->lies ? "PASV\n" : "EPSV\n");
    if (s->passive >= 0)
        close(s->passive);
    s->passive = listen_somewhere(&s->passive_port);
    if (s->lies)
        scripted_say(s, "227 (10,9,8,7,%u,%u)", s->passive_port >> 8,
                     s->passive_port & 255u);
    else
        scripted_say(s, "229 here (|||%u|)", s->passive_port);
}

void scripted_accept(struct scripted *s)
{
    wire_flush(s->wire);
    static const struct data_settings patience = { .idle_time = 10 * CLOCK_SECOND,
                                                   .accept_time = 10 * CLOCK_SECOND,
                                                   .paired = true };
    int fd = await_connection(s, s->passive);
    s->data = fd >= 0 ? data_open(s->wire, fd, &patience) : NULL;
    CHECK(s->data || s->over);
    if (s->data && s->tls && !CHECK_EQ_INT(data_start_tls(s->data, false), 0))
        data_close(&s->data);
}

void scripted_put(struct scripted *s, struct span octets)
{
    if (s->data)
        data_put(s->data, octets);
}

void scripted_end_data(struct scripted *s)
{
    if (s->data)
        data_finish(s->data);
    data_close(&s->data);
}

void scripted_take(struct scripted *s)
{
    while (s->data && !data_is_ended(s->data) && data_fill(s->data) == 0) {
        buf_put(&s->got, data_input(s->data));
        data_consume(s->data, data_input(s->data).len);
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
        int fd = await_connection(s, s->listener);
        if (fd < 0)
            return;
        settings.tls = s->tls;
        s->wire = wire_open(fd, "127.0.0.1", &settings);
        s->connections++;
        s->serve(s);
        data_close(&s->data);
        wire_close(&s->wire);
    }
}

static void finish(struct scripted *s)
{
    ftp_close(&s->client);
    s->over = true;
    if (s->wire)
        wire_cancel(s->wire);
    if (s->data)
        data_cancel(s->data);
}

static void client_life(void *arg)
{
    struct scripted *s = arg;
    s->client = ftp_open(&s->options);
    if (s->second)
        s->second->client = ftp_open(&s->second->options);
    s->use(s, s->client);
    finish(s);
    if (s->second)
        finish(s->second);
}

static void prepare(struct scripted *s)
{
    s->passive = -1;
    s->got.max = 64 << 20;
    s->listener = listen_somewhere(&s->port);
    s->options.host = "127.0.0.1";
    s->options.port = s->port;
    s->options.user = "bob";
    s->options.password = "ketchup";
    if (s->options.tls == FTP_TLS_TRY)
        s->options.tls = FTP_TLS_OFF;
    if (!s->options.reply_seconds)
        s->options.reply_seconds = 5;
    s->options.connect_seconds = 5;
    fiber_go(server_life, s);
}

static void clean_up(struct scripted *s)
{
    buf_free(&s->got);
    close(s->listener);
    if (s->passive >= 0)
        close(s->passive);
}

void scripted_play(struct scripted *s)
{
    signal(SIGPIPE, SIG_IGN);
    CHECK_EQ_INT(loop_open(), 0);
    prepare(s);
    if (s->second)
        prepare(s->second);
    fiber_go(client_life, s);
    for (uint64_t until = clock_in(60 * CLOCK_SECOND);
         fiber_count() > 0 && clock_now() < until;)
        loop_turn(true);
    CHECK(s->over && fiber_count() == 0);
    clean_up(s);
    if (s->second)
        clean_up(s->second);
    io_end();
    loop_close();
}
