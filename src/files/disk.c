/* disk - see disk.h: one path at a time. */
#include "files/disk.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MODE = 0777,
    OWNER_READS = 0400,
    SIZE = FILES_PATH_MAX + 1,
    FIXED = PERM_ALL ^ PERM_DELETE ^ PERM_RENAME, /* of the home itself */
};

#define NANOSECONDS INT64_C(1000000000)

/* ---- the way there */

static const char *relative(const char *path)
{
    while (*path == '/')
        path++;
    return *path ? path : ".";
}

void leaf_close(struct leaf *l)
{
    fd_close(&l->directory);
}

int leaf_open(int home, const char *path, struct leaf *leaf_r)
{
    char parent[SIZE];
    const char *from = relative(path), *last = strrchr(from, '/');
    size_t len = last ? (size_t)(last - from) : 0;
    if (len >= sizeof parent)
        return -ENAMETOOLONG;
    span_to_string(last ? span_at(from, len) : SPAN("."), parent, sizeof parent);
    int fd = dir_open(home, parent);
    *leaf_r = (struct leaf){ fd, last ? last + 1 : from };
    return fd < 0 ? fd : 0;
}

static bool is_home(const struct leaf *l)
{
    return l->name[0] == '.' && !l->name[1];
}

/* ---- facts */

enum file_type disk_type(const struct stat *st)
{
    return S_ISREG(st->st_mode)   ? FILE_REGULAR
           : S_ISDIR(st->st_mode) ? FILE_DIRECTORY
                                  : FILE_OTHER;
}

static uint32_t perm_of(const struct stat *st)
{
    bool reads = st->st_mode & S_IRUSR, writes = st->st_mode & S_IWUSR;
    uint32_t perm = PERM_DELETE | PERM_RENAME;
    if (S_ISREG(st->st_mode))
        perm |= PERM_APPEND | PERM_WRITE | (reads ? PERM_READ : 0u);
    if (S_ISDIR(st->st_mode) && writes)
        perm |= PERM_CREATE | PERM_MKDIR | PERM_PURGE;
    if (S_ISDIR(st->st_mode) && reads && (st->st_mode & S_IXUSR))
        perm |= PERM_ENTER | PERM_LIST;
    return perm;
}

void disk_facts(const struct stat *st, uint32_t perm, struct file_facts *facts_r)
{
    *facts_r = (struct file_facts){
        .size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
        .modified = st->st_mtim.tv_sec * NANOSECONDS + st->st_mtim.tv_nsec,
        .unique = (uint64_t)st->st_dev * UINT64_C(0x9e3779b97f4a7c15) ^ st->st_ino,
        .mode = st->st_mode & MODE,
        .perm = perm_of(st) & perm,
        .type = disk_type(st),
    };
}

