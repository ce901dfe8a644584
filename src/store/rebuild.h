/*
 * rebuild - inside draft: what the records of the packs say, and what is left of it.
 *
 *   rebuild.c        every record of every pack, into tables beside the index
 *   rebuild_rows.c   which rows there are, then
 *   rebuild_names.c  and which mailboxes
 *
 *     bodies    where emails lie
 *     placed    (mailbox, uid) -> email, flags, saved, as of each lsn that said so
 *     gone      tombstones
 *     rosters, roster    the youngest of each mailbox, its ranges
 *     named     of each name what was said last
 *     rows      (mailbox, uid) -> email, and the lsn that said so first
 */
#ifndef STORE_REBUILD_H
#define STORE_REBUILD_H

#include "store/draft.h"

struct rebuild {
    struct draft *draft;
    uint64_t records;
    uint64_t octets;      /* of all packs */
    uint32_t uidvalidity; /* the INBOX's */
    uint64_t roster_lsn;  /* of the INBOX's youngest */
    int64_t roster_names; /* so many names were told with it */
    uint32_t *packs;
    size_t count, room;
};

/* Tables, before anything is read. */
int rebuild_begin_rows(struct rebuild *);
int rebuild_begin_names(struct rebuild *);

/* What records say. */
int rebuild_place(struct rebuild *, uint32_t mailbox, const struct pack_row *,
                  uint64_t lsn);
int rebuild_take_names(struct rebuild *, struct span records, uint64_t lsn);

/* Afterwards: the mailboxes, made, with their names; then rows. */
int rebuild_settle_names(struct rebuild *);
int rebuild_settle_rows(struct rebuild *);

#endif
