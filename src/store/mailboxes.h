/*
 * mailboxes - an account's mailboxes by name, and messages from one into another; more of
 * engine.h, whose rules hold.
 */
#ifndef STORE_MAILBOXES_H
#define STORE_MAILBOXES_H

#include "store/engine.h"
#include "store/names.h"

/* Names as records (names.h), behind what the buf holds: all, or one kind alone. */
#define ALL_NAMES NAME_KINDS
int engine_names(struct engine *, uint64_t account, enum name_kind,
                 struct buf *records_r);
/* The number of the mailbox of that name; -ENOENT: there is none. */
int engine_mailbox(struct engine *, uint64_t account, struct span name,
                   uint32_t *mailbox_r);
/* Changes them; errors as of names_change, too.  What was in a mailbox that is deleted goes
 * with it. */
int engine_name(struct engine *, uint64_t account, const struct names_request *,
                uint64_t *lsn_r);
/* The keyword's bit, made first unless it is there; errors as of engine_name. */
int engine_keyword(struct engine *, uint64_t account, struct span name, uint32_t *bit_r,
                   uint64_t *lsn_r);

/* As engine_snapshot, from that uid on, `most` rows of it, and without a lease: a pack that is gone
 * when it is opened has been compacted, and the rows are to be asked for again. */
int engine_stretch(struct engine *, uint64_t account, uint32_t mailbox, uint32_t from,
                   uint32_t most, struct snapshot *snapshot_r);

/* A message into one mailbox, with these flags, as of `saved` (struct snapshot_row); errors
 * as of engine_deliver, and -ENOENT: there is no such mailbox. */
struct appended {
    uint64_t lsn, email;
    uint32_t uid, uidvalidity;
};
int engine_append(struct engine *, const struct delivery *, uint32_t mailbox,
                  uint64_t flags, uint32_t saved, struct appended *appended_r);

/* Messages from one mailbox into another, with their flags, all or none. */
struct copying {
    uint32_t from, to;
    uint32_t *uids; /* which; afterwards those that were there */
    size_t count;   /* the same; at most COPY_UIDS_MAX */
    uint32_t saved; /* struct snapshot_row */
    bool move;      /* they leave `from`, by the same entry */
};
struct copied_as {
    uint64_t lsn;
    uint32_t uidvalidity, first_uid; /* of `to`; the uids follow each other */
};
/* -ENOENT: there is no such mailbox. */
int engine_copy(struct engine *, uint64_t account, struct copying *,
                struct copied_as *as_r);

#endif
