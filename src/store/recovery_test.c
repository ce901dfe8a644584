#include "store/core.h"

#include "base/own.h"
#include "os/files.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void have_filed(struct place *p, uint64_t account)
{
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, account, INBOX, &s), 0);
    free(s.rows);
}

/* What each life of the store adds: some of it is filed when it dies, some is not. */
static void live(struct place *p)
{
    for (unsigned i = 0; i < 12; i++)
        place_deliver(p, 1 + i % 2, i, place_size(i));
    have_filed(p, 1);
    uint64_t both[] = { 1, 2 };
    place_deliver_to(p, both, 2, 15, place_size(15));
    place_expunge(p, 1, 2);
    have_filed(p, 2);
    place_deliver(p, 2, 16, place_size(16));
}

static void check_life(struct place *p)
{
    static const unsigned first[] = { 0, 4, 6, 8, 10, 15 };
    static const unsigned second[] = { 1, 3, 5, 7, 9, 11, 15, 16 };
    place_check(p, 1, first, sizeof first / sizeof *first);
    place_check(p, 2, second, sizeof second / sizeof *second);
}

static void open_and_check(struct place *p)
{
    if (!CHECK_EQ_INT(place_open(p), 0))
        return;
    place_run(p, check_life);
    place_close(p);
    char fault[200];
    if (!CHECK_EQ_INT(place_verify(p, fault), 0))
        printf("  %s\n", fault);
}

static void die_once(struct place *p)
{
    place_make(p);
    place_run_and_die(p, live);
}

TEST(recovery_after_a_kill)
{
    struct place p;
    die_once(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0); /* whole, though not recovered */
    open_and_check(&p);
    open_and_check(&p);
    place_remove(&p);
}

/* The rows are durable, the pack's octets are not. */
TEST(recovery_writes_bodies_again)
{
    struct place p;
    die_once(&p);
    place_truncate(&p, "accounts/2/pack.000001", 100);
    place_flip(&p, "accounts/2/pack.000001", 50);
    open_and_check(&p);
    place_remove(&p);
}

static void remove_in(const struct place *p, const char *path)
{
    CHECK_EQ_INT(unlinkat(p->directory, path, 0), 0);
}

/* Not even the rows: a write-ahead log that never reached the disk. */
TEST(recovery_files_again_what_an_index_lost)
{
    struct place p;
    die_once(&p);
    if (place_has(&p, "accounts/2/index.db-wal"))
        remove_in(&p, "accounts/2/index.db-wal");
    remove_in(&p, "accounts/2/pack.000001");
    open_and_check(&p);
    place_remove(&p);
}

TEST(recovery_makes_a_lost_folder_again)
{
    struct place p;
    die_once(&p);
    CHECK_EQ_INT(renameat(p.directory, "accounts/2", p.directory, "forgotten/x"), 0);
    open_and_check(&p);
    CHECK(!place_has(&p, "forgotten/x"));
    place_remove(&p);
}

/* A large message's links are lost, and a file is there that nobody knows. */
TEST(recovery_puts_large_messages_right)
{
    struct place p;
    die_once(&p);
    CHECK_EQ_INT(renameat(p.directory, "accounts/2/big", p.directory, "old"), 0);
    CHECK_EQ_INT(mkdirat(p.directory, "accounts/2/big", 0700), 0);
    OWN(fd_close)
    int orphan = file_open(p.directory, "accounts/2/big/00000000000000aa",
                           O_WRONLY | O_CREAT, 0600);
    CHECK(orphan >= 0);
    open_and_check(&p);
    CHECK(!place_has(&p, "accounts/2/big/00000000000000aa"));
    place_remove(&p);
}

static void nothing(struct place *p)
{
    (void)p;
}

/* Again and again: recovery that dies right after it is only a recovery more. */
TEST(recovery_many_times)
{
    struct place p;
    die_once(&p);
    for (unsigned i = 0; i < 3; i++)
        place_run_and_die(&p, nothing);
    open_and_check(&p);
    place_remove(&p);
}

/* ---- the journal's end */

static void deliver_two(struct place *p)
{
    place_deliver(p, 1, 0, place_size(0));
    place_deliver(p, 1, 1, place_size(1));
}

static struct checkpoint read_checkpoint(const struct place *p)
{
    struct checkpoint c;
    unsigned slot, damaged;
    OWN(fd_close) int fd = file_open(p->directory, "checkpoint", O_RDONLY, 0);
    CHECK_EQ_INT(checkpoint_read(fd, &c, &slot, &damaged), 0);
    return c;
}

/* Where the last entry begins, in its segment. */
static uint64_t last_entry(const struct place *p, char path_r[32])
{
    struct checkpoint c = read_checkpoint(p);
    struct journal j;
    struct journal_reader r;
    const struct entry_head *head;
    uint64_t last = 0;
    CHECK_EQ_INT(journal_open_only(&j, p->directory, c.segment), 0);
    CHECK_EQ_INT(journal_reader_open(&r, &j, c.lsn, c.epoch), 0);
    while (journal_next(&r, &head) == 1)
        last = head->lsn;
    journal_reader_close(&r);
    journal_close(&j);
    snprintf(path_r, 32, "journal/j%u",
             (unsigned)(last / c.segment % JOURNAL_SEGMENTS));
    return last % c.segment;
}

