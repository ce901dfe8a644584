/*
 * rows - what the rows of an index mean, and whether they are what was written.
 *
 * SQLite's pages have no checksums: an octet that the disk has turned in a number is a
 * number.  So each mailbox keeps the sum of a hash of every row of its messages, each
 * email has a hash of its own, and state and mailboxes a seal of themselves; who lists the
 * messages adds up and compares.
 *
 * Errors as in index.h; -EUCLEAN as well when sum or seal are wrong.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/flags.h"
#include "store/index.h"
#include "store/pack.h"

/* A message in a mailbox. */
struct mail {
    uint64_t id; /* of the email: lsn of its delivery */
    int64_t received;
    uint64_t off, size, large;
    uint64_t flags, modseq;
    uint32_t mailbox, uid, saved;
    uint32_t pack, crc, refs;
};

struct rows_mailbox {
    uint32_t id, role, uidvalidity, uidnext;
    uint64_t modseq;                 /* the greatest that a change in it had */
    uint64_t total, unseen, deleted; /* messages */
    uint64_t octets;
    uint64_t pruned; /* uids below uidnext that neither msg nor expunged knows */
    uint64_t sum;
};
struct rows_kept {
    struct rows_mailbox now, before; /* before: when it was touched first */
    bool touched, made, gone;        /* by the transaction that is under way */
};

/* The state, and all mailboxes. */
struct rows_state {
    uint64_t account;    /* whose it is: not in the row, but its seal depends on it */
    uint64_t applied;    /* lsn of the last entry that has been filed */
    uint64_t end;        /* of the pack that is appended to, as far as filed */
    uint64_t used;       /* octets of all messages */
    uint64_t dead;       /* octets in packs that nobody needs any more, about */
    uint32_t pack, next; /* that is appended to; the number of the next one */
    uint32_t uidvalidity, mailbox; /* the greatest given; the next mailbox's id */
    struct rows_kept *mailboxes;   /* malloc'ed, by id */
    size_t mailbox_count;
};

/* Schema and store: 1, 0 or -errno. */
int rows_identity(struct index *, int64_t *schema_r, uint64_t *store_r);
int rows_read_state(struct index *, uint64_t account, struct rows_state *state_r);
/* The state, and the mailboxes that were touched. */
int rows_write_state(struct index *, const struct rows_state *);
void rows_close(struct rows_state *);
/* An INBOX of nothing, as index_make has it; or -ENOMEM. */
int rows_begin(struct rows_state *, uint32_t uidvalidity);

/* What a transaction has touched stays so, or is put back as it was. */
void rows_keep(struct rows_state *);
void rows_undo(struct rows_state *);

/* NULL: there is none of that id. */
const struct rows_mailbox *rows_mailbox(const struct rows_state *, uint32_t id);
const struct rows_mailbox *rows_inbox(const struct rows_state *);
/* The same, to be changed; it is touched by that.  It is there. */
struct rows_mailbox *rows_touch(struct rows_state *, uint32_t id);
/* One of that id, empty, unless it is there; -ENOMEM. */
int rows_make(struct rows_state *, uint32_t id, uint32_t uidvalidity);
/* It goes; no message is in it any more. */
void rows_drop(struct rows_state *, uint32_t id);

/* ---- messages; sums and counts are kept right */
/* The email, in its first mailbox. */
int rows_add(struct index *, struct rows_state *, const struct mail *);
/* An email that there is, in one more, with that mailbox, uid, flags, modseq and time.  1;
 * 0: there is none of that id. */
int rows_refer(struct index *, struct rows_state *, const struct mail *);
/* Out of its mailbox; refs are then those that are left, and at 0 the email is gone.  1
 * with what it was, 0: there is none. */
int rows_take(struct index *, struct rows_state *, uint32_t mailbox, uint32_t uid,
              struct mail *mail_r);
/* As of rows_range. */
int rows_set_flags(struct index *, struct rows_state *, const struct mail *,
                   uint64_t flags, uint64_t modseq);
/* It lies elsewhere now.  1; 0: it is not there any more, or not where it was. */
int rows_move(struct index *, struct rows_state *, const struct mail *from,
              uint32_t pack, uint64_t off);
/* 1 with what the email has, 0: there is none. */
int rows_find_email(struct index *, uint64_t id, struct mail *mail_r);
/* By uid; on_message returns 0 to go on.  At the end the sum is compared. */
int rows_each(struct index *, const struct rows_state *, uint32_t mailbox,
              int (*on_message)(const struct mail *, void *arg), void *arg);
/* Those of the range, without what the email has. */
int rows_range(struct index *, uint32_t mailbox, const struct uid_range *,
               int (*on_message)(const struct mail *, void *arg), void *arg);
struct mail rows_mail(const int64_t *row); /* of INDEX_LIST and INDEX_OF_PACK */

#endif
