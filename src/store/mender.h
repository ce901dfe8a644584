/*
 * mender - the thread that puts folders right which cannot be used as they are.
 *
 * A damaged index is made anew from the packs, the folder of an earlier version is taken
 * over; meanwhile the account's entries are put aside (applier.h), and everybody else
 * notices nothing.  It compacts packs, too (compact.h).  What can pass (a full disk) is tried again after a while; a folder
 * that is damaged again right after it was mended is left as it is until the next start.
 */
#ifndef STORE_MENDER_H
#define STORE_MENDER_H

#include "store/applier.h"
#include "store/compact.h"

struct mender;

enum mended {
    MENDED_REBUILT, /* from the packs */
    MENDED_TAKEN_OVER /* from an earlier version */,
    MENDED_NOTHING, /* it cannot be mended */
    MENDED_COMPACTED,
};

/* What is to be said of it. */
struct mending {
    struct mending *next;
    uint64_t account;
    enum mended how;
    int error;                       /* with MENDED_NOTHING */
    uint64_t mails, broken, skipped; /* of MENDED_REBUILT, as in draft.h */
    struct compaction compaction;    /* of MENDED_COMPACTED: its old packs may go */
};

struct mender_settings {
    const struct shelf *shelf;
    struct applier *applier;
    void (*on_progress)(void *arg); /* from the thread: mender_said has something */
    void *arg;
};

struct mender *mender_open(const struct mender_settings *); /* no thread yet */
int mender_start(struct mender *);
/* Ends the thread; the applier must still work. */
void mender_stop(struct mender *);
void mender_close(struct mender **);

/* From any thread. */
void mender_ask(struct mender *, uint64_t account);
void mender_compact(struct mender *, uint64_t account);
struct mending *mender_said(struct mender *); /* the caller's to free; NULL: nothing */

#endif
