/*
 * upload_inside - what upload.c and upload_begin.c know of each other.
 *
 * Whoever is at an upload (`busy`) keeps it, though its session may end meanwhile; it is
 * freed when nobody is.
 */
#ifndef FILES_UPLOAD_INSIDE_H
#define FILES_UPLOAD_INSIDE_H

#include "files/inside.h"

enum { TEMPORARY_SIZE = 48 };

struct upload {
    uint64_t id; /* its key in the map */
    uint64_t handle;
    struct cabinet *cabinet;
    struct tree *tree;
    enum upload_how how;
    uint64_t reserved;        /* of the quota: it may become so long */
    uint64_t started, synced; /* before here: on its way to the disk; on it */
    bool busy;                /* somebody is at it */
    bool gone;                /* its session is over, or it is in place */
    int error;                /* of the thread */
    struct disk_upload disk;
    bool keep;            /* when it is cut short */
    uint64_t kept_octets; /* of it then */
    char temporary[TEMPORARY_SIZE], kept[KEPT_SIZE];
    char path[FILES_PATH_MAX + 1]; /* below the tree's home */
};

bool upload_has_too_many(struct cabinet *, uint64_t handle);
static inline bool upload_goes_on(enum upload_how how)
{
    return how == UPLOAD_APPEND || how == UPLOAD_RESUME;
}
/* Is another one under way to the same name?  What goes on with a file has it alone. */
bool upload_is_taken(struct cabinet *, const struct upload *, bool by_any);
/* On a thread: what the function leaves in u->error. */
int upload_run(struct upload *, void (*fn)(void *));
/* How long it may become, being so long. */
uint64_t upload_room(const struct upload *, uint64_t written);
/* Nobody is at it any more; ended: and nobody finds it. */
void upload_put_back(struct upload *, bool ended);

#endif
