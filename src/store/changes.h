/*
 * changes - what has changed in a mailbox, by modseq (RFC 7162); more of engine.h, whose
 * rules hold.
 */
#ifndef STORE_CHANGES_H
#define STORE_CHANGES_H

#include "store/engine.h"

/* Messages in ranges of uids, which ascend: an array of struct changed_row.  -ENOENT: there
 * is no such mailbox; the same below. */
int engine_rows(struct engine *, uint64_t account, uint32_t mailbox,
                const struct uid_range *ranges, size_t count, struct buf *rows_r);
/* Uids that are gone since that modseq, as an array of struct uid_range.  When each of them
 * went is known of the last EXPUNGED_KEPT at least; before that, of all that are not there
 * any more it is said that they are gone. */
int engine_vanished(struct engine *, uint64_t account, uint32_t mailbox,
                    uint64_t modseq, struct buf *ranges_r);

/* Octets of the messages that are \Deleted (RFC 9208 §4.1.4). */
int engine_deleted(struct engine *, uint64_t account, uint32_t mailbox,
                   uint64_t *octets_r);

#endif
