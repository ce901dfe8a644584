/*
 * rows - what the rows of an index mean, and whether they are what was written.
 *
 * SQLite's pages have no checksums: an octet that the disk has turned in a number is a
 * number.  So the state keeps the sum of a hash of every message's row, and a seal of
 * itself; who lists the messages adds up and compares.
 *
 * Errors as in index.h; -EUCLEAN as well when sum or seal are wrong.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/index.h"
#include "store/pack.h"

/* A message of the INBOX. */
struct mail {
    uint64_t id; /* lsn of its delivery */
    int64_t received;
    uint64_t off, size, large;
    uint32_t uid, pack, crc;
};

/* The state, and the INBOX's row. */
struct rows_state {
    uint64_t account; /* whose it is: not in the row, but its seal depends on it */
    uint64_t applied; /* lsn of the last entry that has been filed */
    uint64_t end;     /* of the pack that is appended to, as far as filed */
    uint64_t used;    /* octets of all messages */
    uint64_t dead;    /* octets in packs that nobody needs any more, about */
    uint64_t pruned;  /* uids below uidnext that neither msg nor expunged knows */
    uint64_t sum;
    uint64_t modseq;
    uint32_t pack, next; /* that is appended to; the number of the next one */
    uint32_t uidvalidity, uidnext;
};

/* Schema and store: 1, 0 or -errno. */
int rows_identity(struct index *, int64_t *schema_r, uint64_t *store_r);
int rows_read_state(struct index *, uint64_t account, struct rows_state *state_r);
int rows_write_state(struct index *, const struct rows_state *, bool inbox);

/* The same with sum and used kept right. */
int rows_add(struct index *, struct rows_state *, const struct mail *);
/* 1 with what it was, 0: there is none. */
int rows_take(struct index *, struct rows_state *, uint32_t uid,
              struct mail *message_r);
/* It lies elsewhere now.  1; 0: it is not there any more, or not where it was. */
int rows_move(struct index *, struct rows_state *, const struct mail *from,
              uint32_t pack, uint64_t off);
/* 1 with all but the uid, 0: there is none. */
int rows_find_email(struct index *, uint64_t id, struct mail *message_r);
int rows_find(struct index *, uint32_t uid, struct mail *message_r);
/* By uid; on_message returns 0 to go on.  At the end the sum is compared. */
int rows_each(struct index *, const struct rows_state *,
              int (*on_message)(const struct mail *, void *arg), void *arg);
struct mail rows_mail(const int64_t *row); /* of INDEX_LIST and INDEX_OF_PACK */
uint64_t rows_sum_of(const struct mail *);

/* The uids that are there, as a roster has them (store/pack.h); malloc'ed. */
struct roster {
    struct pack_range *ranges;
    size_t count, room;
};
int rows_roster(struct index *, const struct rows_state *, struct roster *roster_r);
void roster_close(struct roster *);
struct pack_head roster_head(const struct roster *, const struct rows_state *);
struct span roster_body(const struct roster *);

#endif
