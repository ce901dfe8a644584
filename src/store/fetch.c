#include "store/fetch.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"
#include "store/crc32c.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Has it its place below?  A larger one is none of ours, whatever the index says. */
static bool is_in_pack(const struct unread *u)
{
    return !u->large && u->size < UNREAD_OCTETS;
}

static int read_body(int pack, const struct unread *u, struct fetched_octets *to)
{
    if (!is_in_pack(u))
        return -EBADMSG;
    char *at = to->at + to->len;
    size_t size = u->size;
    ssize_t n = pread(pack, at, size, (off_t)u->off);
    if (n < 0)
        return -errno;
    if ((size_t)n != size || crc32c(0, at, size) != u->crc)
        return -EBADMSG;
    to->len += size;
    return 0;
}

static int from_file(int store, uint64_t account, struct fetched *f)
{
    f->file = large_open(store, account, f->what.large);
    return f->file < 0 ? f->file : 0;
}

static void fetch_all(int store, uint64_t account, struct fetched *all, size_t count,
                      struct fetched_octets *to)
{
    OWN(fd_close) int pack = -1;
    uint32_t number = 0;
    for (struct fetched *f = all; f < all + count; f++) {
        f->file = -1;
        if (f->what.large) {
            f->error = from_file(store, account, f);
            continue;
        }
        if (f->what.pack != number) {
            fd_close(&pack);
            pack = pack_open(store, account, f->what.pack, O_RDONLY);
            number = f->what.pack;
        }
        f->error = pack < 0 ? pack : read_body(pack, &f->what, to);
    }
}

int fetched_seal(struct fetched_octets *o)
{
    if (o->len <= INLINE_OCTETS_MAX)
        return 0;
    o->file = sealed_copy("messages", span_at(o->at, o->len));
    free(o->at);
    o->at = NULL;
    return o->file < 0 ? o->file : 0;
}

int fetch(int store, uint64_t account, struct fetched *all, size_t count,
          struct fetched_octets *octets_r)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += is_in_pack(&all[i].what) ? all[i].what.size : 0;
    *octets_r = (struct fetched_octets){ .at = malloc(size), .file = -1 };
    if (!octets_r->at)
        return -ENOMEM;
    fetch_all(store, account, all, count, octets_r);
    int error = fetched_seal(octets_r);
    if (error)
        fetched_close(all, count, octets_r);
    return error;
}

void fetched_close(struct fetched *all, size_t count, struct fetched_octets *o)
{
    for (size_t i = 0; i < count; i++)
        fd_close(&all[i].file);
    free(o->at);
    o->at = NULL;
    fd_close(&o->file);
}
