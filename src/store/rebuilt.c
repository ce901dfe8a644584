/* rebuilt - an index made anew takes its place in the folder; see folder.h. */
#include "store/folder_inside.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAMAGED_MAX = 1000 }; /* indexes kept for a person */

void folder_rebuilt_path(uint64_t account, char path_r[FOLDER_PATH])
{
    folder_path(path_r, "rebuilt/%" PRIu64 ".db", account);
}

int folder_open(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    folder_path(path, "accounts/%" PRIu64, account);
    return dir_open(store, path);
}

static bool is_same(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

/* A name that is not taken. */
static int damaged_name(int folder, char name_r[FOLDER_PATH])
{
    for (unsigned n = 1; n < DAMAGED_MAX; n++) {
        folder_path(name_r, "index.db.damaged.%u", n);
        if (faccessat(folder, name_r, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
            return 0;
    }
    return -EMLINK;
}

static int move_if_there(int folder, const char *from, const char *to)
{
    return renameat(folder, from, folder, to) == 0 || errno == ENOENT ? 0 : -errno;
}

/* The database before its log: a log alone is no index. */
static int put_index_aside(int folder, char name_r[FOLDER_PATH])
{
    char log[FOLDER_PATH + 4];
    int error = damaged_name(folder, name_r);
    if (error)
        return error;
    snprintf(log, sizeof log, "%s-wal", name_r);
    error = move_if_there(folder, "index.db", name_r);
    return error ? error : move_if_there(folder, "index.db-wal", log);
}

static void drop_index(int folder, const char *name)
{
    char log[FOLDER_PATH + 4];
    snprintf(log, sizeof log, "%s-wal", name);
    unlinkat(folder, name, 0);
    unlinkat(folder, log, 0);
}

int folder_adopt(int store, uint64_t account, int folder, bool keep)
{
    char rebuilt[FOLDER_PATH], before[FOLDER_PATH];
    OWN(fd_close) int now = folder_open(store, account);
    if (now < 0 || !is_same(now, folder))
        return -ESTALE;
    int error = put_index_aside(folder, before);
    folder_rebuilt_path(account, rebuilt);
    if (!error && renameat(store, rebuilt, folder, "index.db") != 0)
        error = -errno;
    if (!error && fsync(folder) != 0)
        error = -EIO;
    if (!error && !keep)
        drop_index(folder, before);
    return error;
}
