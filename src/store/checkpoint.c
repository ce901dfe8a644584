/* checkpoint - see checkpoint.h. */
#include "store/checkpoint.h"

#include "os/files.h"
#include "store/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOT_DISTANCE = 4096 }; /* no sector holds both */

struct slot {
    uint64_t magic;
    uint32_t crc; /* of what follows */
    uint32_t epoch;
    uint64_t lsn;
    uint64_t segment;
    uint64_t store;
};
_Static_assert(sizeof(struct slot) == 40, "the checkpoint's format");

/* "packboat" 1 in the order of our octets: a store of the other order is not ours. */
static const uint64_t magic = 0x7061636b62740001;

static uint32_t checksum(const struct slot *s)
{
    size_t from = offsetof(struct slot, epoch);
    return crc32c(0, (const char *)s + from, sizeof *s - from);
}

static bool slot_is_sound(const struct slot *s)
{
    return s->magic == magic && s->crc == checksum(s) && s->epoch > 0 &&
           s->lsn % 8 == 0 && s->segment > 0 && s->segment % 4096 == 0;
}

static bool is_later(const struct slot *a, const struct checkpoint *b)
{
    return a->epoch != b->epoch ? a->epoch > b->epoch : a->lsn > b->lsn;
}

bool checkpoint_decode(struct span file, struct checkpoint *checkpoint_r,
                       unsigned *slot_r, unsigned *damaged_r)
{
    bool found = false;
    *checkpoint_r = (struct checkpoint){ 0 };
    *slot_r = *damaged_r = 0;
    for (unsigned i = 0; i < CHECKPOINT_SLOTS; i++) {
        struct slot s = { 0 };
        if (file.len >= i * SLOT_DISTANCE + sizeof s)
            memcpy(&s, file.at + i * SLOT_DISTANCE, sizeof s);
        if (!slot_is_sound(&s)) {
            (*damaged_r)++;
            continue;
        }
        if (found && !is_later(&s, checkpoint_r))
            continue;
        found = true;
        *slot_r = i;
        *checkpoint_r = (struct checkpoint){ s.lsn, s.epoch, s.segment, s.store };
    }
    return found;
}

int checkpoint_open(int store, bool *made_r)
{
    static const char zeros[CHECKPOINT_FILE];
    *made_r = false;
    int fd = file_open(store, "checkpoint", O_RDWR, 0600);
    if (fd != -ENOENT)
        return fd;
    fd = file_open(store, "checkpoint", O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return fd;
    int error = file_write_at(fd, span_at(zeros, sizeof zeros), 0);
    if (error)
        fd_close(&fd);
    *made_r = !error;
    return error ? error : fd;
}

int checkpoint_read(int fd, struct checkpoint *checkpoint_r, unsigned *slot_r,
                    unsigned *damaged_r)
{
    char file[CHECKPOINT_FILE];
    ssize_t n = pread(fd, file, sizeof file, 0);
    if (n < 0)
        return -errno;
    bool found =
        checkpoint_decode(span_at(file, (size_t)n), checkpoint_r, slot_r, damaged_r);
    return found ? 0 : -EUCLEAN;
}

static int write_slot(int fd, unsigned slot, const struct slot *s)
{
    int error = file_write_at(fd, span_at(s, sizeof *s), (off_t)slot * SLOT_DISTANCE);
    if (error)
        return error;
    return fdatasync(fd) == 0 ? 0 : -errno;
}

int checkpoint_write(int fd, unsigned slot, const struct checkpoint *c)
{
    struct slot s = { .magic = magic,
                      .epoch = c->epoch,
                      .lsn = c->lsn,
                      .segment = c->segment,
                      .store = c->store };
    s.crc = checksum(&s);
    int error = write_slot(fd, slot, &s);
    return error ? error : write_slot(fd, 1 - slot, &s);
}
