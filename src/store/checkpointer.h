/*
 * checkpointer - the thread that makes the folders durable, so that the journal can go
 * round: syncfs, then a slot of the checkpoint.
 *
 * Before its first checkpoint it writes zeros into the segments of a new journal, the
 * one that is needed next first.  An error of syncing is final.
 */
#ifndef STORE_CHECKPOINTER_H
#define STORE_CHECKPOINTER_H

#include "store/checkpoint.h"
#include "store/journal.h"

struct checkpointer;

/* A large message that has been filed by everybody, once the checkpoint has passed it. */
struct filed_large {
    struct filed_large *next;
    uint64_t lsn, name;
};

struct checkpointer_settings {
    int store;              /* DIR/store */
    int file;               /* the checkpoint; this one's from now on */
    unsigned slot;          /* to be written first: not the only valid one */
    struct checkpoint last; /* as it is on disk */
    const struct journal *journal;
    void (*on_progress)(
        void *arg); /* from the thread: one of the answers below is new */
    void *arg;
};

struct checkpointer *checkpointer_open(const struct checkpointer_settings *);
int checkpointer_start(struct checkpointer *);
void checkpointer_close(struct checkpointer **);

/* A checkpoint at lsn, below which everything has been filed; then the large files of
 * that chain are dropped.  One at a time: see checkpointer_is_idle. */
void checkpointer_ask(struct checkpointer *, uint64_t lsn, struct filed_large *large);
bool checkpointer_is_idle(const struct checkpointer *);
/* Without the thread.  0 or -errno.  checkpointer_sync: makes the folders durable.
 * checkpointer_begin: a new epoch at lsn; sync: there may be something to make durable. */
int checkpointer_sync(const struct checkpointer *);
int checkpointer_begin(struct checkpointer *, uint64_t lsn, uint32_t epoch, bool sync);
/* Ends the thread. */
void checkpointer_stop(struct checkpointer *);
/* After that, the last checkpoint. */
int checkpointer_end(struct checkpointer *, uint64_t lsn);

uint64_t checkpointer_lsn(const struct checkpointer *); /* the last durable one */
/* Entries must lie below this one: segments above are not filled yet. */
uint64_t checkpointer_filled(const struct checkpointer *);
int checkpointer_error(const struct checkpointer *);

#endif
