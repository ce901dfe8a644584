/*
 * dsn - what a sender is told of his message: RFC 3461 §5 and §6, RFC 3464, RFC 6522
 * (multipart/report), RFC 6533 (where an address is beyond ASCII).
 *
 * A function of what is known: one report for a message and all recipients that something
 * is to be said of.  Whoever calls asks dsn_is_wanted of each first, and sends nothing
 * where none is left, or to a null sender (§6.1: a report has none itself).
 */
#ifndef QUEUE_DSN_H
#define QUEUE_DSN_H

#include "base/buf.h"

/* X(enumerator, Action of RFC 3464 §2.3.3) */
#define DSN_ACTIONS(X)                                                                 \
    X(FAILED, "failed")                                                                \
    X(DELAYED, "delayed")                                                              \
    X(DELIVERED, "delivered")                                                          \
    X(RELAYED, "relayed") /* to a server without DSN */                                \
    X(EXPANDED, "expanded")

enum dsn_action {
#define X(enumerator, word) DSN_##enumerator,
    DSN_ACTIONS(X)
#undef X
        DSN_ACTIONS_COUNT
};

/* RFC 3461 §4.1; none: NOTIFY was not said. */
enum dsn_notify {
    DSN_NOTIFY_NEVER = 1 << 0,
    DSN_NOTIFY_SUCCESS = 1 << 1,
    DSN_NOTIFY_FAILURE = 1 << 2,
    DSN_NOTIFY_DELAY = 1 << 3,
};
/* False: it is no list of those (NEVER stands alone). */
bool dsn_take_notify(struct span value, unsigned *notify_r);
/* The same back; empty: NOTIFY was not said. */
struct span dsn_notify_words(unsigned notify);
/* §4.1, §5.2: a report of that action, on a recipient with that NOTIFY. */
bool dsn_is_wanted(unsigned notify, enum dsn_action);

/* §4: xtext, as it is in ENVID and ORCPT, decoded; false: it is none, or does not fit. */
bool dsn_xtext_decode(struct span xtext, char *text_r, size_t size, size_t *len_r);

struct dsn_recipient {
    enum dsn_action action;
    struct span mailbox; /* Final-Recipient */
    struct span orcpt;   /* "rfc822;" xtext, as it was said; empty: not given */
    uint8_t class;       /* RFC 3463 */
    uint16_t subject, detail;
    struct span diagnostic; /* "550 5.1.1 No such user", what a server said; or empty */
    struct span reason;     /* in words of ours, where none did; or empty */
    struct span remote;     /* the server's name; or empty */
    int64_t tried;          /* the last attempt; 0: there was none */
    int64_t retry_until;    /* of what is delayed */
};

struct dsn {
    struct span host;   /* who reports: ours */
    struct span sender; /* to whom: the message's reverse path */
    struct span envid;  /* xtext, as it was said; empty: not given */
    bool ret_full;      /* RET=FULL: the message comes back, not its header alone */
    int64_t arrived, now;
    uint64_t
        random[2]; /* for the boundary and the Message-ID: of nobody else's guess */
    struct span message; /* in wire form */
    const struct dsn_recipient *recipients;
    size_t count;
};

/* The report as a message in wire form, behind what `to` holds.  0, -EMSGSIZE, -ENOMEM. */
int dsn_compose(const struct dsn *, struct buf *to);

#endif
