/*
 * database - the durable half of the directory: DIR/auth/auth.db.
 *
 * Three tables say what there is:
 *
 *     domain     ours; the lowest id is the first domain
 *     account    its number (never used again), name and password hash
 *     address    canonical address -> account; "postmaster@..." beside the name
 *
 * The directory reads them all at its start and from then on decides in memory what is
 * to change; a change is one transaction, done and synced on a thread.  A write that
 * failed is final: whether the disk has it nobody knows, so every later one is -EIO.
 */
#ifndef AUTH_DATABASE_H
#define AUTH_DATABASE_H

#include "base/span.h"

struct database;

/* dir: DIR/auth.  The process's working directory becomes dir (os/sqlite_vfs.h).  0 or
 * -errno; -EPROTONOSUPPORT: made by a later Packetboat; -EUCLEAN: damaged. */
int database_open(struct database **database_r, int dir);
void database_close(struct database **);

/* Everything, in this order: domains, accounts by number, addresses.  Spans are valid
 * during the call; what is not 0 ends the reading and is returned. */
struct database_reader {
    int (*domain)(void *arg, struct span name);
    int (*account)(void *arg, uint64_t account, struct span name, struct span hash);
    int (*address)(void *arg, struct span canonical, uint64_t account);
    void *arg;
};
int database_read(struct database *, const struct database_reader *);

/* ---- changes: durable when they return; they park the fiber.  0 or -errno */
/* With its address; postmaster not empty: that address too.  The domain comes into
 * being where it is new.  An address that another account had moves. */
int database_add(struct database *, struct span name, struct span domain,
                 struct span hash, struct span postmaster, uint64_t *account_r);
int database_passwd(struct database *, uint64_t account, struct span hash);
/* With all its addresses.  postmaster not empty: that address goes to heir, or, when
 * heir is 0, nobody is left and the domain goes too. */
int database_remove(struct database *, uint64_t account, struct span domain,
                    struct span postmaster, uint64_t heir);

#endif
