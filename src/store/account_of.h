/*
 * account_of - what an account is made of; for account.c and filing.c alone.
 */
#ifndef STORE_ACCOUNT_OF_H
#define STORE_ACCOUNT_OF_H

#include "store/account.h"
#include "store/index.h"

#define PACK_END_UNKNOWN UINT64_MAX

/* What a transaction that fails puts back. */
struct account_state {
    uint64_t applied, modseq, pack_end;
    uint32_t pack, uidnext;
};

struct account {
    uint64_t id;
    const struct shelf *shelf;
    struct index index;
    uint32_t uidvalidity;
    struct account_state state;
    int pack_fd; /* of state.pack; -1: not open */
};

#endif
