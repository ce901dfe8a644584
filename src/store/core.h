/*
 * core - the engine's inside: what the loop's thread knows, and its threads.
 *
 * The loop's thread gives every entry its place (lsn) and every message its uid, and
 * decides when there is a checkpoint.  The committer makes entries durable, the applier
 * files them, the checkpointer makes the folders durable, the mender mends; each tells
 * through `progress`.
 *
 *   engine.c    open, close, what happens when a thread has got on
 *   order.c     room in the journal, the order of entries
 *   head.c      what is known of each account
 *   deliver.c   deliver, append, expunge, flags, forget; mailboxes.c, copy.c: mailboxes.h
 *   read.c      snapshot, packs, large messages
 *   lease.c     packs that have been compacted; quota.c: how much an account may hold
 *   recovery.c  after a crash, or a clean end
 */
#ifndef STORE_CORE_H
#define STORE_CORE_H

#include "base/list.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/work.h"
#include "store/checkpointer.h"
#include "store/committer.h"
#include "store/engine.h"
#include "store/head.h"
#include "store/mender.h"
#include "store/readings.h"

struct engine {
    struct engine_settings settings;
    struct shelf shelf;
    struct journal journal;
    struct applier *applier;
    struct committer *committer;
    struct checkpointer *checkpointer;
    struct mender *mender;
    struct work_pool *large_pool; /* writes large messages */
    struct work_pool *open_pool;  /* opens packs for readers */
    struct readings *readings;    /* NULL: nobody reads them */
    bool running;                 /* the threads are */
    int error;                    /* not 0: final, because of ... */
    char failure[120];            /* ... this */
    uint32_t epoch;
    uint64_t end;          /* where the next entry goes */
    uint64_t last;         /* lsn of the last entry */
    uint64_t durable;      /* of the last durable one, as on_durable has said */
    struct entry *padding; /* one in reserve: to order an entry never fails */
    struct entry *first_new, *last_new; /* not handed to the committer yet */
    struct deferred hand_over;
    struct list want_room, want_durable; /* struct waiter */

    struct map *heads;
    struct filed_large *large_first, **large_last; /* on their way into folders */

    struct list retired; /* packs that are to go */
    uint64_t checkpoints_asked, checkpoints_made;

    int progress; /* eventfd that the threads ring */
    struct watch watch;
    struct timer tick;         /* looks whether a checkpoint is due */
    uint64_t checkpoint_asked; /* when the last one began */
    int said_error;            /* of the applier, in the log */
    uint64_t said_aside, said_failure;
};

/* ---- waiting */
/* Parks until wake_all(queue); 0, -ETIMEDOUT, -ECANCELED, or the engine's error. */
int engine_wait(struct engine *, struct list *queue, uint64_t deadline);
void wake_all(struct list *queue);

/* The first call starts the threads.  0, or why nothing is done any more. */
int engine_ready(struct engine *);
void engine_ring(void *engine);    /* from any thread: look around */
void engine_tick(struct engine *); /* there will be a checkpoint to make */
void engine_fail(struct engine *, const char *what, int error);

/* ---- order.c */
/* What is to be ordered: an entry so long, which adds so many octets to each account. */
struct order {
    const uint64_t *accounts;
    size_t count, length;
    uint64_t size;
};
/* Afterwards, until the next park, every head is known, may take it, and there is room in
 * the journal.  Parks. */
int order_prepare(struct engine *, const struct order *);
/* The first half of it: the heads are known, and auth has granted the octets. */
int order_ask_all(struct engine *, const struct order *);
/* Waits until an entry of this length may be ordered; 0 or -errno. */
int order_room(struct engine *, size_t length);
bool order_has_room(const struct engine *, size_t length);
/* Gives it its place and hands it on, right after order_room.  Its lsn. */
uint64_t order(struct engine *, struct entry *);
void order_hand_over(struct engine *);            /* to the committer, now */
int order_durable(struct engine *, uint64_t lsn); /* waits until all up to it is */

/* ---- recovery.c: opens or makes what is in DIR/store; all but the threads is ready */
int recover(struct engine *);

#endif
