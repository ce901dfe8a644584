/* What reading leaves in the text index: words, and an account that it cannot open. */
#include "store/readings.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "store/core.h"
#include "store/readings_place_test.h"
#include "store/text.h"
#include "test/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t store_id;

static void read_three(struct place *p)
{
    readings_deliver_three(p);
    readings_await(p);
}

static void read_the_rest(struct place *p)
{
    readings_await(p);
    readings_check_three(p);
    CHECK_EQ_UINT(readings_asked, 3);
}

static int keep_one(uint64_t email, void *arg)
{
    *(uint64_t *)arg = email;
    return 0;
}

/* With the store closed: the one message that has the word; 0: none. */
static uint64_t find_word(struct span word)
{
    struct text_index *text;
    uint64_t email = 0;
    CHECK_EQ_INT(fchdir(readings_place.directory), 0);
    if (CHECK_EQ_INT(text_open(&text, readings_place.directory, store_id, ACCOUNT), 0))
        CHECK_EQ_INT(text_find(text, word, keep_one, &email), 0);
    text_close(&text);
    return email;
}

TEST(readings_keep_words)
{
    char fault[200];
    place_make(&readings_place);
    readings_place.text_index = true;
    readings_begin();
    store_id = readings_place.engine->shelf.id;
    place_run(&readings_place, read_three);
    readings_end();
    CHECK_EQ_UINT(find_word(SPAN("two")), readings_emails[1]);
    CHECK_EQ_INT(place_verify(&readings_place, fault), 0);
    /* without it, all is read once more */
    CHECK_EQ_INT(text_drop(readings_place.directory, ACCOUNT), 0);
    readings_begin();
    place_run(&readings_place, read_the_rest);
    readings_end();
    CHECK_EQ_UINT(find_word(SPAN("three")), readings_emails[2]);
    place_remove(&readings_place);
}

/* An account whose text.db cannot be opened is tried less and less often, and keeps nobody
 * waiting. */
static void read_beside_a_failing_one(struct place *p)
{
    const uint64_t other = ACCOUNT + 1;
    readings_deliver(p, "Subject: one\r\n\r\nx\r\n");
    fiber_sleep(1500 * CLOCK_MS);
    uint64_t before = readings_count(p->engine->readings);
    place_deliver_to(p, &other, 1, 1, 100);
    uint64_t until = clock_in(PATIENCE_S * CLOCK_SECOND);
    while (readings_count(p->engine->readings) == before && clock_now() < until)
        fiber_sleep(5 * CLOCK_MS);
    CHECK_EQ_UINT(readings_count(p->engine->readings), before + 1);
    fiber_sleep(1000 * CLOCK_MS);
    CHECK(readings_tries(p->engine->readings) <=
          3); /* after 0.3 and 1.3 s; the other */
    CHECK_EQ_INT(unlinkat(p->directory, "accounts/7/text.db", AT_REMOVEDIR), 0);
    readings_await(p);
}

TEST(readings_back_off)
{
    place_make(&readings_place);
    readings_place.text_index = true;
    readings_begin();
    place_run(&readings_place, read_three);
    readings_end();
    CHECK_EQ_INT(text_drop(readings_place.directory, ACCOUNT), 0);
    CHECK_EQ_INT(mkdirat(readings_place.directory, "accounts/7/text.db", 0700), 0);
    readings_begin();
    place_run(&readings_place, read_beside_a_failing_one);
    readings_end();
    place_remove(&readings_place);
}
