/*
 * place_test - a directory of a test's own, and an engine in it.
 */
#ifndef STORE_PLACE_TEST_H
#define STORE_PLACE_TEST_H

#include "store/engine.h"

struct place {
    char path[64];
    int directory;
    int before; /* the working directory, which an engine changes */
    struct engine *engine;
    uint64_t segment;
    bool reads, text_index;
    uint64_t compact_from; /* 0: packs are left alone */
    uint64_t durable;
    unsigned failed; /* how often on_failed was called */
    /* Limits: as of struct engine_settings; NULL: none. */
    int (*reserve)(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg);
    uint64_t told_account, told_used; /* by on_used */
};

/* An empty directory; gone again with all in it. */
void place_make(struct place *);
void place_remove(struct place *);

/* Opens the loop and the engine; -errno of engine_open (then neither is open). */
int place_open(struct place *);
void place_close(struct place *);

/* Runs fn on a fiber and returns when it has ended (with the engine open). */
void place_run(struct place *, void (*fn)(struct place *));
/* The same in a process of its own, which then stops dead: nothing is closed. */
void place_run_and_die(struct place *, void (*fn)(struct place *));
/* On a fiber: until the lsn is durable. */
void place_wait(struct place *, uint64_t lsn);

/* ---- on a fiber */
/* A message of `size` octets that only `number` determines; its lsn, durable. */
uint64_t place_deliver(struct place *, uint64_t account, unsigned number, size_t size);
uint64_t place_deliver_to(struct place *, const uint64_t *accounts, size_t count,
                          unsigned number, size_t size);
void place_expunge(struct place *, uint64_t account, uint32_t uid);
/* Its lsn, durable. */
uint64_t place_flag(struct place *, uint64_t account, struct uid_range, uint64_t add,
                    uint64_t remove);
/* The same rows as before, but for the modseq: it is one for all, above all that there
 * were, so that a client asks for all flags anew. */
void place_is_rebuilt(struct place *, uint64_t account, const struct snapshot *before);
/* Is this row that message, octet for octet? */
bool place_row_is(struct place *, uint64_t account, const struct snapshot_row *,
                  unsigned number, size_t size);
/* The account holds exactly these messages (number; sizes by place_size). */
size_t place_size(unsigned number);
void place_check(struct place *, uint64_t account, const unsigned *numbers,
                 size_t count);
/* Until the account can be read (it may have to be mended first). */
void place_until_mended(struct place *, uint64_t account);

/* How many faults verify finds; the engine is closed.  first_r (may be NULL): the first,
 * at most 200 octets. */
int place_verify(struct place *, char first_r[200]);

/* Files below the place. */
bool place_has(const struct place *, const char *path);
void place_flip(const struct place *, const char *path,
                long at); /* < 0: from the end */
void place_truncate(const struct place *, const char *path, long size);

#endif
