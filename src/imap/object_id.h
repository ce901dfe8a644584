/*
 * object_id - inside the IMAP room: names that stay (RFC 8474).
 *
 * A mailbox has its number in the account, which no other ever gets; a message that of its
 * delivery, which COPY and MOVE keep.  A thread is what begins with one message: its id is
 * made of that one's Message-ID, which the others have as the first of their References
 * (RFC 5322 §3.6.4), or as In-Reply-To; so it is known from a message alone, and stays.
 */
#ifndef IMAP_OBJECT_ID_H
#define IMAP_OBJECT_ID_H

#include "base/buf.h"

struct record;
struct snapshot_row;

/* "F12", "M3e8", "T51fd08ae3d2a9c11"; as buf_put. */
int object_id_put_mailbox(struct buf *, uint32_t mailbox);
int object_id_put_email(struct buf *, const struct snapshot_row *);
int object_id_put_thread(struct buf *, const struct snapshot_row *,
                         const struct record *);

enum { OBJECT_ID_SIZE = 32 };

#endif
