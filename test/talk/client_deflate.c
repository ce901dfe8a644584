#include "test/talk/client_deflate.h"

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

struct client_deflate {
    z_stream out, in;
};

struct client_deflate *client_deflate_open(void)
{
    struct client_deflate *d = calloc(1, sizeof(*d));

    assert(d);
    assert(deflateInit2(&d->out, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) ==
           Z_OK);
    assert(inflateInit2(&d->in, -MAX_WBITS) == Z_OK);
    return d;
}

void client_deflate_close(struct client_deflate **deflate)
{
    if (!*deflate)
        return;
    deflateEnd(&(*deflate)->out);
    inflateEnd(&(*deflate)->in);
    free(*deflate);
    *deflate = NULL;
}

void client_deflate_say(struct client_deflate *d, struct buf *b)
{
    struct buf said = { .max = b->max };

    d->out.next_in = (unsigned char *)b->at;
    d->out.avail_in = (unsigned)b->len;
    do {
        assert(buf_reserve(&said, 1024) == 0);
        size_t room = said.cap - said.len;
        d->out.next_out = (unsigned char *)said.at + said.len;
        d->out.avail_out = (unsigned)room;
        deflate(&d->out, Z_SYNC_FLUSH);
        said.len += room - d->out.avail_out;
    } while (d->out.avail_out == 0);
    buf_free(b);
    *b = said;
}

bool client_deflate_hear(struct client_deflate *d, struct span octets, struct buf *in)
{
    char some[4096];
    int state = Z_OK;

    d->in.next_in = (unsigned char *)(uintptr_t)octets.at;
    d->in.avail_in = (unsigned)octets.len;
    do {
        d->in.next_out = (unsigned char *)some;
        d->in.avail_out = sizeof(some);
        state = inflate(&d->in, Z_SYNC_FLUSH);
        assert(buf_put(in, span_at(some, sizeof(some) - d->in.avail_out)) == 0);
    } while (state == Z_OK && (d->in.avail_in > 0 || d->in.avail_out == 0));
    return (state == Z_OK || state == Z_BUF_ERROR) && d->in.avail_in == 0;
}
