/* gate - nothing that is held is heard before its lsn is durable. */
#include "test/unit.h"
#include "wire/pair_test.h"

#include "base/fiber.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct pair p, q, r;

/* lsn only grows, in all the tests of this process. */
static uint64_t next_lsn(void)
{
    return wire_durable_so_far() + 10;
}

/* "HOLD n": hold for base + n and answer; "QUIT"; all else is answered at once. */
struct holding {
    uint64_t base;
    int error;
    bool over;
};

static void hold(struct wire *w, void *arg)
{
    struct holding *h = arg;
    struct line line;
    while (wire_line(w, &line) && !span_is(line.text, SPAN("QUIT"))) {
        uint64_t n;
        struct span rest = line.text;
        if (span_take(&rest, SPAN("HOLD ")) && span_take_number(&rest, 100, &n))
            wire_hold(w, h->base + n);
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
    }
    h->error = wire_error(w);
    h->over = true;
}

TEST(gate_holds_until_durable)
{
    struct holding h = { .base = next_lsn() };
    pair_begin();
    if (!pair_open(&p, hold, &h))
        return;
    pair_say(&p, SPAN("NOOP\r\nHOLD 1\r\nNOOP\r\nHOLD 3\r\nHOLD 2\r\n"));
    CHECK_SPAN(pair_hear(&p), "250 NOOP\r\n");
    pair_say(&p, SPAN("RSET\r\n"));
    wire_durable(h.base);
    CHECK_SPAN(pair_hear(&p), "");
    wire_durable(h.base + 1);
    CHECK_SPAN(pair_hear_now(&p), "250 HOLD 1\r\n250 NOOP\r\n");
    wire_durable(h.base + 2);
    CHECK_SPAN(pair_hear(&p), "");
    wire_durable(h.base + 3);
    CHECK_SPAN(pair_hear_now(&p), "250 HOLD 3\r\n250 HOLD 2\r\n250 RSET\r\n");
    pair_say(&p, SPAN("HOLD 3\r\n"));
    CHECK_SPAN(pair_hear(&p), "250 HOLD 3\r\n");
    pair_close(&p);
    pair_end();
}

TEST(gate_opens_each_session_at_its_own_lsn)
{
    struct holding h[3];
    pair_begin();
    for (int i = 0; i < 3; i++)
        h[i] = (struct holding){ .base = next_lsn() };
    if (!pair_open(&p, hold, &h[0]) || !pair_open(&q, hold, &h[1]) ||
        !pair_open(&r, hold, &h[2]))
        return;
    pair_say(&r, SPAN("HOLD 3\r\n"));
    pair_say(&p, SPAN("HOLD 2\r\nHOLD 5\r\n"));
    pair_say(&q, SPAN("HOLD 1\r\nHOLD 4\r\n"));
    const struct {
        const char *p, *q, *r;
    } heard[] = {
        { "", "", "" },
        { "", "250 HOLD 1\r\n", "" },
        { "250 HOLD 2\r\n", "", "" },
        { "", "", "250 HOLD 3\r\n" },
        { "", "250 HOLD 4\r\n", "" },
        { "250 HOLD 5\r\n", "", "" },
    };
    for (unsigned lsn = 0; lsn < 6; lsn++) {
        wire_durable(h[0].base + lsn);
        CHECK(span_is(pair_hear(&p), span_of(heard[lsn].p)));
        CHECK(span_is(pair_hear(&q), span_of(heard[lsn].q)));
        CHECK(span_is(pair_hear(&r), span_of(heard[lsn].r)));
    }
    pair_close(&p);
    pair_close(&q);
    pair_close(&r);
    pair_end();
}

/* A random dialogue: what is heard is always exactly what may be. */
TEST(gate_at_random)
{
    struct holding h = { .base = next_lsn() };
    uint64_t lsn = 0, durable = 0, held[400];
    size_t said = 0, heard = 0;
    srand(1);
    pair_begin();
    if (!pair_open(&p, hold, &h))
        return;
    while (said < 400 && lsn < 90) {
        held[said++] = lsn;
        char command[20];
        int n = snprintf(command, sizeof(command), "HOLD %u\r\n", (unsigned)lsn);
        pair_say(&p, span_at(command, (size_t)n));
        lsn += (uint64_t)rand() % 2;
        if (rand() % 3 == 0 && durable < lsn)
            wire_durable(h.base + durable++);
        struct span got = pair_hear(&p);
        for (; span_find(got, '\n') < got.len; heard++)
            got = span_skip(got, span_find(got, '\n') + 1);
        size_t open = 0;
        while (open < said && h.base + held[open] <= wire_durable_so_far())
            open++;
        if (!CHECK_EQ_UINT(heard, open))
            break;
    }
    CHECK(heard > 20);
    wire_durable(h.base + 100);
    pair_close(&p);
    pair_end();
}

