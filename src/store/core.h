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
 *   deliver.c   deliver, append, expunge, flags, forget; read.c: snapshot, packs, large messages
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

/* What the order needs to know of an account. */
struct head {
    uint64_t account;
    bool known;  /* uidnext and uidvalidity are right */
    bool asking; /* somebody is finding out */
    uint32_t uidvalidity, uidnext;
    uint64_t last;      /* lsn of its last entry: what a reader must wait for */
    uint64_t forgotten; /* lsn of its last ENTRY_FORGET */
    uint64_t learned;   /* what it says below holds all up to this lsn */
    uint64_t used;      /* octets of its messages; expunged ones until they are filed */
    uint64_t ceiling;   /* so many may it be, as far as auth has granted */
    uint64_t expunged;  /* lsn of the last expunge that may not be in `used` yet */
    uint64_t granted_at; /* 0: never, or nobody knew */
    struct list waiting; /* struct waiter: for the one who asks */
    uint64_t generation; /* grows with each compaction */
    struct list leases;
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
/* Waits until an entry of this length may be ordered; 0 or -errno. */
int order_room(struct engine *, size_t length);
bool order_has_room(const struct engine *, size_t length);
/* Gives it its place and hands it on, right after order_room.  Its lsn. */
uint64_t order(struct engine *, struct entry *);
void order_hand_over(struct engine *);            /* to the committer, now */
int order_durable(struct engine *, uint64_t lsn); /* waits until all up to it is */

/* ---- head.c */
/* The account's head, for the engine's life; NULL: out of memory. */
struct head *head_of(struct engine *, uint64_t account);
/* The same, known; made, if the account is new.  Parks; it may become unknown again at
 * the next park (engine_forget). */
int head_get(struct engine *, uint64_t account, struct head **head_r);
/* Runs the job with the account as it is after everything that was ordered; for who only
 * reads (head_read), on a full disk, as it is. */
int head_ask(struct engine *, struct head *, int (*run)(struct account *, struct job *),
             void *arg);
int head_read(struct engine *, struct head *,
              int (*run)(struct account *, struct job *), void *arg);

/* ---- recovery.c: opens or makes what is in DIR/store; all but the threads is ready */
int recover(struct engine *);

#endif
