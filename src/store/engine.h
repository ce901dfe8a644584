/*
 * engine - the seam between what the store means and how it is kept.
 *
 * Above it stands role/store, which knows handles, rights and fronts; below it are journal
 * and folders (later a second engine over PostgreSQL): callers never see SQL or paths.
 *
 * Durable operations return as soon as they are ordered, with their log sequence number
 * (lsn): the reply must wait for on_durable(lsn).  lsn only grows, across restarts too.
 * Every call runs on a fiber of the store's loop and may park it; a reader sees all that
 * was ordered before it asked.  After a failed fsync nothing is accepted any more: every
 * call returns -EIO.
 */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "store/session.h"

struct engine;

struct engine_settings {
    int directory;            /* DIR/store; borrowed, stays open */
    uint64_t journal_segment; /* octets of one segment when the journal is made */
    bool reads;               /* messages are handed to parse (readings.h) */
    bool text_index;          /* and their words are kept (text.h) */
    bool usual_mailboxes;     /* who asks for his names first gets some (names.h) */
    uint64_t compact_from;    /* dead octets of an account; 0: packs are left alone */
    void (*on_durable)(uint64_t lsn, void *arg);
    void (*on_failed)(void *arg); /* final; said once */
    /* How many octets more than `used` may the account hold?  At least `wanted` are asked
     * for; UINT64_MAX: it has no limit.  On a fiber, may park.  0, or -errno: nobody
     * knows, and this message is let in.  NULL: no account has a limit. */
    int (*reserve)(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg);
    /* So much is left of it after an expunge; may be NULL. */
    void (*on_used)(uint64_t account, uint64_t used, void *arg);
    void *arg;
};

/* Makes the store when the directory is empty, else recovers: all that was ever acknowledged
 * is there.  The directory becomes the working directory, for SQLite: one store a process.
 * Threads start with the first turn of the loop.  0 or -errno, which is logged. */
int engine_open(struct engine **engine_r, const struct engine_settings *);
/* Reading ends, soon: before engine_close, while the loop still runs. */
void engine_stop(struct engine *);
/* Applies all, writes a checkpoint, closes.  A store closed so starts at once. */
void engine_close(struct engine **);

struct delivery {
    const uint64_t *accounts; /* each gets it once, whatever is said twice */
    size_t account_count;
    int64_t received; /* seconds since 1970, the INTERNALDATE */
    struct span body; /* or, when sealed != -1, in that sealed memfd */
    int sealed;       /* borrowed */
    uint64_t size;
};
/* Into the INBOX of every account, all or none; an account that is new is made.  *email_r:
 * the message's number, never used again.  -EINVAL: that does not fit together; -EAGAIN: no
 * room in the journal for STORE_WAIT_SECONDS, or -ENOSPC, if that is why; -EUCLEAN: a
 * recipient's folder is damaged; -EDQUOT: one may hold no more; -EIO, -ENOMEM. */
int engine_deliver(struct engine *, const struct delivery *, uint64_t *lsn_r,
                   uint64_t *email_r);

/* Those of the uids that are still there are gone, together.  uids that are not there
 * are no error, a mailbox is: -ENOENT.  *lsn_r as always (what must be durable, even when nothing was left). */
int engine_expunge(struct engine *, uint64_t account, uint32_t mailbox,
                   const uint32_t *uids, size_t count, uint64_t *lsn_r);

/* Flags of messages in ranges of uids, which ascend; *lsn_r as always. */
int engine_flags(struct engine *, uint64_t account, uint32_t mailbox,
                 const struct flags_change *, const struct uid_range *ranges,
                 size_t count, uint64_t *lsn_r);

struct status {
    uint32_t uidvalidity, uidnext;
    uint64_t total, unseen, deleted, octets, modseq; /* messages, and what they have */
};
/* -ENOENT: there is no such mailbox; the same for the snapshot. */
int engine_status(struct engine *, uint64_t account, uint32_t mailbox,
                  struct status *status_r);
struct snapshot {
    uint64_t lease; /* the packs that it names stay until engine_release */
    uint32_t uidvalidity, uidnext, count;
    uint64_t octets, modseq;   /* the greatest modseq of any change in it */
    struct snapshot_row *rows; /* malloc'ed, by uid; the caller frees */
};
int engine_snapshot(struct engine *, uint64_t account, uint32_t mailbox,
                    struct snapshot *snapshot_r);
void engine_release(struct engine *, uint64_t account, uint64_t lease);

/* What parse has found in these messages, behind what `records_r` holds: for each its
 * length (32 bits) and the octets of its record; none: it is gone.  One that has not been
 * read yet is read now.  -EAGAIN: parse is not there. */
int engine_records(struct engine *, uint64_t account, const uint64_t *emails,
                   size_t count, struct buf *records_r);

/* Descriptors for reading, the caller's.  -ENOENT: no such thing. */
int engine_pack_open(struct engine *, uint64_t account, uint32_t pack);
int engine_large_open(struct engine *, uint64_t account, uint64_t name);

/* Whatever was reserved is to be asked for anew. */
void engine_quotas_changed(struct engine *);

/* 0: so many octets may come, by what is known now; -EDQUOT: they may not. */
int engine_room(struct engine *, uint64_t account, uint64_t size);

/* Octets that the account's mail has; nothing of it is 0. */
int engine_used(struct engine *, uint64_t account, uint64_t *used_r);

/* Removes the account's folder and all in it; durable when it returns. */
int engine_forget(struct engine *, uint64_t account);

/* Walks every file of a store that no process has open, and says in words what is wrong.
 * Returns how many faults, or -errno when it could not look. */
struct verify_report {
    uint64_t accounts, messages, octets, records, orphans;
};
int engine_verify(int directory, struct verify_report *report_r,
                  void (*on_fault)(const char *fault, void *arg), void *arg);

#endif