TEST(gate_keeps_a_closing_session)
{
    struct holding h = { .base = next_lsn() };
    pair_begin();
    if (!pair_open(&p, hold, &h))
        return;
    pair_say(&p, SPAN("HOLD 1\r\nQUIT\r\n"));
    CHECK(h.over);
    CHECK(!p.over);
    CHECK_SPAN(pair_hear(&p), "");
    wire_durable(h.base + 1);
    CHECK_SPAN(pair_hear(&p), "250 HOLD 1\r\n");
    CHECK(pair_is_ended(&p));
    pair_close(&p);
    pair_end();
}

TEST(gate_that_does_not_open_ends_the_wait)
{
    struct holding h = { .base = next_lsn() };
    pair_begin();
    if (!pair_open(&p, hold, &h))
        return;
    pair_say(&p, SPAN("HOLD 1\r\nQUIT\r\n"));
    pair_pass(pair_settings.write_time + CLOCK_SECOND);
    CHECK(p.over);
    CHECK_SPAN(pair_hear(&p), "");
    CHECK(pair_is_ended(&p));
    wire_durable(h.base + 1);
    pair_close(&p);
    pair_end();
}

TEST(gate_that_fails_says_nothing)
{
    struct holding held = { .base = next_lsn() }, closing = held, free = held;
    pair_begin();
    if (!pair_open(&p, hold, &held) || !pair_open(&q, hold, &closing) ||
        !pair_open(&r, hold, &free))
        return;
    pair_say(&p, SPAN("NOOP\r\nHOLD 1\r\n"));
    pair_say(&q, SPAN("HOLD 2\r\nQUIT\r\n"));
    wire_never_durable();
    CHECK_SPAN(pair_hear(&p), "250 NOOP\r\n");
    CHECK(pair_is_ended(&p));
    CHECK_EQ_INT(held.error, -EIO);
    CHECK(p.over && q.over);
    CHECK_SPAN(pair_hear(&q), "");
    CHECK(pair_is_ended(&q));

    pair_say(&r, SPAN("NOOP\r\n"));
    CHECK_SPAN(pair_hear(&r), "250 NOOP\r\n");
    pair_say(&r, SPAN("HOLD 3\r\n"));
    wire_durable(free.base + 3);
    CHECK_SPAN(pair_hear(&r), "250 HOLD 3\r\n");
    pair_close(&p);
    pair_close(&q);
    pair_close(&r);
    pair_end();
}

/* The answer with the lsn is there, its store is gone, and only then the fiber runs. */
static struct fiber *asker;

static void ask_and_hold(struct wire *w, void *arg)
{
    struct holding *h = arg;
    asker = fiber_self();
    fiber_park(CLOCK_NEVER);
    wire_hold(w, h->base + 1);
    wire_say(w, "250 safe");
    h->error = wire_error(w);
}

TEST(gate_that_failed_before_the_hold)
{
    struct holding h = { .base = next_lsn() };
    pair_begin();
    if (!pair_open(&p, ask_and_hold, &h))
        return;
    fiber_wake(asker);
    wire_never_durable();
    pair_turns(1);
    wire_durable(h.base + 5);
    CHECK_SPAN(pair_hear(&p), "");
    CHECK(pair_is_ended(&p));
    CHECK_EQ_INT(h.error, -EIO);
    pair_close(&p);
    pair_end();
}

/* One who waits for room behind a closed gate goes on when it opens. */
static void hold_much(struct wire *w, void *arg)
{
    struct holding *h = arg;
    static char piece[1000];
    memset(piece, 'x', sizeof(piece));
    wire_hold(w, h->base + 1);
    for (int i = 0; i < 100; i++)
        wire_put(w, span_at(piece, sizeof(piece)));
    h->error = wire_error(w);
    h->over = true;
}

TEST(gate_wakes_one_who_waits_for_room)
{
    struct holding h = { .base = next_lsn() };
    pair_begin();
    if (!pair_open(&p, hold_much, &h))
        return;
    pair_turns(5);
    CHECK(!h.over);
    CHECK_EQ_UINT(pair_hear_now(&p).len, 0);
    wire_durable(h.base + 1);
    CHECK_EQ_UINT(pair_hear(&p).len, 100000);
    CHECK(h.over);
    CHECK_EQ_INT(h.error, 0);
    pair_close(&p);
    pair_end();
}
