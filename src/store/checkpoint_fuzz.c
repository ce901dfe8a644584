/* checkpoint - a good one, then any octets over it: what is read is one that was
 * written. */
#include "store/checkpoint.h"

#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct checkpoint older = { 1 << 20, 1, 1 << 20, 7 };
static const struct checkpoint newer = { 9 << 20, 2, 1 << 20, 7 };

static bool is(const struct checkpoint *a, const struct checkpoint *b)
{
    return a->lsn == b->lsn && a->epoch == b->epoch && a->segment == b->segment &&
           a->store == b->store;
}

static void write_both(char *file)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("checkpoint", MFD_CLOEXEC);
    char slot[CHECKPOINT_FILE / 2];
    int error = ftruncate(fd, CHECKPOINT_FILE);
    if (!error)
        error = checkpoint_write(fd, 0, &newer);
    ssize_t n = pread(fd, slot, sizeof slot, 0);
    assert(!error && n == (ssize_t)sizeof slot);
    error = checkpoint_write(fd, 0, &older);
    n = pread(fd, file, CHECKPOINT_FILE, 0);
    assert(!error && n == CHECKPOINT_FILE);
    memcpy(file + CHECKPOINT_FILE / 2, slot, sizeof slot);
}

/* The first two octets: where the others go, each xor-ed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char file[CHECKPOINT_FILE];
    struct checkpoint c;
    unsigned slot, damaged;
    write_both(file);
    size_t at = size < 2 ? 0 : (data[0] | (size_t)data[1] << 8) % CHECKPOINT_FILE;
    for (size_t i = 2; i < size; i++, at = (at + 1) % CHECKPOINT_FILE)
        file[at] = (char)(file[at] ^ data[i]);
    bool found = checkpoint_decode(span_at(file, sizeof file), &c, &slot, &damaged);
    assert(found == (damaged < CHECKPOINT_SLOTS));
    assert(!found || is(&c, &older) || is(&c, &newer));
    /* And alone: whatever it is, it is looked at. */
    checkpoint_decode(span_at(data, size), &c, &slot, &damaged);
    return 0;
}
