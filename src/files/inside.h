/*
 * inside - what the files of the cabinet know of each other.
 *
 *     cabinet.c   opening; one file at a time
 *     may.c       which place a path is, and what a visitor may do there
 *     share.c     folders of others, below /Shared (share.h)
 *     tree.c      accounts' homes, and what they hold
 *     listing.c   directories that are being read
 *     upload*.c   files on their way in
 *     disk*.c     what runs on threads; knows nothing of this
 *
 * All of this belongs to the loop's thread.  A tree that somebody is at (`busy`) keeps
 * its descriptors.
 */
#ifndef FILES_INSIDE_H
#define FILES_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "base/work.h"
#include "files/cabinet.h"
#include "files/disk.h"
#include "files/upload.h"

/* The home of an account. */
struct tree {
    uint64_t account;  /* its key in the map */
    int home, uploads; /* -1: not open */
    unsigned busy;
    bool gone;        /* the account is */
    struct list link; /* in cabinet.trees_by_use, the longest unused first */

    bool counted;
    uint64_t used;    /* octets in home, once counted */
    uint64_t pending; /* that uploads may become */
    uint64_t ceiling; /* of both together, as auth last said */
    uint64_t granted_at;
};

struct cabinet {
    struct cabinet_settings settings;
    int accounts;            /* DIR/files/accounts */
    struct work_pool *looks; /* what the directories answer */
    struct work_pool *syncs; /* what waits for the disk */
    struct map *trees;
    struct list trees_by_use;
    struct map *listings, *uploads;
    struct map *guests;      /* who was told what is shared with him; share.c */
    uint64_t shares_changed; /* so often */
    uint32_t last_listing;
    uint64_t last_upload;
    char start[20]; /* in the name of each temporary of this process */
    bool failed;    /* the disk: nothing is changed any more */
};

/* ---- tree.c */
/* Opens it, counts the caller among the busy; tree_leave. */
int tree_enter(struct cabinet *, uint64_t account, struct tree **tree_r);
void tree_leave(struct cabinet *, struct tree *);
/* May it hold so many octets more?  At least 1 and at most `wanted` of them count as
 * pending from now on; -EDQUOT: none. */
int tree_reserve(struct cabinet *, struct tree *, uint64_t wanted, uint64_t *octets_r);
void tree_give_back(struct tree *, uint64_t octets); /* of what is pending */
/* Something in it has become longer, or gone. */
void tree_holds_more(struct tree *, uint64_t octets);
void tree_holds_less(struct cabinet *, struct tree *, uint64_t octets);
void trees_close(struct cabinet *);

/* ---- may.c */
enum want {
    WANT_FACTS,
    WANT_CONTENT, /* of a file, of a directory */
    WANT_ADD,     /* an upload */
    WANT_MAKE,    /* a directory */
    WANT_CHANGE,
    WANT_MOVE, /* with all that is below it */
};
struct place {
    struct tree *tree;             /* place_leave; NULL: none, or a shelf */
    bool shelf;                    /* /Shared, or an owner's directory there */
    bool fresh;                    /* what is there already is not touched */
    uint32_t perm;                 /* enum file_perm: what may be done there at all */
    char path[FILES_PATH_MAX + 1]; /* below tree->home; of a shelf: as it was said */
};
/* THE decision: 0 and the place, or why not; -EROFS, -EACCES. */
int may(struct cabinet *, const struct visitor *, struct span path, enum want,
        struct place *place_r);
void place_leave(struct cabinet *, struct place *);
/* Takes those that nobody sees out of the rows of a directory of the tree; how many octets
 * are left. */
size_t hide_rows(const struct cabinet *, const struct tree *, struct span path,
                 char *rows, size_t len);

/* ---- cabinet.c */
/* A change came to this; -EIO: the last one. */
int changed(struct cabinet *, int error);
/* 0 or -errno of work_run, in our words. */
int on_thread(struct work_pool *, void (*fn)(void *), void *arg);

/* ---- upload.c: what was cut short */
enum { KEPT_SIZE = 40 };
/* Its name in uploads/; empty: nothing is kept. */
void kept_name(const struct cabinet *, const char *path, char name_r[KEPT_SIZE]);

/* ---- listing.c, upload.c */
void listings_release(struct cabinet *, uint64_t handle);
void uploads_release(struct cabinet *, uint64_t handle);
void listings_close(struct cabinet *);
void uploads_close(struct cabinet *);

#endif
