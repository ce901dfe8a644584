/* data - see data.h: how a data connection comes about, and how it ends. */
#include "wire/data_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "wire/tls.h"
#include "wire/tls_data.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

/* As TCP_INFO has them; <netinet/tcp.h> knows too little of it. */
enum { TCP_FIN_WAIT2 = 5, TCP_TIME_WAIT = 6, TCP_CLOSE = 7 };

enum { LOOK_MOST_MS = 64 }; /* how the peer gets on with what it has been sent */

/* ---- whose it is */

int data_here(const struct wire *control, struct endpoint *here)
{
    return endpoint_here(control->fd, here);
}

int data_there(const struct wire *control, struct endpoint *there)
{
    return endpoint_there(control->fd, there);
}

int data_trouble(const struct data *d)
{
    if (d->error || !d->wire)
        return d->error ? d->error : -ENOTCONN;
    return d->wire->error == -ENODATA ? 0 : d->wire->error;
}

static void print(const struct endpoint *e, char text_r[NETWORK_TEXT_SIZE])
{
    struct network n = network_of(&e->ip, NETWORK_BITS);
    network_print(&n, text_r);
}

/* ---- it comes about */

void data_stop_listening(struct data *d)
{
    loop_timer_clear(&d->end);
    loop_unwatch(&d->watch);
    data_unexpect(d);
    if (d->listener >= 0)
        close(d->listener);
    d->listener = -1;
}

void data_give_up(struct data *d, int error)
{
    data_stop_listening(d);
    if (!d->error)
        d->error = error;
    fiber_wake(d->fiber);
}

void data_take_in(struct data *d, int fd)
{
    struct wire_settings settings = {
        .line_max = 1,
        .read_time = d->settings.idle_time,
        .write_time = d->settings.idle_time,
        .protocol = "ftp-data",
        .tls = d->control->offer,
        .tls_client = d->control->dials,
        .alpn = d->control->alpn,
    };
    d->wire = connection_open(fd, d->control->peer, d->control->session, &settings);
    if (d->wire)
        d->wire->is_data = true;
    else
        data_give_up(d, -ENOMEM);
    fiber_wake(d->fiber);
}

/* RFC 2577 §5: another host would get, or give, what is the client's. */
static void turn_away(struct data *d, int fd, const struct endpoint *stranger)
{
    char who[NETWORK_TEXT_SIZE];
    print(stranger, who);
    wire_note(d->control, "data connection from %s refused: not the client", who);
    close(fd);
    if (++d->strangers == DATA_STRANGERS_MAX)
        data_give_up(d, -EPERM);
}

static void on_caller(struct data *d, int fd, const union endpoint_name *name)
{
    struct endpoint caller;
    if (endpoint_of(name, &caller) != 0 || !endpoint_same_host(&caller, &d->peer)) {
        turn_away(d, fd, &caller);
        return;
    }
    data_stop_listening(d); /* a second one comes to nobody */
    data_take_in(d, fd);
}

static void on_knock(void *arg, unsigned ready)
{
    struct data *d = arg;
    (void)ready;
    while (d->listener >= 0) {
        union endpoint_name name;
        socklen_t size = sizeof name;
        int fd = accept4(d->listener, &name.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            on_caller(d, fd, &name);
        else if (errno == EAGAIN)
            return;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                 errno == ENOBUFS || errno == EINVAL)
            data_give_up(d, -errno);
    }
}

static void on_late(void *arg)
{
    data_give_up(arg, -ETIMEDOUT);
}

struct data *data_new(struct wire *control, const struct data_settings *s)
{
    struct data *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->control = control;
    d->settings = *s;
    d->listener = -1;
    list_init(&d->expected);
    d->watch = (struct watch){ .on_ready = on_knock, .arg = d };
    d->end = (struct timer){ .on_time = on_late, .arg = d };
    return d;
}

struct data *data_listen(struct wire *control, int listener,
                         const struct data_settings *settings)
{
    struct data *d = data_new(control, settings);
    if (!d) {
        close(listener);
        return NULL;
    }
    d->listener = listener;
    if (endpoint_there(control->fd, &d->peer) != 0 ||
        loop_watch(&d->watch, listener) != 0 ||
        loop_timer_set(&d->end, clock_in(settings->accept_time)) != 0)
        data_close(&d);
    return d;
}

struct data *data_open(struct wire *control, int connected,
                       const struct data_settings *settings)
{
    struct data *d = data_new(control, settings);
    if (!d) {
        close(connected);
        return NULL;
    }
    data_take_in(d, connected);
    if (d->error)
        data_close(&d);
    return d;
}

int data_await_peer(struct data *d)
{
    d->fiber = fiber_self();
    while (!d->wire && !d->error)
        if (fiber_park(CLOCK_NEVER) == -ECANCELED)
            data_give_up(d, -ECANCELED);
    d->fiber = NULL;
    return data_trouble(d);
}

