/* folder - see folder.h. */
#include "store/folder.h"

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
    COPY = 1 << 20,     /* octets copied at once */
    NAME_ATTEMPTS = 8,
};

__attribute__((format(printf, 2, 3))) static void put_path(char path_r[FOLDER_PATH],
                                                           const char *format, ...)
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

static void close_directory(DIR **d)
{
    if (*d)
        closedir(*d);
    *d = NULL;
}

static int open_directory(int store, const char *path, DIR **directory_r)
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

static bool is_dots(const char *name)
{
    return span_is(span_of(name), SPAN(".")) || span_is(span_of(name), SPAN(".."));
}

/* Everything in the directory, or in what is below it, goes. */
static int empty_directory(int at, const char *path, int depth)
{
    OWN(close_directory) DIR *d = NULL;
    int error = open_directory(at, path, &d);
    if (error)
        return error;
    for (struct dirent *e; !error && (e = readdir(d));) {
        if (is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
            continue;
        if ((errno != EISDIR && errno != EPERM) || depth == TREE_DEPTH_MAX)
            return -errno;
        error = empty_directory(dirfd(d), e->d_name, depth + 1);
        if (!error && unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) != 0)
            error = -errno;
    }
    return error;
}

static int sync_directory(int store, const char *path)
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
    int error = empty_directory(store, "large", TREE_DEPTH_MAX);
    return error ? error : empty_directory(store, "forgotten", 0);
}

static int make_directories(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    put_path(path, "accounts/%" PRIu64, account);
    int error = make(store, path);
    if (error)
        return error;
    put_path(path, "accounts/%" PRIu64 "/big", account);
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
    put_path(new_path, "accounts/%" PRIu64 "/index.new", account);
    error = write_new_index(store, new_path, index);
    if (error)
        return error;
    return renameat(store, new_path, store, path) == 0 ? 0 : -errno;
}

int folder_forget(int store, uint64_t account, uint64_t lsn)
{
    char from[FOLDER_PATH], to[FOLDER_PATH];
    put_path(from, "accounts/%" PRIu64, account);
    put_path(to, "forgotten/%" PRIu64 ".%" PRIu64, account, lsn);
    if (renameat(store, from, store, to) != 0)
        return errno == ENOENT ? 0 : -errno;
    int error = empty_directory(store, to, 1);
    if (!error && unlinkat(store, to, AT_REMOVEDIR) != 0)
        error = -errno;
    return error;
}

void folder_index_path(uint64_t account, char path_r[FOLDER_PATH])
{
    put_path(path_r, "accounts/%" PRIu64 "/index.db", account);
}

bool folder_has_packs(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    put_path(path, "accounts/%" PRIu64, account);
    OWN(close_directory) DIR *d = NULL;
    if (open_directory(store, path, &d) != 0)
        return false;
    for (struct dirent *e; (e = readdir(d));)
        if (span_starts_nocase(span_of(e->d_name), SPAN("pack.")))
            return true;
    return false;
}

int folder_each(int store, int (*on_account)(uint64_t account, void *arg), void *arg)
{
    OWN(close_directory) DIR *d = NULL;
    int error = open_directory(store, "accounts", &d);
    for (struct dirent *e; !error && (e = readdir(d));) {
        struct span name = span_of(e->d_name);
        uint64_t account;
        if (is_dots(e->d_name))
            continue;
        bool good = span_take_number(&name, UINT64_MAX, &account) && name.len == 0;
        error = good ? on_account(account, arg) : -EUCLEAN;
    }
    return error;
}

static void stuck_path(uint64_t account, char path_r[FOLDER_PATH])
{
    put_path(path_r, "accounts/%" PRIu64 "/stuck", account);
}

