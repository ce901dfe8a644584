/* rebuild - an index that cannot be used is made anew from the packs: the same messages
 * under the same uids, and nothing that had been expunged. */
#include "store/core.h"

#include "base/fiber.h"
#include "store/index.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct snapshot before; /* of account 1 */
static void fill(struct place *p)
{
    for (unsigned i = 0; i < 40; i++)
        place_deliver(p, i % 16 == 15 ? 1 : 1 + i % 2, i, place_size(i));
    place_flag(p, 1, (struct uid_range){ 2, 9 }, FLAG_FLAGGED, 0);
    place_flag(p, 1, (struct uid_range){ 4, 5 }, FLAG_SEEN, 0);
    place_expunge(p, 1, 3);
    place_deliver(p, 1, 50, place_size(50));
    place_expunge(p, 1, 23); /* the one before: the last uid that was given */
    free(before.rows);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &before), 0);
}

static void make_whole(struct place *p)
{
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
    place_run(p, fill);
    place_close(p);
    CHECK_EQ_INT(place_verify(p, NULL), 0);
}

static void is_as_before(struct place *p)
{
    place_until_mended(p, 1);
    place_is_rebuilt(p, 1, &before);
}

/* The uid of what comes next was never given before. */
static void goes_on(struct place *p)
{
    struct snapshot s;
    is_as_before(p);
    place_deliver(p, 1, 60, place_size(60));
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, before.count + 1);
    CHECK(s.count > 0 && s.rows[s.count - 1].uid >= 24);
    CHECK(s.count > 0 && place_row_is(p, 1, &s.rows[s.count - 1], 60, place_size(60)));
    free(s.rows);
}

static void expect_whole(struct place *p)
{
    char fault[200];
    if (!CHECK_EQ_INT(place_verify(p, fault), 0))
        printf("  %s\n", fault);
}

static void expect_rebuilt(struct place *p)
{
    CHECK_EQ_INT(place_open(p), 0);
    place_run(p, goes_on);
    place_close(p);
    expect_whole(p);
}

static void expect_kept(struct place *p)
{
    CHECK(place_has(p, "accounts/1/index.db.damaged.1"));
    place_remove(p);
}

TEST(rebuild_an_index_that_is_gone)
{
    struct place p;
    make_whole(&p);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    expect_rebuilt(&p);
    place_remove(&p);
}

TEST(rebuild_an_index_that_is_none)
{
    struct place p;
    make_whole(&p);
    for (long at = 0; at < 100; at++)
        place_flip(&p, "accounts/1/index.db", at);
    expect_rebuilt(&p);
    expect_kept(&p);
}

static int no_row(const int64_t *row, void *arg)
{
    (void)row, (void)arg;
    return 0;
}

static void spoil_index(const char *sql)
{
    struct index x;
    CHECK_EQ_INT(index_open(&x, "accounts/1/index.db"), 0);
    CHECK_EQ_INT(index_query(&x, sql, 1, no_row, NULL), 0);
    index_close(&x);
}

TEST(rebuild_an_index_whose_pages_are_garbled)
{
    struct place p;
    make_whole(&p);
    spoil_index("PRAGMA wal_checkpoint(TRUNCATE)");
    struct stat st;
    CHECK_EQ_INT(fstatat(p.directory, "accounts/1/index.db", &st, 0), 0);
    for (long page = 4096; page < (long)st.st_size; page += 4096)
        for (long at = 0; at < 16; at++)
            place_flip(&p, "accounts/1/index.db", page + at);
    expect_rebuilt(&p);
    expect_kept(&p);
}

