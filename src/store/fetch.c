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

static int read_body(int pack, struct fetched *f)
{
    size_t size = f->what.size;
    f->octets = malloc(size + 1);
    if (!f->octets)
        return -ENOMEM;
    ssize_t n = pread(pack, f->octets, size, (off_t)f->what.off);
    if (n < 0)
        return -errno;
    return (size_t)n == size && crc32c(0, f->octets, size) == f->what.crc ? 0
                                                                          : -EBADMSG;
}

/* Too long for a message of ours. */
static int seal(struct fetched *f)
{
    f->file = sealed_copy("message", span_at(f->octets, f->what.size));
    free(f->octets);
    f->octets = NULL;
    return f->file < 0 ? f->file : 0;
}

static int from_pack(int pack, struct fetched *f)
{
    int error = pack < 0 ? pack : read_body(pack, f);
    return !error && f->what.size > INLINE_OCTETS_MAX ? seal(f) : error;
}

static int from_file(int store, uint64_t account, struct fetched *f)
{
    f->file = large_open(store, account, f->what.large);
    return f->file < 0 ? f->file : 0;
}

void fetch(int store, uint64_t account, struct fetched *all, size_t count)
{
    OWN(fd_close) int pack = -1;
    uint32_t number = 0;
    for (struct fetched *f = all; f < all + count; f++) {
        f->file = -1;
        f->octets = NULL;
        if (f->what.large) {
            f->error = from_file(store, account, f);
            continue;
        }
        if (f->what.pack != number) {
            fd_close(&pack);
            pack = pack_open(store, account, f->what.pack, O_RDONLY);
            number = f->what.pack;
        }
        f->error = from_pack(pack, f);
    }
}

void fetched_close(struct fetched *f)
{
    free(f->octets);
    f->octets = NULL;
    fd_close(&f->file);
}
