/* long: one place, and one engine in it, for all that can befall reading */
#include "store/readings.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "ipc/channel.h"
#include "mime/record.h"
#include "mime/service.h"
#include "os/files.h"
#include "store/account_of.h"
#include "store/core.h"
#include "store/env.h"
#include "store/place_test.h"
#include "store/text.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCOUNT = 7, PATIENCE_S = 20 };

/* ---- parse, in this process */

static size_t asked;
static bool is_there; /* else it dies of whatever it is asked */

static void parse(struct call *call, const void *question)
{
    const struct parse_messages *q = question;
    asked += q->sizes.len / sizeof(uint32_t);
    if (is_there) {
        parse_on_messages(call, question);
        return;
    }
    channel_close(call->channel);
    answer_error(call, -EPIPE);
}

static const struct service services[] = { { MESSAGE_parse_messages, parse }, { 0 } };

static void have_parse(void)
{
    int pair[2];
    is_there = true;
    ipc_serve(ROLE_STORE, services);
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt(pair[0], ROLE_PARSE, 0), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[1], ROLE_PARSE, ROLE_STORE, 0), 0);
}

static void lose_parse(void)
{
    while (ipc_next(ROLE_PARSE, NULL))
        channel_close(ipc_next(ROLE_PARSE, NULL));
    while (ipc_next(ROLE_STORE, NULL))
        channel_close(ipc_next(ROLE_STORE, NULL));
}

/* ---- a store that reads */

static struct place place;
static uint64_t store_id;

static void open_it(void)
{
    place.reads = true;
    CHECK_EQ_INT(place_open(&place), 0);
    have_parse();
    asked = 0;
}

static void close_it(void)
{
    engine_stop(place.engine);
    lose_parse();
    place_close(&place);
}

static void until_read(struct place *p)
{
    uint64_t until = clock_in(PATIENCE_S * CLOCK_SECOND);
    while (!readings_is_idle(p->engine->readings) && clock_now() < until)
        fiber_sleep(5 * CLOCK_MS);
    CHECK(readings_is_idle(p->engine->readings));
}

static uint64_t deliver(struct place *p, const char *message)
{
    const uint64_t account = ACCOUNT;
    struct delivery d = { .accounts = &account,
                          .account_count = 1,
                          .body = span_of(message),
                          .sealed = -1,
                          .size = strlen(message) };
    uint64_t lsn = 0, email = 0;
    CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), 0);
    place_wait(p, lsn);
    return email;
}

/* ---- looking into env */

struct look {
    uint64_t email;
    struct span record;
};

static int look(struct account *a, struct job *j)
{
    struct look *l = j->arg;
    return env_get(a, l->email, &l->record);
}

static int get(struct place *p, uint64_t email, struct span *record_r)
{
    struct look l = { .email = email };
    struct job j = {
        .account = ACCOUNT, .run = look, .fiber = fiber_self(), .arg = &l
    };
    applier_ask(p->engine->applier, &j);
    while (!j.done)
        fiber_await();
    *record_r = l.record;
    return j.error;
}

/* The subject that env has for it; "" when it has none. */
static void check_subject(struct place *p, uint64_t email, const char *subject)
{
    struct span octets;
    struct record r;
    int error = get(p, email, &octets);
    if (*subject == '\0') {
        CHECK_EQ_INT(error, -ENOENT);
        return;
    }
    if (!CHECK_EQ_INT(error, 0))
        return;
    CHECK(record_is_sound(octets));
    record_open(octets, &r);
    unit_equal_span(record_text(&r, record_envelope(&r, 0).subject), span_of(subject),
                    __FILE__, __LINE__, subject);
    free((void *)(uintptr_t)octets.at);
}

static uint64_t emails[3];

static void deliver_three(struct place *p)
{
    emails[0] = deliver(p, "Subject: one\r\n\r\nx\r\n");
    emails[1] = deliver(p, "Subject: two\r\n\r\nx\r\n");
    emails[2] = deliver(p, "Subject: three\r\n\r\nx\r\n");
}

static void check_three(struct place *p)
{
    check_subject(p, emails[0], "one");
    check_subject(p, emails[1], "two");
    check_subject(p, emails[2], "three");
}

static void read_and_expunge(struct place *p)
{
    deliver_three(p);
    until_read(p);
    check_three(p);
    CHECK_EQ_UINT(asked, 3);
    place_expunge(p, ACCOUNT, 2);
    check_subject(p, emails[1], "");
    check_subject(p, emails[2], "three");
}

TEST(readings_come_behind_delivery_and_go_with_their_message)
{
    char fault[200];
    place_make(&place);
    open_it();
    place_run(&place, read_and_expunge);
    close_it();
    CHECK_EQ_INT(place_verify(&place, fault), 0);
    place_remove(&place);
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
    deliver_three(p);
    until_read(p);
    applier_ask(p->engine->applier, &j);
    while (!j.done)
        fiber_await();
    CHECK_EQ_INT(j.error, 0);
}

TEST(readings_that_were_damaged_are_seen)
{
    char fault[200];
    place_make(&place);
    open_it();
    place_run(&place, read_and_damage);
    close_it();
    CHECK_EQ_INT(place_verify(&place, fault), 1);
    CHECK_STR(fault,
              "account 7: what was found in messages is not what was written (1)");
    place_remove(&place);
}

