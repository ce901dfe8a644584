/*
 * thread - inside the IMAP room: THREAD's answer (RFC 5256 §3, §4), of messages that a
 * search has found.  Ids, base subjects and dates stand in the messages' records.
 */
#ifndef IMAP_THREAD_H
#define IMAP_THREAD_H

#include "imap/session.h"
#include "imap/threading.h"

/* thread-alg = "ORDEREDSUBJECT" / "REFERENCES" / thread-alg-ext */
bool thread_take_algorithm(struct span *rest, enum threading_algorithm *algorithm_r);
/* Messages by their index.  0: it has been said; or -errno, and nothing was. */
int thread_indexes(struct imap *, enum threading_algorithm, const uint32_t *indexes,
                   size_t count, bool uids);

#endif
