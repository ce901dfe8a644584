/*
 * committer - the thread that makes entries durable: all that waits, with one fdatasync.
 *
 * What is durable goes on to the applier.  An error is final: nothing more is written.
 */
#ifndef STORE_COMMITTER_H
#define STORE_COMMITTER_H

#include "store/applier.h"
#include "store/journal.h"

struct committer;

struct committer_settings {
    struct journal *journal;
    struct applier *applier;
    /* From the committer's thread: committer_durable has grown, or it has failed. */
    void (*on_progress)(void *arg);
    void *arg;
};

struct committer *committer_open(const struct committer_settings *); /* no thread yet */
int committer_start(struct committer *);
/* Ends the thread after it has committed what it has. */
void committer_stop(struct committer *);
void committer_close(struct committer **);

/* Takes over a chain of entries, in order, without gaps. */
void committer_put(struct committer *, struct entry *first, struct entry *last);

uint64_t committer_durable(const struct committer *); /* the last durable entry's lsn */
int committer_error(const struct committer *);

#endif
