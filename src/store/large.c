/* large - files of large messages: in large/ and in each account's big/; see folder.h. */
#include "store/folder_inside.h"

#include "base/own.h"
#include "os/files.h"
#include "store/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    COPY = 1 << 20, /* octets copied at once */
    NAME_ATTEMPTS = 8,
};

static void incoming_path(uint64_t name, char path_r[FOLDER_PATH])
{
    folder_path(path_r, "large/%016" PRIx64, name);
}

static void large_path(uint64_t account, uint64_t name, char path_r[FOLDER_PATH])
{
    folder_path(path_r, "accounts/%" PRIu64 "/big/%016" PRIx64, account, name);
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
    return folder_sync(store, "large");
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
    OWN(folder_list_close) DIR *d = NULL;
    int error = folder_list(store, path, &d);
    for (struct dirent *e; !error && (e = readdir(d));) {
        char *end;
        if (folder_is_dots(e->d_name))
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
    folder_path(path, "accounts/%" PRIu64 "/big", account);
    return each_name(store, path, on_large, arg);
}
