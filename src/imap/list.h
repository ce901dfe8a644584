/*
 * list - inside LIST and LSUB: what is asked for, and of what.
 */
#ifndef IMAP_LIST_H
#define IMAP_LIST_H

#include "imap/session.h"
#include "store/names.h"

enum list_option {
    LIST_SUBSCRIBED = 1 << 0,
    LIST_REMOTE = 1 << 1, /* there is nothing elsewhere */
    LIST_RECURSIVEMATCH = 1 << 2,
    LIST_CHILDREN = 1 << 3, /* said always (RFC 3348) */
    LIST_STATUS = 1 << 4,
};

struct listing {
    struct imap *s;
    bool lsub, extended;
    bool asks_delimiter;       /* of an empty pattern: §6.3.9 */
    unsigned selects, returns; /* enum list_option */
    unsigned status_atts;
    struct span patterns[LIST_PATTERNS_MAX]; /* behind the reference */
    size_t pattern_count;
    struct names names;
};

/* list_options.c: the arguments; in the session's arena. */
bool imap_take_listing(struct span *rest, struct listing *);

#endif
