/*
 * cabinet - the users' files, as role/files keeps them.
 *
 *     DIR/files/accounts/N/home       what account N sees as "/": a folder that can be
 *                                     copied as it is
 *     DIR/files/accounts/N/uploads    what is on its way in; the same file system: t-...,
 *                                     and p-..., what was cut short and may be gone on with
 *     DIR/files/anonymous/home, uploads   the same for who has no account
 *
 * What others share with an account it sees as /Shared/OWNER/FOLDER (files/share.c);
 * whatever is stored there is the owner's.
 *
 * Above it stands role/files, which knows handles and fronts; below it disk.h, whose
 * calls run on threads.  Every call runs on a fiber and may park it.  A visitor is who
 * asks: an account and its rights.  What changes something is durable when it returns 0;
 * once the disk has failed nothing is changed any more (-EIO).  Errors are those that
 * messages.def names.
 */
#ifndef FILES_CABINET_H
#define FILES_CABINET_H

#include "config/settings.h"
#include "files/facts.h"
#include "ipc/right.h"

struct cabinet;

/* A folder that its owner shares with somebody, as auth says it. */
struct shared {
    uint64_t owner;
    char name[FILES_NAME_MAX + 1]; /* the owner's address */
    char path[FILES_PATH_MAX + 1]; /* in the owner's home */
    enum share_access access;
};

struct cabinet_settings {
    int directory;                     /* DIR/files; borrowed, stays open */
    const struct files_setting *files; /* looked at anew each time */
    /* How many octets more than `used` may the account hold?  As of store/engine.h;
     * NULL: no account has a limit. */
    int (*reserve)(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg);
    /* So much is left of it, as of cabinet_used, after something was removed; may be
     * NULL. */
    void (*on_used)(uint64_t account, uint64_t used, void *arg);
    /* The n-th folder, from 0, that is shared with the guest; -ENOENT: there are no more.
     * NULL: nobody shares anything. */
    int (*shared)(uint64_t guest, uint32_t n, struct shared *shared_r, void *arg);
    void *arg;
};

int cabinet_open(struct cabinet **cabinet_r, const struct cabinet_settings *);
void cabinet_close(struct cabinet **); /* nothing may be under way */

/* Takes away what uploads of an earlier process have left, and what was cut short too long
 * ago: soon after cabinet_open, and every FILES_SWEEP_SECONDS. */
void cabinet_sweep(struct cabinet *);

struct visitor {
    uint64_t handle;  /* what it leaves open goes with it: cabinet_release */
    uint64_t account; /* 0: anonymous */
    uint32_t rights;  /* enum right (ipc/right.h) */
};

/* The session is over. */
void cabinet_release(struct cabinet *, uint64_t handle);
/* Removes the account's folder and all in it; -ENOENT: it has none. */
int cabinet_forget(struct cabinet *, uint64_t account);
/* Octets that the account's files have, and its uploads may become. */
int cabinet_used(struct cabinet *, uint64_t account, uint64_t *used_r);
/* What was granted of quotas is to be asked for anew. */
void cabinet_quotas_changed(struct cabinet *);

/* What was said of shared folders is to be asked for anew. */
void cabinet_shares_changed(struct cabinet *);

/* ---- one file */
int cabinet_stat(struct cabinet *, const struct visitor *, struct span path,
                 struct file_facts *facts_r);
/* A descriptor for reading, the caller's. */
int cabinet_read(struct cabinet *, const struct visitor *, struct span path,
                 struct file_facts *facts_r);
int cabinet_rename(struct cabinet *, const struct visitor *, struct span from,
                   struct span to);
int cabinet_remove(struct cabinet *, const struct visitor *, struct span path);
int cabinet_mkdir(struct cabinet *, const struct visitor *, struct span path);
int cabinet_rmdir(struct cabinet *, const struct visitor *, struct span path);
int cabinet_modify(struct cabinet *, const struct visitor *, struct span path,
                   enum file_change, uint64_t value);

/* ---- a listing: *listing_io 0 begins, and is 0 after the last rows.  rows_r:
 * FILES_ROWS_MAX octets; *len_r of them.  -EBADF: no such listing of this visitor's. */
int cabinet_list(struct cabinet *, const struct visitor *, uint32_t *listing_io,
                 struct span path, struct span pattern, char *rows_r, size_t *len_r);
void cabinet_list_end(struct cabinet *, const struct visitor *, uint32_t listing);

/* ---- an upload (files/upload.h) */
struct upload_begin;
struct upload_begun;
int cabinet_write(struct cabinet *, const struct visitor *, const struct upload_begin *,
                  struct upload_begun *begun_r);
int cabinet_room(struct cabinet *, const struct visitor *, uint64_t upload,
                 uint64_t written, uint64_t *room_r);
int cabinet_commit(struct cabinet *, const struct visitor *, uint64_t upload,
                   struct file_facts *facts_r);
void cabinet_abandon(struct cabinet *, const struct visitor *, uint64_t upload,
                     bool keep);

#endif
