#include "store/readings_place_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "ipc/channel.h"
#include "mime/service.h"
#include "store/account_of.h"
#include "store/core.h"
#include "store/env.h"
#include "store/readings.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>

/* ---- parse, in this process */

size_t readings_asked;
static bool is_there; /* else it dies of whatever it is readings_asked */

static void parse(struct call *call, const void *question)
{
    const struct parse_messages *q = question;
    readings_asked += q->sizes.len / sizeof(uint32_t);
    if (is_there) {
        parse_on_messages(call, question);
        return;
    }
    channel_close(call->channel);
    answer_error(call, -EPIPE);
}

static const struct service services[] = { { MESSAGE_parse_messages, parse }, { 0 } };

void readings_have_parse(void)
{
    int pair[2];
    is_there = true;
    ipc_serve(ROLE_STORE, services);
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt(pair[0], ROLE_PARSE, 0), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[1], ROLE_PARSE, ROLE_STORE, 0), 0);
}

void readings_lose_parse(void)
{
    while (ipc_next(ROLE_PARSE, NULL))
        channel_close(ipc_next(ROLE_PARSE, NULL));
    while (ipc_next(ROLE_STORE, NULL))
        channel_close(ipc_next(ROLE_STORE, NULL));
}

/* ---- a store that reads */

struct place readings_place;

void readings_begin(void)
{
    readings_place.reads = true;
    CHECK_EQ_INT(place_open(&readings_place), 0);
    readings_have_parse();
    readings_asked = 0;
}

void readings_end(void)
{
    engine_stop(readings_place.engine);
    readings_lose_parse();
    place_close(&readings_place);
}

void readings_await(struct place *p)
{
    uint64_t until = clock_in(PATIENCE_S * CLOCK_SECOND);
    while (!readings_is_idle(p->engine->readings) && clock_now() < until)
        fiber_sleep(5 * CLOCK_MS);
    CHECK(readings_is_idle(p->engine->readings));
}

uint64_t readings_deliver(struct place *p, const char *message)
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

int readings_get(struct place *p, uint64_t email, struct span *record_r)
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
void readings_check_subject(struct place *p, uint64_t email, const char *subject)
{
    struct span octets;
    struct record r;
    int error = readings_get(p, email, &octets);
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

uint64_t readings_emails[3];

void readings_deliver_three(struct place *p)
{
    readings_emails[0] = readings_deliver(p, "Subject: one\r\n\r\nx\r\n");
    readings_emails[1] = readings_deliver(p, "Subject: two\r\n\r\nx\r\n");
    readings_emails[2] = readings_deliver(p, "Subject: three\r\n\r\nx\r\n");
}

void readings_check_three(struct place *p)
{
    readings_check_subject(p, readings_emails[0], "one");
    readings_check_subject(p, readings_emails[1], "two");
    readings_check_subject(p, readings_emails[2], "three");
}
