/*
 * listener - see listener.h.
 *
 * Edge-triggered: an event means "accept until EAGAIN".  Whoever stops earlier (he has
 * had his share, is full, out of descriptors) comes back by timer or when a session ends.
 *
 * Copies take turns: whoever accepted last leaves the next connection to the others, for
 * at most ACCEPT_TURN_MS.  Otherwise the copy that wakes first takes a burst whole, and
 * its core serves all of it while the next one idles.  Who was last stands where all
 * copies see it and nothing else looks: in the send timeout of the listening socket they
 * share, as the process's number.  (What is non-blocking has no use for timeouts.)
 */
#include "wire/listener.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/limits.h"
#include "wire/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALONE = 6 };

struct listener {
    struct watch watch;
    struct timer again;
    struct listener_settings settings;
    int fd;      /* -1: closed; the sessions that are left keep this struct */
    int reserve; /* a descriptor to give up when there are no others; or -1 */
    size_t sessions;
    bool troubled; /* logged already */
    bool paused;   /* after an error; until `again` */
    pid_t self;
    unsigned alone; /* turns of others that none of them took, up to ALONE */
};

/* Who connects. */
struct caller {
    char name[SOURCE_OCTETS_MAX]; /* printed */
    bool local;                   /* has no address */
    struct ip ip;
    bool counted; /* among the sources */
};

/* What a session's fiber starts with. */
struct session_start {
    struct listener *listener;
    struct wire *wire;
    struct ip source; /* to leave, when it is counted */
    bool counted;
};

/* ---- sessions */

static void free_if_done(struct listener *l)
{
    if (l->fd < 0 && l->sessions == 0)
        free(l);
}

static void leave(const struct listener *l, const struct ip *source, bool counted)
{
    if (counted)
        sources_leave(l->settings.sources, source);
}

static void run_session(void *arg)
{
    struct session_start start = *(struct session_start *)arg;
    struct listener *l = start.listener;
    free(arg);

    if (!l->settings.wire.implicit_tls || wire_start_tls(start.wire))
        l->settings.session(start.wire, l->settings.arg);
    wire_close(&start.wire);
    leave(l, &start.source, start.counted);
    /* It may be above, when the bound was lowered. */
    if (l->sessions-- == l->settings.sessions_max && l->fd >= 0)
        loop_timer_set(&l->again, clock_now());
    free_if_done(l);
}

static void start_session(struct listener *l, int fd, const struct caller *caller)
{
    struct session_start *start = malloc(sizeof(*start));
    struct wire *w = wire_open(fd, caller->name, &l->settings.wire);
    if (start && w) {
        *start = (struct session_start){ l, w, caller->ip, caller->counted };
        if (fiber_go(run_session, start) == 0) {
            l->sessions++;
            return;
        }
    }
    free(start);
    wire_close(&w);
    leave(l, &caller->ip, caller->counted);
}

/* ---- callers */

static struct ip ip_of(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;
    struct ip ip = { { 0 } };
    if (address->ss_family == AF_INET)
        ip = ip_from_v4(&v4->sin_addr);
    else if (address->ss_family == AF_INET6)
        memcpy(ip.at, &v6->sin6_addr, sizeof ip.at);
    return ip;
}

static int accept_one(const struct listener *l, struct caller *caller_r)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    int fd = accept4(l->fd, (struct sockaddr *)&address, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return -errno;
    *caller_r = (struct caller){ .name = "local", .ip = ip_of(&address) };
    caller_r->local = address.ss_family != AF_INET && address.ss_family != AF_INET6;
    if (!caller_r->local) {
        struct network n = network_of(&caller_r->ip, NETWORK_BITS);
        network_print(&n, caller_r->name);
    }
    return fd;
}

/* ---- trouble */

static void complain(struct listener *l, int error, const char *consequence)
{
    if (!l->troubled)
        log_event(LOG_WARNING, 0, "%s: accept: %s; %s", l->settings.wire.protocol,
                  strerror(-error), consequence);
    l->troubled = true;
}

static void pause_accepting(struct listener *l)
{
    l->paused = true;
    loop_timer_set(&l->again, clock_in(ACCEPT_PAUSE_MS * CLOCK_MS));
}

