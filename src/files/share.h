/*
 * share - folders of others: /Shared/OWNER/FOLDER.
 *
 * /Shared and its owners' directories (shelves) are on no disk: they are what auth says
 * that others share with the one who asks, and for anybody else they are not there.  What
 * auth said counts until it says that something has changed, or FILES_SHARE_SECONDS if
 * that was lost.
 */
#ifndef FILES_SHARE_H
#define FILES_SHARE_H

#include "files/inside.h"

#define SHARED SPAN("/Shared") /* what is no part of anybody's home */
/* Where a path below SHARED leads for that guest. */
struct share_way {
    bool shelf; /* nowhere: it is /Shared itself, or an owner's directory */
    uint64_t owner;
    enum share_access access;
    bool top;                      /* it is the shared folder itself */
    char path[FILES_PATH_MAX + 1]; /* in the owner's home */
};
/* -ENOENT: nothing that he may know of. */
int share_resolve(struct cabinet *, uint64_t guest, struct span path,
                  struct share_way *way_r);
void shelf_facts(struct span path, struct file_facts *facts_r);
/* The rows of a shelf (FILES_ROWS_MAX octets at most); of "/": SHARED's own, if something
 * is shared with him. */
int shelf_rows(struct cabinet *, uint64_t guest, struct span path, struct span pattern,
               char *rows, size_t *len_r);
void guests_close(struct cabinet *);

#endif
