#include "store/checkpoint.h"

#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file that holds these in its slots. */
static int file_with(const struct checkpoint *first, const struct checkpoint *second)
{
    int fd = memfd_create("checkpoint", MFD_CLOEXEC);
    static const char zeros[4096];
    char slot[4096];
    CHECK_EQ_INT(ftruncate(fd, CHECKPOINT_FILE), 0);
    if (second)
        CHECK_EQ_INT(checkpoint_write(fd, 1, second), 0);
    CHECK_EQ_INT(pread(fd, slot, sizeof slot, 4096), (ssize_t)sizeof slot);
    if (first)
        CHECK_EQ_INT(checkpoint_write(fd, 0, first), 0);
    else
        CHECK_EQ_INT(file_write_at(fd, span_at(zeros, sizeof zeros), 0), 0);
    CHECK_EQ_INT(file_write_at(fd, span_at(slot, sizeof slot), 4096), 0);
    return fd;
}

static const struct checkpoint older = { 4096, 2, 1 << 20, 77 };
static const struct checkpoint newer = { 8192, 2, 1 << 20, 77 };
static const struct checkpoint newest = { 1024, 3, 1 << 20, 77 };

static void check_read(const struct checkpoint *first, const struct checkpoint *second,
                       const struct checkpoint *wanted, unsigned slot, unsigned damaged)
{
    struct checkpoint c;
    unsigned at, bad;
    OWN(fd_close) int fd = file_with(first, second);
    CHECK_EQ_INT(checkpoint_read(fd, &c, &at, &bad), 0);
    CHECK_EQ_UINT(c.lsn, wanted->lsn);
    CHECK_EQ_UINT(c.epoch, wanted->epoch);
    CHECK_EQ_UINT(c.store, 77);
    CHECK_EQ_UINT(at, slot);
    CHECK_EQ_UINT(bad, damaged);
}

TEST(checkpoint_the_later_one_counts)
{
    check_read(&older, &newer, &newer, 1, 0);
    check_read(&newer, &older, &newer, 0, 0);
    check_read(&newest, &newer, &newest, 0, 0); /* the epoch before the lsn */
    check_read(&older, NULL, &older, 0, 1);
    check_read(NULL, &older, &older, 1, 1);
}

TEST(checkpoint_survives_any_torn_octet_of_the_other_slot)
{
    for (off_t i = 0; i < 40; i++) {
        struct checkpoint c;
        unsigned slot, damaged;
        char octet;
        OWN(fd_close) int fd = file_with(&older, &newer);
        CHECK_EQ_INT(pread(fd, &octet, 1, 4096 + i), 1);
        octet = (char)~octet;
        CHECK_EQ_INT(file_write_at(fd, span_at(&octet, 1), 4096 + i), 0);
        CHECK_EQ_INT(checkpoint_read(fd, &c, &slot, &damaged), 0);
        CHECK_EQ_UINT(c.lsn, older.lsn);
        CHECK_EQ_UINT(damaged, 1);
    }
}

TEST(checkpoint_none_is_none)
{
    struct checkpoint c;
    unsigned slot, damaged;
    CHECK(!checkpoint_decode(SPAN(""), &c, &slot, &damaged));
    CHECK(!checkpoint_decode(SPAN("packboat"), &c, &slot, &damaged));
    OWN(fd_close) int fd = file_with(NULL, NULL);
    CHECK(checkpoint_read(fd, &c, &slot, &damaged) < 0);
}
