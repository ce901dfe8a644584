/*
 * names - the words of a command as files: there, by listing directories; here, by
 * reading them.
 *
 * A word that is no pattern is one name, whether there is such a file or not; a pattern
 * is every name that it fits, sorted, a component at a time ("a*\/b*").  A leading dot
 * has to be written.  Nothing fits: -ENOENT, and it is said.
 */
#ifndef CLI_FTP_NAMES_H
#define CLI_FTP_NAMES_H

#include "cli/ftp/shell.h"

enum { NAMES_MAX = 1 << 20 };

struct name {
    const char *path; /* as a command needs it; NUL-ended, in the call's arena */
    bool is_listed;   /* what follows is known */
    enum ftp_type type;
    uint64_t size; /* PROGRESS_UNKNOWN */
    int64_t time;  /* INT64_MIN: unknown */
    bool time_is_exact;
    unsigned mode; /* 0: unknown */
};

struct names {
    struct name *at;
    size_t count, room;
};

/* All words from `first` to before `end`.  0, or -errno and it is said. */
int names_remote(struct call *, size_t first, size_t end, struct names *r);
int names_local(struct call *, size_t first, size_t end, struct names *r);
/* The one name that a word means; more than one: it is said. */
int name_remote(struct call *, size_t word, struct name *r);
int name_local(struct call *, size_t word, struct name *r);
/* ~ and ~/... of a local word, unless it was quoted. */
const char *local_word(struct call *, const struct word *);

/* Adds to the end; 0, -ENOMEM or -E2BIG. */
int names_add(struct arena *, struct names *, const struct name *);
/* The facts of a listed entry, under this path, which is copied. */
int names_add_entry(struct arena *, struct names *, const char *directory,
                    const struct ftp_entry *);
/* Sorted by name; a directory that is listed there ("" or NULL: the current one). */
int names_list(struct call *, const char *directory, struct names *r);
void names_sort(struct names *);

/* ---- paths */
/* "a/b" -> "b"; of "a/" and "/" it is "". */
const char *path_base(const char *path);
/* directory "/" name, or the name alone when directory is ""; NULL: no memory. */
const char *path_join(struct arena *, const char *directory, const char *name);

#endif
