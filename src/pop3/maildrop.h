/*
 * maildrop - inside the POP3 room: the snapshot that a session sees, and its messages.
 *
 * After login the session holds a handle, under which store knows it, and a copy of the
 * snapshot's rows: message number n is messages[n - 1], to the end.
 */
#ifndef POP3_MAILDROP_H
#define POP3_MAILDROP_H

#include "base/buf.h"
#include "store/session.h"

struct pop3;

struct maildrop_message {
    struct snapshot_row row;
    bool deleted;   /* marked, §5 DELE */
    bool retrieved; /* by RETR, to its end */
};

/* Fills the session from the snapshot of its handle; 0 or -errno. */
int maildrop_open(struct pop3 *);
void maildrop_close(struct pop3 *);
/* The session that had the handle is over. */
void maildrop_release(uint64_t handle);
/* The one that a client may speak of as `number`, or NULL. */
struct maildrop_message *maildrop_find(const struct pop3 *, uint64_t number);

/* One message, being read from its start to its end. */
struct reading {
    int fd;
    bool owned; /* not the session's pack */
    uint64_t at, left;
    uint32_t uid;
    uint32_t crc, wanted; /* of what was read; of all of it */
    struct buf batch;
};
/* Opens it and reads the first batch; 0 or -errno, -ENOENT: another session has deleted
 * it, and it is gone; -EBADMSG: it is not what was delivered.  Close it in any case. */
int reading_open(struct reading *reading_r, struct pop3 *,
                 const struct maildrop_message *);
/* The next batch (empty: all has been read); 0 or -errno, as above. */
int reading_next(struct reading *);
void reading_close(struct reading *);

#endif
