/*
 * inside - what the files of ipc know of each other, and nobody else.
 *
 *     channel.c  the channels there are; how one begins and ends
 *     outbox.c   what waits to be sent to one peer
 *     inbox.c    what has come: read in batches, checked, handed on
 *     ask.c      questions of ours that wait for their answers
 *     call.c     questions of others, running in our services
 *     block.c    the memory that packets are received into
 *
 * Only the loop's own stack reads, sends, and finds that a peer has ended.  A fiber may
 * end a channel too (channel_close, ipc_adopt), but never while one of those runs.
 */
#ifndef IPC_INSIDE_H
#define IPC_INSIDE_H

#include "base/list.h"
#include "base/loop.h"
#include "ipc/channel.h"
#include "ipc/codec.h"

/* ---- block.c */
struct block {
    struct list link; /* in its channel's calls */
    struct call call;
    const struct service *service;
    union fields question; /* spans point into octets */
    char octets[MESSAGE_OCTETS_MAX];
};
struct block *block_take(void); /* NULL when out of memory; not zeroed */
void block_give(struct block *);

/* ---- outbox.c */
struct outbox {
    struct list parcels;
    size_t count, octets;
    size_t answers, answer_octets; /* of those */
};
void outbox_open(struct outbox *);
void outbox_close(struct outbox *);
/* Encodes.  0, -EAGAIN (full), -EMSGSIZE, -ENOMEM, -EMFILE. */
int outbox_put(struct outbox *, const struct packet *, const void *fields);
/* Sends what the socket takes.  0: nothing waits; -EAGAIN: until it is writable;
 * -ENOBUFS: until later; else the peer has ended. */
int outbox_flush(struct outbox *, int socket);

/* ---- ask.c */
struct ask {
    uint32_t id;
    enum message message;
    void *answer;
    struct arena *arena;
    struct fiber *fiber;
    bool done;
    int result;
};
/* By id & mask; ids are given so that no two of them meet in a slot. */
struct asks {
    struct ask **slots;
    size_t mask, count;
    uint32_t next_id;
};
int asks_open(struct asks *);
void asks_close(struct asks *); /* all get -EPIPE */
void asks_channel_came(void);   /* for those who ask a role that is not there yet */
/* An answer.  Owns the descriptors.  NULL, or what is wrong with it. */
const char *asks_answer(struct asks *, const struct packet *, struct decoder *);
int ask(enum message, const void *question, void *answer, struct arena *);

/* ---- call.c */
/* Runs the service for the question decoded in the block.  0, or -errno: it has not
 * taken the block, nor the descriptors. */
int call_begin(struct channel *, struct block *, const struct packet *);
void call_answer(struct call *, int error, const void *fields);
void calls_orphan(struct channel *); /* their answers go nowhere from now on */
enum role ipc_self(void);
extern const char takes_no_answers[]; /* a fault */

/* ---- inbox.c */
bool inbox_may_read(const struct channel *);
/* Reads and hands on all there is.  0, or why the channel ends: -EPIPE, or -EBADMSG
 * with the peer's fault. */
int inbox_read(struct channel *, const char **fault_r);
void descriptors_close(const int *descriptors, size_t count);

/* ---- channel.c */
struct channel {
    struct list link; /* among the channels to its role */
    enum role self, role;
    uint32_t instance;
    int socket;
    struct watch watch;
    struct deferred turn_end; /* sends; reads on */
    struct timer retry;       /* the same, when the kernel was out of memory */
    bool unread;              /* there may be more to read than was read */
    bool unwritable;
    struct outbox outbox;
    struct asks asks;
    struct list calls;
    size_t call_count;
};
/* Queues for the end of the turn; errors of outbox_put. */
int channel_say(struct channel *, const struct packet *, const void *fields);
int channel_tell(struct channel *, enum message, const void *content);
/* The first channel on which this process may say it, or NULL. */
struct channel *channel_for(enum message);
/* The peer has broken the rules: says so and ends the channel. */
void channel_break(struct channel *, const char *fault);

#endif
