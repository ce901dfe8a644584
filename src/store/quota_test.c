#include "store/core.h"

#include "base/fiber.h"
#include "base/own.h"
#include "os/files.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>

enum { LIMIT = 3 << 20, NOBODY_KNOWS = 9, UNLIMITED = 8 };

static unsigned asked;
static uint64_t limit;

/* As auth does it: the limit is what is left of it. */
static int reserve(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg)
{
    (void)arg;
    asked++;
    fiber_sleep(10000); /* another role is asked */
    if (account == NOBODY_KNOWS)
        return -EPIPE;
    uint64_t left = used < limit ? limit - used : 0;
    *granted_r = account == UNLIMITED ? UINT64_MAX : left < wanted ? left : wanted;
    return 0;
}

static void open_place(struct place *p)
{
    place_make(p);
    p->reserve = reserve;
    asked = 0;
    limit = LIMIT;
    CHECK_EQ_INT(place_open(p), 0);
}

static void close_place(struct place *p)
{
    place_close(p);
    CHECK_EQ_INT(place_verify(p, NULL), 0);
    place_remove(p);
}

/* What engine_deliver says; the message is of so many octets. */
static int try(struct place *p, const uint64_t *accounts, size_t count, size_t size)
{
    char *body = calloc(1, size);
    if (!CHECK(body))
        abort();
    OWN(fd_close) int sealed = sealed_copy("body", span_at(body, size));
    struct delivery d = { accounts, count, 0, SPAN(""), sealed, size };
    uint64_t lsn, email;
    int error = engine_deliver(p->engine, &d, &lsn, &email);
    free(body);
    if (!error)
        place_wait(p, lsn);
    return error;
}

static void fill_to_the_limit(struct place *p)
{
    enum { SIZE = 100000 };
    uint64_t account = 1;
    for (unsigned i = 0; i < LIMIT / SIZE; i++)
        CHECK_EQ_INT(try(p, &account, 1, SIZE), 0);
    CHECK(asked <= 6); /* a block at a time */
    CHECK_EQ_INT(try(p, &account, 1, SIZE), -EDQUOT);
    CHECK_EQ_INT(try(p, &account, 1, LIMIT % SIZE + 1), -EDQUOT);
    CHECK_EQ_INT(try(p, &account, 1, LIMIT % SIZE), 0);
    CHECK_EQ_INT(try(p, &account, 1, 1), -EDQUOT);
}

TEST(quota_lets_in_what_it_allows)
{
    struct place p;
    open_place(&p);
    place_run(&p, fill_to_the_limit);
    close_place(&p);
}

static void none_where_one_is_full(struct place *p)
{
    uint64_t all[] = { 1, 2, UNLIMITED }, full = 1;
    struct snapshot s;
    CHECK_EQ_INT(try(p, &full, 1, LIMIT), 0);
    CHECK_EQ_INT(try(p, all, 3, 1000), -EDQUOT);
    CHECK_EQ_INT(try(p, all, 3, 1 << 20), -EDQUOT);
    for (size_t i = 1; i < 3; i++) {
        CHECK_EQ_INT(engine_snapshot(p->engine, all[i], INBOX, &s), 0);
        CHECK_EQ_UINT(s.count, 0);
        free(s.rows);
    }
}

TEST(quota_takes_all_or_none)
{
    struct place p;
    open_place(&p);
    place_run(&p, none_where_one_is_full);
    struct verify_report r;
    place_close(&p);
    CHECK_EQ_INT(engine_verify(p.directory, &r, NULL, NULL), 0);
    CHECK_EQ_UINT(r.messages, 1);
    CHECK_EQ_UINT(r.orphans, 0); /* the large one was refused before it was written */
    place_remove(&p);
}

static void expunge_gives_back(struct place *p)
{
    uint64_t account = 1, lsn;
    uint32_t uids[] = { 1, 2, 77 };
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ_INT(try(p, &account, 1, 1 << 20), 0);
    CHECK_EQ_INT(try(p, &account, 1, 1), -EDQUOT);
    CHECK_EQ_INT(engine_expunge(p->engine, 1, INBOX, uids, 3, &lsn), 0);
    place_wait(p, lsn);
    for (unsigned i = 0; i < 500 && p->told_account != 1; i++)
        fiber_sleep(100000); /* well below APPLY_LAG_MS in all */
    CHECK_EQ_UINT(p->told_account, 1);
    CHECK_EQ_UINT(p->told_used, 1 << 20);
    CHECK_EQ_INT(try(p, &account, 1, 2 << 20), 0);
    CHECK_EQ_INT(try(p, &account, 1, 1), -EDQUOT);
}

