/*
 * client_resolve - a name's addresses, and a connection to one of them.
 *
 * getaddrinfo blocks, for half a minute where a resolver is dead; so it runs on a thread
 * of its own, which nobody has to wait for.  The addresses are tried in the order of RFC
 * 6724, each FTP_NEXT_ADDRESS_MS after the one before it, and the first that answers is
 * taken (RFC 8305 §5).
 */
#include "ftp/client_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- names */

/* Of two owners, the thread and the fiber: who leaves last frees it. */
struct lookup {
    atomic_int owners;
    int event;
    struct addrinfo hints;
    struct addrinfo *found;
    int error;
    char port[8];
    char host[];
};

static void leave(struct lookup *l)
{
    if (atomic_fetch_sub(&l->owners, 1) != 1)
        return;
    if (l->found)
        freeaddrinfo(l->found);
    close(l->event);
    free(l);
}

static void *look_up(void *arg)
{
    struct lookup *l = arg;
    l->error = getaddrinfo(l->host, l->port, &l->hints, &l->found);
    if (eventfd_write(l->event, 1) != 0)
        l->error = EAI_SYSTEM;
    leave(l);
    return NULL;
}

static void on_event(void *fiber, unsigned ready)
{
    (void)ready;
    fiber_wake(fiber);
}

static struct lookup *new_lookup(const struct ftp_options *o)
{
    size_t size = strlen(o->host) + 1;
    struct lookup *l = calloc(1, sizeof(*l) + size);
    if (!l)
        return NULL;
    memcpy(l->host, o->host, size);
    snprintf(l->port, sizeof(l->port), "%u", o->port);
    l->hints.ai_family = o->family;
    l->hints.ai_socktype = SOCK_STREAM;
    l->hints.ai_flags = AI_NUMERICSERV;
    l->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&l->owners, 1);
    if (l->event < 0) {
        free(l);
        return NULL;
    }
    return l;
}

/* Signals stay with the loop's thread. */
static int start_thread(struct lookup *l)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    atomic_store(&l->owners, 2);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, look_up, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        atomic_store(&l->owners, 1);
        return -error;
    }
    pthread_detach(thread);
    return 0;
}

/* Waits for the thread; 0 once it is through, with what it found. */
static int await_lookup(struct ftp_client *c, struct lookup *l)
{
    struct watch watch = { .on_ready = on_event, .arg = fiber_self() };
    int error = loop_watch(&watch, l->event);
    if (!error)
        error = start_thread(l);
    uint64_t deadline = clock_in(FTP_RESOLVE_SECONDS * CLOCK_SECOND);
    eventfd_t done;
    while (!error && eventfd_read(l->event, &done) != 0)
        error = client_park(c, deadline);
    loop_unwatch(&watch);
    return error;
}

static int name_fail(struct ftp_client *c, int code)
{
    const char *host = c->options.host;
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
        return client_fail(c, -EADDRNOTAVAIL,
                           "There is no host named %s: check how it is written.", host);
    case EAI_AGAIN:
        return client_fail(c, -EHOSTUNREACH,
                           "The name %s cannot be looked up now: no name server "
                           "answers. "
                           "Check the network, or try again later.",
                           host);
    default:
        return client_fail(c, -EADDRNOTAVAIL, "The name %s cannot be looked up: %s.",
                           host, gai_strerror(code));
    }
}

/* *lookup_r is to be left; its addresses are good as long. */
static int resolve(struct ftp_client *c, struct lookup **lookup_r)
{
    struct lookup *l = new_lookup(&c->options);
    *lookup_r = l;
    if (!l)
        return client_fail(c, -ENOMEM, "There is no memory.");
    l->hints.ai_flags |= AI_NUMERICHOST;
    l->error = getaddrinfo(l->host, l->port, &l->hints, &l->found);
    if (l->error == 0)
        return 0;
    l->hints.ai_flags &= ~AI_NUMERICHOST;
    int error = await_lookup(c, l);
    if (error)
        return client_fail(c, error, "Looking up the name %s takes too long.",
                           c->options.host);
    return l->error ? name_fail(c, l->error) : 0;
}

