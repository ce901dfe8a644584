#include "base/clock.h"
#include "base/log.h"
#include "ipc/inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET_OCTETS = 1 << 20, RETRY_MS = 10 };

static struct list channels[ROLES]; /* by the role at the other end */
static void (*tell_of_end)(struct channel *);

static struct list *channels_to(enum role role)
{
    assert(role < ROLES);
    if (!channels[role].next)
        list_init(&channels[role]);
    return &channels[role];
}

/* --- the end --- */

void ipc_on_end(void (*on_end)(struct channel *))
{
    tell_of_end = on_end;
}

static void channel_free(struct channel *c)
{
    loop_unwatch(&c->watch);
    loop_undefer(&c->turn_end);
    loop_timer_clear(&c->retry);
    outbox_close(&c->outbox);
    close(c->socket);
    free(c);
}

static void end(struct channel *c)
{
    list_remove(&c->link);
    asks_close(&c->asks);
    calls_orphan(c);
    if (tell_of_end)
        tell_of_end(c);
    channel_free(c);
}

void channel_close(struct channel *c)
{
    outbox_flush(&c->outbox, c->socket); /* what was said leaves, if it can */
    end(c);
}

static void tell_master_of(const struct channel *c)
{
    struct channel *master = ipc_next(ROLE_MASTER, NULL);
    if (!master || master == c)
        return;
    if (!message_may_send(MESSAGE_role_refused, master->self, ROLE_MASTER))
        return;
    struct role_refused refused = { .role = (uint8_t)c->role, .instance = c->instance };
    if (tell_role_refused(master, &refused) != 0)
        log_event(LOG_WARNING, 0, "the master could not be told of it");
}

void channel_break(struct channel *c, const char *fault)
{
    log_event(LOG_WARNING, 0, "channel to %s %u closed: it %s", role_name(c->role),
              c->instance, fault);
    tell_master_of(c);
    end(c);
}

/* --- life --- */

/* Both may end the channel: false. */
static bool flush(struct channel *c)
{
    int error = outbox_flush(&c->outbox, c->socket);
    c->unwritable = error == -EAGAIN;
    if (error == -ENOBUFS)
        error = loop_timer_set(&c->retry, clock_in(RETRY_MS * CLOCK_MS));
    if (error == 0 || error == -EAGAIN)
        return true;
    end(c);
    return false;
}

static bool read_on(struct channel *c)
{
    const char *fault;
    int error = inbox_read(c, &fault);
    if (error == -ENOMEM)
        error = loop_timer_set(&c->retry, clock_in(RETRY_MS * CLOCK_MS));
    if (error == 0)
        return true;
    if (fault)
        channel_break(c, fault);
    else
        end(c);
    return false;
}

static void on_turn_end(void *arg)
{
    struct channel *c = arg;
    if (!c->unwritable && !flush(c))
        return;
    if (c->unread && inbox_may_read(c))
        read_on(c);
}

static void on_ready(void *arg, unsigned ready)
{
    struct channel *c = arg;
    if ((ready & LOOP_READ) && !read_on(c))
        return;
    if ((ready & LOOP_WRITE) && c->unwritable) {
        c->unwritable = false;
        loop_defer(&c->turn_end);
    }
}

static struct channel *channel_new(int descriptor)
{
    struct channel *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->socket = descriptor;
    c->watch = (struct watch){ .on_ready = on_ready, .arg = c };
    c->turn_end = (struct deferred){ .run = on_turn_end, .arg = c };
    c->retry = (struct timer){ .on_time = on_turn_end, .arg = c };
    list_init(&c->link);
    list_init(&c->calls);
    outbox_open(&c->outbox);
    if (asks_open(&c->asks) != 0) {
        free(c);
        return NULL;
    }
    return c;
}

int ipc_adopt_as(int descriptor, enum role self, enum role peer, uint32_t instance)
{
    assert(self < ROLES && peer < ROLES);
    struct channel *c = channel_new(descriptor);
    int error = c ? loop_watch(&c->watch, descriptor) : -ENOMEM;
    if (error) {
        if (c) {
            asks_close(&c->asks);
            free(c);
        }
        close(descriptor);
        return error;
    }
    struct channel *old = ipc_peer(peer, instance);
    if (old)
        end(old);
    c->self = self;
    c->role = peer;
    c->instance = instance;
    list_push(channels_to(peer), &c->link);
    asks_channel_came();
    return 0;
}

int ipc_adopt(int descriptor, enum role peer, uint32_t instance)
{
    return ipc_adopt_as(descriptor, ipc_self(), peer, instance);
}

/* --- looking for one --- */

struct channel *ipc_peer(enum role role, uint32_t instance)
{
    LIST_FOR_EACH(link, channels_to(role))
    {
        struct channel *c = LIST_ENTRY(link, struct channel, link);
        if (c->instance == instance)
            return c;
    }
    return NULL;
}

struct channel *ipc_next(enum role role, struct channel *after)
{
    struct list *head = channels_to(role);
    struct list *link = after ? after->link.next : head->next;
    return link == head ? NULL : LIST_ENTRY(link, struct channel, link);
}

struct channel *channel_for(enum message m)
{
    for (enum role role = 0; role < ROLES; role++) {
        struct channel *c = ipc_next(role, NULL);
        if (c && message_may_send(m, c->self, role))
            return c;
    }
    return NULL;
}

enum role channel_role(const struct channel *c)
{
    return c->role;
}

uint32_t channel_instance(const struct channel *c)
{
    return c->instance;
}

/* --- saying --- */

int channel_say(struct channel *c, const struct packet *packet, const void *fields)
{
    int error = outbox_put(&c->outbox, packet, fields);
    if (error == 0)
        loop_defer(&c->turn_end);
    return error;
}

int channel_tell(struct channel *c, enum message m, const void *content)
{
    if (!c)
        return -EPIPE;
    assert(message_may_send(m, c->self, c->role));
    struct packet packet = { .message = m, .kind = PACKET_TELL };
    return channel_say(c, &packet, content);
}

static void make_roomy(int descriptor)
{
    int octets = SOCKET_OCTETS; /* the kernel may give less */
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
}

int ipc_pair(int pair_r[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair_r))
        return -errno;
    make_roomy(pair_r[0]);
    make_roomy(pair_r[1]);
    return 0;
}
