/*
 * memory - files.h's sealed and shared memory, over memfd_create(2) and its seals.
 */
#include "os/files.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux 6.3 warns of a memfd that does not say whether it may be executed. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum {
    SEALS_SIZE = F_SEAL_SHRINK | F_SEAL_GROW,
    SEALS_CONTENT = SEALS_SIZE | F_SEAL_WRITE,
};

int sealed_open(const char *name)
{
    static bool old_kernel;
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = old_kernel ? -1 : memfd_create(name, flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && (old_kernel || errno == EINVAL)) {
        old_kernel = true;
        fd = memfd_create(name, flags);
    }
    return fd < 0 ? -errno : fd;
}

int sealed_finish(int fd)
{
    return fcntl(fd, F_ADD_SEALS, SEALS_CONTENT | F_SEAL_SEAL) < 0 ? -errno : 0;
}

int sealed_copy(const char *name, struct span content)
{
    OWN(fd_close) int fd = sealed_open(name);
    if (fd < 0)
        return fd;
    int error = file_write_at(fd, content, 0);
    if (!error)
        error = sealed_finish(fd);
    if (error)
        return error;
    return fd_take(&fd);
}

static bool has_seals(int fd, int wanted)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
}

bool sealed_is(int fd)
{
    return has_seals(fd, SEALS_CONTENT);
}

static bool may_map(int fd, size_t size, int seals)
{
    struct stat st;
    return size > 0 && has_seals(fd, seals) && fstat(fd, &st) == 0 &&
           (uint64_t)st.st_size >= size;
}

static void *map(int fd, size_t size, int protection, int seals)
{
    if (!may_map(fd, size, seals))
        return NULL;
    void *at = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

const void *sealed_map(int fd, size_t size)
{
    return map(fd, size, PROT_READ, SEALS_CONTENT);
}

bool sealed_map_over(const void *at, int fd, size_t size)
{
    return may_map(fd, size, SEALS_CONTENT) &&
           mmap((void *)(uintptr_t)at, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
                0) == at;
}

void sealed_unmap(const void *at, size_t size)
{
    munmap((void *)(uintptr_t)at, size);
}

int shared_open(const char *name, size_t size)
{
    OWN(fd_close) int fd = sealed_open(name);
    if (fd < 0)
        return fd;
    if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, SEALS_SIZE) < 0)
        return -errno;
    return fd_take(&fd);
}

void *shared_map(int fd, size_t size)
{
    return map(fd, size, PROT_READ | PROT_WRITE, SEALS_SIZE);
}

const void *shared_map_to_read(int fd, size_t size)
{
    return map(fd, size, PROT_READ, SEALS_SIZE);
}

int shared_writers_end(int fd)
{
    int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}
