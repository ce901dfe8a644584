/* pack - any octets as a pack, whole records among them: what is found sound lies within
 * them, nothing is read twice, and the whole ones are found. */
#include "store/pack.h"

#include "store/crc32c.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED = 7 };

static int empty_file(void)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("pack", MFD_CLOEXEC);
    int error = ftruncate(fd, 0);
    assert(fd >= 0 && !error);
    return fd;
}

/* The first octets, a record of what follows, and the last octets. */
static void write_around(struct pack_writer *w, struct span octets)
{
    size_t third = octets.len / 3;
    uint64_t off;
    struct span body = span_first(span_skip(octets, third), third);
    struct pack_head h = { .type = PACK_MESSAGE,
                           .lsn = 1,
                           .uid = 1,
                           .size = body.len,
                           .body_crc = crc32c(0, body.at, body.len) };
    ssize_t n = pwrite(w->fd, octets.at, third, 0);
    assert(n == (ssize_t)third);
    w->at = third;
    int error = pack_write(w, &h, body, &off);
    assert(!error);
    struct span rest = span_skip(octets, 2 * third);
    n = pwrite(w->fd, rest.at, rest.len, (off_t)w->at);
    assert(n == (ssize_t)rest.len);
}

static unsigned read_all(int fd, uint64_t size)
{
    struct pack_reader r;
    struct pack_record record;
    unsigned found = 0;
    uint64_t last = 0;
    int error = pack_reader_open(&r, fd, SEED, 0);
    assert(!error);
    while (pack_next(&r, &record) == 1) {
        assert(record.body >= last + PACK_HEAD && r.at <= size);
        last = r.at;
        if (!record.whole)
            continue;
        assert(record.body + pack_body_size(&record.head) <= size);
        void *body = pack_body(&r, &record);
        assert(body);
        free(body);
        found++;
    }
    pack_reader_close(&r);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pack_head head;
    bool found;
    struct span octets = span_at(data, size);
    size_t at = pack_find(octets, SEED, &head, &found);
    assert(at <= size && (!found || at + PACK_HEAD <= size));

    struct pack_writer w = { .fd = empty_file(), .seed = SEED };
    write_around(&w, octets);
    assert(read_all(w.fd, PACK_HEAD + size) >= 1);
    return 0;
}
