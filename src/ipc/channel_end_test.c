/* How channels begin and end, and what becomes of those who wait. */
#include "ipc/channel.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "base/loop.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    bool hold;
    size_t running, heard, orphans;
    struct fiber *held[16];
    size_t held_count;
} server;

static void recipient(struct call *call, const void *question)
{
    (void)question;
    server.heard++;
    server.running++;
    while (server.hold) {
        server.held[server.held_count++] = fiber_self();
        fiber_park(CLOCK_NEVER);
    }
    server.running--;
    server.orphans += call->channel == NULL;
    answer_auth_recipient(call, &(struct auth_recipient_answer){ .room = 7 });
}

static void let_go(void)
{
    server.hold = false;
    for (size_t i = 0; i < server.held_count; i++)
        fiber_wake(server.held[i]);
    server.held_count = 0;
}

static const struct service services[] = {
    { MESSAGE_auth_recipient, recipient },
    { 0 },
};

static size_t ends;
static enum role last_end;

static void on_end(struct channel *c)
{
    ends++;
    last_end = channel_role(c);
}

static void start(void)
{
    memset(&server, 0, sizeof server);
    ends = 0;
}

struct asker {
    struct auth_recipient_answer answer;
    int result;
    bool done;
};

static void ask_recipient(void *arg)
{
    struct asker *a = arg;
    struct auth_recipient q = { SPAN("bob@hamburger.edu") };
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    a->result = ask_auth_recipient(&q, &a->answer, arena);
    a->done = true;
}

static void asker_go(struct asker *a)
{
    *a = (struct asker){ .result = 1 };
    CHECK_EQ_INT(fiber_go(ask_recipient, a), 0);
    ends_turn(NULL);
}

TEST(a_role_that_is_not_there_yet)
{
    struct asker waits;
    start();
    int end = ends_open_raw(ROLE_MX, ROLE_AUTH, services);
    asker_go(&waits);
    CHECK(!waits.done);
    ends_pass((ASK_SECONDS - 1) * CLOCK_SECOND);
    ends_turn(NULL);
    CHECK(!waits.done);
    CHECK_EQ_INT(ipc_adopt_as(end, ROLE_MX, ROLE_AUTH, 0), 0);
    CHECK(ends_turn(&waits.done));
    CHECK_EQ_INT(waits.result, 0);
    CHECK_EQ_UINT(waits.answer.room, 7);
    ends_close();
}

TEST(a_role_that_never_comes)
{
    struct asker waits;
    start();
    close(ends_open_raw(ROLE_MX, ROLE_AUTH, services));
    asker_go(&waits);
    ends_pass(ASK_SECONDS * CLOCK_SECOND);
    ends_turn(NULL);
    CHECK(waits.done);
    CHECK_EQ_INT(waits.result, -EPIPE);
    ipc_patience(CLOCK_SECOND);
    asker_go(&waits);
    ends_pass(CLOCK_SECOND);
    ends_turn(NULL);
    CHECK(waits.done);
    ends_close();
}

TEST(the_role_ends_before_it_answers)
{
    struct asker a;
    start();
    ends_open(ROLE_MX, ROLE_AUTH, services);
    ipc_on_end(on_end);
    server.hold = true;
    asker_go(&a);
    CHECK(!a.done && server.running == 1);
    channel_close(ipc_peer(ROLE_MX, 0)); /* auth's end */
    ends_turn(NULL);
    CHECK(a.done);
    CHECK_EQ_INT(a.result, -EPIPE);
    CHECK_EQ_UINT(ends, 2);
    CHECK_EQ_INT(last_end, ROLE_AUTH);
    CHECK(!ipc_peer(ROLE_AUTH, 0) && !ipc_peer(ROLE_MX, 0));
    let_go();
    ends_turn(NULL);
    CHECK_EQ_UINT(server.orphans, 1); /* its answer went nowhere */
    ends_close();
}

