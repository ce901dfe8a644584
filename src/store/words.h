/*
 * words - one account's list of terms: every word that its index of words (text.h) knows,
 * flat, so that a part of a word is found by memmem over it.
 *
 *     text.words.N    blocks, append-only: {magic, kind, octets, CRC32C} and the terms,
 *                     each ended by LF, one LF before the first
 *
 * What is noted goes into the file before the transaction that indexes it is committed, and
 * text.db says how far the list goes: after a crash there may be more in the file, never
 * less (less: damaged, and all is made again).  A term may stand in it more than once: only
 * what has been noted lately is remembered.  Once the list has doubled it is written anew
 * without them, as file N + 1.
 *
 * Used by one thread.  0 or -errno; -EUCLEAN: it is not what was written.
 */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include "base/span.h"

struct words;

struct words_place { /* what text.db remembers of it */
    uint64_t file, len;
};

/* store: borrowed.  -ENOMEM, -EUCLEAN. */
int words_open(struct words **words_r, int store, uint64_t account, struct words_place);
void words_close(struct words **);

/* A term of what is being indexed; no LF in it. */
void words_note(struct words *, struct span term);
/* Writes what was noted; place_r is for the same transaction. */
int words_write(struct words *, struct words_place *place_r);
/* It has been committed. */
void words_committed(struct words *);

enum word_part { WORD_ANYWHERE, WORD_END };

/* Every term that has the part in it, or at its end, once; on_term != 0 ends it and is
 * returned. */
int words_find(struct words *, struct span part, enum word_part,
               int (*on_term)(struct span term, void *arg), void *arg);
/* Every term of WORD_OCTETS_MAX octets: of a longer word this is the beginning. */
int words_find_long(struct words *, int (*on_term)(struct span term, void *arg),
                    void *arg);
/* Reads all of it. */
int words_check(struct words *);

#endif
