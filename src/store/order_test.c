#include "base/clock.h"
#include "base/fiber.h"
#include "store/core.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <stdlib.h>

/* ---- the ring goes round many times */

enum { SENDERS = 16, ROUNDS = 120, ROUND_SIZE = 20000 };

struct sender {
    struct place *place;
    unsigned number;
    bool done;
};

static void send_rounds(void *arg)
{
    struct sender *s = arg;
    static char body[ROUND_SIZE];
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t lsn = 0, email, account = 1 + (s->number + i) % 5;
        struct delivery d = { &account, 1,          0, span_at(body, sizeof body),
                              -1,       sizeof body };
        CHECK_EQ_INT(engine_deliver(s->place->engine, &d, &lsn, &email), 0);
        if (i % 8 == 7)
            place_wait(s->place, lsn);
    }
    s->done = true;
}

static void go_round(struct place *p)
{
    struct sender senders[SENDERS];
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){ p, i, false };
        CHECK_EQ_INT(fiber_go(send_rounds, &senders[i]), 0);
    }
    for (unsigned i = 0; i < SENDERS; i++)
        while (!senders[i].done)
            fiber_sleep(CLOCK_MS);
    uint64_t total = 0;
    for (uint64_t a = 1; a <= 5; a++) {
        struct snapshot s;
        CHECK_EQ_INT(engine_snapshot(p->engine, a, INBOX, &s), 0);
        total += s.count;
        free(s.rows);
    }
    CHECK_EQ_UINT(total, SENDERS * ROUNDS);
}

TEST(engine_goes_round_the_ring)
{
    struct place p;
    struct verify_report r;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, go_round);
    CHECK(p.engine->end > 12 * p.segment);
    place_close(&p);
    CHECK_EQ_INT(engine_verify(p.directory, &r, NULL, NULL), 0);
    CHECK_EQ_UINT(r.messages, SENDERS * ROUNDS);
    CHECK_EQ_UINT(r.octets, (uint64_t)SENDERS * ROUNDS * ROUND_SIZE);
    place_remove(&p);
}

/* ---- lsns */

static uint64_t last_lsn;

static void note_lsn(struct place *p)
{
    uint64_t lsn = place_deliver(p, 1, 1, 10);
    CHECK(lsn > last_lsn);
    last_lsn = lsn;
}

TEST(engine_lsns_only_grow)
{
    struct place p;
    place_make(&p);
    last_lsn = 0;
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ_INT(place_open(&p), 0);
        place_run(&p, note_lsn);
        place_close(&p);
    }
    place_remove(&p);
}
