/* io - see io.h. */
#include "wire/io.h"

#include "base/work.h"
#include "config/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <unistd.h>

/* One transfer; on the fiber's stack, the thread's while it runs. */
struct transfer {
    int fd;
    char *into;
    struct span from;
    size_t size, done;
    off_t at;
    int error;
};

/* Opened with the first use: a front that never misses has no threads. */
static struct work_pool *pool;

void io_end(void)
{
    work_pool_close(&pool);
}

int io_run(void (*fn)(void *arg), void *arg)
{
    if (!pool)
        pool = work_pool_open("io", IO_THREADS, IO_QUEUE_MAX);
    return pool ? work_run(pool, fn, arg) : -ENOMEM;
}

bool io_soon(int fd, short events)
{
    struct pollfd p = { .fd = fd, .events = events };
    return !work_is_wanted(pool) && poll(&p, 1, IO_SOON_MS) > 0;
}

static int on_a_thread(void (*fn)(void *), struct transfer *t)
{
    int error = io_run(fn, t);
    return error ? error : t->error;
}

/* What came of one read of the rest; false: no more now. */
static bool account(struct transfer *t, ssize_t n)
{
    if (n > 0) {
        t->done += (size_t)n;
        return true;
    }
    if (n < 0 && errno == EINTR)
        return true;
    t->error = n < 0 ? -errno : -EIO;
    return false;
}

static void read_cached(struct transfer *t)
{
    while (t->done < t->size) {
        struct iovec rest = { t->into + t->done, t->size - t->done };
        ssize_t n = preadv2(t->fd, &rest, 1, t->at + (off_t)t->done, RWF_NOWAIT);
        if (!account(t, n))
            return;
    }
}

static void read_all(void *arg)
{
    struct transfer *t = arg;
    t->error = 0;
    while (t->done < t->size) {
        ssize_t n =
            pread(t->fd, t->into + t->done, t->size - t->done, t->at + (off_t)t->done);
        if (!account(t, n))
            return;
    }
}

static void write_all(void *arg)
{
    struct transfer *t = arg;
    while (t->done < t->size) {
        ssize_t n = write(t->fd, t->from.at + t->done, t->size - t->done);
        if (!account(t, n))
            return;
    }
}

int io_read(int fd, void *octets_r, size_t size, off_t at)
{
    struct transfer t = { .fd = fd, .into = octets_r, .size = size, .at = at };
    read_cached(&t);
    if (t.error == -EAGAIN || t.error == -EOPNOTSUPP)
        return on_a_thread(read_all, &t);
    return t.error;
}

int io_write(int fd, struct span octets)
{
    struct transfer t = { .fd = fd, .from = octets, .size = octets.len };
    return octets.len > 0 ? on_a_thread(write_all, &t) : 0;
}
