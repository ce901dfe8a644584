/*
 * changes - inside the IMAP room: how changes of messages come about and are told, as far
 * as it depends on what the client has enabled (RFC 7162, RFC 9586).
 */
#ifndef IMAP_CHANGES_H
#define IMAP_CHANGES_H

#include "imap/session.h"

/* ---- condstore.c */
/* From now on the client hears of modseqs; 0 or -errno. */
int condstore_enable(struct imap *);
void condstore_tell(struct imap *);         /* HIGHESTMODSEQ */
uint64_t condstore_modseq(uint64_t modseq); /* 0 is none (RFC 7162 §7) */

/* ---- selected.c */
/* The tagged OK of EXPUNGE and MOVE; any: is something gone by it? */
void imap_reply_expunged(struct imap *, bool any);

/* ---- expunged.c */
struct expunged {
    struct imap *s;
    const char *how; /* "(EARLIER) ": by uid in any case; or NULL */
    struct buf out;
    struct sequence_writer writer;
    size_t count;
};
void expunged_begin(struct expunged *, struct imap *, const char *how);
/* Uids ascend; number: when those that were told before are gone. */
void expunged_tell(struct expunged *, size_t number, uint32_t uid);
void expunged_end(struct expunged *);

/* ---- flags.c: flags of many messages, changed in one go as far as that is possible */
struct flagging {
    struct imap *s;
    struct flags_change change;
    struct buf ranges;  /* struct uid_range */
    size_t next;        /* index that would go on with the last range */
    struct buf flagged; /* struct flagged, of a client that hears of modseqs */
    size_t looked;      /* so many have their outcome */
    int error;          /* sticky */
};
/* What has become of a message; its row is by then what store has. */
struct flagged {
    size_t index;
    enum flagged_outcome {
        FLAGGED,          /* or it had those flags */
        FLAGGED_MODIFIED, /* it has changed before, and is not changed by this */
        FLAGGED_GONE,
    } outcome;
    bool is_news; /* its flags are not what the client makes of the change */
};
struct flagging flagging_of(struct imap *, uint64_t added, uint64_t removed);
void flagging_note(struct flagging *, size_t index); /* indexes ascend */
/* What is said from now on waits until all of it is durable.  0 or -errno: some may not be
 * changed.  Then free what is left of it. */
int flagging_end(struct flagging *);
const struct flagged *flagging_all(const struct flagging *, size_t *count_r);
void flagging_free(struct flagging *);

#endif