TEST(a_new_channel_replaces_the_old_one)
{
    struct asker a, b;
    int pair[2];
    start();
    ends_open(ROLE_MX, ROLE_AUTH, services);
    ipc_on_end(on_end);
    server.hold = true;
    asker_go(&a);
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[0], ROLE_MX, ROLE_AUTH, 0), 0);
    CHECK_EQ_UINT(ends, 1);
    ends_turn(NULL);
    CHECK_EQ_INT(a.result, -EPIPE);
    CHECK_EQ_INT(ipc_adopt_as(pair[1], ROLE_AUTH, ROLE_MX, 0), 0);
    CHECK_EQ_UINT(ends, 2); /* not again, although its other end is gone too */
    let_go();
    asker_go(&b);
    CHECK(ends_turn(&b.done));
    CHECK_EQ_INT(b.result, 0);
    ends_close();
}

TEST(copies_of_a_role)
{
    int pairs[3][2];
    struct asker a;
    start();
    close(ends_open_raw(ROLE_POP3, ROLE_AUTH, services));
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQ_INT(ipc_pair(pairs[i]), 0);
        CHECK_EQ_INT(ipc_adopt(pairs[i][0], ROLE_MX, i), 0);
    }
    CHECK_EQ_UINT(channel_instance(ipc_peer(ROLE_MX, 2)), 2);
    CHECK(!ipc_peer(ROLE_MX, 3));
    uint32_t next = 0;
    for (struct channel *c = NULL; (c = ipc_next(ROLE_MX, c));)
        CHECK_EQ_UINT(channel_instance(c), next++);
    CHECK_EQ_UINT(next, 3);
    /* One of them asks. */
    CHECK_EQ_INT(ipc_adopt_as(pairs[2][1], ROLE_MX, ROLE_AUTH, 0), 0);
    asker_go(&a);
    CHECK_EQ_INT(a.result, 0);
    close(pairs[0][1]);
    ends_turn(NULL);
    CHECK(!ipc_peer(ROLE_MX, 0) && ipc_peer(ROLE_MX, 1));
    close(pairs[1][1]);
    ends_close();
}

/* --- answers --- */

static void check_answer(enum message m, const void *fields, size_t len, int wanted,
                         bool survives)
{
    char room[64];
    struct packet packet;
    struct asker a;
    start();
    int unused = ends_open_raw(ROLE_POP3, ROLE_AUTH, services), pair[2];
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[0], ROLE_MX, ROLE_AUTH, 0), 0);
    asker_go(&a);
    CHECK_EQ_INT(ends_hear(pair[1], &packet), 0);
    struct encoder to = { .at = room };
    packet_put(&to, &(struct packet){ m, PACKET_ANSWER, packet.id, 0, 0 }, fields);
    CHECK_EQ_INT(send(pair[1], room, len, 0), (ssize_t)len);
    ends_turn(NULL);
    CHECK(a.done);
    CHECK_EQ_INT(a.result, wanted);
    CHECK_EQ_INT(ipc_peer(ROLE_AUTH, 0) != NULL, survives);
    close(pair[1]);
    close(unused);
    ends_close();
}

TEST(answers_that_are_none)
{
    struct auth_recipient_answer right = { 1, 2, 3, SPAN("ticket") };
    struct auth_login_answer other = { .verdict = 1, .handle = 2 };
    check_answer(MESSAGE_auth_recipient, &right, PACKET_HEADER + 27, 0, true);
    check_answer(MESSAGE_auth_recipient, &right, PACKET_HEADER + 26, -EBADMSG, false);
    check_answer(MESSAGE_auth_login, &other, PACKET_HEADER + 9, -EBADMSG, false);
    check_answer(MESSAGE_auth_recipient, &right, 1, -EPIPE, false);
}

/* What a peer said before it ended counts, though it left questions of ours unread. */
TEST(the_last_words_of_a_peer)
{
    struct asker a, b;
    struct packet packet;
    struct auth_recipient_answer answer = { .room = 9 };
    int pair[2];
    start();
    close(ends_open_raw(ROLE_POP3, ROLE_AUTH, services));
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[0], ROLE_MX, ROLE_AUTH, 0), 0);
    asker_go(&a);
    CHECK_EQ_INT(ends_hear(pair[1], &packet), 0);
    asker_go(&b); /* and nobody reads this one */
    packet.kind = PACKET_ANSWER;
    CHECK(ends_say(pair[1], &packet, &answer));
    close(pair[1]);
    ends_turn(NULL);
    CHECK(a.done && b.done);
    CHECK_EQ_INT(a.result, 0);
    CHECK_EQ_UINT(a.answer.room, 9);
    CHECK_EQ_INT(b.result, -EPIPE);
    ends_close();
}