int folder_set_aside(int store, uint64_t account, struct span entry)
{
    char path[FOLDER_PATH];
    stuck_path(account, path);
    int error = make_directories(store, account);
    if (error)
        return error;
    OWN(fd_close) int fd = file_open(store, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    return fd < 0 ? fd : file_write_all(fd, entry);
}

bool folder_is_stuck(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    stuck_path(account, path);
    return faccessat(store, path, F_OK, 0) == 0;
}

/* ---- packs */

int pack_open(int store, uint64_t account, uint32_t pack, int flags)
{
    char path[FOLDER_PATH];
    put_path(path, "accounts/%" PRIu64 "/pack.%06" PRIu32, account, pack);
    return file_open(store, path, flags, 0600);
}

/* ---- large messages */

static void incoming_path(uint64_t name, char path_r[FOLDER_PATH])
{
    put_path(path_r, "large/%016" PRIx64, name);
}

static void large_path(uint64_t account, uint64_t name, char path_r[FOLDER_PATH])
{
    put_path(path_r, "accounts/%" PRIu64 "/big/%016" PRIx64, account, name);
}

/* A new file in large/ under a random name; it fits SQLite's signed integers. */
static int large_make(int store, uint64_t *name_r)
{
    int fd = -EEXIST;
    for (int i = 0; fd == -EEXIST && i < NAME_ATTEMPTS; i++) {
        char path[FOLDER_PATH];
        if (getrandom(name_r, sizeof *name_r, 0) != (ssize_t)sizeof *name_r)
            return -EIO;
        *name_r = (*name_r & INT64_MAX) | 1;
        incoming_path(*name_r, path);
        fd = file_open(store, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    }
    return fd;
}

static int write_durably(int store, int fd, struct span octets)
{
    int error = file_write_all(fd, octets);
    if (error)
        return error;
    if (fsync(fd) != 0)
        return -errno;
    return sync_directory(store, "large");
}

int large_write(int store, int sealed, uint64_t size, uint64_t *name_r, uint32_t *crc_r)
{
    const void *octets = sealed_map(sealed, size);
    if (!octets)
        return -EINVAL;
    OWN(fd_close) int fd = large_make(store, name_r);
    int error = fd < 0 ? fd : write_durably(store, fd, span_at(octets, size));
    if (!error)
        *crc_r = crc32c(0, octets, size);
    else if (fd >= 0)
        large_drop(store, *name_r);
    munmap((void *)(uintptr_t)octets, size);
    return error;
}

void large_drop(int store, uint64_t name)
{
    char path[FOLDER_PATH];
    incoming_path(name, path);
    unlinkat(store, path, 0); /* what stays is swept by the next recovery */
}

static void free_block(char **block)
{
    free(*block);
    *block = NULL;
}

static int copy_octets(int from, int to)
{
    OWN(free_block) char *block = malloc(COPY);
    if (!block)
        return -ENOMEM;
    ssize_t n;
    while ((n = read(from, block, COPY)) > 0) {
        int error = file_write_all(to, span_at(block, (size_t)n));
        if (error)
            return error;
    }
    return n < 0 ? -errno : 0;
}

/* Where the file system takes no more links: the next checkpoint syncs the copy. */
static int copy_file(int store, const char *from_path, const char *to_path)
{
    OWN(fd_close) int from = file_open(store, from_path, O_RDONLY, 0);
    if (from < 0)
        return from;
    OWN(fd_close) int to = file_open(store, to_path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (to < 0)
        return to;
    int error = copy_octets(from, to);
    if (error)
        unlinkat(store, to_path, 0);
    return error;
}

int large_link(int store, uint64_t account, uint64_t name)
{
    char from[FOLDER_PATH], to[FOLDER_PATH];
    incoming_path(name, from);
    large_path(account, name, to);
    if (linkat(store, from, store, to, 0) == 0 || errno == EEXIST)
        return 0;
    if (errno == EMLINK)
        return copy_file(store, from, to);
    if (errno == ENOENT && faccessat(store, to, F_OK, 0) == 0)
        return 0;
    return -errno;
}

int large_open(int store, uint64_t account, uint64_t name)
{
    char path[FOLDER_PATH];
    large_path(account, name, path);
    return file_open(store, path, O_RDONLY, 0);
}

int large_remove(int store, uint64_t account, uint64_t name)
{
    char path[FOLDER_PATH];
    large_path(account, name, path);
    return unlinkat(store, path, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

static int each_name(int store, const char *path,
                     int (*on_large)(uint64_t name, void *arg), void *arg)
{
    OWN(close_directory) DIR *d = NULL;
    int error = open_directory(store, path, &d);
    for (struct dirent *e; !error && (e = readdir(d));) {
        char *end;
        if (is_dots(e->d_name))
            continue;
        uint64_t name = strtoull(e->d_name, &end, 16);
        error = *end == '\0' ? on_large(name, arg) : -EUCLEAN;
    }
    return error;
}

int large_waiting_each(int store, int (*on_large)(uint64_t name, void *arg), void *arg)
{
    return each_name(store, "large", on_large, arg);
}

int large_each(int store, uint64_t account, int (*on_large)(uint64_t name, void *arg),
               void *arg)
{
    char path[FOLDER_PATH];
    put_path(path, "accounts/%" PRIu64 "/big", account);
    return each_name(store, path, on_large, arg);
}
