/*
 * facts - what is known of a file, and the rows in which a listing of them travels.
 *
 * The facts are those of RFC 3659 §7.5; whoever shows them finds the words.  A row is a
 * header of fixed size and the name; rows stand one behind the other, at no particular
 * alignment, in the octet order of this machine: they never leave it.
 */
#ifndef FILES_FACTS_H
#define FILES_FACTS_H

#include "base/span.h"

/* FILE_OTHER: a link, a pipe, a device: nothing of ours, and never opened. */
enum file_type { FILE_REGULAR, FILE_DIRECTORY, FILE_OTHER, FILE_TYPES };

/* What the asker may do with it, RFC 3659 §7.5.5, letter by letter. */
enum file_perm {
    PERM_APPEND = 1 << 0, /* a: a file may be appended to */
    PERM_CREATE = 1 << 1, /* c: files may be made in the directory */
    PERM_DELETE = 1 << 2, /* d */
    PERM_ENTER = 1 << 3,  /* e: the directory may be entered */
    PERM_RENAME = 1 << 4, /* f */
    PERM_LIST = 1 << 5,   /* l */
    PERM_MKDIR = 1 << 6,  /* m */
    PERM_PURGE = 1 << 7,  /* p: what is in the directory may be deleted */
    PERM_READ = 1 << 8,   /* r */
    PERM_WRITE = 1 << 9,  /* w: a file may be stored over */
    PERM_ALL = (1 << 10) - 1,
};

struct file_facts {
    uint64_t size;    /* octets; of a directory 0 */
    int64_t modified; /* nanoseconds since 1970 */
    uint64_t unique;  /* the same wherever it is seen, and of no other file */
    uint32_t mode;    /* 0 to 0777 */
    uint32_t perm;    /* enum file_perm */
    enum file_type type;
};

/* What files_modify changes: a time in nanoseconds since 1970, or a mode up to 0777. */
enum file_change { FILE_MODIFIED, FILE_MODE, FILE_CHANGES };

struct file_row {
    struct file_facts facts;
    struct span name; /* points into the rows */
};
enum { FILE_ROW_HEADER = 32 }; /* and then the name */

/* Takes the first row off; false: there is none, or what stands there is no row (a name
 * that is no part of a path, a type that there is not). */
bool file_row_take(struct span *rows, struct file_row *row_r);
/* How many octets it took; 0: there is no room for it.  The name is part of a path. */
size_t file_row_put(const struct file_row *, char *at, size_t room);

#endif
