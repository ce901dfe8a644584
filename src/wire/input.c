/*
 * input - reading lines and blocks.
 *
 * A wire that waits for input holds no memory for it: the block is taken when there is
 * something to read, and given back once all of it is consumed and the fiber waits.
 */
#include "wire/deflate_inside.h"

#include "base/clock.h"
#include "base/fiber.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ---- blocks */

/* The one given back last is taken first: it is still in the cache. */
static struct list spare = { &spare, &spare };
static size_t spare_count;

static char *take_block(void)
{
    if (list_is_empty(&spare))
        return malloc(WIRE_INPUT);
    spare_count--;
    struct list *block = spare.prev;
    list_remove(block);
    return (char *)block;
}

void input_release(struct wire *w)
{
    char *block = w->input;
    w->input = NULL;
    w->start = w->end = 0;
    if (!block || spare_count == WIRE_INPUTS_SPARE) {
        free(block);
        return;
    }
    spare_count++;
    list_push(&spare, (struct list *)(void *)block);
}

/* Makes room behind `end`.  There is some, or nobody consumed what was read. */
static bool make_room(struct wire *w)
{
    if (!w->input)
        w->input = take_block();
    if (!w->input) {
        connection_fail(w, -ENOMEM, MAY_SPEAK);
        return false;
    }
    if (w->start > 0 && (w->start == w->end || w->end == WIRE_INPUT)) {
        memmove(w->input, w->input + w->start, w->end - w->start);
        w->end -= w->start;
        w->start = 0;
    }
    assert(w->end < WIRE_INPUT);
    return true;
}

/* ---- reading */

ssize_t input_get(struct wire *w, char *octets_r, size_t size)
{
    return w->tls ? tls_read(w, octets_r, size)
                  : recv(w->fd, octets_r, size, MSG_DONTWAIT);
}

/* Edge-triggered: readable until recv (or TLS) says that nothing is left.  A short read does not
 * say so: the peer's end or a reset may stand right behind it, reported once with it. */
static bool read_once(struct wire *w)
{
    if (!w->readable || !make_room(w))
        return false;
    char *room = w->input + w->end;
    size_t size = WIRE_INPUT - w->end;
    ssize_t n = w->deflate ? deflate_read(w, room, size) : input_get(w, room, size);
    if (n > 0) {
        w->end += (uint32_t)n;
        w->octets_in += (uint64_t)n;
        return true;
    }
    if (n == 0)
        connection_fail(w, -ENODATA, MAY_SPEAK);
    else if (errno == EAGAIN)
        w->readable = false;
    else if (errno != EINTR)
        connection_fail(w, -errno, errno == EBADMSG ? MAY_SPEAK : MUTE);
    return false;
}

/* Waits, and after a while without any input gives back what an idle session does not
 * need.  Only then: a busy one would pay for its pages again and again. */
static int wait_idle(struct wire *w, uint64_t deadline)
{
    uint64_t idle = clock_in(WIRE_IDLE_MS * CLOCK_MS);
    if (deadline <= idle)
        return connection_wait(w, LOOP_READ, deadline);
    int ended = connection_wait(w, LOOP_READ, idle);
    if (ended != -ETIMEDOUT)
        return ended;
    fiber_trim();
    deflate_trim(w);
    return connection_wait(w, LOOP_READ, deadline);
}

static bool is_over(const struct wire *w)
{
    return w->over && *w->over;
}

static void wait_for_input(struct wire *w, uint64_t *deadline)
{
    output_send(w);
    if (w->error || w->readable || is_over(w))
        return;
    if (*deadline == 0)
        *deadline = clock_in(w->read_time);
    if (w->start == w->end)
        input_release(w);
    if (w->output.len == 0)
        buf_free(&w->output);
    int ended = wait_idle(w, *deadline);
    if (ended)
        connection_fail(w, ended, MAY_SPEAK);
}

/* Some more octets, or an error.  *deadline: 0 until the first wait, which sets it, so
 * that octets trickling in do not move it (A01). */
static bool receive(struct wire *w, uint64_t *deadline)
{
    while (!w->error && !is_over(w)) {
        if (read_once(w)) {
            connection_count_block(w);
            return !w->error;
        }
        if (!w->error && !w->readable)
            wait_for_input(w, deadline);
    }
    return false;
}

/* ---- lines */