TEST(quota_has_room_again_after_an_expunge)
{
    struct place p;
    open_place(&p);
    place_run(&p, expunge_gives_back);
    close_place(&p);
}

static void expunge_and_learn(struct place *p)
{
    uint64_t account = 1, lsn;
    uint32_t uid = 3;
    CHECK_EQ_INT(engine_expunge(p->engine, 1, INBOX, &uid, 1, &lsn), 0);
    CHECK_EQ_INT(try(p, &account, 1, 1 << 20), 0);
    CHECK_EQ_INT(try(p, &account, 1, 1 << 20), -EDQUOT);
}

/* What an account holds is known after a restart, too. */
TEST(quota_counts_what_was_there_before)
{
    struct place p;
    open_place(&p);
    place_run(&p, expunge_gives_back);
    place_close(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, expunge_and_learn);
    close_place(&p);
}

static void ask_once(struct place *p)
{
    uint64_t account = UNLIMITED;
    for (unsigned i = 0; i < 20; i++)
        CHECK_EQ_INT(try(p, &account, 1, 1 << 20), 0);
    CHECK_EQ_UINT(asked, 1);
    account = NOBODY_KNOWS;
    CHECK_EQ_INT(try(p, &account, 1, LIMIT + 1), 0);
}

TEST(quota_of_one_without_a_limit_is_asked_once)
{
    struct place p;
    open_place(&p);
    place_run(&p, ask_once);
    close_place(&p);
}

static void another_limit(struct place *p)
{
    uint64_t account = 1;
    CHECK_EQ_INT(try(p, &account, 1, 1000), 0);
    limit = 1500;
    CHECK_EQ_INT(try(p, &account, 1, 1), 0); /* of the block that it has */
    engine_quotas_changed(p->engine);
    CHECK_EQ_INT(try(p, &account, 1, 500), -EDQUOT);
    CHECK_EQ_INT(try(p, &account, 1, 499), 0);
}

TEST(quota_that_changes)
{
    struct place p;
    open_place(&p);
    place_run(&p, another_limit);
    close_place(&p);
}

static void ask_for_room(struct place *p)
{
    uint64_t account = 1, nobody = UNLIMITED;
    CHECK_EQ_INT(engine_room(p->engine, account, LIMIT), 0);
    CHECK_EQ_INT(engine_room(p->engine, account, LIMIT + 1), -EDQUOT);
    CHECK_EQ_INT(engine_room(p->engine, account, UINT64_MAX), -EDQUOT);
    CHECK_EQ_INT(try(p, &account, 1, LIMIT), 0); /* nothing was kept for it */
    CHECK_EQ_INT(engine_room(p->engine, account, 1), -EDQUOT);
    CHECK_EQ_INT(engine_room(p->engine, nobody, LIMIT + 1), 0);
}

TEST(quota_says_before_whether_there_is_room)
{
    struct place p;
    open_place(&p);
    place_run(&p, ask_for_room);
    close_place(&p);
}

/* ---- several at once: never more than the limit */

struct crowd {
    struct place *place;
    unsigned left, taken;
};

static void one_of_many(void *arg)
{
    struct crowd *c = arg;
    uint64_t account = 1, lsn, email;
    static char body[30000];
    struct delivery d = { &account, 1, 0, span_at(body, sizeof body), -1, sizeof body };
    for (unsigned i = 0; i < 20; i++)
        c->taken += engine_deliver(c->place->engine, &d, &lsn, &email) == 0;
    c->left--;
}

static void all_at_once(struct place *p)
{
    struct crowd c = { p, 16, 0 };
    for (unsigned i = 0; i < 16; i++)
        CHECK_EQ_INT(fiber_go(one_of_many, &c), 0);
    while (c.left > 0)
        fiber_sleep(1000000);
    CHECK_EQ_UINT(c.taken, LIMIT / 30000);
}

TEST(quota_of_many_at_once)
{
    struct place p;
    open_place(&p);
    place_run(&p, all_at_once);
    close_place(&p);
}
