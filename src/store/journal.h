/*
 * journal - a ring of segment files, zero-filled once and then overwritten for ever.
 *
 * Making durable what a file's blocks get that are there and written costs a third of
 * making it grow, so segments never change their size.  Entries stand in order without gaps; one
 * that does not fit into the rest of its segment begins the next, and padding fills the
 * rest.  An entry is valid where its lsn says, with the epoch of the checkpoint: what
 * lies there from an earlier round or epoch is not.
 *
 * A segment is synced before the next is written to.  So a valid entry at the beginning
 * of a segment tells that the one before is whole.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/entry.h"

enum { JOURNAL_BLOCK = 4096 }; /* what O_DIRECT writes is a multiple of it */

struct journal {
    int segment[JOURNAL_SEGMENTS]; /* descriptors of journal/j0 ...; -1 */
    int direct[JOURNAL_SEGMENTS];  /* the same past the page cache; -1: cannot be had */
    uint64_t size;                 /* octets of one */
    char *stage;     /* blocks on their way out; NULL: through the cache */
    uint64_t staged; /* the lsn behind what the stage's first block holds */
};

/* One that is not open: closing it does nothing. */
struct journal journal_none(void);

/* Opens the segment files below DIR/store, makes those that are missing (empty).
 * 0 or -errno.  journal_close on failure too. */
int journal_open(struct journal *, int store, uint64_t size);
/* The same, but nothing is made: -ENOENT. */
int journal_open_only(struct journal *, int store, uint64_t size);
void journal_close(struct journal *);

/* The descriptor of the segment that holds lsn; borrowed. */
int journal_file(const struct journal *, uint64_t lsn);
/* For journal_commit to write past the page cache, where that can be had; one thread
 * commits.  Not needed for reading. */
void journal_stage_open(struct journal *);
void journal_stage_close(struct journal *);

/* Has every block of the segment that holds lsn been written? */
bool journal_is_filled(const struct journal *, uint64_t lsn);
/* Zeros to its end, synced.  For large segments it takes a while. */
int journal_fill(const struct journal *, uint64_t lsn);

/* Where an entry of this length goes when the journal ends at `end`: there, or at the
 * beginning of the next segment. */
uint64_t journal_place(const struct journal *, uint64_t end, size_t length);

/* Writes the entries (in order, without gaps): all are durable, or -errno, after which
 * nothing more may be written. */
int journal_commit(struct journal *, struct entry *first);

/* ---- reading */
struct journal_reader {
    const struct journal *journal;
    uint64_t lsn; /* where the next entry is looked for; at last: where they end */
    uint32_t epoch;
    char *window;
    uint64_t window_at;
    size_t window_len;
};
int journal_reader_open(struct journal_reader *, const struct journal *, uint64_t lsn,
                        uint32_t epoch);
void journal_reader_close(struct journal_reader *);
/* The next entry but padding, valid until the next call: 1; 0: none is left; -errno. */
int journal_next(struct journal_reader *, const struct entry_head **head_r);
/* After the end: is there, at the beginning of a later segment, an entry of this epoch
 * all the same?  Then the journal is damaged before it; its lsn, or 0. */
uint64_t journal_gap(struct journal_reader *);

#endif