/* That there is something to be read the reading hears a moment later. */
static void until_found(struct place *p, uint64_t email)
{
    struct span record = { 0 };
    uint64_t until = clock_in(PATIENCE_S * CLOCK_SECOND);
    while (get(p, email, &record) != 0 && clock_now() < until)
        fiber_sleep(5 * CLOCK_MS);
    free((void *)(uintptr_t)record.at);
}

/* Who asks for it finds out: the index is made anew, and its messages are read again. */
static void read_damaged(struct place *p)
{
    struct span record;
    CHECK_EQ_INT(get(p, emails[2], &record), -EUCLEAN);
    place_until_mended(p, ACCOUNT);
    until_found(p, emails[2]);
    until_read(p);
    check_three(p);
}

TEST(readings_that_were_damaged_are_made_anew)
{
    place_make(&place);
    open_it();
    place_run(&place, read_and_damage);
    place_run(&place, read_damaged);
    close_it();
    CHECK_EQ_INT(place_verify(&place, NULL), 0);
    place_remove(&place);
}

static void read_nothing_more(struct place *p)
{
    until_read(p);
    check_three(p);
    CHECK_EQ_UINT(asked, 0);
}

/* Some come when others are about to be read. */
static void deliver_now_and_then(struct place *p)
{
    uint64_t last = 0;
    for (int i = 0; i < 40; i++) {
        last = deliver(p, "Subject: now\r\n\r\nx\r\n");
        fiber_sleep((uint64_t)(i % 7) * 20 * CLOCK_MS);
    }
    until_read(p);
    CHECK_EQ_UINT(asked, 40);
    check_subject(p, last, "now");
}

TEST(readings_forget_nothing_that_comes_meanwhile)
{
    place_make(&place);
    open_it();
    place_run(&place, deliver_now_and_then);
    close_it();
    place_remove(&place);
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
    until_read(p);
    CHECK_EQ_UINT(asked, 1500);
    check_subject(p, email, "much");
}

TEST(readings_of_much_come_all_the_same)
{
    char fault[200];
    place_make(&place);
    open_it();
    place_run(&place, deliver_much);
    close_it();
    CHECK_EQ_INT(place_verify(&place, fault), 0);
    place_remove(&place);
}

static void read_three(struct place *p)
{
    deliver_three(p);
    until_read(p);
}

TEST(readings_are_done_once_over_restarts)
{
    place_make(&place);
    open_it();
    place_run(&place, read_three);
    close_it();
    open_it();
    place_run(&place, read_nothing_more);
    close_it();
    place_remove(&place);
}

static void read_the_rest(struct place *p)
{
    until_read(p);
    check_three(p);
    CHECK_EQ_UINT(asked, 3);
}

TEST(readings_go_on_after_a_restart)
{
    place_make(&place);
    place.reads = false;
    CHECK_EQ_INT(place_open(&place), 0);
    place_run(&place, deliver_three);
    place_close(&place);
    open_it();
    place_run(&place, read_the_rest);
    close_it();
    place_remove(&place);
}

static void wait_for_parse(struct place *p)
{
    lose_parse();
    deliver_three(p);
    fiber_sleep(500 * CLOCK_MS);
    check_subject(p, emails[0], "");
    have_parse();
    until_read(p);
    check_three(p);
}

TEST(readings_wait_for_parse)
{
    place_make(&place);
    open_it();
    place_run(&place, wait_for_parse);
    close_it();
    place_remove(&place);
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
        until_read(p);
        if (!CHECK_EQ_INT(get(p, email, &octets), 0))
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
    place_make(&place);
    open_it();
    place_run(&place, read_sizes);
    close_it();
    CHECK_EQ_INT(place_verify(&place, fault), 0);
    place_remove(&place);
}

/* ---- words */

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
    CHECK_EQ_INT(fchdir(place.directory), 0);
    if (CHECK_EQ_INT(text_open(&text, place.directory, store_id, ACCOUNT), 0))
        CHECK_EQ_INT(text_find(text, word, keep_one, &email), 0);
    text_close(&text);
    return email;
}

TEST(readings_keep_words)
{
    char fault[200];
    place_make(&place);
    place.text_index = true;
    open_it();
    store_id = place.engine->shelf.id;
    place_run(&place, read_three);
    close_it();
    CHECK_EQ_UINT(find_word(SPAN("two")), emails[1]);
    CHECK_EQ_INT(place_verify(&place, fault), 0);
    /* without it, all is read once more */
    CHECK_EQ_INT(text_drop(place.directory, ACCOUNT), 0);
    open_it();
    place_run(&place, read_the_rest);
    close_it();
    CHECK_EQ_UINT(find_word(SPAN("three")), emails[2]);
    place_remove(&place);
}

/* An account whose text.db cannot be opened is tried less and less often, and keeps nobody
 * waiting. */
static void read_beside_a_failing_one(struct place *p)
{
    const uint64_t other = ACCOUNT + 1;
    deliver(p, "Subject: one\r\n\r\nx\r\n");
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
    until_read(p);
}

TEST(readings_back_off)
{
    place_make(&place);
    place.text_index = true;
    open_it();
    place_run(&place, read_three);
    close_it();
    CHECK_EQ_INT(text_drop(place.directory, ACCOUNT), 0);
    CHECK_EQ_INT(mkdirat(place.directory, "accounts/7/text.db", 0700), 0);
    open_it();
    place_run(&place, read_beside_a_failing_one);
    close_it();
    place_remove(&place);
}
