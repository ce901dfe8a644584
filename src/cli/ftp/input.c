/* input - see input.h. */
#include "cli/ftp/input.h"

#include "base/clock.h"
#include "base/fiber.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

static void on_ready(void *input, unsigned ready)
{
    (void)ready;
    fiber_wake(((struct input *)input)->reader);
}

/* A file never lets one wait, and cannot be watched. */
static bool may_wait(int fd)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 &&
           (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode) || isatty(fd));
}

int input_open(struct input *in, struct shell *shell, int fd)
{
    *in = (struct input){ .shell = shell, .fd = fd };
    in->watch = (struct watch){ .on_ready = on_ready, .arg = in };
    int error = may_wait(fd) ? loop_watch(&in->watch, fd) : 0;
    in->is_watched = may_wait(fd) && !error;
    return error;
}

void input_close(struct input *in)
{
    if (in->is_watched)
        loop_unwatch(&in->watch);
    in->is_watched = false;
}

ssize_t input_read(struct input *in, void *at, size_t size)
{
    struct pollfd p = { .fd = in->fd, .events = POLLIN };
    in->reader = fiber_self();
    while (in->is_watched && poll(&p, 1, 0) == 0) {
        if (shell_interrupted(in->shell))
            return -EINTR;
        fiber_park(CLOCK_NEVER);
    }
    ssize_t n = read(in->fd, at, size);
    return n < 0 ? -errno : n;
}
