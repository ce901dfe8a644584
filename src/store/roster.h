/*
 * roster - what an account tells again of its mailboxes in a pack (pack.h), as of
 * state.applied.
 */
#ifndef STORE_ROSTER_H
#define STORE_ROSTER_H

#include "store/rows.h"

struct roster {
    uint32_t mailbox;
    struct uid_range *ranges; /* the uids that are there; malloc'ed */
    size_t count, room;
    uint64_t told; /* rows, as rows_tell has found */
    int64_t names; /* the INBOX's: so many of them have been told */
};
int rows_roster(struct index *, const struct rows_state *, uint32_t mailbox,
                struct roster *roster_r);
/* Bodies of PACK_ROWS: of all its messages that have flags or a time of saving. */
int rows_tell(struct index *, struct roster *,
              int (*write)(const struct roster *, struct span rows, void *arg),
              void *arg);
void roster_close(struct roster *);
struct pack_head told_head(enum pack_type, uint32_t mailbox, struct span body,
                           const struct rows_state *);
struct pack_head roster_head(const struct roster *, const struct rows_state *);
struct span roster_body(const struct roster *);

#endif
