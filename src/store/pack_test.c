#include "store/pack.h"

#include "base/own.h"
#include "os/files.h"
#include "store/crc32c.h"
#include "test/unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEED = 12345, MESSAGES = 8 };

static struct pack_head head_of(unsigned number, struct span body)
{
    return (struct pack_head){ .type = PACK_MESSAGE,
                               .body_crc = crc32c(0, body.at, body.len),
                               .lsn = 100 + number,
                               .uid = 1 + number,
                               .received = 1000000,
                               .size = body.len };
}

/* Message n is n * 37 octets long. */
static struct span body_of(unsigned number)
{
    static char octets[MESSAGES * 37];
    memset(octets, 'a' + (int)number, sizeof octets);
    return span_at(octets, number * 37);
}

static int make_pack(uint64_t off_r[MESSAGES])
{
    int fd = memfd_create("pack", MFD_CLOEXEC);
    struct pack_writer w = { .fd = fd, .seed = SEED, .uidvalidity = 7 };
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct pack_head h = head_of(i, body_of(i));
        CHECK_EQ_INT(pack_write(&w, &h, body_of(i), &off_r[i]), 0);
    }
    return fd;
}

/* A bit for every message that is found whole. */
static unsigned read_pack(int fd, uint32_t seed, uint64_t *skipped_r)
{
    struct pack_reader r;
    struct pack_record record;
    unsigned found = 0;
    CHECK_EQ_INT(pack_reader_open(&r, fd, seed, 0), 0);
    while (pack_next(&r, &record) == 1)
        if (record.whole)
            found |= 1U << (record.head.uid - 1);
    *skipped_r = r.skipped;
    pack_reader_close(&r);
    return found;
}

TEST(pack_is_read_as_it_was_written)
{
    uint64_t off[MESSAGES], skipped;
    OWN(fd_close) int fd = make_pack(off);
    CHECK_EQ_UINT(read_pack(fd, SEED, &skipped), (1U << MESSAGES) - 1);
    CHECK_EQ_UINT(skipped, 0);
    CHECK_EQ_UINT(off[0], PACK_HEAD);
    CHECK_EQ_UINT(off[2], 3 * PACK_HEAD + 37);
}

TEST(pack_of_somebody_else_is_none)
{
    uint64_t off[MESSAGES], skipped;
    CHECK(pack_seed(1, 2) != pack_seed(1, 3));
    CHECK(pack_seed(1, 2) != pack_seed(2, 2));
    OWN(fd_close) int fd = make_pack(off);
    CHECK_EQ_UINT(read_pack(fd, SEED + 1, &skipped), 0);
    CHECK(skipped > 0);
}

/* Any octet of a record turned: that message is lost, and no other. */
TEST(pack_with_a_turned_octet_loses_one_message)
{
    uint64_t off[MESSAGES], skipped;
    for (long at = -PACK_HEAD; at < 37 * 3; at++) {
        OWN(fd_close) int fd = make_pack(off);
        char octet;
        CHECK_EQ_INT(pread(fd, &octet, 1, (off_t)off[3] + at), 1);
        octet = (char)(octet ^ 4);
        CHECK_EQ_INT(pwrite(fd, &octet, 1, (off_t)off[3] + at), 1);
        CHECK_EQ_UINT(read_pack(fd, SEED, &skipped), ((1U << MESSAGES) - 1) & ~8U);
    }
}

/* Cut off anywhere: all before are there. */
TEST(pack_that_is_cut_off)
{
    uint64_t off[MESSAGES], skipped;
    OWN(fd_close) int fd = make_pack(off);
    for (off_t size = (off_t)(off[7] + 7 * 37) - 1; size >= 0; size--) {
        unsigned whole = 0;
        for (unsigned i = 0; i < MESSAGES; i++)
            if ((off_t)(off[i] + i * 37) <= size)
                whole |= 1U << i;
        CHECK_EQ_INT(ftruncate(fd, size), 0);
        CHECK_EQ_UINT(read_pack(fd, SEED, &skipped), whole);
    }
}

/* After a hole, and after what looks like the beginning of a record. */
TEST(pack_is_taken_up_again_behind_other_octets)
{
    static char other[3 << 18];
    uint64_t off, skipped;
    struct pack_head h = head_of(5, body_of(5));
    for (size_t size = 1; size < sizeof other; size = size * 5 + 3) {
        OWN(fd_close) int fd = memfd_create("pack", MFD_CLOEXEC);
        struct pack_writer w = { .fd = fd, .seed = SEED };
        CHECK_EQ_INT(pack_write(&w, &h, body_of(5), &off), 0);
        ssize_t n = pread(fd, other, PACK_HEAD, 0); /* its body is not there */
        CHECK_EQ_INT(n, PACK_HEAD);
        other[20] ^= 1;
        w.at = 0;
        CHECK_EQ_INT(file_write_at(fd, span_at(other, size), 0), 0);
        w.at = size;
        CHECK_EQ_INT(pack_write(&w, &h, body_of(5), &off), 0);
        CHECK_EQ_UINT(read_pack(fd, SEED, &skipped), 1U << 5);
        CHECK_EQ_UINT(skipped, size);
    }
}
