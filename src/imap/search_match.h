/*
 * search_match - inside the IMAP room: does a message fit the keys of a SEARCH?
 *
 * Texts are compared folded (mime/fold.h), as substrings (RFC 9051 §6.4.4).  Addresses
 * and the subject are those of the message's record, decoded; a field that is not of the
 * envelope is read from the message's header, as it stands there.
 * For BODY and TEXT store has the message read; TEXT has of the header what its record
 * has: the subject, addresses and message-ids.
 */
#ifndef IMAP_SEARCH_MATCH_H
#define IMAP_SEARCH_MATCH_H

#include "imap/search_key.h"
#include "imap/session.h"

struct search_match {
    struct imap *s;
    struct search_keys keys; /* texts are folded */
    int64_t now;
    bool needs_record;

    /* the message that is judged */
    size_t index;
    struct span record;
    int error;
};

/* Reads the keys; false: they are none. */
bool search_match_open(struct search_match *, struct imap *, struct span *rest);
/* record: of the message, empty where it has none or the keys need none.  0 or -errno. */
int search_match(struct search_match *, size_t index, struct span record, bool *fits_r);

#endif
