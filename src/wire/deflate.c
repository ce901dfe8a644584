/* deflate - see deflate.h. */
#include "wire/deflate_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

struct deflate {
    z_stream out, in;
    bool has_out, has_in;
    bool unfinished;    /* compressed: the flush has not ended for lack of room */
    bool more;          /* inflated: the room was filled, there may be more */
    bool ended;         /* the peer has ended its stream: nothing may follow */
    uint32_t fruitless; /* octets read since the last that came of any */
    uint64_t taken;     /* by the socket */
    struct buf waiting; /* compressed and not yet taken */
    char *read;         /* what in.next_in points into */
    char *window;       /* of an inflater that was put away: what the peer refers to */
    unsigned window_len;
};

/* ---- memory, counted */

static size_t in_use;

size_t deflate_octets(void)
{
    return in_use;
}

/* Each block has its size before it, and stays aligned for anything. */
enum { SIZE_BEFORE = sizeof(max_align_t) };

static void *take(size_t octets)
{
    char *block = malloc(SIZE_BEFORE + octets);

    if (!block)
        return NULL;
    memcpy(block, &octets, sizeof(octets));
    in_use += octets;
    return block + SIZE_BEFORE;
}

static void give_back(void *block)
{
    size_t octets;

    if (!block)
        return;
    memcpy(&octets, (char *)block - SIZE_BEFORE, sizeof(octets));
    in_use -= octets;
    free((char *)block - SIZE_BEFORE);
}

static void *zlib_take(void *unused, unsigned count, unsigned size)
{
    (void)unused;
    return take((size_t)count * size);
}

static void zlib_give_back(void *unused, void *block)
{
    (void)unused;
    give_back(block);
}

/* ---- beginning and ending, of each direction as it is needed */

static bool open_out(struct deflate *d)
{
    d->out = (z_stream){ .zalloc = zlib_take, .zfree = zlib_give_back };
    d->has_out =
        deflateInit2(&d->out, WIRE_DEFLATE_LEVEL, Z_DEFLATED, -WIRE_DEFLATE_WINDOW,
                     WIRE_DEFLATE_HASH, Z_DEFAULT_STRATEGY) == Z_OK;
    return d->has_out;
}

static void close_out(struct deflate *d)
{
    if (d->has_out)
        deflateEnd(&d->out);
    d->has_out = false;
}

static bool open_in(struct deflate *d)
{
    d->in = (z_stream){ .zalloc = zlib_take, .zfree = zlib_give_back };
    d->has_in = inflateInit2(&d->in, -MAX_WBITS) == Z_OK;
    if (d->has_in && d->window)
        inflateSetDictionary(&d->in, (unsigned char *)d->window, d->window_len);
    if (d->has_in) {
        give_back(d->window);
        d->window = NULL;
    }
    return d->has_in;
}

static void close_in(struct deflate *d)
{
    if (d->has_in)
        inflateEnd(&d->in);
    give_back(d->read);
    d->read = NULL;
    d->has_in = false;
}

bool wire_has_deflate(const struct wire *w)
{
    return w->deflate != NULL;
}

bool wire_may_start_deflate(const struct wire *w)
{
    return !w->deflate && in_use < WIRE_DEFLATE_OCTETS;
}

bool wire_start_deflate(struct wire *w)
{
    assert(!w->deflate && w->start == w->end);
    input_release(w);
    output_finish(w);
    if (w->error)
        return false;
    w->deflate = calloc(1, sizeof(*w->deflate));
    if (!w->deflate) {
        connection_fail(w, -ENOMEM, MUTE);
        return false;
    }
    w->deflate->waiting.max = WIRE_DEFLATED;
    wire_note(w, "compressed from here on");
    return true;
}

void deflate_end(struct wire *w)
{
    struct deflate *d = w->deflate;

    if (!d)
        return;
    close_out(d);
    close_in(d);
    give_back(d->window);
    buf_free(&d->waiting);
    free(d);
    w->deflate = NULL;
}

/* ---- saying */

bool deflate_is_waiting(const struct wire *w)
{
    const struct deflate *d = w->deflate;

    return d && !w->mute && (d->waiting.len > 0 || d->unfinished);
}

uint64_t deflate_taken(const struct wire *w)
{
    return w->deflate ? w->deflate->taken : 0;
}

/* False: the socket takes no more, as errno says. */
static bool push(struct wire *w)
{
    struct deflate *d = w->deflate;

    while (d->waiting.len > 0) {
        ssize_t n = output_put(w, buf_span(&d->waiting));
        if (n < 0)
            return false;
        d->taken += (uint64_t)n;
        buf_drop_front(&d->waiting, (size_t)n);
    }
    return true;
}

