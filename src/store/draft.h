/*
 * draft - an index that is being made for a folder whose own cannot be used, apart from
 * everybody else, in rebuilt/.
 *
 *   migrate.c  from the index of an earlier version, whose packs hold bodies alone
 *   rebuild.c  from the packs alone
 *
 * Both run on the mender's thread.  0; -EUCLEAN: it cannot be done, and trying again does
 * not help; another -errno.
 */
#ifndef STORE_DRAFT_H
#define STORE_DRAFT_H

#include "store/account.h"
#include "store/rows.h"

struct draft {
    const struct shelf *shelf;
    uint64_t account;
    uint32_t seed;
    struct index index;
    struct rows_state state;
    uint64_t broken;  /* messages whose octets are not what came in */
    uint64_t skipped; /* octets in packs that belong to no record */
    uint64_t mails;
    const _Atomic bool *ended; /* when it becomes true: -ECANCELED */
};

/* An index for this folder, in rebuilt/; *old_r: made from one of an earlier version.
 * -EPROTO: the folder is of a version that we do not know. */
int draft_make(struct draft *draft_r, const struct shelf *, uint64_t account,
               const _Atomic bool *ended, bool *old_r);

/* ---- how */
int draft_migrate(struct draft *, struct index *from);
int draft_rebuild(struct draft *);

#endif
