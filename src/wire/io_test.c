/* io - reads at once, reads on a thread, and what is not there. */
#include "test/unit.h"
#include "wire/io.h"
#include "wire/pair_test.h"

#include "base/fiber.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 300000 };

static char data[SIZE], got[SIZE];

static int open_file(void)
{
    char name[] = "/tmp/io_test.XXXXXX";
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    unlink(name);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (char)(i * 31 + i / 255);
    return fd;
}

/* On a fiber: write, read warm, read what the kernel had to forget. */
static void write_and_read(void *arg)
{
    int fd = *(int *)arg;
    CHECK_EQ_INT(io_write(fd, span_at(data, SIZE)), 0);
    CHECK_EQ_INT(io_read(fd, got, SIZE, 0), 0);
    CHECK(memcmp(got, data, SIZE) == 0);

    fdatasync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    memset(got, 0, SIZE);
    CHECK_EQ_INT(io_read(fd, got, SIZE - 1, 1), 0);
    CHECK(memcmp(got, data + 1, SIZE - 1) == 0);

    CHECK_EQ_INT(io_read(fd, got, 2, SIZE - 1), -EIO);
    CHECK_EQ_INT(io_read(fd, got, 1, SIZE + 10), -EIO);
    CHECK_EQ_INT(io_read(fd, got, 0, SIZE + 10), 0);
    CHECK_EQ_INT(io_write(fd, SPAN("tail")), 0);
    CHECK_EQ_INT(io_read(fd, got, 4, SIZE), 0);
    CHECK_SPAN(span_at(got, 4), "tail");
    CHECK_EQ_INT(io_read(-1, got, 1, 0), -EBADF);
    CHECK_EQ_INT(io_write(-1, SPAN("x")), -EBADF);
    *(int *)arg = -1;
    close(fd);
}

TEST(io_on_a_fiber)
{
    int fd = open_file();
    pair_begin();
    CHECK_EQ_INT(fiber_go(write_and_read, &fd), 0);
    for (int i = 0; i < 2000 && fiber_count() > 0; i++) {
        pair_turns(1);
        usleep(1000);
    }
    CHECK_EQ_INT(fd, -1);
    io_end();
    pair_end();
}

TEST(io_without_a_fiber)
{
    int fd = open_file();
    write_and_read(&fd);
    CHECK_EQ_INT(fd, -1);
    io_end();
}
