/* What is read from a peer, and when it is not: here one end is no channel of ours. */
#include "ipc/channel.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

static struct {
    bool hold;
    size_t running, heard;
    struct fiber *held[CALLS_MAX];
    size_t held_count;
} server;

static void serve_slowly(void)
{
    server.heard++;
    server.running++;
    while (server.hold) {
        server.held[server.held_count++] = fiber_self();
        fiber_park(CLOCK_NEVER);
    }
    server.running--;
}

static void durable(struct call *call, const void *question)
{
    (void)call, (void)question;
    serve_slowly();
}

static void recipient(struct call *call, const void *question)
{
    (void)question;
    serve_slowly();
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
    { MESSAGE_store_durable, durable },
    { 0 },
};

static void start(void)
{
    memset(&server, 0, sizeof server);
}

static bool ask_raw(int end, size_t id)
{
    static const struct auth_recipient bob = { { "bob@hamburger.edu", 17 } };
    return ends_say(end,
                    &(struct packet){ .message = MESSAGE_auth_recipient,
                                      .id = (uint32_t)id },
                    &bob);
}

TEST(no_more_than_so_many_calls_under_way)
{
    start();
    int end = ends_open_raw(ROLE_MX, ROLE_AUTH, services);
    server.hold = true;
    size_t said = 0, answered = 0;
    struct packet packet;
    for (int round = 0; round < 1000; round++) {
        while (said < 3 * CALLS_MAX && ask_raw(end, said))
            said++;
        loop_turn(false);
    }
    CHECK_EQ_UINT(server.running, CALLS_MAX);
    CHECK(said > server.running && said < 3 * CALLS_MAX);
    let_go();
    for (int round = 0; round < 10000 && answered < said; round++) {
        loop_turn(false);
        while (ends_hear(end, &packet) == 0)
            answered++;
    }
    CHECK_EQ_UINT(answered, said);
    close(end);
    ends_turn(NULL);
    CHECK(!ipc_peer(ROLE_MX, 0));
    ends_close();
}

/* With tells there is no answer whose sending would set the reading going again. */
TEST(no_more_than_so_many_tells_under_way)
{
    static const struct store_durable content;
    static const struct packet tell = { .message = MESSAGE_store_durable,
                                        .kind = PACKET_TELL };
    start();
    int end = ends_open_raw(ROLE_STORE, ROLE_MX, services);
    server.hold = true;
    size_t said = 0;
    for (int round = 0; round < 1000; round++) {
        while (said < 3 * CALLS_MAX && ends_say(end, &tell, &content))
            said++;
        loop_turn(false);
    }
    CHECK_EQ_UINT(server.running, CALLS_MAX);
    CHECK(said > CALLS_MAX);
    let_go();
    for (int round = 0; round < 10000 && server.heard < said; round++)
        loop_turn(false);
    CHECK_EQ_UINT(server.heard, said);
    close(end);
    ends_close();
}

/* Answers that are not taken stop the questions, and cost no channel. */
TEST(a_peer_that_takes_no_answers)
{
    start();
    int end = ends_open_raw(ROLE_MX, ROLE_AUTH, services);
    size_t said = 0, answered = 0;
    struct packet packet;
    for (int round = 0; round < 1000; round++) {
        while (said < 5 * CALLS_MAX && ask_raw(end, said))
            said++;
        loop_turn(false);
    }
    CHECK(said < 5 * CALLS_MAX);
    CHECK_EQ_UINT(server.running, 0);
    for (int round = 0; round < 10000 && answered < said; round++) {
        loop_turn(false);
        while (ends_hear(end, &packet) == 0)
            answered++;
    }
    CHECK_EQ_UINT(answered, said);
    close(end);
    ends_close();
}

TEST(a_question_that_nobody_serves)
{
    struct store_forget q = { 7 };
    struct packet packet = { .message = MESSAGE_store_forget, .id = 5 };
    start();
    int end = ends_open_raw(ROLE_AUTH, ROLE_STORE, services);
    CHECK(ends_say(end, &packet, &q));
    ends_turn(NULL);
    CHECK_EQ_INT(ends_hear(end, &packet), -ENOSYS);
    CHECK_EQ_UINT(packet.id, 5);
    close(end);
    ends_close();
}