static int look(const struct leaf *l, struct stat *st_r)
{
    return fstatat(l->directory, l->name, st_r, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int disk_stat(int home, const char *path, uint32_t perm, struct file_facts *facts_r)
{
    struct stat st;
    OWN(leaf_close) struct leaf l;
    int error = leaf_open(home, path, &l);
    if (!error)
        error = look(&l, &st);
    if (error)
        return error;
    disk_facts(&st, is_home(&l) ? perm & FIXED : perm, facts_r);
    return 0;
}

/* ---- reading */

/* Why it is no regular file. */
static int wrong_kind(const struct leaf *l)
{
    struct stat st;
    int error = look(l, &st);
    if (error)
        return error;
    return S_ISDIR(st.st_mode) ? -EISDIR : -EACCES;
}

int disk_open(int home, const char *path, struct file_facts *facts_r)
{
    struct stat st;
    OWN(leaf_close) struct leaf l;
    int error = leaf_open(home, path, &l);
    if (error)
        return error;
    OWN(fd_close) int fd = file_open(l.directory, l.name, O_RDONLY, 0);
    if (fd == -EINVAL || fd == -ELOOP || fd == -ENXIO)
        return wrong_kind(&l);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    disk_facts(&st, PERM_ALL, facts_r);
    return fd_take(&fd);
}

int disk_open_cached(int home, const char *path, struct file_facts *facts_r)
{
    struct stat st;
    OWN(fd_close) int fd = file_open_cached(home, relative(path));
    if (fd < 0 || fstat(fd, &st) < 0)
        return -EAGAIN;
    disk_facts(&st, PERM_ALL, facts_r);
    return fd_take(&fd);
}

/* ---- changes */

static int sync_one(int fd)
{
    return fsync(fd) < 0 ? -errno : 0;
}

uint64_t disk_octets(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_nlink == 1 ? (uint64_t)st->st_size : 0;
}

int disk_remove(int home, const char *path, uint64_t *freed_r)
{
    struct stat st;
    OWN(leaf_close) struct leaf l;
    int error = leaf_open(home, path, &l);
    if (!error)
        error = look(&l, &st);
    if (error)
        return error;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (unlinkat(l.directory, l.name, 0) < 0)
        return -errno;
    *freed_r = disk_octets(&st);
    return sync_one(l.directory);
}

/* The home itself neither moves nor is moved over; the kernel says -EBUSY. */
static int rename_leaf(const struct leaf *from, const struct leaf *to,
                       uint64_t *freed_r)
{
    struct stat before, over;
    int error = look(from, &before), there = look(to, &over);
    if (error)
        return error;
    /* A directory's name for a file's and the other way round: said as RFC 959's users
     * would expect, not as the kernel does. */
    if (!there && S_ISDIR(over.st_mode) && !S_ISDIR(before.st_mode))
        return -EISDIR;
    if (renameat(from->directory, from->name, to->directory, to->name) < 0)
        return -errno;
    bool same = !there && before.st_ino == over.st_ino && before.st_dev == over.st_dev;
    *freed_r = there || same ? 0 : disk_octets(&over);
    error = sync_one(to->directory);
    return error ? error : sync_one(from->directory);
}

int disk_rename(int home, const char *from, const char *to, uint64_t *freed_r)
{
    OWN(leaf_close) struct leaf source = { .directory = -1 };
    OWN(leaf_close) struct leaf target = { .directory = -1 };
    int error = leaf_open(home, from, &source);
    if (!error)
        error = leaf_open(home, to, &target);
    return error ? error : rename_leaf(&source, &target, freed_r);
}

int disk_mkdir(int home, const char *path)
{
    OWN(leaf_close) struct leaf l;
    int error = leaf_open(home, path, &l);
    if (error)
        return error;
    if (mkdirat(l.directory, l.name, MODE) < 0) /* umask is the role's */
        return -errno;
    return sync_one(l.directory);
}

int disk_rmdir(int home, const char *path)
{
    OWN(leaf_close) struct leaf l;
    int error = leaf_open(home, path, &l);
    if (error)
        return error;
    if (is_home(&l))
        return -EBUSY;
    if (unlinkat(l.directory, l.name, AT_REMOVEDIR) < 0)
        return -errno;
    return sync_one(l.directory);
}

/* By a descriptor, so that it is no link's target that changes.  Its owner can always
 * read it afterwards: who could not open it could not undo it. */
static int open_to_modify(int home, const char *path)
{
    OWN(leaf_close) struct leaf l;
    int error = leaf_open(home, path, &l);
    if (error)
        return error;
    int fd = file_open(l.directory, l.name, O_RDONLY, 0);
    if (fd == -EACCES)
        fd = file_open(l.directory, l.name, O_WRONLY, 0);
    if (fd >= 0 || fd == -ENOENT || fd == -EACCES)
        return fd;
    struct stat st;
    error = look(&l, &st);
    if (error)
        return error;
    return S_ISDIR(st.st_mode) ? dir_open(l.directory, l.name) : -EACCES;
}

static int set_modified(int fd, int64_t modified)
{
    int64_t seconds = modified / NANOSECONDS, rest = modified % NANOSECONDS;
    if (rest < 0) {
        rest += NANOSECONDS;
        seconds--;
    }
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                 { .tv_sec = seconds, .tv_nsec = rest } };
    return futimens(fd, times) < 0 ? -errno : 0;
}

int disk_modify(int home, const char *path, enum file_change which, uint64_t value)
{
    OWN(fd_close) int fd = open_to_modify(home, path);
    if (fd < 0)
        return fd;
    int error = which == FILE_MODIFIED ? set_modified(fd, (int64_t)value)
                : fchmod(fd, (mode_t)((value & MODE) | OWNER_READS)) < 0 ? -errno
                                                                         : 0;
    return error ? error : sync_one(fd);
}
