/* disk_upload - disk.h: a temporary, until it has its name. */
#include "files/disk.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MODE = 0777, COPY = 64 << 10, COPY_AT_ONCE = 128 << 20 };

static int look(const struct leaf *l, struct stat *st_r)
{
    return fstatat(l->directory, l->name, st_r, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* What may stand where it is to go: a file, or nothing. */
static int check_target(const struct disk_upload *u, struct stat *over_r)
{
    int error = look(&u->to, over_r);
    if (error)
        return error == -ENOENT ? 0 : error;
    if (u->fresh)
        return -EEXIST;
    return S_ISREG(over_r->st_mode) ? 1 : S_ISDIR(over_r->st_mode) ? -EISDIR : -EEXIST;
}

static int check_room(const struct disk_upload *u)
{
    struct statvfs st;
    if (u->expected == 0 || fstatvfs(u->uploads, &st) < 0)
        return 0;
    return u->expected / st.f_frsize >= st.f_bavail ? -ENOSPC : 0;
}

/* ---- going on with what is there */

static int copy_by_hand(int from, int to, uint64_t size)
{
    char block[COPY];
    while (size > 0) {
        ssize_t n = read(from, block, size < COPY ? (size_t)size : COPY);
        if (n <= 0)
            return n < 0 ? -errno : -EBUSY; /* it has become shorter */
        int error = file_write_all(to, span_at(block, (size_t)n));
        if (error)
            return error;
        size -= (uint64_t)n;
    }
    return 0;
}

/* By the kernel, which shares the blocks where it can. */
static int copy(int from, int to, uint64_t size)
{
    while (size > 0) {
        size_t most = size < COPY_AT_ONCE ? (size_t)size : COPY_AT_ONCE;
        ssize_t n = copy_file_range(from, NULL, to, NULL, most, 0);
        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP ||
                      errno == ENOSYS))
            return copy_by_hand(from, to, size);
        if (n <= 0)
            return n < 0 ? -errno : -EBUSY;
        size -= (uint64_t)n;
    }
    return 0;
}

static int copy_base(struct disk_upload *u)
{
    struct stat st;
    if (u->size == 0)
        return 0;
    OWN(fd_close) int base = file_open(u->to.directory, u->to.name, O_RDONLY, 0);
    if (base < 0)
        return base;
    if (fstat(base, &st) < 0)
        return -errno;
    return (uint64_t)st.st_size < u->size ? -EBUSY : copy(base, u->file, u->size);
}

/* What was kept becomes a temporary again. */
static int take_kept(struct disk_upload *u)
{
    struct stat st;
    u->file = file_open(u->uploads, u->kept, O_WRONLY, 0);
    if (u->file < 0)
        return u->file == -ENOENT ? -EBUSY : u->file;
    if (renameat(u->uploads, u->kept, u->uploads, u->temporary) < 0 ||
        fstat(u->file, &st) < 0)
        return errno == ENOENT ? -EBUSY : -errno; /* somebody else has taken it */
    if ((uint64_t)st.st_size < u->size)
        return -EBUSY;
    return ftruncate(u->file, (off_t)u->size) < 0 ? -errno : 0;
}

int disk_upload_begin(struct disk_upload *u, const char *path)
{
    struct stat over;
    int error = leaf_open(u->home, path, &u->to);
    if (!error)
        error = check_target(u, &over);
    if (error >= 0)
        error = check_room(u);
    if (error)
        return error;
    if (u->goes_on)
        return take_kept(u);
    u->file = file_open(u->uploads, u->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    return u->file < 0 ? u->file : copy_base(u);
}

/* ---- whole */

static bool is_still_base(const struct disk_upload *u, int there,
                          const struct stat *over)
{
    struct file_facts now;
    if (u->base.type == FILE_TYPES)
        return true;
    if (there == 0)
        return false;
    disk_facts(over, 0, &now);
    return now.unique == u->base.unique && now.size == u->base.size &&
           now.modified == u->base.modified;
}

static int put_in_place(struct disk_upload *u, struct stat *st_r)
{
    struct stat over;
    int there = check_target(u, &over);
    if (there < 0)
        return there;
    if (!is_still_base(u, there, &over))
        return -EBUSY;
    /* What it replaces hands its mode on. */
    if (there && fchmod(u->file, over.st_mode & MODE) < 0)
        return -errno;
    if (fstat(u->file, st_r) < 0)
        return -errno;
    if (renameat2(u->uploads, u->temporary, u->to.directory, u->to.name,
                  u->fresh ? RENAME_NOREPLACE : 0) < 0)
        return -errno;
    u->freed = there ? disk_octets(&over) : 0;
    return 0;
}

static int sync_one(int fd)
{
#ifdef PLANT_NO_FSYNC
    (void)fd;
    return 0;
#else
    return fsync(fd) < 0 ? -errno : 0;
#endif
}

/* Of an earlier attempt, when this one began anew. */
static void drop_kept(struct disk_upload *u)
{
    struct stat st;
    if (!u->kept[0] || fstatat(u->uploads, u->kept, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (unlinkat(u->uploads, u->kept, 0) == 0)
        u->freed += disk_octets(&st);
}

int disk_upload_commit(struct disk_upload *u)
{
    struct stat st;
    if (fstat(u->file, &st) < 0)
        return -errno;
    if ((uint64_t)st.st_size > u->most)
        return -EDQUOT;
    int error = sync_one(u->file);
    if (!error)
        error = put_in_place(u, &st);
    if (error)
        return error;
    disk_facts(&st, PERM_ALL, &u->facts);
    drop_kept(u);
    return sync_one(u->to.directory);
}

void disk_upload_drop(struct disk_upload *u)
{
    if (u->file >= 0)
        unlinkat(u->uploads, u->temporary, 0);
    fd_close(&u->file);
    leaf_close(&u->to);
}

/* Whoever goes on with it relies on each octet. */
uint64_t disk_upload_keep(struct disk_upload *u)
{
    struct stat st, over;
    bool keeps = u->file >= 0 && u->kept[0] && fstat(u->file, &st) == 0 &&
                 st.st_size > 0 && (uint64_t)st.st_size <= u->most &&
                 look(&u->to, &over) == -ENOENT && sync_one(u->file) == 0;
    if (keeps)
        drop_kept(u);
    if (!keeps || renameat(u->uploads, u->temporary, u->uploads, u->kept) < 0) {
        disk_upload_drop(u);
        return 0;
    }
    fd_close(&u->file);
    leaf_close(&u->to);
    return (uint64_t)st.st_size;
}

/* ---- meanwhile */

int disk_upload_send(int file, uint64_t synced, uint64_t started, uint64_t written)
{
    const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                         SYNC_FILE_RANGE_WAIT_AFTER;
    if (started > synced &&
        sync_file_range(file, (off_t)synced, (off_t)(started - synced), all) < 0)
        return -errno;
    if (written > started &&
        sync_file_range(file, (off_t)started, (off_t)(written - started),
                        SYNC_FILE_RANGE_WRITE) < 0)
        return -errno;
    return 0;
}
