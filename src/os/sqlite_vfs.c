/* sqlite_vfs - see sqlite_vfs.h. */
#include "os/sqlite_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/random.h>
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

static void override_writes(sqlite3_vfs *vfs)
{
    static const char *const names[] = { "pwrite", "pwrite64" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vfs->xGetSystemCall(vfs, names[i]))
            vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)write_at);
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
    override_writes(&beneath);
    return sqlite3_vfs_register(&beneath, 1) == SQLITE_OK ? 0 : -ENOTSUP;
}