/* Of a line too long only its beginning and its last octet, which may be the CR of the
 * CRLF, are kept. */
static void drop_excess(struct wire *w)
{
    char *line = w->input + w->start;
    size_t held = w->end - w->start;
    if (held <= w->line_max + 1)
        return;
    line[w->line_max] = line[held - 1];
    w->dropped += held - w->line_max - 1;
    w->end = w->start + (uint32_t)w->line_max + 1;
}

static enum line_form form_of(struct span text, bool ended_by_crlf)
{
    if (!ended_by_crlf || span_find(text, '\r') < text.len ||
        span_find(text, '\0') < text.len)
        return LINE_BARE;
    return LINE_GOOD;
}

/* at[0..lf) without the line end; consumes it. */
static bool finish_line(struct wire *w, size_t lf, struct line *line_r)
{
    struct span text = span_at(w->input + w->start, lf);
    bool crlf = lf > 0 && text.at[lf - 1] == '\r';
    text.len -= crlf;
    uint64_t whole = text.len + w->dropped;
    w->start += (uint32_t)lf + 1;
    w->dropped = 0;
    if (whole > WIRE_LONG_LINE * w->line_max) {
        connection_fail(w, -EMSGSIZE, MAY_SPEAK);
        return false;
    }
    line_r->text = text;
    if (whole > w->line_max) {
        line_r->text.len = w->line_max;
        line_r->form = LINE_TOO_LONG;
        return true;
    }
    line_r->form = form_of(text, crlf);
    return true;
}

static bool take_line(struct wire *w, struct line *line_r)
{
    if (!w->input || w->start == w->end)
        return false;
    struct span held = wire_input(w);
    size_t lf = span_find(held, '\n');
    if (lf < held.len)
        return finish_line(w, lf, line_r);
    drop_excess(w);
    /* One octet more than allowed may still be a CR. */
    if (w->end - w->start + w->dropped > WIRE_LONG_LINE * w->line_max + 1)
        connection_fail(w, -EMSGSIZE, MAY_SPEAK);
    return false;
}

bool wire_line(struct wire *w, struct line *line_r)
{
    assert(w->line_max + 2 < WIRE_INPUT);
    uint64_t deadline = 0;
    while (!w->error) {
        if (take_line(w, line_r))
            return true;
        if (is_over(w))
            return false;
        receive(w, &deadline);
    }
    return false;
}

bool wire_line_or(struct wire *w, struct line *line_r, const bool *over)
{
    w->over = over;
    bool heard = wire_line(w, line_r);
    w->over = NULL;
    return heard;
}

/* ---- blocks of octets */

bool wire_fill(struct wire *w)
{
    uint64_t deadline = 0;
    if (w->error)
        return false;
    return w->start < w->end || receive(w, &deadline);
}

bool wire_peek(struct wire *w)
{
    w->readable = true; /* perhaps: the loop has not looked yet */
    while (!w->error && w->start == w->end && w->readable)
        read_once(w);
    bool there = w->start < w->end;
    if (!there)
        input_release(w);
    return there;
}

bool wire_await(struct wire *w)
{
    uint64_t deadline = 0;
    while (!w->nudged && !w->error && w->start == w->end) {
        if (read_once(w))
            connection_count_block(w);
        else if (!w->error && !w->readable)
            wait_for_input(w, &deadline);
    }
    bool input = w->error || w->start < w->end;
    if (!input)
        w->nudged = false;
    return input;
}

void wire_nudge(struct wire *w)
{
    w->nudged = true;
    connection_wake(w, LOOP_READ);
}

struct span wire_input(const struct wire *w)
{
    return span_at(w->input ? w->input + w->start : NULL, w->end - w->start);
}

void wire_consume(struct wire *w, size_t n)
{
    assert(n <= w->end - w->start);
    w->start += (uint32_t)n;
}

uint64_t wire_octets_in(const struct wire *w)
{
    return w->octets_in;
}

void input_drain(struct wire *w, uint64_t deadline)
{
    char dropped[1024];
    for (size_t octets = 0; octets < LINGER_OCTETS;) {
        ssize_t n = recv(w->fd, dropped, sizeof(dropped), MSG_DONTWAIT | MSG_TRUNC);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return;
        if (n > 0)
            octets += (size_t)n;
        else if (connection_wait(w, LOOP_READ, deadline) != 0)
            return;
    }
}
