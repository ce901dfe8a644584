/* flags_test - flags of messages: changed, kept, told again by the packs. */
#include "store/core.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "store/lease.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>

enum { MAILS = 8 };

static uint64_t change(struct place *p, const struct flags_change *c,
                       const struct uid_range *ranges, size_t count)
{
    uint64_t lsn = 0;
    CHECK_EQ_INT(engine_flags(p->engine, 1, INBOX, c, ranges, count, &lsn), 0);
    place_wait(p, lsn);
    return lsn;
}

static uint64_t set(struct place *p, uint32_t first, uint32_t last, uint64_t add,
                    uint64_t remove)
{
    return place_flag(p, 1, (struct uid_range){ first, last }, add, remove);
}

/* flags: of MAILS, by uid. */
static void expect(struct place *p, const uint64_t *flags)
{
    struct snapshot s;
    struct status status;
    uint64_t unseen = 0, deleted = 0;
    place_until_mended(p, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_INT(engine_status(p->engine, 1, INBOX, &status), 0);
    CHECK_EQ_UINT(s.count, MAILS);
    for (uint32_t i = 0; i < s.count && i < MAILS; i++) {
        CHECK_EQ_UINT(s.rows[i].uid, i + 1);
        CHECK_EQ_UINT(s.rows[i].flags, flags[i]);
        unseen += !(flags[i] & FLAG_SEEN);
        deleted += (flags[i] & FLAG_DELETED) != 0;
    }
    CHECK_EQ_UINT(status.total, s.count);
    CHECK_EQ_UINT(status.unseen, unseen);
    CHECK_EQ_UINT(status.deleted, deleted);
    CHECK_EQ_UINT(status.octets, s.octets);
    engine_release(p->engine, 1, s.lease);
    free(s.rows);
}

static void deliver_all(struct place *p)
{
    for (unsigned i = 0; i < MAILS; i++)
        place_deliver(p, 1, i, 100 + i);
}

static const uint64_t changed[MAILS] = { FLAG_SEEN,
                                         FLAG_SEEN | FLAG_DELETED,
                                         FLAG_SEEN | FLAG_DELETED,
                                         FLAG_DELETED,
                                         0,
                                         0,
                                         FLAG_DRAFT,
                                         FLAG_ANSWERED };

static void change_all(struct place *p)
{
    static const struct uid_range some[] = { { 2, 3 }, { 4, 4 }, { 900, 1000 } };
    deliver_all(p);
    set(p, 1, 6, FLAG_SEEN, 0);
    change(p, &(struct flags_change){ FLAG_DELETED, 0, UINT64_MAX }, some, 3);
    set(p, 4, 5, 0, FLAG_SEEN);
    set(p, 6, 6, 0, UINT64_MAX);
    set(p, 7, 7, FLAG_DRAFT, UINT64_MAX);
    set(p, 8, UINT32_MAX, FLAG_ANSWERED, 0);
    expect(p, changed);
}

static void is_changed(struct place *p)
{
    expect(p, changed);
}

static void make(struct place *p)
{
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
}

static void end(struct place *p)
{
    place_close(p);
    CHECK_EQ_INT(place_verify(p, NULL), 0);
    place_remove(p);
}

TEST(flags_are_kept)
{
    struct place p;
    make(&p);
    place_run(&p, change_all);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_changed);
    end(&p);
}

TEST(flags_outlive_a_crash)
{
    struct place p;
    place_make(&p);
    place_run_and_die(&p, change_all);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_changed);
    end(&p);
}

TEST(flags_are_told_by_the_packs)
{
    struct place p;
    make(&p);
    place_run(&p, change_all);
    place_close(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_changed);
    end(&p);
}

/* With a journal whose entries are all filed again, over an index that has them all. */
TEST(flags_are_told_by_the_packs_after_a_crash)
{
    struct place p;
    place_make(&p);
    place_run_and_die(&p, change_all);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_changed);
    place_close(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_changed);
    end(&p);
}

/* RFC 7162 §3.1.3; the modseq is that of the last change, and grows with each. */
static void change_unless_changed(struct place *p)
{
    static const uint64_t flags[MAILS] = { FLAG_SEEN, FLAG_FLAGGED };
    struct snapshot s;
    deliver_all(p);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    uint64_t since = s.modseq;
    CHECK_EQ_UINT(s.rows[MAILS - 1].modseq, since);
    free(s.rows);
    uint64_t first = set(p, 1, 1, FLAG_SEEN, 0);
    uint64_t second = change(p, &(struct flags_change){ FLAG_FLAGGED, 0, since },
                             &(struct uid_range){ 1, 2 }, 1);
    set(p, 2, 2, FLAG_FLAGGED, 0); /* it is: no change */
    expect(p, flags);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.rows[0].modseq, first);
    CHECK_EQ_UINT(s.rows[1].modseq, second);
    CHECK_EQ_UINT(s.modseq, second);
    CHECK(since < first && first < second);
    free(s.rows);
}

