/* errand - see errand.h. */
#include "cli/ftp/errand.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- progress */

struct watched {
    struct shell *shell;
    struct progress progress;
};

static void on_progress(void *watched, uint64_t octets)
{
    struct watched *w = watched;
    progress_is(&w->shell->screen, &w->progress, octets);
}

static struct ftp_transfer prepare(const struct call *c, const struct errand *e, int fd,
                                   struct watched *w)
{
    return (struct ftp_transfer){
        .path = e->remote,
        .fd = fd,
        .size = e->size == PROGRESS_UNKNOWN ? FTP_SIZE_UNKNOWN : (int64_t)e->size,
        .ascii = c->shell->ascii,
        .check = e->check,
        .more = e->more,
        .on_progress = on_progress,
        .arg = w,
    };
}

static int run(struct call *c, struct ftp_client *client, struct errand *e,
               struct ftp_transfer *t,
               int (*transfer)(struct ftp_client *, struct ftp_transfer *))
{
    struct watched *w = t->arg;
    w->shell = c->shell;
    progress_begin(&c->shell->screen, &w->progress, span_of(e->remote),
                   t->size < 0 ? PROGRESS_UNKNOWN : (uint64_t)t->size, t->offset);
    int error = transfer(client, t);
    progress_end(&c->shell->screen, &w->progress);
    e->octets_r = t->octets_r > t->offset ? t->octets_r - t->offset : 0;
    if (error)
        call_met(c, client, error, e->remote);
    else if (t->check && !t->checked_r)
        shell_note(c->shell, "%s: the server has no checksum to compare", e->remote);
    return error;
}

/* ---- the file here */

static int say_local(struct call *c, const struct errand *e, int error)
{
    call_fail(c, "%s%s%s: %s", e->directory, *e->directory ? "/" : "", e->local,
              error == -EINVAL  ? "that is no name of a file; say another"
              : error == -ELOOP ? "a link stands there, and is not followed"
                                : strerror(-error));
    return error;
}

/* The directory; what has to be closed behind it, or -1. */
static int open_directory(const struct errand *e, int *opened_r)
{
    *opened_r = *e->directory ? dir_open(e->top, e->directory) : -1;
    return *e->directory ? *opened_r : e->top;
}

static int open_to_write(const struct errand *e)
{
    int fresh = e->resume ? 0 : O_TRUNC;
    if (e->top == AT_FDCWD)
        return file_open(AT_FDCWD, e->local, O_RDWR | O_CREAT | fresh, 0666);
    OWN(fd_close) int opened = -1;
    int dir = open_directory(e, &opened);
    return dir < 0 ? dir : ftp_local_file(dir, e->local, !e->resume);
}

static int open_to_read(const struct errand *e)
{
    if (e->top == AT_FDCWD)
        return file_open(AT_FDCWD, e->local, O_RDONLY, 0);
    OWN(fd_close) int opened = -1;
    int dir = open_directory(e, &opened);
    return dir < 0 ? dir : file_open(dir, e->local, O_RDONLY, 0);
}

static int size_of_file(int fd, uint64_t *size_r, int64_t *time_r)
{
    struct stat facts;
    if (fstat(fd, &facts) < 0)
        return -errno;
    *size_r = (uint64_t)facts.st_size;
    *time_r = facts.st_mtime;
    return 0;
}

/* Where to go on; 1: there is nothing left to do. */
static int find_offset(struct call *c, const struct errand *e, uint64_t have,
                       uint64_t whole, uint64_t *offset_r)
{
    *offset_r = have;
    if (whole == PROGRESS_UNKNOWN || have < whole)
        return 0;
    if (have == whole)
        return 1;
    call_fail(c, "%s: more is here already than there; without -c it begins anew",
              e->remote);
    return -EEXIST;
}

/* ---- there and back */

int errand_get(struct call *c, struct ftp_client *client, struct errand *e)
{
    struct watched w;
    OWN(fd_close) int fd = open_to_write(e);
    struct ftp_transfer t = prepare(c, e, fd, &w);
    int64_t time;
    int error = fd < 0 ? fd : 0;
    if (!error && e->resume)
        error = size_of_file(fd, &t.offset, &time);
    if (error)
        return say_local(c, e, error);
    if (t.offset > 0)
        error = find_offset(c, e, t.offset, e->size, &t.offset);
    if (error)
        return error < 0 ? error : 0;
    error = run(c, client, e, &t, ftp_get);
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                       { .tv_sec = e->time } };
    if (!error && e->time != INT64_MIN && futimens(fd, times) < 0)
        return say_local(c, e, -errno);
    return error;
}

/* The server may not have the command: that is no failure. */
static int tell_time(struct call *c, struct ftp_client *client, struct errand *e,
                     int64_t time)
{
    int error = ftp_set_time(client, e->remote, time);
    e->no_times_r = error == -EOPNOTSUPP;
    if (!error || error != -ECANCELED)
        return 0;
    call_met(c, client, error, e->remote);
    return error;
}

int errand_put(struct call *c, struct ftp_client *client, struct errand *e)
{
    struct watched w;
    OWN(fd_close) int fd = open_to_read(e);
    struct ftp_transfer t = prepare(c, e, fd, &w);
    int64_t time = 0;
    int error = fd < 0 ? fd : size_of_file(fd, &e->size, &time);
    if (error)
        return say_local(c, e, error);
    t.size = (int64_t)e->size;
    t.append = e->append;
    uint64_t there = 0;
    if (e->resume)
        error = ftp_size(client, e->remote, &there);
    if (error && error != -ENOENT) {
        call_met(c, client, error, e->remote);
        return error;
    }
    if (there > 0)
        error = find_offset(c, e, there, e->size, &t.offset);
    if (there > 0 && error)
        return error < 0 ? error : 0;
    error = run(c, client, e, &t, ftp_put);
    return error || !e->keep_time ? error : tell_time(c, client, e, time);
}
