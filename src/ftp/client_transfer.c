/*
 * client_transfer - files, there and back: one try, and another where the first one was
 * cut short.
 */
#include "ftp/client_hash.h"
#include "ftp/client_octets.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "wire/data.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int ftp_local_file(int dir, const char *name, bool fresh)
{
    if (!name_is_single(span_of(name)))
        return -EINVAL;
    int fd =
        openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    struct stat st = { 0 };
    int error = fd < 0 || fstat(fd, &st) != 0 ? -errno : 0;
    if (!error && !S_ISREG(st.st_mode))
        error = -ENXIO;
    if (!error && fresh && st.st_size > 0 && ftruncate(fd, 0) != 0)
        error = -errno;
    if (error && fd >= 0)
        close(fd);
    return error ? error : fd;
}

/* ---- REST, RFC 3659 §5 */

/* 0: the data begin where we have got to; else they begin with the file, and *skip_r
 * octets of them are known. */
static int restart(struct ftp_client *c, struct ftp_transfer *t, uint64_t *skip_r)
{
    *skip_r = 0;
    if (t->ascii)
        t->octets_r = 0;
    if (t->octets_r == 0)
        return 0;
    if (!c->no_rest) {
        int error = client_ask(c, "REST %llu", (unsigned long long)t->octets_r);
        if (error)
            return error;
        c->no_rest = c->reply.code != 350;
    }
    *skip_r = c->no_rest ? t->octets_r : 0;
    return 0;
}

static int prepare(struct ftp_client *c, struct ftp_transfer *t, struct data_way *way)
{
    *way = (struct data_way){ .listener = -1 };
    int error = client_ready(c);
    return error ? error : client_data_prepare(c, way, t->ascii ? 'A' : 'I');
}

/* ---- one try */

/* What was promised must have come, where the server says that all is well. */
static int judge_size(struct ftp_client *c, const struct ftp_transfer *t)
{
    if (t->size == FTP_SIZE_UNKNOWN || t->ascii || (uint64_t)t->size == t->octets_r)
        return 0;
    return client_fail(c, -EPROTO,
                       "%s: %llu octets came, and the server had said it has %lld. Did "
                       "it "
                       "change meanwhile? Get it again.",
                       t->path, (unsigned long long)t->octets_r, (long long)t->size);
}

static int judge_too_long(struct ftp_client *c, struct data_way *way,
                          const struct ftp_transfer *t)
{
    client_data_close(c, way);
    client_hang_up(c);
    c->gave_up = true;
    return judge_size(c, t);
}

static int get_once(struct ftp_client *c, struct ftp_transfer *t)
{
    struct data_way way;
    uint64_t skip;
    int error = prepare(c, t, &way);
    if (!error)
        error = restart(c, t, &skip);
    if (!error)
        error = client_data_begin(c, &way, "RETR", t->path);
    if (error) {
        client_data_close(c, &way);
        return error;
    }
    error = octets_receive(c, t, skip);
    if (error)
        return octets_failed(c, &way, t, error);
    if (!data_is_ended(c->data)) /* it has lied; how long would it go on? */
        return judge_too_long(c, &way, t);
    if (t->more)
        client_data_ahead(c);
    error = client_data_end(c, &way, "RETR", t->path);
    if (!error)
        error = judge_size(c, t);
    return error ? error : hash_check(c, t);
}

/* An upload goes on behind what the server has, which may be less than we have sent: it
 * knows best. */
static int look_there(struct ftp_client *c, struct ftp_transfer *t)
{
    uint64_t size;
    if (t->octets_r == t->offset || t->ascii)
        return 0;
    int error = client_ask(c, "SIZE %s", t->path);
    struct span text = ftp_reply_text(c);
    if (error)
        return error;
    bool known = c->reply.code == 213 && span_take_number(&text, INT64_MAX, &size);
    if (known && size >= t->offset && size < t->octets_r)
        t->octets_r = size;
    else if (!known || size < t->offset)
        t->octets_r = t->offset;
    return 0;
}

/* APPE where a server has no REST for STOR: the same, where the file ends where we are. */
static int put_once(struct ftp_client *c, struct ftp_transfer *t)
{
    struct data_way way;
    uint64_t skip = 0;
    const char *verb = t->append ? "APPE" : "STOR";
    bool again = t->octets_r > t->offset;
    int error = prepare(c, t, &way);
    if (!error && again)
        error = look_there(c, t);
    if (!error && t->append && again)
        error =
            client_fail(c, -EREMOTEIO,
                        "%s: the connection was lost while appending; look how much "
                        "has been appended before you try again.",
                        t->path);
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
    error = octets_send(c, t);
    if (error)
        return octets_failed(c, &way, t, error);
    error = client_data_end(c, &way, verb, t->path);
    return error ? error : hash_check(c, t);
}

/* ---- again and again */

typedef int transfer_once(struct ftp_client *, struct ftp_transfer *);

static int wait_before(struct ftp_client *c, unsigned tried)
{
    unsigned seconds = tried < 6 ? 1u << (tried - 1) : FTP_BACK_OFF_MOST_SECONDS;
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
    t->checked_r = false;
    for (unsigned tried = 0; !error;) {
        uint64_t before = t->octets_r;
        error = once(c, t);
        if (!error || !client_is_lost(c, error))
            return error;
        tried = t->octets_r > before ? 1 : tried + 1;
        if (tried >= c->options.tries)
            return error;
        error = wait_before(c, tried);
    }
    return error;
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