/* What SQLite does not see: numbers that are others. */
TEST(rebuild_an_index_with_a_turned_bit)
{
    static const char *const turned[] = {
        "UPDATE email SET off = off + 64 WHERE id = (SELECT min(id) FROM email)",
        "UPDATE email SET size = size - 1 WHERE id = (SELECT max(id) FROM email)",
        "UPDATE msg SET uid = 1000 WHERE uid = 5",
        "DELETE FROM msg WHERE uid = 5",
        "UPDATE state SET applied = applied + 1024",
        "UPDATE mailbox SET uidnext = 5",
        "UPDATE mailbox SET uidvalidity = uidvalidity + 1",
        "UPDATE msg SET flags = flags | 4 WHERE uid = 7",
        "UPDATE meta SET v = v + 1 WHERE k = 'store'",
        "DELETE FROM state",
    };
    for (size_t i = 0; i < sizeof turned / sizeof *turned; i++) {
        struct place p;
        make_whole(&p);
        spoil_index(turned[i]);
        expect_rebuilt(&p);
        expect_kept(&p);
    }
}

static void stays_refused(struct place *p)
{
    struct snapshot s;
    for (unsigned i = 0; i < 50; i++) {
        CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), -EUCLEAN);
        fiber_sleep(1000000);
    }
}

TEST(rebuild_not_what_a_later_version_has_made)
{
    struct place p;
    make_whole(&p);
    spoil_index("UPDATE meta SET v = 7 WHERE k = 'schema'");
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, stays_refused);
    place_close(&p);
    spoil_index("UPDATE meta SET v = 3 WHERE k = 'schema'");
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* The end of the write-ahead log is gone, and SQLite does not know. */
TEST(rebuild_an_index_that_has_lost_its_end)
{
    struct place p;
    make_whole(&p);
    struct stat st;
    CHECK_EQ_INT(fstatat(p.directory, "accounts/1/index.db-wal", &st, 0), 0);
    place_truncate(&p, "accounts/1/index.db-wal", (long)st.st_size / 2);
    CHECK(place_verify(&p, NULL) > 0);
    expect_rebuilt(&p);
    CHECK(place_has(&p, "accounts/1/index.db.damaged.1"));
    place_remove(&p);
}

/* ---- while it is being mended */

static void mail_comes_in(struct place *p)
{
    struct snapshot s;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t account = 1, lsn, email;
        struct delivery d = { &account, 1, 0, SPAN("x"), -1, 1 };
        engine_deliver(p->engine, &d, &lsn, &email);
        place_deliver(p, 2, i, place_size(i));
    }
    place_until_mended(p, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK(s.count >= before.count);
    for (uint32_t i = 1; i < s.count; i++)
        CHECK(s.rows[i].uid > s.rows[i - 1].uid);
    free(s.rows);
}

TEST(rebuild_harms_nobody_else)
{
    struct place p;
    make_whole(&p);
    spoil_index("DELETE FROM state");
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, mail_comes_in);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    CHECK(!place_has(&p, "accounts/1/stuck"));
    place_remove(&p);
}

/* So many others are looked at that this one is closed. */
static void open_others(struct place *p)
{
    struct snapshot s;
    for (uint64_t a = 2; a < 2 + OPEN_ACCOUNTS_MAX; a++) {
        place_deliver(p, a, 2, place_size(2));
        CHECK_EQ_INT(engine_snapshot(p->engine, a, INBOX, &s), 0);
        free(s.rows);
    }
}

/* It is found out while its uids are known: mail is accepted. */
static void spoil_and_deliver(struct place *p)
{
    struct snapshot s;
    place_deliver(p, 1, 1, place_size(1));
    place_until_mended(p, 1);
    open_others(p);
    place_truncate(p, "accounts/1/index.db-wal", 0);
    for (long at = 0; at < 100; at++)
        place_flip(p, "accounts/1/index.db", at);
    for (unsigned i = 0; i < 5; i++)
        place_deliver(p, 1, i, place_size(i));
    place_until_mended(p, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 6);
    for (uint32_t i = 0; i < s.count; i++)
        CHECK_EQ_UINT(s.rows[i].uid, i + 1);
    free(s.rows);
}

TEST(rebuild_and_file_what_was_put_aside)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, spoil_and_deliver);
    place_close(&p);
    expect_whole(&p);
    CHECK(place_has(&p, "accounts/1/index.db.damaged.1"));
    place_remove(&p);
}

