/*
 * qresync - inside the IMAP room: what a client that was away has missed (RFC 7162 §3.2).
 */
#ifndef IMAP_QRESYNC_H
#define IMAP_QRESYNC_H

#include "imap/changes.h"

/* What SELECT says behind the mailbox: (CONDSTORE), (QRESYNC (...)). */
struct qresync {
    bool condstore, wanted;
    uint32_t uidvalidity;
    uint64_t modseq;
    bool has_known;
    struct sequence_set known;         /* uids */
    struct sequence_set numbers, uids; /* the client's messages with these numbers have
                                        * these uids */
};
/* false: that is none. */
bool qresync_take(struct imap *, struct span *rest, struct qresync *q_r);
/* Of the mailbox that is selected now: VANISHED (EARLIER), and FETCH of what has changed.
 * 0 or -errno. */
int qresync_tell(struct imap *, const struct qresync *);
/* VANISHED (EARLIER) of the uids of that set, which are above `above`: what is gone since. */
int qresync_tell_vanished(struct imap *, const struct sequence_set *, uint32_t above,
                          uint64_t modseq);

#endif
