/*
 * env - what parse has found in an account's messages: a table in its index.
 *
 *     env(email PRIMARY KEY, crc, data)    data: a record (mime/record.h); crc: its CRC32C
 *     meta 'parsed'                        every message up to this lsn has been read
 *
 * Rows come behind delivery, in transactions of their own, and go with their message, in
 * the transaction that expunges it.  An index that was made anew has none, and its
 * messages are read again.  Errors as in index.h.
 */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include "store/account.h"
#include "store/index.h"

/* A message that has not been read yet, and where it lies. */
struct unread {
    uint64_t email; /* lsn of its delivery */
    uint64_t off, size, large;
    uint32_t pack, crc;
};

/* The table, where an index of before has none. */
int env_open(struct index *);

/* The next ones after that lsn, by email, at most `max` of together about
 * UNREAD_OCTETS; there may be more. */
int env_unread(struct account *, uint64_t after, struct unread *unread_r, size_t max,
               size_t *count_r, bool *more_r);
int env_parsed(struct account *, uint64_t *lsn_r);
int env_messages(struct account *, uint64_t *count_r); /* read or not; it counts them */

/* Rows of messages that are still there; all up to `parsed` have been read. */
struct env_row {
    uint64_t email;
    struct span record;
};
int env_put(struct account *, const struct env_row *, size_t count, uint64_t parsed);

/* Within a transaction: the message goes. */
int env_drop(struct account *, uint64_t email);

/* The record of a message; malloc'ed.  -ENOENT: it has not been read yet. */
int env_get(struct account *, uint64_t email, struct span *record_r);

/* For verify: rows that are not what was written, or belong to no message. */
int env_check(struct index *, uint64_t *wrong_r);

#endif
