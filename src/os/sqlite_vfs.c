/* sqlite_vfs - see sqlite_vfs.h. */
#include "os/sqlite_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/random.h>

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
    return sqlite3_vfs_register(&beneath, 1) == SQLITE_OK ? 0 : -ENOTSUP;
}