/* So many of the octets are in now; -1 with errno. */
static ssize_t compress_some(struct deflate *d, struct span octets)
{
    if ((!d->has_out && !open_out(d)) || buf_reserve(&d->waiting, WIRE_DEFLATED) != 0) {
        errno = ENOMEM;
        return -1;
    }
    d->out.next_in = (unsigned char *)(uintptr_t)octets.at;
    d->out.avail_in = (unsigned)octets.len;
    d->out.next_out = (unsigned char *)d->waiting.at;
    d->out.avail_out = WIRE_DEFLATED;
    int state = deflate(&d->out, Z_SYNC_FLUSH);
    assert(state == Z_OK || state == Z_BUF_ERROR);
    d->waiting.len = WIRE_DEFLATED - d->out.avail_out;
    d->unfinished = d->out.avail_out == 0;
    return (ssize_t)(octets.len - d->out.avail_in);
}

ssize_t deflate_write(struct wire *w, struct span octets)
{
    struct deflate *d = w->deflate;

    if (!push(w))
        return -1;
    return octets.len > 0 || d->unfinished ? compress_some(d, octets) : 0;
}

/* ---- hearing */

/* So many octets have come of it, perhaps none; -1: it is not deflate. */
static ssize_t inflate_some(struct deflate *d, char *octets_r, size_t size)
{
    d->in.next_out = (unsigned char *)octets_r;
    d->in.avail_out = (unsigned)size;
    int state = inflate(&d->in, Z_SYNC_FLUSH);
    d->more = d->in.avail_out == 0;
    d->ended = state == Z_STREAM_END;
    bool left_over = d->ended && d->in.avail_in > 0;
    if (left_over || (state != Z_OK && state != Z_BUF_ERROR && !d->ended)) {
        errno = state == Z_MEM_ERROR ? ENOMEM : EBADMSG;
        return -1;
    }
    return (ssize_t)(size - d->in.avail_out);
}

/* As recv. */
static ssize_t read_some(struct wire *w)
{
    struct deflate *d = w->deflate;

    if (!d->read)
        d->read = take(WIRE_DEFLATED);
    if (!d->read || (!d->has_in && !open_in(d))) {
        errno = ENOMEM;
        return -1;
    }
    ssize_t n = input_get(w, d->read, WIRE_DEFLATED);
    if (n <= 0)
        return n;
    d->fruitless += (uint32_t)n;
    if (d->ended || d->fruitless > WIRE_DEFLATE_FRUITLESS) {
        errno = EBADMSG;
        return -1;
    }
    d->in.next_in = (unsigned char *)d->read;
    d->in.avail_in = (unsigned)n;
    return n;
}

/* What was read is used up before more is: so the wire is never said to have nothing to
 * read while there is something in here. */
ssize_t deflate_read(struct wire *w, char *octets_r, size_t size)
{
    struct deflate *d = w->deflate;

    for (;;) {
        ssize_t n = 0;
        if (!d->ended && (d->more || (d->has_in && d->in.avail_in > 0)))
            n = inflate_some(d, octets_r, size);
        if (n != 0) {
            d->fruitless = 0;
            return n;
        }
        n = read_some(w);
        if (n <= 0)
            return n;
    }
}

/* ---- idle */

/* Behind a flush the decoder stands at an octet's end, between two blocks: then all that it
 * has to remember is its window. */
static void put_in_away(struct deflate *d)
{
    enum { BETWEEN_BLOCKS = 128 }; /* zlib.h, of data_type: and no bits are left */
    unsigned octets = 0;

    if (!d->has_in || d->in.avail_in > 0 || d->more || d->ended ||
        d->in.data_type != BETWEEN_BLOCKS)
        return;
    inflateGetDictionary(&d->in, NULL, &octets);
    char *window = octets > 0 ? take(octets) : NULL;
    if (octets > 0 && !window)
        return;
    if (window)
        inflateGetDictionary(&d->in, (unsigned char *)window, &octets);
    close_in(d);
    d->window = window;
    d->window_len = octets;
}

/* What follows a flush may be another compressor's: it refers to nothing before it. */
void deflate_trim(struct wire *w)
{
    struct deflate *d = w->deflate;

    if (!d)
        return;
    put_in_away(d);
    if (!deflate_is_waiting(w)) {
        close_out(d);
        buf_free(&d->waiting);
    }
}
