/* transcript_files - see transcript_files.h. */
#include "wire/transcript_files.h"

#include "base/own.h"
#include "base/ring.h"
#include "config/limits.h"
#include "os/files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = 32, SCAN_OCTETS = 256 << 10 };

static void file_name(uint64_t number, char name_r[NAME_SIZE])
{
    snprintf(name_r, NAME_SIZE, "wire.%" PRIu64, number);
}

static int open_number(int dir, uint64_t number, int flags)
{
    char name[NAME_SIZE];
    file_name(number, name);
    return file_open(dir, name, flags, 0600);
}

/* ---- which there are */

static void close_dir(DIR **stream)
{
    if (*stream)
        closedir(*stream);
}

static bool number_of(const char *name, uint64_t *number_r)
{
    struct span s = span_of(name);
    return span_take(&s, SPAN("wire.")) &&
           span_take_number(&s, UINT64_MAX / TRANSCRIPT_FILE - 1, number_r) &&
           s.len == 0 && *number_r > 0;
}

int transcript_range(int dir, struct transcript_range *range)
{
    *range = (struct transcript_range){ 0 };
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    OWN(close_dir) DIR *stream = fdopendir(fd);
    if (!stream) {
        close(fd);
        return -ENOMEM;
    }
    const struct dirent *entry;
    uint64_t number;
    while ((entry = readdir(stream))) {
        if (!number_of(entry->d_name, &number))
            continue;
        if (number > range->newest)
            range->newest = number;
        if (range->oldest == 0 || number < range->oldest)
            range->oldest = number;
    }
    return 0;
}

/* ---- reading */

/* How many octets at the front of these are whole records. */
static size_t whole_records(struct span octets)
{
    struct span rest = octets, text;
    struct record record;
    while (ring_take(&rest, &record, &text))
        ;
    return octets.len - rest.len;
}

/* Whole records at a place in a file; 0: none are there (or there is no such file). */
static ptrdiff_t read_file(int dir, uint64_t number, uint64_t at, char *out, size_t max)
{
    OWN(fd_close) int fd = open_number(dir, number, O_RDONLY);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    ssize_t n = pread(fd, out, max, (off_t)at);
    if (n < 0)
        return -errno;
    return (ptrdiff_t)whole_records(span_at(out, (size_t)n));
}

ptrdiff_t transcript_read(int dir, const struct transcript_range *range,
                          uint64_t *cursor, char *out, size_t max)
{
    uint64_t number = *cursor / TRANSCRIPT_FILE, at = *cursor % TRANSCRIPT_FILE;
    if (number < range->oldest) {
        number = range->oldest;
        at = 0;
    }
    for (; number <= range->newest && number > 0; number++, at = 0) {
        ptrdiff_t n = read_file(dir, number, at, out, max);
        if (n > 0)
            *cursor = number * TRANSCRIPT_FILE + at + (uint64_t)n;
        if (n != 0)
            return n;
    }
    return 0;
}

/* ---- writing */

/* Where the last whole record ends, and its time: a process may have died while it
 * wrote.  A block without a whole record is the end. */
static int find_end(int fd, struct transcript_files *f)
{
    char *block = malloc(SCAN_OCTETS);
    if (!block)
        return -ENOMEM;
    ssize_t n;
    struct record record;
    struct span rest, text;
    do {
        n = pread(fd, block, SCAN_OCTETS, (off_t)f->size);
        rest = span_at(block, n > 0 ? (size_t)n : 0);
        while (ring_take(&rest, &record, &text))
            f->newest_us = record.wall_us;
        f->size += (size_t)(rest.at - block);
    } while (rest.at > block);
    free(block);
    return n < 0 ? -EIO : 0;
}

int transcript_files_open(struct transcript_files *f, int dir)
{
    *f = (struct transcript_files){ .dir = dir, .fd = -1 };
    int error = transcript_range(dir, &f->range);
    if (error || f->range.newest == 0)
        return error;
    f->fd = open_number(dir, f->range.newest, O_WRONLY | O_APPEND);
    if (f->fd < 0)
        return f->fd;
    OWN(fd_close) int reading = open_number(dir, f->range.newest, O_RDONLY);
    if (reading < 0)
        return reading;
    error = find_end(reading, f);
    if (!error && ftruncate(f->fd, (off_t)f->size) < 0)
        error = -errno;
    return error;
}

void transcript_files_close(struct transcript_files *f)
{
    fd_close(&f->fd);
}

static void remove_oldest(struct transcript_files *f)
{
    char name[NAME_SIZE];
    while (f->range.newest - f->range.oldest >= TRANSCRIPT_FILES) {
        file_name(f->range.oldest++, name);
        unlinkat(f->dir, name, 0); /* one that cannot be removed is only too old */
    }
}

static int begin_next(struct transcript_files *f)
{
    uint64_t number = f->range.newest + 1;
    int fd = open_number(f->dir, number, O_WRONLY | O_APPEND | O_CREAT);
    if (fd < 0)
        return fd;
    fd_close(&f->fd);
    f->fd = fd;
    f->size = 0;
    f->range.newest = number;
    if (f->range.oldest == 0)
        f->range.oldest = number;
    remove_oldest(f);
    return 0;
}

int transcript_files_write(struct transcript_files *f, struct span records)
{
    assert(records.len <= TRANSCRIPT_FILE);
    int error = 0;
    if (f->fd < 0 || f->size + records.len > TRANSCRIPT_FILE)
        error = begin_next(f);
    if (error)
        return error;
    error = file_write_all(f->fd, records);
    if (!error)
        f->size += records.len;
    else if (ftruncate(f->fd, (off_t)f->size) < 0)
        f->size =
            TRANSCRIPT_FILE; /* half a record stays: a reader goes on in the next */
    return error;
}
