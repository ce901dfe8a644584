/* What happens to a question: answered, late, refused, given up, lost. */
#include "ipc/channel.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "base/own.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- a fake auth, and a fake store --- */

static struct {
    bool hold;               /* services wait until it is false again */
    struct fiber *held[100]; /* who waits */
    size_t held_count;
    size_t heard;
    struct channel *last_channel;
    uint64_t last_lsn;
} server;

static void maybe_hold(void)
{
    while (server.hold) {
        server.held[server.held_count++ % 100] = fiber_self();
        fiber_park(CLOCK_NEVER);
    }
}

static void let_go(void)
{
    server.hold = false;
    for (size_t i = 0; i < server.held_count; i++)
        fiber_wake(server.held[i]);
    server.held_count = 0;
}

/* Knows bob as account 7, and everybody else by number. */
static void recipient(struct call *call, const void *question)
{
    const struct auth_recipient *q = question;
    CHECK_EQ_INT(call->from, ROLE_MX);
    server.heard++;
    maybe_hold();
    server.last_channel = call->channel;
    if (span_is(q->address, SPAN("nobody@hamburger.edu"))) {
        answer_error(call, -ENOENT);
        return;
    }
    struct auth_recipient_answer a = { .verdict = 1, .limit = 1000 + server.heard };
    struct span number = q->address;
    if (!span_take_number(&number, UINT64_MAX, &a.room))
        a.room = 7;
    answer_auth_recipient(call, &a);
}

/* Echoes: the sealed descriptor's first octets become the lsn. */
static void deliver(struct call *call, const void *question)
{
    const struct store_deliver *q = question;
    struct store_deliver_answer a = { .lsn = q->body.len };
    maybe_hold();
    if (q->sealed >= 0) {
        CHECK_EQ_INT(pread(q->sealed, &a.lsn, sizeof a.lsn, 0), sizeof a.lsn);
        close(q->sealed);
    }
    answer_store_deliver(call, &a);
}

static void pack(struct call *call, const void *question)
{
    const struct store_pack *q = question;
    struct store_pack_answer a = { memfd_create("pack", MFD_CLOEXEC) };
    CHECK_EQ_INT(pwrite(a.pack, &q->handle, sizeof q->handle, 0), sizeof q->handle);
    maybe_hold();
    answer_store_pack(call, &a);
    close(a.pack);
}

static void durable(struct call *call, const void *question)
{
    const struct store_durable *q = question;
    CHECK_EQ_INT(call->from, ROLE_STORE);
    CHECK_EQ_UINT(q->lsn, server.last_lsn + 1); /* in order */
    server.last_lsn = q->lsn;
}

static const struct service services[] = {
    { MESSAGE_auth_recipient, recipient },
    { MESSAGE_store_deliver, deliver },
    { MESSAGE_store_pack, pack },
    { MESSAGE_store_durable, durable },
    { 0 },
};

static void open_world(enum role asker, enum role keeper)
{
    memset(&server, 0, sizeof server);
    ends_open(asker, keeper, services);
}

/* --- one who asks --- */

struct asker {
    struct span address;
    struct auth_recipient_answer answer;
    struct fiber *fiber;
    int result;
    bool done;
};

static void ask_recipient(void *arg)
{
    struct asker *a = arg;
    a->fiber = fiber_self();
    struct auth_recipient q = { a->address };
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    a->result = ask_auth_recipient(&q, &a->answer, arena);
    a->done = true;
}

static void asker_go(struct asker *a, struct span address)
{
    *a = (struct asker){ .address = address, .result = 1 };
    CHECK_EQ_INT(fiber_go(ask_recipient, a), 0);
}

TEST(asks_and_is_answered)
{
    struct asker bob, nobody;
    open_world(ROLE_MX, ROLE_AUTH);
    asker_go(&bob, SPAN("bob@hamburger.edu"));
    asker_go(&nobody, SPAN("nobody@hamburger.edu"));
    CHECK(ends_turn(&bob.done) && ends_turn(&nobody.done));
    CHECK_EQ_INT(bob.result, 0);
    CHECK_EQ_UINT(bob.answer.room, 7);
    CHECK_EQ_UINT(bob.answer.limit, 1001);
    CHECK_EQ_INT(nobody.result, -ENOENT);
    ends_close();
}

