/*
 * account_of - what an account is made of; for the files that open, file, compact and verify.
 */
#ifndef STORE_ACCOUNT_OF_H
#define STORE_ACCOUNT_OF_H

#include "store/account.h"
#include "store/rows.h"

#include <sys/uio.h>

#define PACK_END_UNKNOWN UINT64_MAX

enum env_statement {
    ENV_UNREAD,
    ENV_PUT,
    ENV_PARSED,
    ENV_DROP,
    ENV_GET,
    ENV_STATEMENTS
};

struct account {
    uint64_t id;
    const struct shelf *shelf;
    uint32_t seed; /* of the packs' records */
    struct index index;
    struct rows_state state; /* what a transaction that fails puts back */
    uint64_t looked_dead;    /* state.dead when it was looked at for compaction */
    uint64_t freed;          /* octets expunged, of transactions that were committed */
    int pack_fd;             /* of state.pack; -1: not open */
    uint64_t pack_end;       /* where that goes on; PACK_END_UNKNOWN */
    sqlite3_stmt *env[ENV_STATEMENTS];
};

void env_close(struct account *); /* before its index is closed */

/* ---- append.c */
int account_open_pack(struct account *); /* for appending, and where its end is */
int account_next_pack(struct account *); /* within a transaction */
int pack_write_pieces(int fd, const struct iovec *pieces, int count, uint64_t octets,
                      uint64_t at);
int account_append(struct account *, const struct pack_head *, struct span body);

/* A transaction: what it puts back when it fails. */
struct account_before {
    struct rows_state state;
    uint64_t end;
};
int account_begin(struct account *, struct account_before *before_r);
/* Commits, or with an error takes everything back; 0 or -errno. */
int account_end(struct account *, const struct account_before *, int error);

/* tail.c: -EUCLEAN when the packs go further than the index says, and than what may have
 * been left by a crash: then it has lost something. */
int account_check_tail(struct account *);
/* stuck.c: files what was put aside while the folder was damaged; 0 or -errno. */
int account_file_stuck(struct account *);

#endif
