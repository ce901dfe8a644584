/*
 * queued - what the queue knows of one message: RFC 5321 §2.3.1 (the envelope), what
 * RFC 3461 adds to it, and how far each recipient has come.
 *
 * Octets like these are a message of their own in the queue's account (store/session.h),
 * in another mailbox than the mail itself; whenever something of it is another, a new one
 * takes the place of the old one.  The message it belongs to is named by its number.
 * Whoever brings it is a front, so whoever reads it looks at every octet.
 */
#ifndef QUEUE_QUEUED_H
#define QUEUE_QUEUED_H

#include "base/arena.h"
#include "base/buf.h"

/* What has become of a recipient. */
enum queued_fate {
    QUEUED_WAITING, /* for its next attempt */
    QUEUED_SENT,
    QUEUED_FAILED, /* for good; what is to be told of it is */
    QUEUED_FATES
};

/* RFC 3463, and the reply that it came with. */
struct queued_status {
    uint16_t code; /* 0: there was no reply */
    uint8_t class;
    uint16_t subject, detail;
};

struct queued_recipient {
    struct span mailbox;
    struct span orcpt; /* RFC 3461 §4.2, as it was said; empty: not given */
    unsigned notify;   /* enum dsn_notify; 0: not given */
    enum queued_fate fate;
    bool noticed;                /* the sender knows that it takes long */
    uint32_t attempts;           /* that have failed for now */
    int64_t next;                /* seconds since 1970, not before */
    int64_t tried;               /* the last attempt; 0: none */
    struct queued_status status; /* of that one */
    struct span remote;          /* the host that said so; may be empty */
    struct span words;           /* what it said, or what happened */
};

/* RFC 3461 §4.3 */
enum queued_ret { RET_UNSAID, RET_FULL, RET_HDRS, RETS };

struct queued {
    uint64_t email;   /* the message's number */
    uint32_t first;   /* the uid of the envelope that was the first; 0: this one is */
    uint64_t session; /* that brought it: its transcript */
    int64_t arrived;  /* seconds since 1970 */
    bool utf8;        /* RFC 6531: it came with SMTPUTF8 */
    bool held;        /* somebody has said that it shall wait */
    enum queued_ret ret;
    struct span envid; /* RFC 3461 §4.4, as it was said */
    struct span reverse_path;
    struct queued_recipient *recipients;
    uint32_t count;
};

/* What a person may do with one. */
enum queue_verb {
    QUEUE_RETRY, /* it is tried now */
    QUEUE_HOLD,  /* it waits until it is released */
    QUEUE_RELEASE,
    QUEUE_FAIL, /* given up, and the sender is told */
    QUEUE_DROP, /* gone, and nobody is told */
    QUEUE_VERBS
};

/* Behind what the buf holds.  0, -EMSGSIZE (more than ENVELOPE_OCTETS_MAX), -ENOMEM. */
int queued_put(struct buf *, const struct queued *);
/* How many octets it has; `words` are as long as they may become. */
size_t queued_length_most(const struct queued *);
size_t queued_recipient_most(const struct queued_recipient *);
/* All of the octets: into the envelope, whose texts point there and whose recipients are
 * in the arena.  0, -EBADMSG: these are no envelope; -ENOMEM. */
int queued_take(struct span octets, struct arena *, struct queued *queued_r);

#endif
