/*
 * search_key - what a SEARCH looks for (RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 5032, RFC 7162
 * §3.1.5, RFC 8474, RFC 8514).
 *
 * Keys stand as they were said, an operator before its operands: read from the back, with
 * a stack, they tell whether a message fits.  So neither reading nor judging recurses,
 * however deep the keys are (I03).
 */
#ifndef IMAP_SEARCH_KEY_H
#define IMAP_SEARCH_KEY_H

#include "imap/sequence.h"

enum search_kind {
    SEARCH_ALL,
    SEARCH_AND,  /* of the next `count` keys: of what each begins */
    SEARCH_OR,   /* of the next two */
    SEARCH_NOT,  /* of the next one */
    SEARCH_FLAG, /* text: \Seen, or a keyword */
    SEARCH_RECENT,
    SEARCH_NUMBERS, /* set: of message sequence numbers */
    SEARCH_UIDS,
    SEARCH_BEFORE, /* number: of a day, as imap_take_date; INTERNALDATE */
    SEARCH_ON,
    SEARCH_SINCE,
    SEARCH_SENTBEFORE, /* Date: as it stands, without its zone */
    SEARCH_SENTON,
    SEARCH_SENTSINCE,
    SEARCH_SAVEDBEFORE, /* when it came into this mailbox */
    SEARCH_SAVEDON,
    SEARCH_SAVEDSINCE,
    SEARCH_LARGER, /* number: octets */
    SEARCH_SMALLER,
    SEARCH_OLDER, /* number: seconds */
    SEARCH_YOUNGER,
    SEARCH_MODSEQ,  /* number: or greater */
    SEARCH_HEADER,  /* field, text */
    SEARCH_EMAILID, /* text */
    SEARCH_THREADID,
    SEARCH_BODY,
    SEARCH_TEXT,
};

struct search_key {
    enum search_kind kind;
    uint32_t count;
    uint64_t number; /* of BODY and TEXT: search_match.h */
    int64_t day;
    struct span field, text;
    struct sequence_set set;
};

struct search_keys {
    struct search_key *keys; /* the arena's; keys[0] is the whole */
    size_t count;
};

/* Takes search-key *(SP search-key); false: that is none, or past a limit. */
bool search_keys_take(struct span *rest, struct arena *, struct search_keys *keys_r);

/* Does a message fit?  fits judges one key that is no operator; those that nobody needs
 * any more are not asked. */
bool search_keys_fit(const struct search_keys *,
                     bool (*fits)(const struct search_key *, void *arg), void *arg);

#endif