/* Where TLS tells whose a connection is, the client has to be told "150" first. */
int data_accept(struct data *d)
{
    return d->ports && d->secure ? d->error : data_await_peer(d);
}

/* RFC 4217 §10: a client that resumes the control connection's session is its client.
 * Only then is it given a ticket here: with that it passes the next time. */
static int check_pair(struct data *d, bool sends)
{
    if (tls_is_paired(d->wire)) {
        if (sends)
            tls_give_ticket(d->wire);
        return 0;
    }
    wire_note(d->control, "data connection: not a resumed session of this one");
    /* At a port that all share he came for that other session. */
    if (!d->settings.paired && !(d->ports && tls_is_foreign(d->wire)))
        return 0;
    d->error = -EACCES;
    return d->error;
}

int data_start_tls(struct data *d, bool sends)
{
    int error = data_await_peer(d);
    if (error)
        return error;
    bool started = wire_has_tls(d->wire) || wire_start_tls(d->wire);
    if (!d->control->dials)
        tls_give_ticket(d->control);
    if (started)
        return d->control->dials ? 0 : check_pair(d, sends);
    error = wire_error(d->wire);
    return error == -ENODATA ? -ECONNRESET : error;
}

bool data_has_tls(const struct data *d)
{
    return d->wire && wire_has_tls(d->wire);
}

int data_check_end(struct data *d)
{
    if (!d->wire->tls || tls_was_ended(d->wire))
        return 0;
    wire_note(d->control, "data connection ended without TLS's end");
    if (d->settings.any_end)
        return 0;
    connection_fail(d->wire, -EPROTO, MUTE); /* it stays so */
    return d->error = -EPROTO;
}

/* ---- octets */

int data_put(struct data *d, struct span octets)
{
    int error = data_trouble(d);
    if (error)
        return error;
    wire_put(d->wire, octets);
    return d->wire->mute ? d->wire->error : 0;
}

int data_fill(struct data *d)
{
    int error = data_trouble(d);
    if (error || d->ended || wire_fill(d->wire))
        return error;
    d->ended = d->wire->error == -ENODATA;
    return d->ended ? data_check_end(d) : d->wire->error;
}

struct span data_input(const struct data *d)
{
    return d->wire ? wire_input(d->wire) : SPAN("");
}

void data_consume(struct data *d, size_t n)
{
    wire_consume(d->wire, n);
}

bool data_is_ended(const struct data *d)
{
    return d->ended;
}

/* ---- it ends */

/* Whether the peer's side has it all: 1 yes, 0 not yet, -errno.  The last segments and our
 * end may be without acknowledgement: a receiver delays it by 40 ms (RFC 9293 §3.8.6.3),
 * and every small file would take as long.  (What is no TCP has no such news.) */
static int is_taken(int fd)
{
    struct tcp_info info = { .tcpi_state = TCP_CLOSE };
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
        return error ? -error : -errno;
    size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return 1;
    return (info.tcpi_notsent_bytes == 0 && info.tcpi_unacked <= DATA_UNACKNOWLEDGED) ||
           info.tcpi_state == TCP_FIN_WAIT2 || info.tcpi_state == TCP_TIME_WAIT ||
           info.tcpi_state == TCP_CLOSE;
}

/* The loop tells of the peer's end, but not of an acknowledgement: look again. */
static int await_taken(struct data *d)
{
    struct wire *w = d->wire;
    uint64_t deadline = clock_in(d->settings.idle_time), pause = CLOCK_MS;
    int taken;
    while ((taken = is_taken(w->fd)) == 0) {
        if (clock_now() >= deadline)
            return -ETIMEDOUT;
        if (connection_wait(w, LOOP_READ, clock_in(pause)) == -ECANCELED ||
            w->error == -ECANCELED)
            return -ECANCELED;
        if (pause < LOOK_MOST_MS * CLOCK_MS)
            pause *= 2;
    }
    return taken < 0 ? taken : 0;
}

int data_finish(struct data *d)
{
    int error = data_trouble(d);
    if (error)
        return error;
    if (!wire_flush(d->wire))
        return d->wire->error;
    error = tls_finish(d->wire, clock_in(d->settings.idle_time));
    if (d->ended)
        error = 0; /* all has come; whether he still listens is his affair */
    else if (!error && shutdown(d->wire->fd, SHUT_WR) == 0)
        error = await_taken(d);
    d->finished = !error;
    return error;
}

void data_cancel(struct data *d)
{
    if (d->wire)
        connection_fail(d->wire, -ECANCELED, MUTE);
    data_give_up(d, -ECANCELED);
}

/* A reset tells the peer that this was not all. */
static void cut(int fd)
{
    static const struct linger at_once = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void data_close(struct data **data)
{
    struct data *d = *data;
    if (!d)
        return;
    *data = NULL;
    data_stop_listening(d);
    if (d->wire && !d->finished)
        cut(d->wire->fd);
    connection_free(&d->wire);
    free(d);
}
