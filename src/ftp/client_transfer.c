/*
 * client_transfer - files, there and back: one try, and another where the first one was
 * cut short.
 */
#include "ftp/client_data.h"

#include "base/clock.h"
#include "base/fiber.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the local side */

static int write_local(struct ftp_transfer *t, struct span octets)
{
    if (t->fd < 0)
        return t->on_octets ? t->on_octets(t->arg, octets) : 0;
    uint64_t at = t->octets_r;
    while (octets.len > 0) {
        ssize_t n = pwrite(t->fd, octets.at, octets.len, (off_t)at);
        if (n < 0 && errno != EINTR)
            return -errno;
        at += n > 0 ? (uint64_t)n : 0;
        octets = span_skip(octets, n > 0 ? (size_t)n : 0);
    }
    return 0;
}

static void progress(struct ftp_transfer *t, size_t n)
{
    t->octets_r += n;
    if (t->on_progress)
        t->on_progress(t->arg, t->octets_r);
}

static int local_fail(struct ftp_client *c, struct data_way *way, int error)
{
    client_data_lost(c, way, error, "");
    return client_fail(c, error, "The local file: %s.", strerror(-error));
}

int ftp_local_file(int dir, const char *name, bool fresh)
{
    if (!name_is_single(span_of(name)))
        return -EINVAL;
    int fd =
        openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    struct stat st;
    int error = fd < 0                           ? -errno
                : fstat(fd, &st) != 0            ? -errno
                : !S_ISREG(st.st_mode)           ? -ENXIO
                : fresh && ftruncate(fd, 0) != 0 ? -errno
                                                 : 0;
    if (error && fd >= 0)
        close(fd);
    return error ? error : fd;
}

/* ---- RETR */

/* 0: the data begin where we have got to; else they begin with the file, and *skip_r
 * octets of them are known. */
static int restart(struct ftp_client *c, struct ftp_transfer *t, uint64_t *skip_r)
{
    *skip_r = 0;
    if (t->octets_r == 0)
        return 0;
    int error =
        c->no_rest ? 0 : client_ask(c, "REST %llu", (unsigned long long)t->octets_r);
    if (error)
        return error;
    if (!c->no_rest && c->reply.code == 350)
        return 0;
    c->no_rest = true;
    *skip_r = t->octets_r;
    return 0;
}

static int take_octets(struct ftp_client *c, struct ftp_transfer *t, uint64_t skip)
{
    while (wire_fill(c->data)) {
        struct span octets = wire_input(c->data);
        size_t all = octets.len;
        size_t known = skip < all ? (size_t)skip : all;
        skip -= known;
        octets = span_skip(octets, known);
        int error = write_local(t, octets);
        if (error)
            return error;
        progress(t, octets.len);
        wire_consume(c->data, all);
    }
    return 0;
}

/* What was promised must have come, where the server says that all is well. */
static int judge_size(struct ftp_client *c, const struct ftp_transfer *t)
{
    if (t->size == FTP_SIZE_UNKNOWN || t->ascii || (uint64_t)t->size == t->octets_r)
        return 0;
    bool fewer = t->octets_r < (uint64_t)t->size;
    client_fail(c, -EPROTO,
                "%s: %s octets came than the server said it has (%llu of %lld): did it "
                "change meanwhile? Get it again.",
                t->path, fewer ? "fewer" : "more", (unsigned long long)t->octets_r,
                (long long)t->size);
    return -EPROTO;
}

static int get_once(struct ftp_client *c, struct ftp_transfer *t)
{
    struct data_way way = { .listener = -1 };
    uint64_t skip;
    int error = client_ready(c);
    if (!error)
        error = client_data_prepare(c, &way, t->ascii ? 'A' : 'I');
    if (!error)
        error = restart(c, t, &skip);
    if (!error)
        error = client_data_begin(c, &way, "RETR", t->path);
    if (error) {
        client_data_close(c, &way);
        return error;
    }
    error = take_octets(c, t, skip);
    if (error)
        return local_fail(c, &way, error);
    if (wire_error(c->data) != -ENODATA)
        return client_data_lost(c, &way, wire_error(c->data), t->path);
    if (t->more)
        client_data_ahead(c);
    error = client_data_end(c, &way, "RETR", t->path);
    return error ? error : judge_size(c, t);
}

/* ---- STOR, APPE */

static int give_octets(struct ftp_client *c, struct ftp_transfer *t)
{
    if (!c->block)
        c->block = malloc(FTP_BLOCK);
    if (!c->block)
        return -ENOMEM;
    for (;;) {
        ssize_t n = pread(t->fd, c->block, FTP_BLOCK, (off_t)t->octets_r);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        wire_put(c->data, span_at(c->block, (size_t)n));
        if (!wire_flush(c->data))
            return 0;
        progress(t, (size_t)n);
    }
}

static int put_once(struct ftp_client *c, struct ftp_transfer *t)
{
    struct data_way way = { .listener = -1 };
    const char *verb = t->append ? "APPE" : "STOR";
    uint64_t skip = 0;
    int error = client_ready(c);
    if (!error)
        error = client_data_prepare(c, &way, t->ascii ? 'A' : 'I');
    if (!error && !t->append)
        error = restart(c, t, &skip);
    if (!error && skip > 0)
        t->octets_r = 0;
    if (!error)
        error = client_data_begin(c, &way, verb, t->path);
    if (error) {
        client_data_close(c, &way);
        return error;
    }
    error = give_octets(c, t);
    if (error)
        return local_fail(c, &way, error);
    if (wire_error(c->data))
        return client_data_lost(c, &way, wire_error(c->data), t->path);
    return client_data_end(c, &way, verb, t->path);
}

/* ---- again and again */

typedef int transfer_once(struct ftp_client *, struct ftp_transfer *);

static int wait_before(struct ftp_client *c, unsigned tried)
{
    unsigned seconds = tried < 5 ? 1u << tried : FTP_BACK_OFF_MOST_SECONDS;
    client_note(c, "%s Trying again in %u s.", c->error, seconds);
    uint64_t until = clock_in(seconds * CLOCK_SECOND);
    int ended;
    do {
        ended = client_park(c, until);
    } while (ended == 0 && clock_now() < until);
    return ended == -ECANCELED ? client_fail(c, ended, "%s", "") : 0;
}

static int persist(struct ftp_client *c, struct ftp_transfer *t, transfer_once *once)
{
    int error = client_path(c, t->path);
    t->octets_r = t->offset;
    if (error)
        return error;
    for (unsigned tried = 0;;) {
        uint64_t before = t->octets_r;
        error = once(c, t);
        if (!error || !client_is_lost(c, error))
            return error;
        tried = t->octets_r > before ? 0 : tried + 1;
        if (tried >= c->options.tries || wait_before(c, tried) != 0)
            return c->cancelled ? -ECANCELED : error;
    }
}

int ftp_get(struct ftp_client *c, struct ftp_transfer *t)
{
    client_begin(c);
    return client_end(c, persist(c, t, get_once));
}

int ftp_put(struct ftp_client *c, struct ftp_transfer *t)
{
    client_begin(c);
    return client_end(c, persist(c, t, put_once));
}
