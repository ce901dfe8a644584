/*
 * threading - messages put in threads, RFC 5256 §3: ORDEREDSUBJECT and REFERENCES.
 *
 * Messages come one after the other, each with the message-ids that it names; what comes
 * out is the thread-list of a THREAD response, piece by piece.  Nothing recurses, and
 * n messages that name m ids cost O((n + m) log n), whatever they name: whoever sends mail
 * chooses it.  Ids and subjects are compared by SipHash with a key of this one THREAD.
 * What is named and is no message is kept up to a number of them; past that it is as if it
 * were not named.
 */
#ifndef IMAP_THREADING_H
#define IMAP_THREADING_H

#include "base/buf.h"

enum threading_algorithm { THREADING_ORDEREDSUBJECT, THREADING_REFERENCES };

struct thread_message {
    uint32_t number; /* what it is called in the response; not 0 */
    int64_t date;
    uint64_t subject; /* of its base subject; 0: that is empty */
    bool is_reply;    /* or a forward, by its subject */
    struct span id;   /* what stands between < and >; empty: it has none */
};

struct threading;

/* turn: lets others have theirs; false: nobody waits for it any more. */
struct threading *threading_open(size_t named_max, bool (*turn)(void *), void *arg);
void threading_close(struct threading **);
/* The next message, then what it names: its References in their order, or else its first
 * In-Reply-To.  0 or -ENOMEM; numbers ascend. */
int threading_message(struct threading *, const struct thread_message *);
int threading_reference(struct threading *, struct span id);
/* After the last one.  0, -ENOMEM or -ECANCELED. */
int threading_end(struct threading *, enum threading_algorithm);
/* Some more of the result, behind what the buf holds; false: that was all. */
bool threading_say(struct threading *, struct buf *);

#endif
