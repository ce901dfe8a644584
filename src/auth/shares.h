/*
 * shares - folders of one account's files that another may see (RFC 959's tree has none of
 * this: files/share.c shows them in /Shared).
 *
 * Changes and errors are those of auth/administration.h.  A path is as of files/path.h,
 * which the caller has checked, and is not "/".
 */
#ifndef AUTH_SHARES_H
#define AUTH_SHARES_H

#include "auth/directory.h"
#include "ipc/right.h"

/* One that is there gets that access.  -EADDRNOTAVAIL: there is no such guest; -ELOOP: he
 * is the owner; -ENOTUNIQ: the owner shares another folder of that name with him;
 * -ENAMETOOLONG: the owner's address is no name of a directory; -ENOSPC: there are too
 * many. */
int directory_share_set(struct directory *, struct span owner, struct span path,
                        struct span guest, enum share_access);
/* -ENODATA: it is not shared with him. */
int directory_share_remove(struct directory *, struct span owner, struct span path,
                           struct span guest);
struct share_shown {
    uint64_t owner;
    struct span owner_address, path, guest_address;
    enum share_access access;
};
/* The n-th of all, from 0; or (guest not 0) of those that he may see.  -ENOENT. */
int directory_share(struct directory *, uint64_t guest, size_t n,
                    struct share_shown *shown_r);

#endif
