/* disk_list - disk.h: what is in a directory. */
#include "files/disk.h"

#include "base/own.h"
#include "config/limits.h"
#include "files/path.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

DIR *disk_list_open(int home, const char *path, int *error_r)
{
    while (*path == '/')
        path++;
    OWN(fd_close) int fd = dir_open(home, *path ? path : ".");
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    *error_r = fd < 0 ? fd : entries ? 0 : -errno;
    if (entries)
        fd_take(&fd);
    return entries;
}

/* What no path can name is not shown. */
static bool is_shown(const struct disk_list *l, struct span name)
{
    return path_is_name(name) && pattern_matches(l->pattern, name);
}

/* False: there is no room for it. */
static bool put_row(struct disk_list *l, struct span name)
{
    struct stat st;
    struct file_row row = { .name = name };
    if (fstatat(dirfd(l->entries), name.at, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return true; /* it has gone meanwhile */
    disk_facts(&st, l->perm, &row.facts);
    size_t n = file_row_put(&row, l->rows + l->len, FILES_ROWS_MAX - l->len);
    l->len += n;
    return n > 0;
}

/* A name that found no room is held: to go back in the directory (seekdir) would have the
 * file system read and sort it anew. */
int disk_list_on(struct disk_list *l)
{
    l->len = 0;
    if (l->held[0])
        put_row(l, span_of(l->held));
    l->held[0] = '\0';
    for (int looks = 0; looks < FILES_LOOKS_MAX; looks++) {
        errno = 0;
        struct dirent *e = readdir(l->entries);
        if (!e) {
            l->done = true;
            return -errno;
        }
        struct span name = span_of(e->d_name);
        if (is_shown(l, name) && !put_row(l, name)) {
            span_to_string(name, l->held, FILES_NAME_MAX + 1);
            return 0;
        }
    }
    return 0;
}
