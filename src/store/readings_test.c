#include "store/readings.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "os/files.h"
#include "store/account_of.h"
#include "store/core.h"
#include "store/env.h"
#include "store/readings_place_test.h"
#include "store/text.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_and_expunge(struct place *p)
{
    readings_deliver_three(p);
    readings_await(p);
    readings_check_three(p);
    CHECK_EQ_UINT(readings_asked, 3);
    place_expunge(p, ACCOUNT, 2);
    readings_check_subject(p, readings_emails[1], "");
    readings_check_subject(p, readings_emails[2], "three");
}

TEST(readings_come_behind_delivery_and_go_with_their_message)
{
    char fault[200];
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, read_and_expunge);
    readings_end();
    CHECK_EQ_INT(place_verify(&readings_place, fault), 0);
    place_remove(&readings_place);
}

static int damage(struct account *a, struct job *j)
{
    (void)j;
    return index_script(&a->index, "UPDATE env SET data = x'00' WHERE email ="
                                   " (SELECT max(email) FROM env)");
}

static void read_and_damage(struct place *p)
{
    struct job j = { .account = ACCOUNT, .run = damage, .fiber = fiber_self() };
    readings_deliver_three(p);
    readings_await(p);
    applier_ask(p->engine->applier, &j);
    while (!j.done)
        fiber_await();
    CHECK_EQ_INT(j.error, 0);
}

TEST(readings_that_were_damaged_are_seen)
{
    char fault[200];
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, read_and_damage);
    readings_end();
    CHECK_EQ_INT(place_verify(&readings_place, fault), 1);
    CHECK_STR(fault,
              "account 7: what was found in messages is not what was written (1)");
    place_remove(&readings_place);
}

/* That there is something to be read the reading hears a moment later. */
static void until_found(struct place *p, uint64_t email)
{
    struct span record = { 0 };
    uint64_t until = clock_in(PATIENCE_S * CLOCK_SECOND);
    while (readings_get(p, email, &record) != 0 && clock_now() < until)
        fiber_sleep(5 * CLOCK_MS);
    free((void *)(uintptr_t)record.at);
}

/* Who asks for it finds out: the index is made anew, and its messages are read again. */
static void read_damaged(struct place *p)
{
    struct span record;
    CHECK_EQ_INT(readings_get(p, readings_emails[2], &record), -EUCLEAN);
    place_until_mended(p, ACCOUNT);
    until_found(p, readings_emails[2]);
    readings_await(p);
    readings_check_three(p);
}

TEST(readings_that_were_damaged_are_made_anew)
{
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, read_and_damage);
    place_run(&readings_place, read_damaged);
    readings_end();
    CHECK_EQ_INT(place_verify(&readings_place, NULL), 0);
    place_remove(&readings_place);
}

static void read_nothing_more(struct place *p)
{
    readings_await(p);
    readings_check_three(p);
    CHECK_EQ_UINT(readings_asked, 0);
}

/* Some come when others are about to be read. */
static void deliver_now_and_then(struct place *p)
{
    uint64_t last = 0;
    for (int i = 0; i < 40; i++) {
        last = readings_deliver(p, "Subject: now\r\n\r\nx\r\n");
        fiber_sleep((uint64_t)(i % 7) * 20 * CLOCK_MS);
    }
    readings_await(p);
    CHECK_EQ_UINT(readings_asked, 40);
    readings_check_subject(p, last, "now");
}

TEST(readings_forget_nothing_that_comes_meanwhile)
{
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, deliver_now_and_then);
    readings_end();
    place_remove(&readings_place);
}

/* More a second than UNREAD_BUSY, perhaps; then nothing. */
static void deliver_much(struct place *p)
{
    uint64_t account = ACCOUNT, lsn = 0, email = 0;
    struct span body = SPAN("Subject: much\r\n\r\nx\r\n");
    struct delivery d = { .accounts = &account,
                          .account_count = 1,
                          .body = body,
                          .sealed = -1,
                          .size = body.len };
    for (int i = 0; i < 1500; i++)
        CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), 0);
    place_wait(p, lsn);
    readings_await(p);
    CHECK_EQ_UINT(readings_asked, 1500);
    readings_check_subject(p, email, "much");
}

TEST(readings_of_much_come_all_the_same)
{
    char fault[200];
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, deliver_much);
    readings_end();
    CHECK_EQ_INT(place_verify(&readings_place, fault), 0);
    place_remove(&readings_place);
}

static void read_three(struct place *p)
{
    readings_deliver_three(p);
    readings_await(p);
}

TEST(readings_are_done_once_over_restarts)
{
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, read_three);
    readings_end();
    readings_begin();
    place_run(&readings_place, read_nothing_more);
    readings_end();
    place_remove(&readings_place);
}

static void read_the_rest(struct place *p)
{
    readings_await(p);
    readings_check_three(p);
    CHECK_EQ_UINT(readings_asked, 3);
}

TEST(readings_go_on_after_a_restart)
{
    place_make(&readings_place);
    readings_place.reads = false;
    CHECK_EQ_INT(place_open(&readings_place), 0);
    place_run(&readings_place, readings_deliver_three);
    place_close(&readings_place);
    readings_begin();
    place_run(&readings_place, read_the_rest);
    readings_end();
    place_remove(&readings_place);
}

static void wait_for_parse(struct place *p)
{
    readings_lose_parse();
    readings_deliver_three(p);
    fiber_sleep(500 * CLOCK_MS);
    readings_check_subject(p, readings_emails[0], "");
    readings_have_parse();
    readings_await(p);
    readings_check_three(p);
}

TEST(readings_wait_for_parse)
{
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, wait_for_parse);
    readings_end();
    place_remove(&readings_place);
}

/* Inside a message, in a sealed memfd, in a file of its own. */
static void read_sizes(struct place *p)
{
    static const size_t sizes[] = { 20,
                                    INLINE_OCTETS_MAX,
                                    INLINE_OCTETS_MAX + 1,
                                    LARGE_BODY_LEAST - 1,
                                    LARGE_BODY_LEAST,
                                    1 << 20 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct span octets;
        struct record r;
        uint64_t email = place_deliver(p, ACCOUNT, (unsigned)i, sizes[i]);
        readings_await(p);
        if (!CHECK_EQ_INT(readings_get(p, email, &octets), 0))
            return;
        record_open(octets, &r);
        CHECK_EQ_UINT(r.head.size, sizes[i]);
        CHECK(!(r.head.flags & RECORD_UNREAD));
        free((void *)(uintptr_t)octets.at);
    }
}

TEST(readings_of_any_size)
{
    char fault[200];
    place_make(&readings_place);
    readings_begin();
    place_run(&readings_place, read_sizes);
    readings_end();
    CHECK_EQ_INT(place_verify(&readings_place, fault), 0);
    place_remove(&readings_place);
}
