/* folder - see folder.h. */
#include "store/folder_inside.h"

#include "base/own.h"
#include "os/files.h"
#include "store/crc32c.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TREE_DEPTH_MAX = 4, /* of what is removed */
};

void folder_path(char path_r[FOLDER_PATH], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(path_r, FOLDER_PATH, format, args);
    va_end(args);
    assert(n > 0 && n < FOLDER_PATH);
}

static int make(int store, const char *path)
{
    return mkdirat(store, path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* ---- walking and removing */

void folder_list_close(DIR **d)
{
    if (*d)
        closedir(*d);
    *d = NULL;
}

int folder_list(int store, const char *path, DIR **directory_r)
{
    *directory_r = NULL;
    int fd = dir_open(store, path);
    if (fd < 0)
        return fd;
    *directory_r = fdopendir(fd);
    if (*directory_r)
        return 0;
    fd_close(&fd);
    return -ENOMEM;
}

bool folder_is_dots(const char *name)
{
    return span_is(span_of(name), SPAN(".")) || span_is(span_of(name), SPAN(".."));
}

/* Everything in the directory, or in what is below it, goes. */
static int empty_directory(int at, const char *path, int depth)
{
    OWN(folder_list_close) DIR *d = NULL;
    int error = folder_list(at, path, &d);
    if (error)
        return error;
    for (struct dirent *e; !error && (e = readdir(d));) {
        if (folder_is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
            continue;
        if ((errno != EISDIR && errno != EPERM) || depth == TREE_DEPTH_MAX)
            return -errno;
        error = empty_directory(dirfd(d), e->d_name, depth + 1);
        if (!error && unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) != 0)
            error = -errno;
    }
    return error;
}

int folder_sync(int store, const char *path)
{
    OWN(fd_close) int fd = dir_open(store, path);
    if (fd < 0)
        return fd;
    return fsync(fd) == 0 ? 0 : -errno;
}

/* ---- folders */

int folders_make(int store)
{
    static const char *const paths[] = { "accounts", "large", "forgotten" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int error = make(store, paths[i]);
        if (error)
            return error;
    }
    return fsync(store) == 0 ? 0 : -errno;
}

int folders_sweep(int store)
{
    int error = make(store, "rebuilt"); /* an earlier version did not have it */
    if (!error)
        error = empty_directory(store, "rebuilt", TREE_DEPTH_MAX);
    if (!error)
        error = empty_directory(store, "large", TREE_DEPTH_MAX);
    return error ? error : empty_directory(store, "forgotten", 0);
}

static int make_directories(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    folder_path(path, "accounts/%" PRIu64, account);
    int error = make(store, path);
    if (error)
        return error;
    folder_path(path, "accounts/%" PRIu64 "/big", account);
    return make(store, path);
}

static int write_new_index(int store, const char *path, struct span index)
{
    OWN(fd_close) int fd = file_open(store, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return fd;
    int error = file_write_all(fd, index);
    if (error)
        return error;
    return fdatasync(fd) == 0 ? 0 : -EIO; /* final, whatever it was */
}

int folder_make(int store, uint64_t account, struct span index)
{
    char path[FOLDER_PATH], new_path[FOLDER_PATH];
    int error = make_directories(store, account);
    if (error)
        return error;
    folder_index_path(account, path);
    folder_path(new_path, "accounts/%" PRIu64 "/index.new", account);
    error = write_new_index(store, new_path, index);
    if (error)
        return error;
    return renameat(store, new_path, store, path) == 0 ? 0 : -errno;
}

int folder_forget(int store, uint64_t account, uint64_t lsn)
{
    char from[FOLDER_PATH], to[FOLDER_PATH];
    folder_path(from, "accounts/%" PRIu64, account);
    folder_path(to, "forgotten/%" PRIu64 ".%" PRIu64, account, lsn);
    if (renameat(store, from, store, to) != 0)
        return errno == ENOENT ? 0 : -errno;
    int error = empty_directory(store, to, 1);
    if (!error && unlinkat(store, to, AT_REMOVEDIR) != 0)
        error = -errno;
    return error;
}

void folder_index_path(uint64_t account, char path_r[FOLDER_PATH])
{
    folder_path(path_r, "accounts/%" PRIu64 "/index.db", account);
}

bool folder_has_packs(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    folder_path(path, "accounts/%" PRIu64, account);
    OWN(folder_list_close) DIR *d = NULL;
    if (folder_list(store, path, &d) != 0)
        return false;
    for (struct dirent *e; (e = readdir(d));)
        if (span_starts_nocase(span_of(e->d_name), SPAN("pack.")))
            return true;
    return false;
}

int folder_each(int store, int (*on_account)(uint64_t account, void *arg), void *arg)
{
    OWN(folder_list_close) DIR *d = NULL;
    int error = folder_list(store, "accounts", &d);
    for (struct dirent *e; !error && (e = readdir(d));) {
        struct span name = span_of(e->d_name);
        uint64_t account;
        if (folder_is_dots(e->d_name))
            continue;
        bool good = span_take_number(&name, UINT64_MAX, &account) && name.len == 0;
        error = good ? on_account(account, arg) : -EUCLEAN;
    }
    return error;
}

static void stuck_path(uint64_t account, char path_r[FOLDER_PATH])
{
    folder_path(path_r, "accounts/%" PRIu64 "/stuck", account);
}

int folder_set_aside(int store, uint64_t account, struct span entry)
{
    char path[FOLDER_PATH];
    struct stat st;
    stuck_path(account, path);
    int error = make_directories(store, account);
    if (error)
        return error;
    OWN(fd_close) int fd = file_open(store, path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) != 0)
        return -errno;
    return file_write_at(fd, entry, (st.st_size + 7) & ~(off_t)7);
}

int folder_stuck_open(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    stuck_path(account, path);
    return file_open(store, path, O_RDONLY, 0);
}

int folder_stuck_remove(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    stuck_path(account, path);
    return unlinkat(store, path, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

/* ---- packs */

int pack_open(int store, uint64_t account, uint32_t pack, int flags)
{
    char path[FOLDER_PATH];
    folder_path(path, "accounts/%" PRIu64 "/pack.%06" PRIu32, account, pack);
    return file_open(store, path, flags, 0600);
}

uint64_t pack_size(int store, uint64_t account, uint32_t pack)
{
    char path[FOLDER_PATH];
    struct stat st;
    folder_path(path, "accounts/%" PRIu64 "/pack.%06" PRIu32, account, pack);
    return fstatat(store, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size
                                                               : 0;
}

int pack_remove(int store, uint64_t account, uint32_t pack)
{
    char path[FOLDER_PATH];
    folder_path(path, "accounts/%" PRIu64 "/pack.%06" PRIu32, account, pack);
    return unlinkat(store, path, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

int pack_each(int store, uint64_t account,
              int (*on_pack)(uint32_t pack, uint64_t size, void *arg), void *arg)
{
    char path[FOLDER_PATH];
    struct stat st;
    folder_path(path, "accounts/%" PRIu64, account);
    OWN(folder_list_close) DIR *d = NULL;
    int error = folder_list(store, path, &d);
    for (struct dirent *e; !error && (e = readdir(d));) {
        struct span name = span_of(e->d_name);
        uint64_t pack;
        if (!span_take(&name, SPAN("pack.")) ||
            !span_take_number(&name, UINT32_MAX, &pack) || name.len > 0)
            continue;
        if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return -errno;
        error = on_pack((uint32_t)pack, (uint64_t)st.st_size, arg);
    }
    return error;
}
