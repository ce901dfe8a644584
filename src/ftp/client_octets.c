/* client_octets - see client_octets.h. */
#include "ftp/client_octets.h"

#include "base/clock.h"
#include "wire/data.h"
#include "wire/io.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_LEAST = 256 << 10, STEP_MOST = 64 << 20 };

/* ---- in between */

static void progress(struct ftp_transfer *t, uint64_t n)
{
    t->octets_r += n;
    if (t->on_progress)
        t->on_progress(t->arg, t->octets_r);
}

/* Steps of 50 to 400 ms, however fast the connection is. */
static uint64_t next_step(uint64_t step, uint64_t began)
{
    uint64_t took = clock_now() - began;
    if (took < 50 * CLOCK_MS && step < STEP_MOST)
        return step * 2;
    if (took > 400 * CLOCK_MS && step > STEP_LEAST)
        return step / 2;
    return step;
}

/* A NAT or firewall forgets a control connection on which nothing is said.  When the
 * answer comes (at once, or behind the transfer's) is the server's to decide. */
static void keep_alive(struct ftp_client *c, uint64_t *last)
{
    if (*last == 0)
        *last = clock_now();
    if (clock_now() - *last < FTP_NOOP_SECONDS * CLOCK_SECOND)
        return;
    *last = clock_now();
    if (client_say(c, "NOOP") == 0 && wire_flush(c->control))
        c->noops++;
}

/* ---- receiving */

static int write_here(struct ftp_client *c, struct ftp_transfer *t, struct span octets)
{
    int error = 0;
    if (octets.len == 0)
        return 0;
    if (t->fd < 0)
        error = t->on_octets ? t->on_octets(t->arg, octets) : 0;
    struct span rest = octets;
    uint64_t at = t->octets_r;
    while (t->fd >= 0 && rest.len > 0 && !error) {
        ssize_t n = pwrite(t->fd, rest.at, rest.len, (off_t)at);
        if (n < 0 && errno != EINTR)
            error = -errno;
        at += n > 0 ? (uint64_t)n : 0;
        rest = span_skip(rest, n > 0 ? (size_t)n : 0);
    }
    c->local_failed = error != 0;
    if (!error)
        progress(t, octets.len);
    return error;
}

/* CRLF becomes LF; a CR alone stays.  *cr: the last block ended with one. */
static int write_text(struct ftp_client *c, struct ftp_transfer *t, struct span octets,
                      bool *cr)
{
    int error = 0;
    if (*cr && octets.len > 0 && octets.at[0] != '\n')
        error = write_here(c, t, SPAN("\r"));
    *cr = *cr && octets.len == 0;
    while (octets.len > 0 && !error) {
        size_t at = span_find(octets, '\r');
        bool ends = at + 1 < octets.len && octets.at[at + 1] == '\n';
        bool last = at + 1 == octets.len;
        size_t n = at < octets.len && !ends && !last ? at + 1 : at;
        error = write_here(c, t, span_first(octets, n));
        *cr = last;
        octets = span_skip(octets, at < octets.len ? at + 1 : at);
    }
    return error;
}

/* How much more there may be; one octet beyond shows a server that lied. */
static uint64_t room(const struct ftp_transfer *t)
{
    uint64_t size = t->size < 0 ? INT64_MAX : (uint64_t)t->size;
    return size >= t->octets_r ? size - t->octets_r + 1 : 0;
}

/* All of a small file, the beginning of a large one, or what must be looked at. */
static int receive_blocks(struct ftp_client *c, struct ftp_transfer *t, uint64_t skip)
{
    bool looks = t->fd < 0 || t->ascii, cr = false;
    int error = 0;
    uint64_t octets = 0, last = 0;
    while (!error && !data_is_ended(c->data) && (t->ascii || room(t) > 0) &&
           (looks || skip > 0 || octets < FTP_SMALL_FILE)) {
        error = data_fill(c->data);
        if (error)
            break;
        struct span block = data_input(c->data);
        size_t known = skip < block.len ? (size_t)skip : block.len;
        struct span fresh = span_skip(block, known);
        error = t->ascii ? write_text(c, t, fresh, &cr) : write_here(c, t, fresh);
        data_consume(c->data, block.len);
        skip -= known;
        octets += block.len;
        keep_alive(c, &last);
    }
    return error || !cr ? error : write_here(c, t, SPAN("\r"));
}

