/* compact - packs that are more than half dead are written anew; nobody notices. */
#include "store/core.h"

#include "base/fiber.h"
#include "base/own.h"
#include "os/files.h"
#include "store/changes.h"
#include "store/compact.h"
#include "store/folder.h"
#include "store/index.h"
#include "store/lease.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAILS = 60, FROM = 64 << 10, OTHER = 99 };

/* What stays of account 1: every fifth message, and the last. */
static unsigned kept[MAILS];
static size_t kept_count;
static uint32_t uidvalidity;

static void fill(struct place *p)
{
    for (unsigned i = 0; i < MAILS; i++)
        place_deliver(p, 1, i, place_size(i));
}

static void expunge_most(struct place *p)
{
    uint32_t uids[MAILS];
    size_t count = 0;
    uint64_t lsn = 0;
    kept_count = 0;
    for (unsigned i = 0; i < MAILS; i++) {
        if (i % 5 == 0 || i == MAILS - 1)
            kept[kept_count++] = i;
        else
            uids[count++] = i + 1;
    }
    CHECK_EQ_INT(engine_expunge(p->engine, 1, INBOX, uids, count, &lsn), 0);
    place_wait(p, lsn);
}

/* So much is journalled that there is a checkpoint; that takes CHECKPOINT_SECONDS else. */
static void make_checkpoint(struct place *p)
{
    for (unsigned i = 0; i < 6; i++)
        place_deliver(p, OTHER, i, 250000);
    uint64_t made = p->engine->checkpoints_asked;
    for (unsigned i = 0; i < 1000 && p->engine->checkpoints_made < made; i++)
        fiber_sleep(1000000);
}

static bool comes_true(struct place *p, bool (*is)(struct place *))
{
    for (unsigned i = 0; i < 2000; i++) {
        if (is(p))
            return true;
        fiber_sleep(1000000);
    }
    return false;
}

static bool is_compacted(struct place *p)
{
    return !list_is_empty(&p->engine->retired);
}

static bool first_pack_has_gone(struct place *p)
{
    return !place_has(p, "accounts/1/pack.000001");
}

static void compact(struct place *p)
{
    fill(p);
    expunge_most(p);
    CHECK(comes_true(p, is_compacted));
    place_check(p, 1, kept, kept_count);
}

static void compact_and_drop(struct place *p)
{
    struct snapshot s;
    compact(p);
    for (unsigned i = 0; i < 3; i++)
        make_checkpoint(p);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    uidvalidity = s.uidvalidity;
    engine_release(p->engine, 1, s.lease);
    free(s.rows);
}

static void has_gone(struct place *p)
{
    CHECK(comes_true(p, first_pack_has_gone));
    place_check(p, 1, kept, kept_count);
}

static void open_place(struct place *p)
{
    place_make(p);
    p->compact_from = FROM;
    CHECK_EQ_INT(place_open(p), 0);
}

static void expect_whole(struct place *p)
{
    char fault[200];
    if (!CHECK_EQ_INT(place_verify(p, fault), 0))
        printf("  %s\n", fault);
}

/* Snapshots that place_check takes are never given back: without leases. */
static void release_all(struct place *p)
{
    struct head *h = head_of(p->engine, 1);
    lease_free_all(h);
    retired_look(p->engine);
}

static void drop_released(struct place *p)
{
    compact_and_drop(p);
    release_all(p);
    has_gone(p);
}

TEST(compact_leaves_what_is_needed)
{
    struct place p;
    open_place(&p);
    place_run(&p, drop_released);
    CHECK(pack_size(p.directory, 1, 1) == 0);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

/* ---- sessions */

static void read_on(struct place *p)
{
    struct snapshot before;
    fill(p);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &before), 0);
    expunge_most(p);
    CHECK(comes_true(p, is_compacted));
    for (unsigned i = 0; i < 3; i++)
        make_checkpoint(p);
    for (uint32_t i = 0; i < before.count; i++)
        if (before.rows[i].pack != 0) /* a large one goes when it is expunged */
            CHECK(place_row_is(p, 1, &before.rows[i], i, place_size(i)));
    engine_release(p->engine, 1, before.lease);
    free(before.rows);
    CHECK(comes_true(p, first_pack_has_gone));
}

