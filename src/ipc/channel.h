/*
 * channel - a SEQPACKET socket between two roles, made by the master.
 *
 * The side that asks parks its fiber until the answer is there.  The side that serves
 * has a table of services; each message that comes in is checked (may this role say
 * this?), decoded, and run on a fiber of its own, so that a service reads straight down
 * and may wait.  A message lives until its service returns.
 *
 * Messages said during one turn of the loop leave together at its end; whatever waits
 * is read before anything is answered.  A role that is gone, that does not answer, or
 * whose queue is full is an ordinary outcome (message.h).  A peer that sends what it
 * may not, or what cannot be decoded, loses its channel: the master is told of it with
 * role_refused, and restarts it.
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include "ipc/message.h"

/* One row of a role's table of services.  `question` is the message's struct. */
struct service {
    enum message message;
    void (*run)(struct call *, const void *question);
};

/* The question, and what its spans point to (at no particular alignment), live until
 * the service returns.  Its descriptors are the service's: it closes or keeps them. */
struct call {
    struct channel *channel; /* NULL once the peer is gone: the answer goes nowhere */
    enum role from;
    uint32_t instance; /* which copy of that role */
    enum message message;
    uint32_t id;
    bool answered;
};

/* Services of this process; the table ends with a row whose run is NULL.  Borrowed.
 * A question without a row is answered with -ENOSYS. */
void ipc_serve(enum role self, const struct service *services);

/* Takes over the descriptor as the channel to that role; one that was there before is
 * closed, and what waits on it gets -EPIPE.  0 or -errno (the descriptor is closed). */
int ipc_adopt(int descriptor, enum role peer, uint32_t instance);
/* The same while this process is `self`, whatever ipc_serve said: so a test holds both
 * ends of a pair, as mx asking auth and as auth serving mx. */
int ipc_adopt_as(int descriptor, enum role self, enum role peer, uint32_t instance);

/* The channel to a role, or NULL while there is none. */
struct channel *ipc_peer(enum role, uint32_t instance);

enum role channel_role(const struct channel *);
uint32_t channel_instance(const struct channel *);
/* As if the peer had ended; what was said to it leaves first, if it can. */
void channel_close(struct channel *);

/* Called whenever a channel has ended, before it is freed; what hangs on it
 * (handles, gates) goes now.  One listener a process; NULL: none. */
void ipc_on_end(void (*on_end)(struct channel *));

/* For walking: channels to every instance of a role; NULL at the end. */
struct channel *ipc_next(enum role, struct channel *after);

/* A pair of connected descriptors for a channel; 0 or -errno. */
int ipc_pair(int pair_r[2]);

/* How long an ask waits, for a role that is not there yet and then for its answer, in
 * nanoseconds; tests lower it. */
void ipc_patience(uint64_t nanoseconds);

#endif