/* Each is the one thing said on a fresh channel to auth; the channel does not live. */
TEST(what_costs_a_peer_its_channel)
{
    static const union fields none;
    static const struct {
        enum role from;
        enum message message;
        enum packet_kind kind;
        bool survives;
    } rows[] = {
        { ROLE_MX, MESSAGE_auth_recipient, PACKET_QUESTION, true },
        { ROLE_POP3, MESSAGE_auth_recipient, PACKET_QUESTION, false },
        { ROLE_MX, MESSAGE_auth_login, PACKET_QUESTION, false },
        { ROLE_MX, MESSAGE_store_deliver, PACKET_QUESTION, false },
        { ROLE_STORE, MESSAGE_store_durable, PACKET_TELL, false },
        { ROLE_MX, MESSAGE_auth_recipient, PACKET_TELL, false },
        { ROLE_MX, MESSAGE_master_stop, PACKET_TELL, false },
        { ROLE_ADMIN, MESSAGE_admin_account_add, PACKET_QUESTION, false },
        { ROLE_CONTROL, MESSAGE_admin_account_add, PACKET_QUESTION, true },
        /* An answer to nothing may be a late one. */
        { ROLE_STORE, MESSAGE_store_grant, PACKET_ANSWER, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct packet packet = { .message = rows[i].message, .kind = rows[i].kind };
        start();
        int end = ends_open_raw(rows[i].from, ROLE_AUTH, services);
        CHECK(ends_say(end, &packet, &none));
        ends_turn(NULL);
        if (!CHECK_EQ_INT(ipc_peer(rows[i].from, 0) != NULL, rows[i].survives))
            CHECK_EQ_INT((int)i, -1);
        close(end);
        ends_close();
    }
}

/* --- descriptors that do not arrive --- */

TEST(more_descriptors_than_the_message_has)
{
    size_t before = open_descriptors();
    for (size_t count = 2; count <= 4; count++) {
        int end = ends_open_raw(ROLE_MX, ROLE_STORE, services);
        int four[4] = { end, end, end, end };
        struct store_deliver q = { .sealed = end };
        ends_say_with(end, MESSAGE_store_deliver, &q, four, count);
        ends_turn(NULL);
        CHECK(!ipc_peer(ROLE_MX, 0));
        close(end);
        ends_close();
    }
    CHECK_EQ_UINT(open_descriptors(), before);
}

TEST(no_number_left_for_a_descriptor)
{
    struct rlimit was, none;
    struct packet packet;
    start();
    int end = ends_open_raw(ROLE_MX, ROLE_STORE, services);
    struct store_deliver q = { .sealed = end };
    ends_say_with(end, MESSAGE_store_deliver, &q, &end, 1);
    CHECK_EQ_INT(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = 0;
    CHECK_EQ_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    ends_turn(NULL);
    CHECK_EQ_INT(setrlimit(RLIMIT_NOFILE, &was), 0);
    CHECK_EQ_INT(ends_hear(end, &packet), -EMFILE);
    CHECK(ipc_peer(ROLE_MX, 0));
    close(end);
    ends_close();
}

TEST(the_master_is_told_who_broke_the_rules)
{
    struct packet packet = { .message = MESSAGE_auth_login };
    static const union fields none;
    int master[2];
    start();
    int end = ends_open_raw(ROLE_MX, ROLE_AUTH, services);
    CHECK_EQ_INT(ipc_pair(master), 0);
    CHECK_EQ_INT(ipc_adopt(master[0], ROLE_MASTER, 0), 0);
    CHECK(ends_say(end, &packet, &none));
    ends_turn(NULL);
    CHECK(!ipc_peer(ROLE_MX, 0));
    CHECK_EQ_INT(ends_hear(master[1], &packet), 0);
    CHECK_EQ_INT(packet.message, MESSAGE_role_refused);
    close(end);
    close(master[1]);
    ends_close();
}