TEST(no_answer_in_time_and_then_a_late_one)
{
    struct asker late, next;
    open_world(ROLE_MX, ROLE_AUTH);
    server.hold = true;
    asker_go(&late, SPAN("bob@hamburger.edu"));
    ends_turn(NULL);
    CHECK(server.heard == 1 && !late.done);
    ends_pass((ASK_SECONDS - 1) * CLOCK_SECOND);
    ends_turn(NULL);
    CHECK(!late.done);
    ends_pass(CLOCK_SECOND);
    ends_turn(NULL);
    CHECK(late.done);
    CHECK_EQ_INT(late.result, -ETIMEDOUT);
    let_go();
    ends_turn(NULL);
    asker_go(&next, SPAN("bob@hamburger.edu"));
    CHECK(ends_turn(&next.done));
    CHECK_EQ_INT(next.result, 0);
    CHECK_EQ_UINT(next.answer.limit, 1002);
    ends_close();
}

TEST(cancelled_while_asking)
{
    struct asker a;
    open_world(ROLE_MX, ROLE_AUTH);
    server.hold = true;
    asker_go(&a, SPAN("bob@hamburger.edu"));
    ends_turn(NULL);
    fiber_cancel(a.fiber);
    ends_turn(NULL);
    CHECK(a.done);
    CHECK_EQ_INT(a.result, -ECANCELED);
    let_go();
    ends_turn(NULL);
    CHECK(ipc_peer(ROLE_AUTH, 0)); /* the late answer was no crime */
    ends_close();
}

/* --- descriptors --- */

struct pack_asker {
    struct store_pack question;
    struct store_pack_answer answer;
    int result;
    bool done;
};

static void ask_pack(void *arg)
{
    struct pack_asker *a = arg;
    a->result = ask_store_pack(&a->question, &a->answer, NULL);
    a->done = true;
}

TEST(a_descriptor_in_an_answer)
{
    struct pack_asker a = { .question = { .handle = 0x1122334455667788, .pack = 1 } };
    uint64_t read = 0;
    size_t before = open_descriptors();
    open_world(ROLE_POP3, ROLE_STORE);
    fiber_go(ask_pack, &a);
    CHECK(ends_turn(&a.done));
    CHECK_EQ_INT(a.result, 0);
    CHECK_EQ_INT(pread(a.answer.pack, &read, sizeof read, 0), sizeof read);
    CHECK_EQ_UINT(read, 0x1122334455667788);
    close(a.answer.pack);
    ends_close();
    CHECK_EQ_UINT(open_descriptors(), before);
}

TEST(a_descriptor_in_a_late_answer_is_closed)
{
    struct pack_asker a = { .question = { .pack = 1 } };
    size_t before = open_descriptors();
    open_world(ROLE_POP3, ROLE_STORE);
    server.hold = true;
    fiber_go(ask_pack, &a);
    ends_turn(NULL);
    ends_pass(ASK_SECONDS * CLOCK_SECOND);
    ends_turn(NULL);
    CHECK_EQ_INT(a.result, -ETIMEDOUT);
    let_go();
    ends_turn(NULL);
    CHECK(ipc_peer(ROLE_STORE, 0));
    ends_close();
    CHECK_EQ_UINT(open_descriptors(), before);
}

static void ask_deliver_sealed(void *arg)
{
    bool *done = arg;
    const uint64_t lsn = 4711;
    struct store_deliver q = { .sealed = memfd_create("sealed", MFD_CLOEXEC) };
    struct store_deliver_answer a;
    CHECK_EQ_INT(pwrite(q.sealed, &lsn, sizeof lsn, 0), sizeof lsn);
    CHECK_EQ_INT(ask_store_deliver(&q, &a, NULL), 0);
    CHECK_EQ_UINT(a.lsn, lsn);
    CHECK_EQ_INT(close(q.sealed), 0); /* it stayed ours */
    *done = true;
}

