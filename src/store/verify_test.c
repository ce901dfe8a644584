#include "store/engine.h"

#include "base/own.h"
#include "os/files.h"
#include "store/index.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A store with a little of everything, closed. */
static void fill(struct place *p)
{
    for (unsigned i = 0; i < 40; i++)
        place_deliver(p, i % 16 == 15 ? 1 : 1 + i % 2, i, place_size(i));
    place_expunge(p, 1, 3);
}

static void make_whole(struct place *p)
{
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
    place_run(p, fill);
    place_close(p);
    CHECK_EQ_INT(place_verify(p, NULL), 0);
}

static void expect_fault(struct place *p, const char *words)
{
    char fault[200];
    CHECK(place_verify(p, fault) > 0);
    if (!CHECK(strstr(fault, words) != NULL))
        printf("  wanted \"%s\", got \"%s\"\n", words, fault);
    place_remove(p);
}

static int no_row(const int64_t *row, void *arg)
{
    (void)row, (void)arg;
    return 0;
}

static void spoil_index(struct place *p, const char *sql)
{
    struct index x;
    CHECK_EQ_INT(index_open(&x, "accounts/1/index.db"), 0);
    CHECK_EQ_INT(index_query(&x, sql, 1, no_row, NULL), 0);
    index_close(&x);
    (void)p;
}

TEST(verify_finds_every_planted_fault_in_an_index)
{
    static const struct {
        const char *sql, *words;
    } faults[] = {
        { "DELETE FROM msg WHERE uid = 5", "belong to no message" },
        { "DELETE FROM email WHERE id = (SELECT email FROM msg WHERE uid = 5)",
          "lost their body's place" },
        { "UPDATE mailbox SET uidnext = 7", "how far it goes" },
        { "DELETE FROM expunged", "neither there nor expunged" },
        { "INSERT INTO expunged VALUES(1, 5, 9, 0)", "there and expunged" },
        { "UPDATE email SET off = off + 1", "no sound record" },
        { "UPDATE email SET off = 1 << 40 WHERE rowid ="
          " (SELECT max(rowid) FROM email WHERE pack = 1)",
          "beyond the end of pack" },
        { "UPDATE email SET received = received + 1", "do not say the same" },
        { "UPDATE msg SET uid = uid + 1000 WHERE uid = 20;", "never given" },
        { "UPDATE email SET size = size + 1 WHERE large > 0", "octets are counted" },
        { "UPDATE email SET large = large + 1 WHERE large > 0", "do not say the same" },
        { "UPDATE mailbox SET sum = sum + 1", "how far it goes" },
        { "UPDATE state SET applied = applied + 8", "how far it goes" },
        { "UPDATE mailbox SET uidvalidity = 5", "how far it goes" },
        { "UPDATE mailbox SET unseen = unseen - 1", "how far it goes" },
        { "UPDATE msg SET flags = 8 WHERE uid = 5", "not what was written (sum)" },
        { "UPDATE msg SET mbox = 2 WHERE uid = 5", "neither there nor expunged" },
        { "UPDATE email SET refs = 2 WHERE rowid = (SELECT max(rowid) FROM email)",
          "counted for other messages" },
        { "UPDATE email SET size = -1", "impossible place" },
        { "UPDATE meta SET v = v + 1 WHERE k = 'store'", "another store" },
        { "UPDATE meta SET v = 9 WHERE k = 'schema'", "schema 9" },
        { "DELETE FROM meta WHERE k = 'schema'", "does not say what it is" },
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct place p;
        make_whole(&p);
        spoil_index(&p, faults[i].sql);
        expect_fault(&p, faults[i].words);
    }
}

TEST(verify_finds_a_flipped_bit_in_a_pack)
{
    struct place p;
    make_whole(&p);
    place_flip(&p, "accounts/1/pack.000001", 6000);
    expect_fault(&p, "not what came in");
}

TEST(verify_finds_a_short_pack)
{
    struct place p;
    make_whole(&p);
    place_truncate(&p, "accounts/1/pack.000001", 20000);
    expect_fault(&p, "beyond the end of pack");
}

TEST(verify_finds_a_pack_that_is_gone)
{
    struct place p;
    make_whole(&p);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/pack.000001", 0), 0);
    expect_fault(&p, "pack 1: No such file");
}

TEST(verify_finds_a_truncated_index)
{
    struct place p;
    make_whole(&p);
    spoil_index(&p, "PRAGMA wal_checkpoint(TRUNCATE)");
    place_truncate(&p, "accounts/1/index.db", 8192);
    expect_fault(&p, "account 1: the index");
}

static void swap_pages(const char *path, unsigned a, unsigned b)
{
    enum { PAGE = 4096 };
    char one[PAGE], other[PAGE];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    CHECK_EQ_INT(pread(fd, one, PAGE, (a - 1) * PAGE), PAGE);
    CHECK_EQ_INT(pread(fd, other, PAGE, (b - 1) * PAGE), PAGE);
    CHECK_EQ_INT(pwrite(fd, other, PAGE, (a - 1) * PAGE), PAGE);
    CHECK_EQ_INT(pwrite(fd, one, PAGE, (b - 1) * PAGE), PAGE);
    CHECK_EQ_INT(close(fd), 0);
}

/* Among them are such that nobody reads who looks for a message, and where SQLite's own
 * check gives up. */
TEST(verify_finds_pages_that_changed_places)
{
    enum { PAGES = 10 };
    static const char index[] = "accounts/1/index.db";
    struct place p;
    char fault[200];
    make_whole(&p);
    spoil_index(&p, "PRAGMA wal_checkpoint(TRUNCATE)");
    for (unsigned a = 2; a <= PAGES; a++)
        for (unsigned b = a + 1; b <= PAGES; b++) {
            swap_pages(index, a, b);
            CHECK(place_verify(&p, fault) > 0);
            CHECK(strstr(fault, "cannot be read") == NULL);
            swap_pages(index, a, b);
        }
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

TEST(verify_finds_an_empty_index)
{
    struct place p;
    make_whole(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    expect_fault(&p, "account 1: the index");
}

TEST(verify_finds_a_garbled_index)
{
    struct place p;
    make_whole(&p);
    spoil_index(&p, "PRAGMA wal_checkpoint(TRUNCATE)");
    for (long at = 3 * 4096; at < 3 * 4096 + 64; at++)
        place_flip(&p, "accounts/1/index.db", at);
    expect_fault(&p, "account 1: the index");
}

TEST(verify_finds_a_torn_checkpoint_slot)
{
    struct place p;
    make_whole(&p);
    place_flip(&p, "checkpoint", 4096 + 16);
    expect_fault(&p, "one slot");
}

/* The one that is in use; the others may still have to be filled. */
TEST(verify_finds_a_short_segment)
{
    struct place p;
    make_whole(&p);
    place_truncate(&p, "journal/j0", 4096);
    expect_fault(&p, "segment j0");
}

TEST(verify_finds_a_stranger_among_the_accounts)
{
    struct place p;
    make_whole(&p);
    CHECK_EQ_INT(mkdirat(p.directory, "accounts/bob", 0700), 0);
    expect_fault(&p, "no account");
}
