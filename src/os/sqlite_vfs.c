/* sqlite_vfs - see sqlite_vfs.h. */
#include "os/sqlite_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static sqlite3_vfs beneath;

static int full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *path_r)
{
    (void)vfs;
    size_t len = strlen(name);
    if (len >= (size_t)size)
        return SQLITE_CANTOPEN;
    memcpy(path_r, name, len + 1);
    return SQLITE_OK;
}

static int randomness(sqlite3_vfs *vfs, int size, char *octets_r)
{
    (void)vfs;
    ssize_t n = getrandom(octets_r, (size_t)size, 0);
    return n < 0 ? 0 : (int)n;
}

/* To SQLite a full disk is one thing and a used-up quota an I/O error like any other; to
 * us both are a lack of room that may pass. */
static ssize_t write_at(int fd, const void *octets, size_t n, off_t at)
{
    ssize_t written = pwrite(fd, octets, n, at);
    if (written < 0 && errno == EDQUOT)
        errno = ENOSPC;
    return written;
}

/* A fifo in the place of a file would never open, and a link leads elsewhere (T06). */
static int open_file(const char *path, int flags, int mode)
{
    struct stat st;
    int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
    if (fd < 0 || (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

static void override_calls(sqlite3_vfs *vfs)
{
    static const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = { { "open", (sqlite3_syscall_ptr)open_file },
                  { "pwrite", (sqlite3_syscall_ptr)write_at },
                  { "pwrite64", (sqlite3_syscall_ptr)write_at } };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (vfs->xGetSystemCall(vfs, calls[i].name))
            vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
}

int sqlite_beneath_init(void)
{
    if (beneath.zName)
        return 0;
    const sqlite3_vfs *unix_vfs = sqlite3_vfs_find("unix");
    if (!unix_vfs)
        return -ENOTSUP;
    /* The unix VFS asks its own struct only for pAppData, which the copy keeps. */
    beneath = *unix_vfs;
    beneath.zName = "beneath";
    beneath.pNext = NULL;
    beneath.xFullPathname = full_pathname;
    beneath.xRandomness = randomness;
    override_calls(&beneath);
    return sqlite3_vfs_register(&beneath, 1) == SQLITE_OK ? 0 : -ENOTSUP;
}
