/*
 * find - which messages of an account have a text: engine.h's, for SEARCH.
 *
 * The answer comes in slices of a few milliseconds, each of which says where the next one
 * begins: nothing is kept that an asker who leaves would have to end (I17).
 */
#ifndef STORE_FIND_H
#define STORE_FIND_H

#include "config/limits.h"
#include "store/engine.h"

/* Does the message have that text (mime/fold.h), in its body or in that and the subject,
 * addresses and message-ids?  1, 0, or -errno as of engine_records; it is read for it. */
enum scan_part { SCAN_ALL, SCAN_BODY };
int engine_scan(struct engine *, uint64_t account, uint64_t email, struct span folded,
                enum scan_part);

/* Emails that have it, ascending; every one up to `upto` has been judged. */
struct text_slice {
    uint64_t emails[FIND_EMAILS_MAX];
    size_t count;
    uint64_t upto;
    bool more;
};

/* Of the messages that the index of words knows, those after that email; some may be gone.
 * folded: mime/fold.h, not empty.  Parks.  -EOPNOTSUPP: no words are kept; -EAGAIN: the
 * index begins anew; -ENOENT: there is no such account. */
int engine_find(struct engine *, uint64_t account, struct span folded, enum scan_part,
                uint64_t after, struct text_slice *slice_r);

#endif