TEST(compact_takes_nothing_from_a_session)
{
    struct place p;
    open_place(&p);
    place_run(&p, read_on);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

/* ---- at the same time */

static void expunge_and_deliver_meanwhile(struct place *p)
{
    static const unsigned left[] = { 0, 5, 10, 61, 62 };
    fill(p);
    expunge_most(p);
    for (size_t i = 3; i < kept_count; i++)
        place_expunge(p, 1, kept[i] + 1);
    place_deliver(p, 1, 61, place_size(61));
    CHECK(comes_true(p, is_compacted));
    place_deliver(p, 1, 62, place_size(62));
    place_check(p, 1, left, 5);
}

TEST(compact_while_mail_comes_and_goes)
{
    struct place p;
    open_place(&p);
    place_run(&p, expunge_and_deliver_meanwhile);
    place_close(&p);
    expect_whole(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

static void forget_meanwhile(struct place *p)
{
    static const unsigned number = 3;
    fill(p);
    expunge_most(p);
    CHECK_EQ_INT(engine_forget(p->engine, 1), 0);
    place_deliver(p, 1, number, place_size(number));
    for (unsigned i = 0; i < 3; i++)
        make_checkpoint(p);
    place_check(p, 1, &number, 1);
}

TEST(compact_harms_no_later_account)
{
    struct place p;
    open_place(&p);
    place_run(&p, forget_meanwhile);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

/* ---- crashes */

static void check_kept(struct place *p)
{
    place_until_mended(p, 1);
    place_check(p, 1, kept, kept_count);
}

static void remember_kept(void)
{
    kept_count = 0;
    for (unsigned i = 0; i < MAILS; i++)
        if (i % 5 == 0 || i == MAILS - 1)
            kept[kept_count++] = i;
}

static void crash_after(struct place *p, void (*fn)(struct place *))
{
    place_make(p);
    p->compact_from = FROM;
    place_run_and_die(p, fn);
    remember_kept();
}

TEST(compact_and_crash)
{
    static void (*const fns[])(struct place *) = { compact, compact_and_drop };
    for (size_t i = 0; i < 2; i++) {
        struct place p;
        crash_after(&p, fns[i]);
        CHECK_EQ_INT(place_open(&p), 0);
        place_run(&p, check_kept);
        place_close(&p);
        expect_whole(&p);
        place_remove(&p);
    }
}

static bool is_kept(uint32_t uid)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i] + 1 == uid)
            return true;
    return false;
}

/* Who has heard of nothing yet is told of all of them (RFC 7162). */
static void check_vanished(struct place *p)
{
    struct buf ranges = { .max = 1 << 20 };
    struct uid_range r;
    uint32_t next = 1;
    CHECK_EQ_INT(engine_vanished(p->engine, 1, INBOX, 1, &ranges), 0);
    for (size_t i = 0; i < ranges.len; i += sizeof r) {
        memcpy(&r, ranges.at + i, sizeof r);
        for (; next < r.first; next++)
            CHECK(is_kept(next));
        for (; next <= r.last; next++)
            CHECK(!is_kept(next));
    }
    CHECK_EQ_UINT(next, MAILS); /* the last one is kept */
    buf_free(&ranges);
}

/* The roster tells what is gone, though the tombstones have gone, too. */
TEST(compact_and_rebuild)
{
    struct place p;
    open_place(&p);
    place_run(&p, drop_released);
    place_run(&p, check_vanished);
    place_close(&p);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, check_kept);
    place_run(&p, check_vanished);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

/* Old and new pack are both there: every message is, once. */
TEST(compact_and_rebuild_from_both)
{
    struct place p;
    crash_after(&p, compact);
    CHECK(place_has(&p, "accounts/1/pack.000001"));
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, check_kept);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

/* ---- an account that is emptied again and again, as POP3 does it */

static void empty_often(struct place *p)
{
    struct snapshot s;
    uint64_t lsn = 0;
    for (unsigned round = 0; round < 20; round++) {
        uint32_t uids[10];
        for (unsigned i = 0; i < 10; i++)
            place_deliver(p, 1, i, 20000);
        CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
        CHECK_EQ_UINT(s.count, 10);
        for (uint32_t i = 0; i < s.count; i++)
            uids[i] = s.rows[i].uid;
        engine_release(p->engine, 1, s.lease);
        free(s.rows);
        CHECK_EQ_INT(engine_expunge(p->engine, 1, INBOX, uids, 10, &lsn), 0);
        place_wait(p, lsn);
    }
    for (unsigned i = 0; i < 4; i++)
        make_checkpoint(p);
}

static int add_size(uint32_t pack, uint64_t size, void *arg)
{
    (void)pack;
    *(uint64_t *)arg += size;
    return 0;
}

TEST(compact_keeps_an_empty_account_small)
{
    struct place p;
    uint64_t octets = 0;
    open_place(&p);
    place_run(&p, empty_often); /* 4 MB have been here */
    place_close(&p);
    CHECK_EQ_INT(pack_each(p.directory, 1, add_size, &octets), 0);
    if (!CHECK(octets < 1000000))
        printf("  %lu octets\n", (unsigned long)octets);
    expect_whole(&p);
    place_remove(&p);
}

/* ---- uids that are gone are remembered one by one, but not for ever */

static int count_one(const int64_t *row, void *arg)
{
    CHECK_EQ_INT(row[0], INBOX);
    ++*(int *)arg;
    return 0;
}

static int pruned(struct index *x)
{
    int count = 0;
    CHECK_EQ_INT(index_each(x, INDEX_PRUNE, INDEX_VALUES(EXPUNGED_KEPT), 1, count_one,
                            &count),
                 0);
    return count;
}

TEST(compact_prunes_what_was_expunged_long_ago)
{
    static const char many[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + "
                               "1 FROM n WHERE i < 12000)"
                               " INSERT INTO expunged SELECT 1, i, i * 8, i FROM n";
    struct index x;
    int64_t one;
    CHECK_EQ_INT(index_make(&x, 7), 0);
    CHECK_EQ_INT(pruned(&x), 0);
    CHECK_EQ_INT(index_script(&x, many), 0);
    CHECK_EQ_INT(pruned(&x), 12000 - EXPUNGED_KEPT - 1);
    CHECK_EQ_INT(index_find(&x, INDEX_FIND_EXPUNGED, INDEX_VALUES(INBOX, 1), &one, 1),
                 0);
    CHECK_EQ_INT(index_find(&x, INDEX_FIND_EXPUNGED, INDEX_VALUES(INBOX, 12000), &one,
                            1),
                 1);
    index_close(&x);
}