/* ---- connections */

struct attempt {
    struct watch watch;
    struct fiber *fiber;
    int fd; /* -1: over */
    bool ready;
};

struct race {
    struct attempt attempts[FTP_ADDRESSES_MAX];
    unsigned started, running;
    int error; /* of the last that failed */
};

static void on_ready(void *arg, unsigned ready)
{
    struct attempt *a = arg;
    (void)ready;
    a->ready = true;
    fiber_wake(a->fiber);
}

static void give_up(struct race *r, struct attempt *a)
{
    loop_unwatch(&a->watch);
    if (a->fd >= 0) {
        close(a->fd);
        r->running--;
    }
    a->fd = -1;
}

static void start_one(struct race *r, const struct addrinfo *to)
{
    struct attempt *a = &r->attempts[r->started++];
    *a = (struct attempt){ .fiber = fiber_self() };
    a->watch.on_ready = on_ready;
    a->watch.arg = a;
    a->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0) {
        r->error = -errno;
        return;
    }
    r->running++;
    int error = loop_watch(&a->watch, a->fd);
    if (!error && connect(a->fd, to->ai_addr, to->ai_addrlen) != 0 &&
        errno != EINPROGRESS)
        error = -errno;
    if (error) {
        r->error = error;
        give_up(r, a);
    }
}

/* The descriptor that is connected, out of the race; -1: none so far. */
static int look(struct race *r)
{
    for (unsigned i = 0; i < r->started; i++) {
        struct attempt *a = &r->attempts[i];
        union ftp_address peer = { .any = { 0 } };
        socklen_t size = sizeof(peer), error_size = sizeof(int);
        int error = 0;
        if (a->fd < 0 || !a->ready)
            continue;
        a->ready = false;
        if (getpeername(a->fd, &peer.any, &size) == 0) {
            int fd = a->fd;
            loop_unwatch(&a->watch);
            a->fd = -1;
            r->running--;
            return fd;
        }
        getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
        if (error) {
            r->error = -error;
            give_up(r, a);
        }
    }
    return -1;
}

static int run_race(struct ftp_client *c, struct race *r, const struct addrinfo *to)
{
    uint64_t deadline = clock_in(c->options.connect_seconds * CLOCK_SECOND);
    uint64_t next = 0;
    for (;;) {
        int fd = look(r);
        if (fd >= 0)
            return fd;
        bool more = to && r->started < FTP_ADDRESSES_MAX;
        if (more && (r->running == 0 || clock_now() >= next)) {
            start_one(r, to);
            to = to->ai_next;
            next = clock_in(FTP_NEXT_ADDRESS_MS * CLOCK_MS);
            continue;
        }
        if (r->running == 0)
            return r->error ? r->error : -EADDRNOTAVAIL;
        int ended = client_park(c, more && next < deadline ? next : deadline);
        if (ended == -ECANCELED || (ended && clock_now() >= deadline))
            return ended;
    }
}

static int connect_fail(struct ftp_client *c, int error)
{
    const char *host = client_host(c);
    switch (error) {
    case -ECONNREFUSED:
        return client_fail(c, error,
                           "Nobody listens at %s (connection refused): check the port, "
                           "and whether the server runs.",
                           host);
    case -ETIMEDOUT:
        return client_fail(c, error,
                           "%s does not answer: check the address and the network.",
                           host);
    case -ENETUNREACH:
    case -EHOSTUNREACH:
        return client_fail(c, error, "There is no way to %s: check the network.", host);
    default:
        return client_fail(c, error, "Cannot connect to %s: %s.", host,
                           strerror(-error));
    }
}

int client_connect(struct ftp_client *c)
{
    struct lookup *l;
    int error = resolve(c, &l);
    if (error) {
        if (l)
            leave(l);
        return error;
    }
    struct race *r = calloc(1, sizeof(*r));
    int fd = r ? run_race(c, r, l->found) : -ENOMEM;
    for (unsigned i = 0; r && i < r->started; i++)
        give_up(r, &r->attempts[i]);
    free(r);
    leave(l);
    return fd >= 0 ? fd : connect_fail(c, fd);
}
