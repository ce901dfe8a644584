/*
 * ring - records from one writer to one reader through shared memory.
 *
 * The writer never waits: when the reader falls behind, the oldest records are
 * overwritten, and the reader learns how many octets it missed.  The memory may be
 * written by a hostile process: the reader checks everything and copies before it looks.
 *
 * A record: struct record, then `len` octets, padded to 8.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/span.h"

enum record_kind {
    RECORD_PADDING, /* never written: what zeroed memory says */
    RECORD_OPEN,    /* a session began; text: protocol, peer */
    RECORD_CLIENT,  /* C: a line heard */
    RECORD_SERVER,  /* S: a line said */
    RECORD_NOTE,    /* what cannot be shown as a line: "[4096 octets]" */
    RECORD_CLOSE,   /* the session is over; text: why; level: how it went */
    RECORD_EVENT,   /* a log event; the level is in `level` */
    RECORD_ACCOUNT, /* the session has logged in; text: the account's address */
    RECORD_KINDS
};

struct record {
    uint32_t len;
    uint8_t kind;  /* enum record_kind */
    uint8_t level; /* enum log_level of an event, or at most RECORD_LEVEL_MAX */
    uint8_t role;  /* filled in by the reader: whose ring it was */
    uint8_t reserved;
    uint64_t session;
    int64_t wall_us;
};

enum {
    RECORD_TEXT_MAX = 2048, /* octets; more is cut off */
    RECORD_MAX = 2048 + sizeof(struct record),
    RECORD_LEVEL_MAX = 7,
    RING_SIZE_LEAST = 8192,
};

struct ring_memory; /* what is shared */

struct ring_writer {
    struct ring_memory *memory;
    size_t size;  /* octets of records; a power of two, at least RING_SIZE_LEAST */
    int doorbell; /* eventfd: rung when the reader sleeps; -1: none */
};

struct ring_reader {
    const struct ring_memory *memory;
    size_t size;
    uint64_t at;
};

/* How much memory a ring of `size` octets of records takes. */
size_t ring_memory_size(size_t size);
/* memory: zeroed at first, mapped shared. */
void ring_write(struct ring_writer *, enum record_kind, uint8_t level, uint64_t session,
                struct span text);

/* Copies the next whole records, at most `max` octets of them (at least RECORD_MAX),
 * into out; returns how many octets (0: nothing new, or all of it was overwritten
 * meanwhile).  *missed_r grows by what was overwritten unread. */
size_t ring_read(struct ring_reader *, char *out, size_t max, uint64_t *missed_r);
/* The reader is about to wait for the doorbell; false when something is there: then it
 * reads first. */
bool ring_sleep(struct ring_reader *, struct ring_memory *);

/* Takes one whole record off the front of *records (a run of records that was read or
 * stored); false when nothing whole and plausible is left. */
bool ring_take(struct span *records, struct record *record_r, struct span *text_r);

#endif
