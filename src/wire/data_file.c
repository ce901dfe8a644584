/*
 * data_file - see data.h: from files and to files.
 *
 * A step of some megabytes runs on a thread of wire/io.h, which has the socket and the
 * file for itself meanwhile and hardly waits for the peer (io_soon): what it needs is moved within
 * the kernel, or read and written in large pieces.  The fiber waits for the socket in
 * between.  The loop goes on telling the wire what has become possible; so readiness is
 * cleared before a step, and what was told during it counts.
 */
#include "wire/data_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "wire/io.h"
#include "wire/tls_data.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PIECE = 256 << 10,
    CLEAR = 32 << 10, /* what is to be enciphered is still in the cache then */
    QUEUE_PAUSE_MS = 2
};

struct step {
    struct wire *wire;
    int file;
    off_t at;
    uint64_t most, done;
    struct span input; /* that was read before */
    int error;
    unsigned long reason; /* OpenSSL's, when that is -EPROTO */
    short events;         /* what the socket is waited for */
    bool blocked;         /* the socket takes, or has, no more now */
    bool ended;           /* the peer's end was read */
};

/* ---- on a thread */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What a call has moved; false: no more in this step. */
static bool account(struct step *s, ssize_t n)
{
    if (n > 0) {
        s->done += (uint64_t)n;
        return true;
    }
    int error = n < 0 ? errno : 0;
    if (error == EINTR || (error == EAGAIN && io_soon(s->wire->fd, s->events)))
        return true;
    s->blocked = error == EAGAIN;
    if (error && !s->blocked)
        s->error = -error;
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

static ssize_t receive(struct step *s, char *octets_r, size_t size)
{
    if (s->wire->tls)
        return tls_read_away(s->wire, octets_r, size, &s->reason);
    return recv(s->wire->fd, octets_r, size, MSG_DONTWAIT);
}

/* Fills a piece as far as the socket can: TLS gives a record at a time. */
static size_t receive_piece(struct step *s, char *octets_r, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = receive(s, octets_r + len, size - len);
        s->ended = n == 0;
        if (n == 0 || !account(s, n))
            break;
        if (n > 0)
            len += (size_t)n;
    }
    return len;
}

static void receive_file(void *arg)
{
    struct step *s = arg;
    char *octets = malloc(PIECE);
    if (!octets)
        s->error = -ENOMEM;
    while (s->done < s->most && !s->error && !s->blocked && !s->ended) {
        off_t at = s->at + (off_t)s->done;
        size_t len = receive_piece(s, octets, (size_t)least(s->most - s->done, PIECE));
        int error = write_at(s->file, span_at(octets, len), at);
        if (error)
            s->error = error;
    }
    free(octets);
}

/* The same octets again when a record waits: OpenSSL has it, and wants to hear of no
 * others. */
static bool send_piece(struct step *s, struct span piece)
{
    while (piece.len > 0) {
        bool more = s->done + piece.len < s->most;
        ssize_t n = tls_write_away(s->wire, piece, more, &s->reason);
        if (!account(s, n))
            return false;
        if (n > 0)
            piece = span_skip(piece, (size_t)n);
    }
    return true;
}

static void send_enciphered(void *arg)
{
    struct step *s = arg;
    char *octets = malloc(CLEAR);
    if (!octets)
        s->error = -ENOMEM;
    while (!s->error && s->done < s->most) {
        size_t size = (size_t)least(s->most - s->done, CLEAR);
        ssize_t n = pread(s->file, octets, size, s->at + (off_t)s->done);
        if (n <= 0)
            s->error = n == 0 ? -EIO : errno == EINTR ? 0 : -errno;
        else if (!send_piece(s, span_at(octets, (size_t)n)))
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
    if (!error && s->error == -EPROTO && s->wire)
        tls_note_reason(s->wire, s->reason);
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

/* A small one: read at once, if it is in memory, and said. */
static int send_small(struct data *d, int fd, off_t offset, size_t length,
                      uint64_t *sent)
{
    char octets[DATA_SMALL];
    int error = io_read(fd, octets, length, offset);
    if (!error)
        error = data_put(d, span_at(octets, length));
    if (!error && !wire_flush(d->wire))
        error = d->wire->error;
    *sent += error ? 0 : length;
    return error;
}

int data_send_file(struct data *d, int fd, off_t offset, uint64_t length,
                   uint64_t *sent)
{
    uint64_t done = 0;
    int error = data_trouble(d);
    if (!error && length <= DATA_SMALL)
        return send_small(d, fd, offset, (size_t)length, sent);
    if (!error && !wire_flush(d->wire))
        error = d->wire->error;
    while (!error && done < length) {
        struct step s = { .wire = d->wire,
                          .file = fd,
                          .at = offset + (off_t)done,
                          .events = POLLOUT,
                          .most = least(length - done, DATA_STEP) };
        d->wire->writable = false;
        error = run(d->wire->tls ? send_enciphered : send_plain, &s);
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
                          .events = POLLIN,
                          .most = least(limit - done, DATA_STEP) };
        d->wire->readable = false;
        error = run(receive_file, &s);
        done += s.done;
        *received += s.done;
        d->ended = s.ended;
        if (!s.blocked)
            d->wire->readable = true;
    }
    if (!error && d->ended)
        error = data_check_end(d);
    return error;
}