int octets_receive(struct ftp_client *c, struct ftp_transfer *t, uint64_t skip)
{
    c->local_failed = false;
    int error = receive_blocks(c, t, skip);
    uint64_t step = STEP_LEAST, last = 0;
    while (!error && !data_is_ended(c->data) && room(t) > 0) {
        uint64_t began = clock_now(), received = 0;
        error = data_receive_file(c->data, t->fd, (off_t)t->octets_r,
                                  step < room(t) ? step : room(t), &received);
        progress(t, received);
        step = next_step(step, began);
        keep_alive(c, &last);
    }
    return error;
}

/* ---- sending */

/* Into c->block. */
static int read_here(struct ftp_client *c, struct ftp_transfer *t, size_t size)
{
    if (!c->block)
        c->block = malloc(FTP_SMALL_FILE);
    int error = c->block ? io_read(t->fd, c->block, size, (off_t)t->octets_r) : -ENOMEM;
    c->local_failed = error != 0;
    return error;
}

static int send_small(struct ftp_client *c, struct ftp_transfer *t, size_t size)
{
    int error = read_here(c, t, size);
    if (!error)
        error = data_put(c->data, span_at(c->block, size));
    if (!error)
        progress(t, size);
    return error;
}

/* LF becomes CRLF, unless it is one. */
static int put_text(struct ftp_client *c, struct span text, bool *cr)
{
    int error = 0;
    while (text.len > 0 && !error) {
        size_t at = span_find(text, '\n');
        bool has_cr = at > 0 ? text.at[at - 1] == '\r' : *cr;
        error = data_put(c->data, span_first(text, at));
        *cr = at > 0 && text.at[at - 1] == '\r';
        if (at == text.len || error)
            return error;
        error = data_put(c->data, has_cr ? SPAN("\n") : SPAN("\r\n"));
        *cr = false;
        text = span_skip(text, at + 1);
    }
    return error;
}

static int send_text(struct ftp_client *c, struct ftp_transfer *t, uint64_t end)
{
    bool cr = false;
    int error = 0;
    while (t->octets_r < end && !error) {
        uint64_t left = end - t->octets_r;
        size_t size = left < FTP_SMALL_FILE ? (size_t)left : (size_t)FTP_SMALL_FILE;
        error = read_here(c, t, size);
        if (!error)
            error = put_text(c, span_at(c->block, size), &cr);
        if (!error)
            progress(t, size);
    }
    return error;
}

static int send_large(struct ftp_client *c, struct ftp_transfer *t, uint64_t end)
{
    uint64_t step = STEP_LEAST, last = 0;
    int error = 0;
    while (t->octets_r < end && !error) {
        uint64_t began = clock_now(), sent = 0, left = end - t->octets_r;
        error = data_send_file(c->data, t->fd, (off_t)t->octets_r,
                               left < step ? left : step, &sent);
        progress(t, sent);
        step = next_step(step, began);
        keep_alive(c, &last);
    }
    return error;
}

/* The file as it is when it begins: what grows meanwhile is not sent. */
int octets_send(struct ftp_client *c, struct ftp_transfer *t)
{
    struct stat st;
    c->local_failed = true;
    if (fstat(t->fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    c->local_failed = false;
    uint64_t end = (uint64_t)st.st_size;
    if (t->octets_r >= end)
        return 0;
    if (t->ascii)
        return send_text(c, t, end);
    if (end - t->octets_r <= FTP_SMALL_FILE)
        return send_small(c, t, (size_t)(end - t->octets_r));
    return send_large(c, t, end);
}

int octets_failed(struct ftp_client *c, struct data_way *way,
                  const struct ftp_transfer *t, int error)
{
    bool here = c->local_failed;
    error = client_data_lost(c, way, error, t->path);
    if (!here)
        return error;
    c->gave_up = true; /* another try would meet the same */
    return client_fail(c, error, "The local file for %s: %s.", t->path,
                       strerror(-error));
}
