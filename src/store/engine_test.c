#include "store/engine.h"

#include "base/own.h"
#include "os/files.h"
#include "store/pack.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- what goes in comes out */

static void deliver_and_look(struct place *p)
{
    static const unsigned numbers[] = { 0, 1, 2, 3 };
    for (unsigned i = 0; i < 4; i++)
        place_deliver(p, 7, i, place_size(i));
    place_check(p, 7, numbers, 4);
    place_check(p, 8, NULL, 0);
}

static void look_again(struct place *p)
{
    static const unsigned numbers[] = { 0, 1, 2, 3 };
    place_check(p, 7, numbers, 4);
    place_check(p, 8, NULL, 0);
}

TEST(engine_keeps_messages_over_a_clean_end)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_and_look);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, look_again);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

static void deliver_to_many(struct place *p)
{
    uint64_t accounts[RECIPIENTS_MAX];
    for (size_t i = 0; i < RECIPIENTS_MAX; i++)
        accounts[i] = 1 + i % 300; /* each gets it once */
    static const unsigned number = 5;
    place_deliver_to(p, accounts, RECIPIENTS_MAX, number, place_size(number));
    for (uint64_t a = 1; a <= 300; a += 37)
        place_check(p, a, &number, 1);
    place_check(p, 300, &number, 1);
}

/* More accounts than are held open. */
TEST(engine_delivers_to_many_accounts)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_to_many);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

static void deliver_nothing(struct place *p)
{
    struct snapshot s;
    place_deliver(p, 1, 0, 0);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 1);
    CHECK_EQ_UINT(s.octets, 0);
    CHECK_EQ_UINT(s.rows[0].size, 0);
    CHECK_EQ_UINT(s.rows[0].uid, 1);
    free(s.rows);
}

TEST(engine_takes_an_empty_message)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_nothing);
    place_close(&p);
    place_remove(&p);
}

static void deliver_every_size(struct place *p)
{
    static const size_t sizes[] = { 1,
                                    INLINE_OCTETS_MAX,
                                    INLINE_OCTETS_MAX + 1,
                                    LARGE_BODY_LEAST - 1,
                                    LARGE_BODY_LEAST,
                                    LARGE_BODY_LEAST + 1,
                                    3 << 20 };
    enum { SIZES = sizeof sizes / sizeof *sizes };
    struct snapshot s;
    uint64_t both[] = { 3, 4 };
    for (unsigned i = 0; i < SIZES; i++)
        place_deliver_to(p, both, 2, i, sizes[i]);
    for (size_t a = 0; a < 2; a++) {
        CHECK_EQ_INT(engine_snapshot(p->engine, both[a], INBOX, &s), 0);
        CHECK_EQ_UINT(s.count, SIZES);
        for (unsigned i = 0; i < SIZES && i < s.count; i++) {
            CHECK(place_row_is(p, both[a], &s.rows[i], i, sizes[i]));
            CHECK_EQ_INT(s.rows[i].pack == 0, sizes[i] >= LARGE_BODY_LEAST);
        }
        free(s.rows);
    }
}

TEST(engine_takes_every_size)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_every_size);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- expunge */

static void expunge_some(struct place *p)
{
    static const unsigned rest[] = { 1, 3 }, more[] = { 1, 3, 5 };
    uint32_t uids[] = { 1, 3, 3, 99, 0 };
    uint64_t lsn, again;
    for (unsigned i = 0; i < 4; i++)
        place_deliver(p, 7, i, place_size(i));
    CHECK_EQ_INT(engine_expunge(p->engine, 7, INBOX, uids, 5, &lsn), 0);
    place_check(p, 7, rest, 2);
    CHECK_EQ_INT(engine_expunge(p->engine, 7, INBOX, uids, 5, &again), 0);
    CHECK(again > lsn);
    place_wait(p, again);
    place_deliver(p, 7, 5, place_size(5));
    place_check(p, 7, more, 3);
    CHECK_EQ_INT(engine_expunge(p->engine, 7, INBOX, uids, UIDS_A_MESSAGE + 1, &lsn),
                 -EINVAL);
}

static void uid_after_expunge(struct place *p)
{
    struct snapshot s;
    place_expunge(p, 7, 5);
    place_deliver(p, 7, 9, 10);
    CHECK_EQ_INT(engine_snapshot(p->engine, 7, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 3);
    CHECK_EQ_UINT(s.rows[2].uid, 6); /* the last one's uid does not come again */
    free(s.rows);
}

TEST(engine_expunges)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, expunge_some);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, uid_after_expunge);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

static void large_go_with_their_rows(struct place *p)
{
    uint64_t both[] = { 1, 2 };
    static const unsigned number = 15;
    place_deliver_to(p, both, 2, number, place_size(number));
    place_check(p, 1, &number, 1);
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    uint64_t name = s.rows[0].offset;
    OWN(fd_close) int open = engine_large_open(p->engine, 1, name);
    CHECK(open >= 0);
    free(s.rows);
    CHECK_EQ_INT(engine_large_open(p->engine, 3, name), -ENOENT);
    place_expunge(p, 1, 1);
    place_check(p, 1, NULL, 0);
    CHECK_EQ_INT(engine_large_open(p->engine, 1, name), -ENOENT);
    place_check(p, 2, &number, 1); /* the other link stays */
    char octet;
    CHECK_EQ_INT(pread(open, &octet, 1, 0), 1); /* so does who was reading */
}

