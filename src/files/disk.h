/*
 * disk - what is done to the users' files: below one home, and blocking.
 *
 * Every function here runs on a thread that owns what it is given; none knows accounts,
 * rights or quotas.  A path is one of path.h, ended by a NUL, "" or "/" for the home
 * itself.  It is walked beneath the home's descriptor, no link is followed and nothing
 * but directories and regular files is ever opened (F04, F05, T06): a path that leads
 * through anything else is -ENOTDIR or -ELOOP.  All return 0, a descriptor, or -errno.
 *
 * What changes a directory has synced it before it returns; -EIO then says that the disk
 * has failed, and nobody knows what is on it.
 */
#ifndef FILES_DISK_H
#define FILES_DISK_H

#include "files/facts.h"

#include <dirent.h>
#include <sys/stat.h>

/* The directory in which the last part of a path stands. */
struct leaf {
    int directory;    /* closed by leaf_close; -1: none */
    const char *name; /* in the path; "." for the home itself */
};
int leaf_open(int home, const char *path, struct leaf *leaf_r);
void leaf_close(struct leaf *); /* for OWN */

/* ---- what the kernel says, in our words */
enum file_type disk_type(const struct stat *);
void disk_facts(const struct stat *, uint32_t perm, struct file_facts *facts_r);
uint64_t disk_octets(const struct stat *); /* what goes when this name goes */

/* ---- one path
 * perm: what whoever asks may do, as far as it is not the mode's matter: PERM_ALL, or
 * without all that changes something. */
int disk_stat(int home, const char *path, uint32_t perm, struct file_facts *facts_r);
int disk_open(int home, const char *path, struct file_facts *facts_r);
/* The same where it does not wait for the disk, so that it needs no thread; or -EAGAIN. */
int disk_open_cached(int home, const char *path, struct file_facts *facts_r);
/* freed_r: octets that nothing holds any more. */
int disk_remove(int home, const char *path, uint64_t *freed_r);
int disk_rename(int home, const char *from, const char *to, uint64_t *freed_r);
int disk_mkdir(int home, const char *path);
int disk_rmdir(int home, const char *path);
int disk_modify(int home, const char *path, enum file_change, uint64_t value);

/* ---- a directory's rows */
struct disk_list {
    DIR *entries;  /* borrowed */
    uint32_t perm; /* as of disk_stat */
    struct span pattern;
    char *
        held; /* FILES_NAME_MAX + 1 octets: a name for which there was no room, or "" */
    char *rows; /* FILES_ROWS_MAX octets */
    size_t len; /* of it */
    bool done;  /* there is no more */
};
DIR *disk_list_open(int home, const char *path, int *error_r);
/* As many rows as there is room for, at most FILES_LOOKS_MAX looks. */
int disk_list_on(struct disk_list *);

/* ---- accounts */
/* What an account holds, in octets: its home, and what was cut short. */
int disk_usage(int home, int uploads, uint64_t *octets_r);
/* Opens directory/name/home and /uploads; makes them first where they are not. */
int disk_home(int directory, const char *name, int *home_r, int *uploads_r);
/* Removes directory/name and all below it; -ENOENT: there is none. */
int disk_forget(int directory, const char *name);
/* Removes from the uploads/ of each folder in the directory what does not begin so; but of
 * what was cut short (p-...) only what is older, in seconds since 1970. */
int disk_sweep(int accounts, const char *kept, int64_t oldest);

/* ---- uploads */
struct disk_upload {
    int home, uploads; /* where it goes; where the temporary is made */
    const char *temporary;
    int file;                /* it, to write; out of disk_upload_begin */
    struct leaf to;          /* the name that it will have; likewise */
    bool fresh;              /* that nothing may have by then: -EEXIST */
    struct file_facts base;  /* what it goes on with; type FILE_TYPES: nothing */
    uint64_t size;           /* octets of that; likewise */
    uint64_t expected;       /* that are to come: -ENOSPC if the disk has not so many */
    uint64_t most;           /* longer than this it may not be: -EDQUOT */
    const char *kept;        /* the name that it has when it is cut short; "": none */
    bool goes_on;            /* with what was kept, which has `size` octets at least */
    struct file_facts facts; /* what there is after disk_upload_commit */
    uint64_t freed;          /* of what was there before */
};
/* Makes the temporary; what the base has of its first `size` octets is in it. */
int disk_upload_begin(struct disk_upload *, const char *path);
/* Syncs the file, gives it its name, syncs the directory.  -EBUSY: the base is not what
 * it was. */
int disk_upload_commit(struct disk_upload *);
void disk_upload_drop(struct disk_upload *);
/* Keeps it, synced, where nothing has its name yet: octets, or 0: it was dropped. */
uint64_t disk_upload_keep(struct disk_upload *);
/* Octets before `started` are on the disk when it returns, those up to `written` are on
 * their way. */
int disk_upload_send(int file, uint64_t synced, uint64_t started, uint64_t written);

#endif