static void only_the_first(struct place *p)
{
    static const unsigned number = 0, both[] = { 0, 5 };
    place_check(p, 1, &number, 1);
    place_deliver(p, 1, 5, place_size(5));
    place_check(p, 1, both, 2);
}

/* Torn: as if it had never been; what comes after takes its place, uid and all. */
TEST(recovery_drops_a_torn_last_entry)
{
    for (long octet = 0; octet < 128; octet += 31) {
        struct place p;
        char path[32];
        place_make(&p);
        place_run_and_die(&p, deliver_two);
        /* Not filed either: a folder never knows what is not durable. */
        if (place_has(&p, "accounts/1"))
            CHECK_EQ_INT(renameat(p.directory, "accounts/1", p.directory, "old"), 0);
        uint64_t at = last_entry(&p, path);
        place_flip(&p, path, (long)at + octet);
        CHECK_EQ_INT(place_open(&p), 0);
        place_run(&p, only_the_first);
        place_close(&p);
        CHECK_EQ_INT(place_verify(&p, NULL), 0);
        place_remove(&p);
    }
}

static void two_and_one_more(struct place *p)
{
    static const unsigned numbers[] = { 0, 1, 2 };
    place_deliver(p, 1, 2, place_size(2));
    place_check(p, 1, numbers, 3);
}

/* Entries of the epoch before, right behind the end, must not come back. */
TEST(recovery_does_not_raise_the_dead)
{
    struct place p;
    place_make(&p);
    place_run_and_die(&p, deliver_two);
    struct checkpoint before = read_checkpoint(&p);
    place_run_and_die(&p, two_and_one_more);
    struct checkpoint after = read_checkpoint(&p);
    CHECK_EQ_UINT(after.epoch, before.epoch + 1);
    CHECK(after.lsn >= before.lsn + JOURNAL_SEGMENTS * before.segment);
    CHECK_EQ_INT(place_open(&p), 0);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

TEST(recovery_with_a_torn_checkpoint_slot)
{
    for (long slot = 0; slot < 2; slot++) {
        struct place p;
        die_once(&p);
        place_flip(&p, "checkpoint", slot * 4096 + 20);
        open_and_check(&p);
        place_remove(&p);
    }
}

TEST(recovery_refuses_what_it_cannot_judge)
{
    struct place p;
    die_once(&p);
    place_flip(&p, "checkpoint", 20);
    place_flip(&p, "checkpoint", 4096 + 20);
    CHECK_EQ_INT(place_open(&p), -EUCLEAN);
    CHECK(place_verify(&p, NULL) > 0);
    place_remove(&p);
}

TEST(recovery_refuses_a_journal_that_is_cut_short)
{
    struct place p;
    die_once(&p);
    char path[32];
    last_entry(&p, path);
    place_truncate(&p, path, 8192);
    CHECK_EQ_INT(place_open(&p), -EUCLEAN);
    place_remove(&p);
}

/* ---- forget */

static void forget_one(struct place *p)
{
    for (unsigned i = 0; i < 4; i++)
        place_deliver(p, 1 + i % 2, i, place_size(i));
    CHECK_EQ_INT(engine_forget(p->engine, 1), 0);
}

static void one_is_gone(struct place *p)
{
    static const unsigned second[] = { 1, 3 };
    place_check(p, 2, second, 2);
    CHECK(!place_has(p, "accounts/1"));
}

TEST(recovery_forgets_again)
{
    struct place p;
    place_make(&p);
    place_run_and_die(&p, forget_one);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, one_is_gone);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- an account that is damaged */

static void all_for_both(struct place *p)
{
    static const unsigned first[] = { 0, 4, 6, 8, 10, 15, 7 };
    static const unsigned second[] = { 1, 3, 5, 7, 9, 11, 15, 16, 6 };
    place_deliver(p, 2, 6, place_size(6)); /* that one notices nothing */
    place_check(p, 2, second, sizeof second / sizeof *second);
    place_until_mended(p, 1);
    place_deliver(p, 1, 7, place_size(7));
    place_check(p, 1, first, sizeof first / sizeof *first);
}

/* Its entries are put aside until its index has been made anew. */
TEST(recovery_sets_a_damaged_account_aside)
{
    struct place p;
    die_once(&p);
    remove_in(&p, "accounts/1/index.db");
    CHECK(place_has(&p, "accounts/1/pack.000001"));
    CHECK_EQ_INT(place_open(&p), 0);
    CHECK(place_has(&p, "accounts/1/stuck"));
    place_run(&p, all_for_both);
    CHECK(!place_has(&p, "accounts/1/stuck"));
    place_close(&p);
    char fault[200];
    if (!CHECK_EQ_INT(place_verify(&p, fault), 0))
        printf("  %s\n", fault);
    place_remove(&p);
}
