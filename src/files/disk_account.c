/* disk_account - disk.h: the folder of an account, as a whole. */
#include "files/disk.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { DEPTH_MAX = 2 * FILES_DEPTH_MAX };

/* ---- walking */

/* What is done with each name below a directory, with a directory's own after all that is
 * in it; what is not 0 ends the walk. */
struct walk {
    int (*visit)(struct walk *, int directory, const char *name, const struct stat *);
    uint64_t octets;
    struct span kept;
    int64_t oldest;
};

static int walk_entry(struct walk *, int directory, const char *name, unsigned depth);

static void close_entries(DIR **entries)
{
    if (*entries)
        closedir(*entries);
}

static int walk_directory(struct walk *w, int directory, const char *name,
                          unsigned depth)
{
    int error;
    if (depth > DEPTH_MAX)
        return -ELOOP;
    OWN(close_entries) DIR *entries = disk_list_open(directory, name, &error);
    if (!entries)
        return error;
    for (struct dirent *e; !error && (errno = 0, e = readdir(entries)) != NULL;)
        if (!span_is(span_of(e->d_name), SPAN(".")) &&
            !span_is(span_of(e->d_name), SPAN("..")))
            error = walk_entry(w, dirfd(entries), e->d_name, depth);
    return error ? error : -errno;
}

static int walk_entry(struct walk *w, int directory, const char *name, unsigned depth)
{
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno; /* others are at work here, too */
    int error = S_ISDIR(st.st_mode) ? walk_directory(w, directory, name, depth + 1) : 0;
    return error ? error : w->visit(w, directory, name, &st);
}

/* ---- errands */

static int add(struct walk *w, int directory, const char *name, const struct stat *st)
{
    (void)directory;
    struct span begin = span_of(name);
    if (w->kept.len == 0 || span_take(&begin, w->kept))
        w->octets += disk_octets(st);
    return 0;
}

int disk_usage(int home, int uploads, uint64_t *octets_r)
{
    struct walk w = { .visit = add }, kept = { .visit = add, .kept = SPAN("p-") };
    int error = walk_directory(&w, home, ".", 0);
    if (!error)
        error = walk_directory(&kept, uploads, ".", 0);
    *octets_r = w.octets + kept.octets;
    return error;
}

static int take_away(struct walk *w, int directory, const char *name,
                     const struct stat *st)
{
    struct span begin = span_of(name);
    if (w->kept.len > 0 && span_take(&begin, w->kept))
        return 0;
    if (w->kept.len > 0 && span_take(&begin, SPAN("p-")) && st->st_mtime >= w->oldest)
        return 0;
    int flags = S_ISDIR(st->st_mode) ? AT_REMOVEDIR : 0;
    return unlinkat(directory, name, flags) < 0 && errno != ENOENT ? -errno : 0;
}

static int sweep_one(int accounts, const char *name, const char *kept, int64_t oldest)
{
    struct walk w = { .visit = take_away, .kept = span_of(kept), .oldest = oldest };
    OWN(fd_close) int account = dir_open(accounts, name);
    int error = account < 0 ? account : walk_directory(&w, account, "uploads", 0);
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP ? 0 : error;
}

int disk_sweep(int accounts, const char *kept, int64_t oldest)
{
    int error = 0, one;
    OWN(close_entries) DIR *entries = disk_list_open(accounts, ".", &error);
    if (!entries)
        return error;
    for (struct dirent *e; (errno = 0, e = readdir(entries)) != NULL;)
        if (e->d_name[0] != '.' &&
            (one = sweep_one(accounts, e->d_name, kept, oldest)) != 0)
            error = one; /* the others all the same */
    return error;
}

int disk_forget(int directory, const char *name)
{
    struct walk w = { .visit = take_away };
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    int error = walk_entry(&w, directory, name, 0);
    if (!error && fsync(directory) < 0)
        error = -errno;
    return error;
}

/* ---- the home */

/* Synced upwards, so that what is answered from below it stays. */
static int make(int directory, const char *name)
{
    int fd = dir_open(directory, name);
    if (fd != -ENOENT)
        return fd;
    fd = dir_make(directory, name, 0700);
    if (fd >= 0 && fsync(directory) < 0) {
        int error = -errno;
        fd_close(&fd);
        return error;
    }
    return fd;
}

int disk_home(int directory, const char *name, int *home_r, int *uploads_r)
{
    OWN(fd_close) int own = make(directory, name);
    OWN(fd_close) int home = own < 0 ? own : make(own, "home");
    OWN(fd_close) int uploads = home < 0 ? home : make(own, "uploads");
    if (uploads < 0)
        return uploads;
    *home_r = fd_take(&home);
    *uploads_r = fd_take(&uploads);
    return 0;
}
