#include "os/files.h"

#include "base/own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_FIRST = 4096, NAME_SIZE = 256, GIVE_DEPTH_MAX = 16 };

void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int fd_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* ---- opening */

static int open_beneath(int dir, const char *path, int flags, mode_t mode)
{
    if (dir == AT_FDCWD) {
        int fd = openat(dir, path, flags, mode);
        return fd < 0 ? -errno : fd;
    }
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) /* before Linux 5.6: the last link only */
        fd = openat(dir, path, flags | O_NOFOLLOW, mode);
    return fd < 0 ? -errno : (int)fd;
}

static int check_kind(int fd, mode_t kind)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    return (st.st_mode & S_IFMT) == kind ? 0 : -EINVAL;
}

int file_open_cached(int dir, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED,
    };
    OWN(fd_close) int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd < 0 || check_kind(fd, S_IFREG) != 0)
        return -EAGAIN;
    return fd_take(&fd);
}

int file_open(int dir, const char *path, int flags, mode_t mode)
{
    /* O_NONBLOCK: a fifo put in its place must not make us wait for a writer. */
    OWN(fd_close)
    int fd = open_beneath(dir, path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
    if (fd < 0)
        return fd;
    int error = check_kind(fd, S_IFREG);
    if (error)
        return error;
    return fd_take(&fd);
}

int dir_open(int dir, const char *path)
{
    return open_beneath(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

int dir_make(int dir, const char *path, mode_t mode)
{
    if (mkdirat(dir, path, mode) < 0 && errno != EEXIST)
        return -errno;
    return dir_open(dir, path);
}

/* ---- giving */

static int give_entry(int dir, const char *name, uid_t uid, unsigned depth);

static int give_directory(int dir, uid_t uid, unsigned depth)
{
    if (depth > GIVE_DEPTH_MAX)
        return -ELOOP;
    int own = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return -errno;
    DIR *entries = fdopendir(own);
    if (!entries) {
        close(own);
        return -ENOMEM;
    }
    int error = 0;
    for (struct dirent *e; !error && (e = readdir(entries));)
        if (!span_is(span_of(e->d_name), SPAN(".")) &&
            !span_is(span_of(e->d_name), SPAN("..")))
            error = give_entry(dir, e->d_name, uid, depth + 1);
    rewinddir(entries); /* the place belongs to the descriptor that was given us */
    closedir(entries);
    /* Last, so that what was interrupted is seen to be unfinished. */
    if (!error && fchown(dir, uid, uid) < 0)
        error = -errno;
    return error;
}

static int give_entry(int dir, const char *name, uid_t uid, unsigned depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode)) {
        OWN(fd_close) int sub = dir_open(dir, name);
        return sub < 0 ? sub : give_directory(sub, uid, depth);
    }
    if (!S_ISREG(st.st_mode)) /* nothing of ours: whoever meets it refuses it */
        return 0;
    OWN(fd_close) int fd = file_open(dir, name, O_RDONLY, 0);
    if (fd < 0)
        return fd;
    return fchown(fd, uid, uid) < 0 ? -errno : 0;
}

int dir_give(int dir, uid_t uid)
{
    return give_directory(dir, uid, 0);
}

/* ---- reading and writing */

int file_write_all(int fd, struct span s)
{
    while (s.len > 0) {
        ssize_t n = write(fd, s.at, s.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        s = span_skip(s, (size_t)n);
    }
    return 0;
}

int file_write_at(int fd, struct span s, off_t at)
{
    while (s.len > 0) {
        ssize_t n = pwrite(fd, s.at, s.len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        s = span_skip(s, (size_t)n);
        at += n;
    }
    return 0;
}

static void free_octets(char **octets)
{
    free(*octets);
    *octets = NULL;
}

int file_read_all(int fd, struct span *content_r, size_t max)
{
    OWN(free_octets) char *octets = NULL;
    size_t len = 0, room = 0;
    for (;;) {
        if (room - len < 2) { /* one for the NUL */
            room = room ? room * 2 : READ_FIRST;
            char *grown = realloc(octets, room);
            if (!grown)
                return -ENOMEM;
            octets = grown;
        }
        ssize_t n = read(fd, octets + len, room - len - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max)
            return -EFBIG;
    }
    octets[len] = '\0';
    *content_r = span_at(TAKE(&octets), len);
    return 0;
}

static int write_synced(int dir, const char *name, struct span content, mode_t mode)
{
    OWN(fd_close)
    int fd = file_open(dir, name, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0)
        return fd;
    int error = file_write_all(fd, content);
    if (!error && fsync(fd) < 0)
        error = -errno;
    return error;
}

int file_replace(int dir, const char *name, struct span content, mode_t mode)
{
    char fresh[NAME_SIZE];
    if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", name) >= sizeof fresh)
        return -ENAMETOOLONG;
    if (unlinkat(dir, fresh, 0) < 0 && errno != ENOENT)
        return -errno;
    int error = write_synced(dir, fresh, content, mode);
    if (!error && renameat(dir, fresh, dir, name) < 0)
        error = -errno;
    if (error) {
        unlinkat(dir, fresh, 0);
        return error;
    }
    return fsync(dir) < 0 ? -errno : 0;
}

int file_lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}
