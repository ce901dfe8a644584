/*
 * output - what is said, until the peer has taken it.
 *
 * The stream has positions: `sent` is that of the first octet in the buffer.  What lies
 * behind the gate's first hold stays; the rest goes whenever the session waits, the
 * socket becomes writable, or the gate opens.
 */
#include "wire/deflate_inside.h"

#include "base/clock.h"
#include "base/fiber.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

enum { LINE_GUESS = 128 }; /* most replies are shorter */

/* ---- sending */

ssize_t output_put(struct wire *w, struct span octets)
{
    return w->tls ? tls_write(w, octets)
                  : send(w->fd, octets.at, octets.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Some of it may go, or is on its way: compressed, and not yet taken. */
static bool is_open(const struct wire *w)
{
    return gate_open_octets(w) > 0 || deflate_is_waiting(w);
}

void output_send(struct wire *w)
{
    while (w->writable && is_open(w)) {
        struct span open = span_at(w->output.at, gate_open_octets(w));
        ssize_t n = w->deflate ? deflate_write(w, open) : output_put(w, open);
        if (n >= 0) {
            buf_drop_front(&w->output, (size_t)n);
            w->sent += (uint64_t)n;
        } else if (errno == EAGAIN) {
            w->writable = false;
        } else if (errno != EINTR) {
            connection_fail(w, -errno, MUTE);
        }
    }
    if (w->waits_for == LOOP_READ && w->output.len == 0)
        buf_free(&w->output);
}

static uint64_t progress(const struct wire *w)
{
    return w->sent + deflate_taken(w);
}

/* Parks until some more has been taken; false when write_time passed without. */
static bool wait_for_progress(struct wire *w)
{
    uint64_t before = progress(w), deadline = clock_in(w->write_time);
    while (!w->mute && progress(w) == before) {
        int ended = connection_wait(w, LOOP_WRITE, deadline);
        if (ended && progress(w) == before)
            connection_fail(w, ended, MUTE);
    }
    return !w->mute;
}

bool wire_flush(struct wire *w)
{
    output_send(w);
    while (is_open(w) && wait_for_progress(w))
        output_send(w);
    return !w->mute;
}

void output_finish(struct wire *w)
{
    output_send(w);
    while ((w->output.len > 0 || deflate_is_waiting(w)) && wait_for_progress(w))
        output_send(w);
}

/* Waits until `octets` more (at most the maximum) have room, and reserves them. */
static bool make_room(struct wire *w, size_t octets)
{
    while (!w->mute && octets > w->output.max - w->output.len) {
        connection_count_block(w);
        output_send(w);
        if (octets > w->output.max - w->output.len && !wait_for_progress(w))
            return false;
    }
    if (w->mute)
        return false;
    int error = buf_reserve(&w->output, octets);
    if (error)
        connection_fail(w, error, MUTE);
    return !error;
}

/* ---- saying */

/* Prints into at most `room` octets of the buffer behind what it holds; the length that
 * all of it needs, without a NUL. */
__attribute__((format(printf, 3, 0))) static size_t print(struct wire *w, size_t room,
                                                          const char *format,
                                                          va_list args)
{
    int n = vsnprintf(w->output.at + w->output.len, room, format, args);
    return n < 0 ? 0 : (size_t)n;
}

static void finish_reply(struct wire *w, size_t length)
{
    char *line = w->output.at + w->output.len;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\r' || line[i] == '\n')
            line[i] = '?';
    }
    memcpy(line + length, "\r\n", 2);
    w->output.len += length + 2;
    transcript_said(w, span_at(line, length));
}

void wire_say(struct wire *w, const char *format, ...)
{
    if (!make_room(w, LINE_GUESS))
        return;
    va_list args;
    va_start(args, format);
    size_t length = print(w, LINE_GUESS, format, args);
    va_end(args);
    if (length + 2 > LINE_GUESS) {
        const size_t most = WIRE_OUTPUT_MAX - 2;
        length = length < most ? length : most;
        if (!make_room(w, length + 2))
            return;
        va_start(args, format);
        print(w, length + 1, format, args);
        va_end(args);
    }
    finish_reply(w, length);
}

void wire_put(struct wire *w, struct span octets)
{
    while (octets.len > 0 && make_room(w, 1)) {
        size_t room = w->output.max - w->output.len;
        size_t n = octets.len < room ? octets.len : room;
        int error = buf_put(&w->output, span_first(octets, n));
        if (error) {
            connection_fail(w, error, MUTE);
            return;
        }
        octets = span_skip(octets, n);
    }
}

/* ---- dots, RFC 5321 §4.5.2 */

/* How much of `rest` can go as it is: up to a dot that begins a line.  A dot behind a
 * bare LF (BINARYMIME, RFC 3030, has such) begins one for many a reader; left alone it
 * could be the end of the message to him, and what follows our reply. */
static size_t plain_run(struct dot_writer *d, struct span rest)
{
    size_t n = 0;
    while (n < rest.len) {
        if ((!d->in_line || d->after_lf) && rest.at[n] == '.')
            return n;
        d->after_lf = false;
        size_t lf = n + span_find(span_skip(rest, n), '\n');
        bool after_cr = lf > n ? rest.at[lf - 1] == '\r' : d->after_cr;
        if (lf == rest.len) {
            d->in_line = true;
            d->after_cr = after_cr;
            return lf;
        }
        d->in_line = !after_cr;
        d->after_cr = false;
        d->after_lf = true;
        n = lf + 1;
    }
    return n;
}

void wire_put_dotted(struct wire *w, struct dot_writer *d, struct span text)
{
    d->octets += text.len;
    while (text.len > 0) {
        size_t n = plain_run(d, text);
        wire_put(w, span_first(text, n));
        text = span_skip(text, n);
        if (text.len == 0)
            return;
        wire_put(w, SPAN(".."));
        d->in_line = true;
        d->after_lf = false;
        text = span_skip(text, 1);
    }
}

void wire_end_dotted(struct wire *w, struct dot_writer *d)
{
    if (d->in_line)
        wire_put(w, SPAN("\r\n"));
    wire_put(w, SPAN(".\r\n"));
    *d = (struct dot_writer){ .octets = d->octets };
}
