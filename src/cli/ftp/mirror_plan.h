/*
 * mirror_plan - what has to be done so that one tree becomes as another: a pure function
 * of both.
 *
 * A tree is an array of what lies below its top, each with its path ("a/b", no "/" at
 * either end).  The plan is in the order of the work: directories before what lies in
 * them, what is removed before what takes its place.  Transfers wait for nobody else.
 *
 *     here            there           what is done
 *     a file          -               transferred
 *     a file          a file          transferred when it is newer, or its size another;
 *                                     only_newer: only when it is newer
 *     a directory     -               made
 *     a file          something else  passed over; replace: that is removed before
 *     a directory     something else  the same, with all that lies in it
 *     a link, ...     anything        passed over
 *     -               anything        stays; remove: is removed
 *
 * What is excluded is as if it were in neither tree, but that a directory which holds
 * something excluded is never removed.  All the time and memory is linear in the trees
 * (but to sort them).
 */
#ifndef CLI_FTP_MIRROR_PLAN_H
#define CLI_FTP_MIRROR_PLAN_H

#include "base/arena.h"

#define MIRROR_UNKNOWN_TIME INT64_MIN

enum { MIRROR_GLOBS_MAX = 64 };

enum node_type { NODE_FILE, NODE_DIRECTORY, NODE_OTHER };

struct node {
    struct span path;
    enum node_type type;
    uint64_t size; /* UINT64_MAX: unknown */
    int64_t time;  /* seconds; MIRROR_UNKNOWN_TIME */
    unsigned mode;
    int64_t coarse; /* so many seconds may be missing from its time (LIST) */
};

struct tree {
    struct node *nodes;
    size_t count;
};

/* Order by components: a directory, then what lies in it, then its next neighbour. */
void tree_sort(struct tree *);

struct mirror_rules {
    bool remove; /* what is not here */
    bool only_newer;
    bool replace; /* a file by a directory and the other way round */
    struct span exclude[MIRROR_GLOBS_MAX], include[MIRROR_GLOBS_MAX];
    size_t excludes, includes;
};

/* A pattern without "/" fits a name at any depth, one with it the whole path; one that
 * ends in "/" directories alone.  Excluded is what one of `exclude` fits and none of
 * `include`; where nothing is to be excluded by name, each file that none of `include`
 * fits (if there is any); and what lies in an excluded directory. */
bool mirror_is_excluded(const struct mirror_rules *, struct span path,
                        bool is_directory);

enum mirror_step {
    MIRROR_MAKE_DIRECTORY,
    MIRROR_TRANSFER,
    MIRROR_REMOVE,
    MIRROR_REMOVE_DIRECTORY,
    MIRROR_PASS_OVER
};

struct mirror_action {
    enum mirror_step step;
    const struct node *node;  /* here; of a removal: there */
    const struct node *there; /* of a transfer: what is replaced, or NULL */
    const char *why;          /* of MIRROR_PASS_OVER */
};

struct mirror_plan {
    struct mirror_action *actions;
    size_t count;
    uint64_t octets; /* to be transferred, as far as known */
};

/* Both trees are sorted.  0 or -ENOMEM. */
int mirror_plan(const struct tree *here, const struct tree *there,
                const struct mirror_rules *, struct arena *, struct mirror_plan *r);

#endif