TEST(flags_of_what_is_unchanged_since)
{
    struct place p;
    make(&p);
    place_run(&p, change_unless_changed);
    end(&p);
}

static void is_refused(struct place *p)
{
    static const struct uid_range wrong[][2] = {
        { { 0, 3 }, { 5, 6 } },
        { { 3, 2 }, { 5, 6 } },
        { { 1, 3 }, { 3, 6 } },
        { { 5, 6 }, { 1, 2 } },
    };
    const struct flags_change c = { FLAG_SEEN, 0, UINT64_MAX };
    static struct uid_range many[FLAGS_RANGES_MAX + 1];
    uint64_t lsn;
    deliver_all(p);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_EQ_INT(engine_flags(p->engine, 1, INBOX, &c, wrong[i], 2, &lsn), -EINVAL);
    for (uint32_t i = 0; i <= FLAGS_RANGES_MAX; i++)
        many[i] = (struct uid_range){ 2 * i + 1, 2 * i + 1 };
    CHECK_EQ_INT(engine_flags(p->engine, 1, INBOX, &c, many, FLAGS_RANGES_MAX + 1,
                              &lsn),
                 -E2BIG);
    CHECK_EQ_INT(engine_flags(p->engine, 1, INBOX, &c, many, 0, &lsn), 0);
    expect(p, (const uint64_t[MAILS]){ 0 });
    change(p, &c, many, FLAGS_RANGES_MAX);
    expect(p, (const uint64_t[MAILS]){ FLAG_SEEN, 0, FLAG_SEEN, 0, FLAG_SEEN, 0,
                                       FLAG_SEEN, 0 });
}

TEST(flags_of_ranges_that_are_none)
{
    struct place p;
    make(&p);
    place_run(&p, is_refused);
    end(&p);
}

/* More than are changed in one go. */
static void change_many(struct place *p)
{
    struct snapshot s;
    for (unsigned i = 0; i < 1300; i++)
        place_deliver(p, 1, i, 60);
    set(p, 1, UINT32_MAX, FLAG_SEEN, 0);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 1300);
    for (uint32_t i = 0; i < s.count; i++)
        CHECK_EQ_UINT(s.rows[i].flags, FLAG_SEEN);
    free(s.rows);
}

TEST(flags_of_many_at_once)
{
    struct place p;
    make(&p);
    place_run(&p, change_many);
    end(&p);
}

/* ---- packs that go */

enum { DEAD = 60 };

static bool comes_true(struct place *p, bool (*is)(struct place *))
{
    for (unsigned i = 0; i < 4000; i++) {
        if (is(p))
            return true;
        fiber_sleep(CLOCK_MS);
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

/* So much is journalled elsewhere that there is a checkpoint. */
static void make_checkpoint(struct place *p)
{
    for (unsigned i = 0; i < 6; i++)
        place_deliver(p, 99, i, 250000);
    uint64_t made = p->engine->checkpoints_asked;
    for (unsigned i = 0; i < 1000 && p->engine->checkpoints_made < made; i++)
        fiber_sleep(CLOCK_MS);
}

static const uint64_t left_flags[MAILS] = { FLAG_FLAGGED, 0,           0,
                                            FLAG_FLAGGED, 0,           FLAG_SEEN,
                                            FLAG_FLAGGED, FLAG_FLAGGED };

static void compact_and_drop(struct place *p)
{
    uint32_t uids[DEAD];
    uint64_t lsn = 0;
    deliver_all(p);
    set(p, 1, MAILS, FLAG_FLAGGED, 0);
    set(p, 2, 3, 0, FLAG_FLAGGED);
    set(p, 5, 5, 0, UINT64_MAX);
    set(p, 6, 6, FLAG_SEEN, UINT64_MAX);
    for (uint32_t i = 0; i < DEAD; i++) {
        place_deliver(p, 1, i, 4000);
        uids[i] = MAILS + i + 1;
    }
    CHECK_EQ_INT(engine_expunge(p->engine, 1, INBOX, uids, DEAD, &lsn), 0);
    place_wait(p, lsn);
    expect(p, left_flags);
    CHECK(comes_true(p, is_compacted));
    for (unsigned i = 0; i < 3; i++)
        make_checkpoint(p);
    lease_free_all(
        head_of(p->engine, 1)); /* of all snapshots that were never released */
    retired_look(p->engine);
    CHECK(comes_true(p, first_pack_has_gone));
    expect(p, left_flags);
}

static void are_left(struct place *p)
{
    expect(p, left_flags);
}

/* The records that had them are gone with their pack: they were told again. */
TEST(flags_outlive_their_packs)
{
    struct place p;
    place_make(&p);
    p.compact_from = 64 << 10;
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, compact_and_drop);
    place_close(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, are_left);
    end(&p);
}
