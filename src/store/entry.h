/*
 * entry - one entry of the journal: what happened, to which accounts.
 *
 * On disk: struct entry_head, the targets, the uids, the body, padded to 8 octets; in
 * the machine's byte order (the checkpoint knows which).  In memory the same octets stand
 * behind struct entry, so that an entry is built once, written as it is, and applied from
 * there.  An entry's log sequence number (lsn) is its place in the endless journal, in
 * octets: position lsn % segment of segment file lsn / segment % JOURNAL_SEGMENTS.
 *
 * (STORE.md calls these records; struct record is the transcript's, base/ring.h.)
 */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

#include "base/span.h"
#include "config/limits.h"
#include "store/pack.h"

enum entry_type {
    ENTRY_PADDING = 1, /* to the end of the segment; the head alone is written */
    ENTRY_CREATE,      /* an account's folder; one target */
    ENTRY_DELIVER,     /* a message into the INBOX of every target */
    ENTRY_EXPUNGE,     /* uids of one target */
    ENTRY_FORGET,      /* the target's folder goes */
    ENTRY_FLAGS,       /* of messages of one target: struct flags_change, ranges */
    ENTRY_APPEND,      /* a message into a mailbox of one target; where uids would stand
                        * is its row (struct pack_row) */
    ENTRY_NAMES,       /* one target's mailboxes and subscriptions: store/names.h */
    ENTRY_COPY, /* messages of one target into a mailbox: struct copied, their rows;
                        * uids: those that leave the mailbox which they come from */
    ENTRY_TYPES
};

struct entry_head {
    uint32_t crc;      /* CRC32C of what follows it up to the body */
    uint32_t body_crc; /* CRC32C of the message */
    uint64_t lsn;
    uint32_t epoch;  /* grows with each recovery */
    uint32_t type;   /* enum entry_type */
    uint32_t length; /* of the entry; a multiple of 8 */
    uint32_t targets;
    uint32_t uids;
    uint32_t mailbox; /* 0: the INBOX */
    uint64_t size;    /* octets of the message */
    int64_t received;
    uint64_t large; /* not 0: the message is file large/<this>, not here */
};

struct target {
    uint64_t account;
    uint32_t uid;
    uint32_t uidvalidity; /* of the INBOX, should the folder have to be made anew */
};

enum {
    ENTRY_HEAD = sizeof(struct entry_head),
    ENTRY_OCTETS_MAX = ENTRY_HEAD + RECIPIENTS_MAX * (int)sizeof(struct target) +
                       UIDS_A_MESSAGE * 4 + LARGE_BODY_LEAST + 16,
};
_Static_assert(ENTRY_HEAD == 64, "the journal's format");
_Static_assert(sizeof(struct target) == 16, "the journal's format");
_Static_assert(ENTRY_OCTETS_MAX < JOURNAL_SEGMENT_LEAST / 2, "fits a segment");

/* What one account has still to do of an entry. */
struct pending {
    struct pending *next;
    struct entry *entry;
};

struct entry {
    struct entry *next;      /* in whose queue it stands */
    uint32_t unapplied;      /* targets to go; the applier's */
    struct pending *pending; /* one a target */
    struct entry_head *head; /* begins the octets that are written */
};

enum { APPEND_UIDS = sizeof(struct pack_row) / 4 };

size_t entry_length(size_t targets, size_t uids, size_t body);

/* Room for an entry of this shape, its head filled in but for lsn, epoch and checksums;
 * targets, uids and body are the caller's to fill.  NULL: out of memory. */
struct entry *entry_new(enum entry_type, size_t targets, size_t uids, size_t body);
/* The same around octets that entry_is_sound has accepted (copied). */
struct entry *entry_copy(const struct entry_head *);
void entry_free(struct entry *);

struct target *entry_targets(const struct entry_head *);
uint32_t *entry_uids(const struct entry_head *);
char *entry_body(const struct entry_head *);
size_t entry_body_size(const struct entry_head *); /* 0 when it is a large one */
/* May messages be gone by it? */
bool entry_takes_away(const struct entry_head *);
/* ENTRY_APPEND */
struct pack_row *entry_appended(const struct entry_head *);
/* ENTRY_COPY */
struct copied {
    uint32_t from; /* a mailbox */
    uint32_t unused;
};
struct copied *entry_copied(const struct entry_head *);
struct pack_row *entry_rows(const struct entry_head *, size_t *count_r);
/* ENTRY_FLAGS: what its body says. */
const struct flags_change *entry_flags(const struct entry_head *);
const struct uid_range *entry_ranges(const struct entry_head *, size_t *count_r);

/* Last touch: numbers and checksums. */
void entry_seal(struct entry_head *, uint64_t lsn, uint32_t epoch);

/* Are these octets (at least ENTRY_HEAD, aligned to 8) an entry with that lsn and epoch?
 * False as well when they are cut short: *need_r is then how many it wants. */
bool entry_is_sound(struct span octets, uint64_t lsn, uint32_t epoch, size_t *need_r);

#endif