TEST(engine_large_messages_are_shared_and_go)
{
    struct place p;
    struct verify_report r;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, large_go_with_their_rows);
    place_close(&p);
    CHECK_EQ_INT(engine_verify(p.directory, &r, NULL, NULL), 0);
    CHECK_EQ_UINT(r.messages, 1);
    CHECK_EQ_UINT(r.orphans, 0);
    place_remove(&p);
}

/* ---- forget */

static void forget_and_come_back(struct place *p)
{
    static const unsigned number = 15, after = 2;
    struct snapshot before, again;
    place_deliver(p, 6, number, place_size(number));
    CHECK_EQ_INT(engine_snapshot(p->engine, 6, INBOX, &before), 0);
    CHECK_EQ_INT(engine_forget(p->engine, 6), 0);
    CHECK_EQ_INT(engine_forget(p->engine, 66), 0); /* nobody */
    place_deliver(p, 6, after, place_size(after));
    place_check(p, 6, &after, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 6, INBOX, &again), 0);
    CHECK(again.uidvalidity > before.uidvalidity);
    free(before.rows);
    free(again.rows);
    CHECK_EQ_INT(engine_forget(p->engine, 6), 0);
    place_deliver(p, 1, 0, 1); /* behind it in the line */
}

TEST(engine_forgets_an_account)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, forget_and_come_back);
    place_close(&p);
    CHECK(!place_has(&p, "accounts/6"));
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- what a front must not hand in */

static void refuse_nonsense(struct place *p)
{
    uint64_t account = 1, lsn, email;
    OWN(fd_close) int open_memfd = sealed_open("open");
    CHECK_EQ_INT(ftruncate(open_memfd, 1 << 20), 0);
    OWN(fd_close) int sealed = sealed_copy("short", SPAN("too short"));
    const struct delivery bad[] = {
        { &account, 0, 0, SPAN("x"), -1, 1 },
        { &account, RECIPIENTS_MAX + 1, 0, SPAN("x"), -1, 1 },
        { &account, 1, 0, SPAN("x"), -1, 2 },
        { &account, 1, 0, SPAN("xyz"), -1, 2 },
        { &account, 1, 0, SPAN(""), open_memfd, 100 },
        { &account, 1, 0, SPAN(""), open_memfd, 1 << 20 },
        { &account, 1, 0, SPAN(""), sealed, 10 },
        { &account, 1, 0, SPAN(""), sealed, LARGE_BODY_LEAST },
        { &account, 1, 0, SPAN(""), -1, LARGE_BODY_LEAST },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ_INT(engine_deliver(p->engine, &bad[i], &lsn, &email), -EINVAL);
    CHECK_EQ_INT(engine_pack_open(p->engine, 1, 0), -ENOENT);
    CHECK_EQ_INT(engine_pack_open(p->engine, 1, 77), -ENOENT);
    CHECK_EQ_INT(engine_large_open(p->engine, 1, 1), -ENOENT);
    place_check(p, 1, NULL, 0);
}

TEST(engine_refuses_nonsense)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, refuse_nonsense);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

static void read_only_descriptors(struct place *p)
{
    place_deliver(p, 1, 1, place_size(1));
    place_deliver(p, 1, 15, place_size(15));
    place_check(p, 1, (const unsigned[]){ 1, 15 }, 2); /* it has been filed */
    OWN(fd_close) int pack = engine_pack_open(p->engine, 1, 1);
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    OWN(fd_close) int large = engine_large_open(p->engine, 1, s.rows[1].offset);
    free(s.rows);
    CHECK_EQ_INT(fcntl(pack, F_GETFL) & O_ACCMODE, O_RDONLY);
    CHECK_EQ_INT(fcntl(large, F_GETFL) & O_ACCMODE, O_RDONLY);
    CHECK(write(pack, "x", 1) < 0);
}

TEST(engine_gives_read_only_descriptors)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, read_only_descriptors);
    place_close(&p);
    place_remove(&p);
}

/* ---- packs */

static void deliver_two(struct place *p)
{
    place_deliver(p, 1, 0, place_size(0));
    place_deliver(p, 1, 1, place_size(1));
}

static void deliver_two_more(struct place *p)
{
    static const unsigned numbers[] = { 0, 1, 2, 3 };
    place_deliver(p, 1, 2, place_size(2));
    place_deliver(p, 1, 3, place_size(3));
    place_check(p, 1, numbers, 4);
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.rows[1].pack, 1);
    CHECK_EQ_UINT(s.rows[2].pack, 2);
    CHECK_EQ_UINT(s.rows[2].offset, PACK_HEAD);
    free(s.rows);
}

/* The end of a pack is never before the end of its file. */
TEST(engine_goes_on_in_the_next_pack)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_two);
    place_close(&p);
    place_truncate(&p, "accounts/1/pack.000001", PACK_SIZE);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_two_more);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}
