/*
 * data_file - see data.h: from files and to files.
 *
 * A step of some megabytes runs on a thread of wire/io.h, which has the socket and the
 * file for itself meanwhile and never waits for the peer: what it needs is moved within
 * the kernel, or read and written in large pieces.  The fiber waits for the socket in
 * between.  The loop goes on telling the wire what has become possible; so readiness is
 * cleared before a step, and what was told during it counts.
 */
#include "wire/data_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "wire/io.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE = 256 << 10, QUEUE_PAUSE_MS = 2 };

struct step {
    struct wire *wire;
    int file;
    off_t at;
    uint64_t most, done;
    struct span input; /* that was read before */
    int error;
    bool blocked; /* the socket takes, or has, no more now */
    bool ended;   /* the peer's end was read */
};

/* ---- on a thread */

/* What a call has moved; false: no more in this step. */
static bool account(struct step *s, ssize_t n)
{
    if (n > 0) {
        s->done += (uint64_t)n;
        return true;
    }
    if (n < 0 && errno == EINTR)
        return true;
    s->blocked = n < 0 && errno == EAGAIN;
    if (n < 0 && !s->blocked)
        s->error = -errno;
    return false;
}

static void send_plain(void *arg)
{
    struct step *s = arg;
    while (s->done < s->most) {
        ssize_t n = sendfile(s->wire->fd, s->file, &s->at, (size_t)(s->most - s->done));
        if (n == 0)
            s->error = -EIO;
        if (!account(s, n))
            return;
    }
}

static int write_at(int file, struct span octets, off_t at)
{
    while (octets.len > 0) {
        ssize_t n = pwrite(file, octets.at, octets.len, at);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            octets = span_skip(octets, (size_t)n);
            at += n;
        }
    }
    return 0;
}

static void write_held(void *arg)
{
    struct step *s = arg;
    s->error = write_at(s->file, s->input, s->at);
}

static void receive_plain(void *arg)
{
    struct step *s = arg;
    char *octets = malloc(RECEIVE);
    if (!octets)
        s->error = -ENOMEM;
    while (!s->error && s->done < s->most) {
        size_t room =
            s->most - s->done < RECEIVE ? (size_t)(s->most - s->done) : (size_t)RECEIVE;
        ssize_t n = recv(s->wire->fd, octets, room, MSG_DONTWAIT);
        if (n > 0)
            s->error =
                write_at(s->file, span_at(octets, (size_t)n), s->at + (off_t)s->done);
        s->ended = n == 0;
        if (s->error || !account(s, n))
            break;
    }
    free(octets);
}

/* ---- on the fiber */

/* Runs a step; waits when there are too many already. */
static int run(void (*fn)(void *), struct step *s)
{
    int error;
    while ((error = io_run(fn, s)) == -EAGAIN)
        if (fiber_sleep(QUEUE_PAUSE_MS * CLOCK_MS) != 0)
            return -ECANCELED;
    return error ? error : s->error;
}

static int await(struct data *d, uint8_t what)
{
    struct wire *w = d->wire;
    uint64_t deadline = clock_in(d->settings.idle_time);
    const bool *ready = what == LOOP_READ ? &w->readable : &w->writable;
    while (!data_trouble(d) && !*ready) {
        int error = connection_wait(w, what, deadline);
        if (error)
            connection_fail(w, error, MUTE);
    }
    return data_trouble(d);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int data_send_file(struct data *d, int fd, off_t offset, uint64_t length,
                   uint64_t *sent)
{
    uint64_t done = 0;
    int error = data_trouble(d);
    if (!error && !wire_flush(d->wire))
        error = d->wire->error;
    while (!error && done < length) {
        struct step s = { .wire = d->wire,
                          .file = fd,
                          .at = offset + (off_t)done,
                          .most = least(length - done, DATA_STEP) };
        d->wire->writable = false;
        error = run(send_plain, &s);
        done += s.done;
        *sent += s.done;
        if (!s.blocked)
            d->wire->writable = true;
        if (!error)
            error = await(d, LOOP_WRITE);
    }
    return error;
}

/* What data_fill has read and nobody has consumed. */
static int write_input(struct data *d, int fd, off_t offset, uint64_t limit,
                       uint64_t *done_r)
{
    struct span input = wire_input(d->wire);
    struct step s = { .file = fd,
                      .at = offset,
                      .input = span_first(input, (size_t)least(input.len, limit)) };
    if (s.input.len == 0)
        return 0;
    int error = run(write_held, &s);
    if (!error) {
        wire_consume(d->wire, s.input.len);
        *done_r += s.input.len;
    }
    return error;
}

int data_receive_file(struct data *d, int fd, off_t offset, uint64_t limit,
                      uint64_t *received)
{
    uint64_t done = 0;
    int error = data_trouble(d);
    if (!error)
        error = write_input(d, fd, offset, limit, &done);
    *received += done;
    while (!error && !d->ended && done < limit) {
        error = await(d, LOOP_READ);
        if (error)
            break;
        struct step s = { .wire = d->wire,
                          .file = fd,
                          .at = offset + (off_t)done,
                          .most = least(limit - done, DATA_STEP) };
        d->wire->readable = false;
        error = run(receive_plain, &s);
        done += s.done;
        *received += s.done;
        d->ended = s.ended;
        if (!s.blocked)
            d->wire->readable = true;
    }
    return error;
}