static void forget_the_damaged(struct place *p)
{
    static const unsigned number = 3;
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), -EUCLEAN);
    CHECK_EQ_INT(engine_forget(p->engine, 1), 0);
    place_deliver(p, 1, number, place_size(number));
    place_check(p, 1, &number, 1);
}

TEST(rebuild_nothing_of_an_account_that_has_gone)
{
    struct place p;
    make_whole(&p);
    spoil_index("DELETE FROM state");
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, forget_the_damaged);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- packs that are damaged, too */

static void all_but_one(struct place *p)
{
    struct snapshot s;
    place_until_mended(p, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.uidvalidity, before.uidvalidity);
    CHECK_EQ_UINT(s.count, before.count - 1);
    uint32_t same = 0;
    for (uint32_t i = 0, j = 0; i < s.count && j < before.count; j++) {
        before.rows[j].modseq = s.rows[i].modseq;
        if (memcmp(&s.rows[i], &before.rows[j], sizeof *s.rows) == 0)
            same++, i++;
    }
    CHECK_EQ_UINT(same, before.count - 1);
    free(s.rows);
    place_deliver(p, 1, 60, place_size(60));
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK(s.count > 0 && s.rows[s.count - 1].uid > 24); /* one might have been there */
    free(s.rows);
}

TEST(rebuild_loses_the_message_alone_whose_record_is_damaged)
{
    struct place p;
    make_whole(&p);
    const struct snapshot_row *row = &before.rows[before.count / 2];
    CHECK(row->pack == 1);
    place_flip(&p, "accounts/1/pack.000001", (long)row->offset - 20);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, all_but_one);
    place_close(&p);
    char fault[200];
    if (!CHECK_EQ_INT(place_verify(&p, fault), 0))
        printf("  %s\n", fault);
    place_remove(&p);
}

TEST(rebuild_keeps_a_message_whose_octets_are_damaged)
{
    struct place p;
    make_whole(&p);
    const struct snapshot_row *row = &before.rows[before.count / 2];
    place_flip(&p, "accounts/1/pack.000001", (long)row->offset + 1);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_as_before);
    place_close(&p);
    char fault[200];
    CHECK_EQ_INT(place_verify(&p, fault), 1);
    CHECK(strstr(fault, "not what came in") != NULL);
    place_remove(&p);
}

static int swap(struct place *p, const char *a, const char *b)
{
    return renameat2(p->directory, a, p->directory, b, RENAME_EXCHANGE);
}

static void sees_nothing_of_the_other(struct place *p)
{
    struct snapshot s;
    place_until_mended(p, 2);
    is_as_before(p);
    CHECK_EQ_INT(engine_snapshot(p->engine, 2, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 18); /* the odd ones of forty, but for 31 and 15 */
    free(s.rows);
}

TEST(rebuild_indexes_that_changed_places)
{
    struct place p;
    make_whole(&p);
    CHECK_EQ_INT(swap(&p, "accounts/1/index.db", "accounts/2/index.db"), 0);
    CHECK_EQ_INT(swap(&p, "accounts/1/index.db-wal", "accounts/2/index.db-wal"), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, sees_nothing_of_the_other);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

static void reads_nothing_of_the_other(struct place *p)
{
    CHECK_EQ_INT(engine_pack_open(p->engine, 1, 1), -EUCLEAN);
    CHECK_EQ_INT(engine_pack_open(p->engine, 2, 1), -EUCLEAN);
}

TEST(rebuild_not_needed_to_keep_packs_apart_that_changed_places)
{
    struct place p;
    make_whole(&p);
    CHECK_EQ_INT(swap(&p, "accounts/1/pack.000001", "accounts/2/pack.000001"), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, reads_nothing_of_the_other);
    place_close(&p);
    CHECK(place_verify(&p, NULL) > 0);
    place_remove(&p);
}

/* Another account's packs are nobody's here. */
TEST(rebuild_takes_nothing_of_another_account)
{
    struct place p;
    make_whole(&p);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    CHECK_EQ_INT(renameat(p.directory, "accounts/2/pack.000001", p.directory,
                          "accounts/1/pack.000001"),
                 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, stays_refused);
    place_close(&p);
    place_remove(&p);
}
