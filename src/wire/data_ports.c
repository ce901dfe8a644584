/* data_ports - see data_ports.h. */
#include "wire/data_ports.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "wire/data_inside.h"
#include "wire/tls.h"
#include "wire/tls_data.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct door {
    struct watch watch;
    int fd;
    struct data_ports *ports;
};

struct data_ports {
    struct door doors[LISTENERS_MAX];
    size_t count;
    uint16_t port;
    struct list expected; /* struct data */
    struct list waiting;  /* struct turn: sessions that would be one too many */
    unsigned shaking;     /* connections whose session is not known yet */
};

/* A session that may not expect one yet; on its fiber's stack. */
struct turn {
    struct list link;
    struct fiber *fiber;
};

/* Somebody who has come, while hands are shaken. */
struct caller {
    struct data_ports *ports;
    struct wire *wire;
    struct endpoint from;
};

/* ---- who is expected */

static struct data *data_at(struct list *link)
{
    return LIST_ENTRY(link, struct data, expected);
}

/* Of that host: how many, and one of them. */
static size_t count_expected(struct data_ports *p, const struct endpoint *host,
                             struct data **one_r)
{
    size_t count = 0;
    LIST_FOR_EACH(link, &p->expected)
    {
        if (!endpoint_same_host(&data_at(link)->peer, host))
            continue;
        count++;
        *one_r = data_at(link);
    }
    return count;
}

static struct data *find_session(struct data_ports *p, const struct endpoint *host,
                                 uint64_t session)
{
    LIST_FOR_EACH(link, &p->expected)
    {
        struct data *d = data_at(link);
        if (d->secure && d->control->session == session &&
            endpoint_same_host(&d->peer, host))
            return d;
    }
    return NULL;
}

static bool excludes(const struct data *a, const struct data *b)
{
    return endpoint_same_host(&a->peer, &b->peer) && !(a->secure && b->secure);
}

static bool must_wait(struct data_ports *p, const struct data *d)
{
    LIST_FOR_EACH(link, &p->expected)
    if (excludes(data_at(link), d))
        return true;
    return false;
}

void data_unexpect(struct data *d)
{
    if (list_is_empty(&d->expected))
        return;
    list_remove(&d->expected);
    LIST_FOR_EACH(link, &d->ports->waiting)
    fiber_wake(LIST_ENTRY(link, struct turn, link)->fiber);
}

static int await_turn(struct data_ports *p, const struct data *d)
{
    struct turn turn = { .fiber = fiber_self() };
    uint64_t deadline = clock_in(DATA_TURN_SECONDS * CLOCK_SECOND);
    int error = 0;
    list_push(&p->waiting, &turn.link);
    while (!error && must_wait(p, d))
        error = fiber_park(deadline);
    list_remove(&turn.link);
    return error == -ETIMEDOUT ? -EBUSY : error;
}

int data_expect(struct data_ports *p, struct wire *control, bool secure,
                const struct data_settings *settings, struct data **data_r)
{
    struct data *d = *data_r = data_new(control, settings);
    if (!d)
        return -ENOMEM;
    d->ports = p;
    d->secure = secure;
    int error = endpoint_there(control->fd, &d->peer);
    if (!error)
        error = await_turn(p, d);
    if (!error)
        error = loop_timer_set(&d->end, clock_in(settings->accept_time));
    if (error)
        data_close(data_r);
    else
        list_push(&p->expected, &d->expected);
    return error;
}

/* ---- somebody comes */

static void give(struct data *d, struct wire **wire)
{
    struct wire *w = TAKE(wire);
    w->read_time = w->write_time = d->settings.idle_time;
    w->is_of = NULL;
    data_stop_listening(d);
    d->wire = w;
    fiber_wake(d->fiber);
}

static bool is_of(const struct wire *w, uint64_t session)
{
    const struct caller *c = w->lobby;
    return find_session(c->ports, &c->from, session) != NULL;
}

/* Hands have been shaken: his ticket has told, or he is nobody's, even where one alone is
 * left by now. */
static void show_in(struct caller *c)
{
    if (!tls_is_paired(c->wire))
        return;
    struct data *d = find_session(c->ports, &c->from, c->wire->session);
    if (d)
        give(d, &c->wire);
}

static void receive(void *arg)
{
    struct caller c = *(struct caller *)arg;
    free(arg);
    c.wire->lobby = &c;
    if (wire_start_tls(c.wire))
        show_in(&c);
    connection_free(&c.wire);
    c.ports->shaking--;
}

static void shake_hands(struct data_ports *p, int fd, const struct endpoint *from,
                        const struct data *any)
{
    struct wire_settings settings = {
        .line_max = 1,
        .read_time = any->settings.idle_time,
        .write_time = any->settings.idle_time,
        .protocol = "ftp-data",
        .tls = any->control->offer,
        .alpn = any->control->alpn,
    };
    struct caller *c = malloc(sizeof *c);
    struct wire *w = connection_open(fd, any->control->peer, 0, &settings);
    if (c && w) {
        w->is_data = true;
        w->is_of = is_of;
        *c = (struct caller){ p, w, *from };
        if (fiber_go(receive, c) == 0) {
            p->shaking++;
            return;
        }
    }
    free(c);
    connection_free(&w);
}

static void on_caller(struct data_ports *p, int fd, const struct endpoint *from)
{
    struct data *d = NULL;
    size_t count = count_expected(p, from, &d);
    if (count == 1) {
        data_stop_listening(d);
        data_take_in(d, fd);
    } else if (count > 1 && p->shaking < DATA_SHAKING_MAX) {
        shake_hands(p, fd, from, d);
    } else {
        close(fd);
    }
}

static void on_knock(void *arg, unsigned ready)
{
    const struct door *door = arg;
    (void)ready;
    for (;;) {
        union endpoint_name name;
        struct endpoint from;
        socklen_t size = sizeof name;
        int fd = accept4(door->fd, &name.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return;
        if (fd >= 0 && endpoint_of(&name, &from) == 0)
            on_caller(door->ports, fd, &from);
        else if (fd >= 0)
            close(fd);
    }
}

/* ---- the doors */

struct data_ports *data_ports_open(void)
{
    struct data_ports *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    list_init(&p->expected);
    list_init(&p->waiting);
    return p;
}

int data_ports_add(struct data_ports *p, int listener)
{
    struct endpoint here;
    int error = p->count == LISTENERS_MAX ? -ENOSPC : endpoint_here(listener, &here);
    struct door *door = &p->doors[p->count];
    if (!error) {
        *door = (struct door){ .fd = listener, .ports = p };
        door->watch = (struct watch){ .on_ready = on_knock, .arg = door };
        error = loop_watch(&door->watch, listener);
    }
    if (error) {
        close(listener);
        return error;
    }
    p->port = here.port;
    p->count++;
    return 0;
}

uint16_t data_ports_port(const struct data_ports *p)
{
    return p->port;
}

void data_ports_close(struct data_ports **ports)
{
    struct data_ports *p = *ports;
    if (!p)
        return;
    *ports = NULL;
    for (size_t i = 0; i < p->count; i++) {
        loop_unwatch(&p->doors[i].watch);
        close(p->doors[i].fd);
    }
    free(p);
}