TEST(a_descriptor_in_a_question)
{
    bool done = false;
    size_t before = open_descriptors();
    open_world(ROLE_MX, ROLE_STORE);
    fiber_go(ask_deliver_sealed, &done);
    CHECK(ends_turn(&done));
    ends_close();
    CHECK_EQ_UINT(open_descriptors(), before);
}

/* --- tells --- */

static void tell_many(void *arg)
{
    bool *done = arg;
    for (uint64_t lsn = 1; lsn <= CHANNEL_QUEUE_MAX; lsn++)
        CHECK_EQ_INT(tell_store_durable(ipc_peer(ROLE_MX, 0),
                                        &(struct store_durable){ lsn }),
                     0);
    CHECK_EQ_INT(tell_store_durable(ipc_peer(ROLE_MX, 0), &(struct store_durable){ 1 }),
                 -EAGAIN);
    CHECK_EQ_INT(tell_store_durable(ipc_peer(ROLE_POP3, 0),
                                    &(struct store_durable){ 1 }),
                 -EPIPE);
    *done = true;
}

TEST(tells_come_in_order_and_a_full_queue_says_so)
{
    bool done = false;
    open_world(ROLE_STORE, ROLE_MX);
    fiber_go(tell_many, &done);
    for (int i = 0; i < 1000 && server.last_lsn < CHANNEL_QUEUE_MAX; i++)
        loop_turn(false);
    CHECK(done);
    CHECK_EQ_UINT(server.last_lsn, CHANNEL_QUEUE_MAX);
    CHECK_EQ_INT(tell_store_durable(ipc_peer(ROLE_MX, 0),
                                    &(struct store_durable){ CHANNEL_QUEUE_MAX + 1 }),
                 0);
    ends_turn(NULL);
    CHECK_EQ_UINT(server.last_lsn, CHANNEL_QUEUE_MAX + 1);
    ends_close();
}

/* --- many --- */

static size_t taken, refused;

static void ask_large_deliver(void *arg)
{
    static const char body[INLINE_OCTETS_MAX];
    (void)arg;
    struct store_deliver q = { .body = { body, sizeof body }, .sealed = -1 };
    struct store_deliver_answer a;
    int error = ask_store_deliver(&q, &a, NULL);
    taken += error == 0;
    refused += error == -EAGAIN;
}

TEST(a_queue_full_of_octets)
{
    const size_t fit = CHANNEL_QUEUE_OCTETS / (INLINE_OCTETS_MAX + 64);
    open_world(ROLE_MX, ROLE_STORE);
    taken = refused = 0;
    for (size_t i = 0; i < 300; i++)
        CHECK_EQ_INT(fiber_go(ask_large_deliver, NULL), 0);
    ends_turn(NULL);
    for (int i = 0; i < 1000 && taken + refused < 300; i++)
        loop_turn(false);
    CHECK_EQ_UINT(taken, fit);
    CHECK_EQ_UINT(refused, 300 - fit);
    ends_close();
}

enum { ASKERS = 1000, EACH_ASKS = 10 };

static size_t right_answers, finished;

static void ask_ten(void *arg)
{
    uint64_t *number = arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    for (uint64_t i = 0; i < EACH_ASKS; i++) {
        char text[24];
        uint64_t account = *number * EACH_ASKS + i;
        int n = snprintf(text, sizeof text, "%ju", (uintmax_t)account);
        struct auth_recipient q = { span_at(text, (size_t)n) };
        struct auth_recipient_answer a;
        right_answers += ask_auth_recipient(&q, &a, arena) == 0 && a.room == account;
    }
    finished++;
}

TEST(ten_thousand_pipelined_asks)
{
    static uint64_t numbers[ASKERS];
    open_world(ROLE_MX, ROLE_AUTH);
    right_answers = finished = 0;
    for (size_t i = 0; i < ASKERS; i++) {
        numbers[i] = i;
        CHECK_EQ_INT(fiber_go(ask_ten, &numbers[i]), 0);
    }
    for (int i = 0; i < 20000 && finished < ASKERS; i++)
        loop_turn(false);
    CHECK_EQ_UINT(right_answers, ASKERS * EACH_ASKS);
    CHECK_EQ_UINT(server.heard, ASKERS * EACH_ASKS);
    ends_close();
}
