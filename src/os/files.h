/*
 * files - descriptors and files, as the rest of the program wants them.
 *
 * Paths are below a directory descriptor, and stay there: no "..", no symbolic link is
 * followed, and what is opened must be the kind of thing that was asked for (-ELOOP,
 * -EXDEV, -EINVAL).  With AT_FDCWD the path is a person's own and may be any.  All
 * return 0, a descriptor, or -errno.  Descriptors are close-on-exec.
 */
#ifndef OS_FILES_H
#define OS_FILES_H

#include "base/span.h"

#include <sys/types.h>

void fd_close(int *fd); /* for OWN; -1 afterwards */
int fd_take(int *fd);   /* hands it over, as TAKE does: -1 stays behind */

int file_open(int dir, const char *path, int flags, mode_t mode); /* regular files */
/* To read, at once: -EAGAIN where that needs the disk, or cannot be done (say file_open
 * then, on a thread, and hear why). */
int file_open_cached(int dir, const char *path);
int dir_open(int dir, const char *path);
int dir_make(int dir, const char *path, mode_t mode); /* where missing; and opens it */
/* Hands the directory and all below it to uid (and a group of that number). */
int dir_give(int dir, uid_t uid);
int file_write_all(int fd, struct span);
int file_write_at(int fd, struct span, off_t at);
/* From the descriptor's place to the end; malloc'ed, a NUL behind it.  -EFBIG when there
 * is more than max. */
int file_read_all(int fd, struct span *content_r, size_t max);
/* Writes a temporary, syncs it, renames it over `name` in `dir`, syncs the directory. */
int file_replace(int dir, const char *name, struct span content, mode_t mode);
int file_lock(int fd); /* exclusive, at once: -EWOULDBLOCK when somebody has it */

/* A memfd with these octets, sealed against every change; -errno on failure. */
int sealed_copy(const char *name, struct span content);
int sealed_open(const char *name); /* to be filled, then: */
int sealed_finish(int fd);         /* no more change: 0 or -errno */
bool sealed_is(int fd);            /* nobody can change or shrink it any more */
/* Maps `size` octets of it to read; NULL when it is not sealed or is shorter. */
const void *sealed_map(int fd, size_t size);
/* The same in place of another such mapping of that size: whoever reads there reads the
 * new content from now on. */
bool sealed_map_over(const void *at, int fd, size_t size);
void sealed_unmap(const void *at, size_t size);

/* Memory that processes share: a memfd of `size` zeroed octets, which nobody can make
 * shorter.  Mapped to read and write with shared_map (NULL: it may shrink, or is
 * shorter); after shared_writers no further process can map it to write. */
int shared_open(const char *name, size_t size);
void *shared_map(int fd, size_t size);
const void *shared_map_to_read(int fd, size_t size);
int shared_writers_end(int fd); /* 0 or -errno */

#endif
