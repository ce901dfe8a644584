/*
 * checkpoint - up to where the account folders are durable without the journal.
 *
 * DIR/store/checkpoint has two slots that say the same.  They are written one after the
 * other, so that one is always whole; the higher (epoch, lsn) of the valid ones counts.
 * It also knows what the store is.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "base/span.h"

enum { CHECKPOINT_FILE = 8192, CHECKPOINT_SLOTS = 2 };

struct checkpoint {
    uint64_t lsn;
    uint32_t epoch;
    uint64_t segment; /* octets of a journal segment */
    uint64_t store;   /* random: which store this is */
};

/* Pure: out of the file's octets.  *slot_r: where it stands; *damaged_r: how many slots
 * are not valid.  False: none is. */
bool checkpoint_decode(struct span file, struct checkpoint *checkpoint_r,
                       unsigned *slot_r, unsigned *damaged_r);

/* A descriptor of the file, made with zeros (and *made_r true) when it is not there. */
int checkpoint_open(int store, bool *made_r);
/* 0; -EUCLEAN: no valid slot; -errno. */
int checkpoint_read(int fd, struct checkpoint *checkpoint_r, unsigned *slot_r,
                    unsigned *damaged_r);
/* Into both slots, that one first, each synced.  An error is final: the journal may not
 * be recycled. */
int checkpoint_write(int fd, unsigned slot, const struct checkpoint *);

#endif
