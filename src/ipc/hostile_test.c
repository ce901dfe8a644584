/*
 * A role that has been taken over says what it likes: good messages with octets changed,
 * cut off, lengthened, with descriptors or without.  Nothing it says crashes, leaks, or
 * reaches a service undecoded; its channel stays or goes.
 */
#include "base/fiber.h"
#include "base/loop.h"
#include "base/own.h"
#include "ipc/ends_test.h"
#include "ipc/every_test.h"
#include "test/unit.h"

#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 6000, ROOM = MESSAGE_OCTETS_MAX + 512 };

static struct filler f;
static char room[ROOM];
static size_t served, broken, answered;
static volatile uint32_t octets_read; /* all of them are */

static uint32_t below(uint32_t n)
{
    return every_random(&f) % n;
}

/* --- the one that is attacked: store, which also asks --- */

static void serve_anything(struct call *call, const union fields *question)
{
    served++;
    octets_read += every_drop(call->message, PACKET_QUESTION, question);
    if (message_is_tell(call->message))
        return;
    if (below(4) == 0) {
        answer_error(call, -1);
        return;
    }
    union fields answer;
    struct filler least = f;
    least.filling = LEAST;
    every_fill(&least, call->message, PACKET_ANSWER, &answer);
    every_answer(call, &answer);
}

static void ask_anything(void *arg)
{
    (void)arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    union fields question, answer;
    struct filler least = f;
    least.filling = LEAST;
    enum message m = MESSAGE_store_snapshot + below(3);
    every_fill(&least, m, PACKET_QUESTION, &question);
    if (every_ask(m, &question, &answer, arena) != 0)
        return;
    answered++;
    every_drop(m, PACKET_ANSWER, &answer);
}

/* --- the attacker --- */

static size_t change(size_t len)
{
    for (uint32_t changes = below(4); changes > 0; changes--) {
        size_t most = below(2) ? 32 : len; /* mostly near the front */
        room[below((uint32_t)(len < most ? len : most))] = (char)every_random(&f);
    }
    if (below(8) == 0)
        return 1 + below((uint32_t)len);
    if (below(8) == 0)
        return len + below((uint32_t)(ROOM - len));
    return len;
}

static void send_packet(int end, size_t len, size_t descriptors)
{
    _Alignas(size_t) char control[CMSG_SPACE(4 * sizeof(int))];
    int four[4] = { end, end, end, end };
    struct iovec piece = { room, len };
    struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1 };
    if (descriptors > 0) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
        memcpy(CMSG_DATA(c), four, descriptors * sizeof(int));
    }
    sendmsg(end, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void attack(int end, enum packet_kind kind)
{
    struct packet packet = { .message = below(MESSAGES), .kind = kind };
    if (kind == PACKET_ANSWER) {
        packet.message = MESSAGE_store_snapshot + below(3);
        packet.id = below(8);
    } else if (message_is_tell(packet.message)) {
        packet.kind = PACKET_TELL;
    }
    union fields fields;
    f.filling = below(3);
    f.descriptor = end;
    f.lend = true;
    every_fill(&f, packet.message, packet.kind, &fields);
    struct encoder to = { .at = room };
    packet_put(&to, &packet, &fields);
    size_t descriptors = below(16) ? to.descriptor_count : below(5);
    send_packet(end, change(to.len), descriptors);
}

static void drain(int end)
{
    while (recv(end, room, sizeof room, MSG_DONTWAIT) > 0)
        continue;
}

/* A fresh channel whenever the last one is gone. */
static int reopen(int end, enum role self, enum role peer)
{
    int pair[2];
    if (end >= 0 && ipc_peer(peer, 0))
        return end;
    broken += end >= 0;
    if (end >= 0)
        close(end);
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[1], self, peer, 0), 0);
    return pair[0];
}

static void start(void)
{
    f = (struct filler){ .random = 2463534242 };
    served = broken = answered = 0;
    every_serve = serve_anything;
    close(ends_open_raw(ROLE_CONFIG, ROLE_MASTER, every_service));
}

TEST(hostile_questions)
{
    static const enum role roles[] = { ROLE_MX, ROLE_POP3, ROLE_AUTH, ROLE_CONTROL };
    size_t before = open_descriptors();
    int end = -1;
    start();
    for (int i = 0; i < ROUNDS; i++) {
        enum role peer = roles[i * 4 / ROUNDS];
        end = reopen(end, peer == ROLE_CONTROL ? ROLE_AUTH : ROLE_STORE, peer);
        attack(end, PACKET_QUESTION);
        loop_turn(false);
        drain(end);
    }
    close(end);
    ends_close();
    CHECK(served > ROUNDS / 50);
    CHECK(broken > ROUNDS / 4);
    CHECK_EQ_UINT(open_descriptors(), before);
}

TEST(hostile_answers)
{
    size_t before = open_descriptors();
    int end = -1;
    start();
    for (int i = 0; i < ROUNDS / 2; i++) {
        end = reopen(end, ROLE_POP3, ROLE_STORE);
        if (fiber_count() < 8)
            fiber_go(ask_anything, NULL);
        loop_turn(false);
        attack(end, PACKET_ANSWER);
        loop_turn(false);
        drain(end);
    }
    close(end);
    ends_close();
    CHECK(answered > 10);
    CHECK(broken > ROUNDS / 16);
    CHECK_EQ_UINT(open_descriptors(), before);
}