static int reserve_descriptor(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* Not where TLS is expected: it would be no TLS. */
static void say_busy(const struct listener *l, int fd, const char *busy)
{
    if (!busy || l->settings.wire.implicit_tls)
        return;
    char reply[SMTP_REPLY_MAX];
    int n = snprintf(reply, sizeof(reply), "%s\r\n", busy);
    if (n > 0 && (size_t)n < sizeof(reply))
        (void)!send(fd, reply, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Out of descriptors: the next who waits is told so, with the descriptor that is kept for
 * this (A04, A05).  0, -EAGAIN (nobody waits: accept finds no descriptor first), -errno. */
static int refuse_one(struct listener *l)
{
    struct caller caller = { 0 };
    if (l->reserve < 0)
        return -EMFILE;
    close(l->reserve);
    int fd = accept_one(l, &caller);
    if (fd >= 0)
        say_busy(l, fd, l->settings.busy);
    if (fd >= 0)
        close(fd);
    l->reserve = reserve_descriptor(l->fd);
    return fd < 0 ? fd : 0;
}

/* After an error: is it worth to accept again at once?  accept(2) also reports what befell
 * one that waited; he is gone, and the next may be well. */
static bool may_go_on(struct listener *l, int error)
{
    if (error == -EMFILE || error == -ENFILE) {
        error = refuse_one(l);
        if (error != -EAGAIN)
            complain(l, -EMFILE, "turning clients away");
    }
    switch (error) {
    case -EAGAIN:
        return false;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
    case -ENOBUFS:
    case -EBADF:
    case -EINVAL:
        complain(l, error, "trying again");
        pause_accepting(l);
        return false;
    default:
        return true;
    }
}

/* ---- taking turns */

static bool is_shared(const struct listener *l)
{
    return l->settings.copies > 1;
}

static bool was_last(const struct listener *l)
{
    struct timeval last = { 0 };
    socklen_t size = sizeof(last);
    getsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &last, &size);
    return last.tv_sec == l->self;
}

static void set_last(const struct listener *l)
{
    struct timeval last = { l->self, 0 };
    setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &last, sizeof(last));
}

/* It was another's turn: did he take it?  If not again and again, he is gone or busy, and
 * need not be waited for. */
static bool may_be_next(struct listener *l)
{
    if (!is_shared(l))
        return true;
    if (!was_last(l))
        l->alone = 0;
    else if (l->alone < ALONE)
        return false;
    return true;
}

/* A burst is dealt out in small shares while there is little to do, in larger ones once
 * the difference does not matter, or nobody else takes any. */
static size_t share_of(const struct listener *l)
{
    size_t share = (1 + l->sessions / 8) << l->alone;
    return is_shared(l) && share < ACCEPTS_A_TURN ? share : ACCEPTS_A_TURN;
}

static void come_back(struct listener *l)
{
    uint64_t wait = is_shared(l) ? ACCEPT_TURN_MS * CLOCK_MS : 0;
    if (l->again.slot == 0)
        loop_timer_set(&l->again, clock_in(wait));
}

/* ---- accepting */

static bool is_welcome(const struct listener *l, struct caller *caller)
{
    if (!l->settings.sources || caller->local)
        return true;
    enum source_verdict verdict = sources_enter(l->settings.sources, &caller->ip,
                                                l->sessions, l->settings.sessions_max);
    caller->counted = verdict == SOURCE_COUNTED;
    return verdict == SOURCE_COUNTED || verdict == SOURCE_EXEMPT;
}

static void take_in(struct listener *l, int fd, struct caller *caller)
{
    if (is_welcome(l, caller)) {
        start_session(l, fd, caller);
        return;
    }
    say_busy(l, fd, l->settings.too_many);
    close(fd);
}

/* Returns whether there was anybody. */
static bool accept_share(struct listener *l)
{
    struct caller caller = { 0 };
    size_t share = share_of(l);
    bool any = false;

    while (l->sessions < l->settings.sessions_max) {
        if (share-- == 0) {
            come_back(l);
            break;
        }
        int fd = accept_one(l, &caller);
        if (fd >= 0) {
            any = true;
            l->troubled = false;
            take_in(l, fd, &caller);
        } else if (!may_go_on(l, fd)) {
            break;
        }
    }
    if (any && is_shared(l))
        set_last(l);
    return any;
}

static void on_time(void *arg)
{
    struct listener *l = arg;
    l->paused = false;
    bool out_of_turn = !may_be_next(l);
    if (accept_share(l) && out_of_turn)
        l->alone++;
}

static void on_ready(void *arg, unsigned ready)
{
    struct listener *l = arg;
    if (!(ready & LOOP_READ) || l->paused)
        return;
    if (may_be_next(l))
        accept_share(l);
    else
        come_back(l);
}

/* ---- opening and closing */

struct listener *listener_open(int fd, const struct listener_settings *settings)
{
    struct listener *l = calloc(1, sizeof(*l));
    if (!l) {
        close(fd);
        return NULL;
    }
    l->settings = *settings;
    l->fd = fd;
    l->reserve = reserve_descriptor(fd);
    l->self = getpid();
    l->again = (struct timer){ .on_time = on_time, .arg = l };
    l->watch.on_ready = on_ready;
    l->watch.arg = l;
    if (loop_watch(&l->watch, fd) != 0)
        listener_close(&l);
    return l;
}

void listener_change(struct listener *l, size_t sessions_max, uint64_t write_time)
{
    bool was_full = l->sessions >= l->settings.sessions_max;
    l->settings.sessions_max = sessions_max;
    l->settings.wire.write_time = write_time;
    if (was_full && l->sessions < sessions_max)
        loop_timer_set(&l->again, clock_now());
}

void listener_close(struct listener **listener)
{
    struct listener *l = *listener;
    if (!l)
        return;
    *listener = NULL;
    loop_timer_clear(&l->again);
    loop_unwatch(&l->watch);
    if (l->reserve >= 0)
        close(l->reserve);
    close(l->fd);
    l->fd = -1;
    free_if_done(l);
}
