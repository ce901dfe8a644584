/* pair - see pair_test.h. */
#include "wire/pair_test.h"

#include "base/fiber.h"
#include "base/loop.h"
#include "test/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* As SMTP has it. */
static uint8_t judge(struct span reply)
{
    return reply.at[0] == '5'   ? RESULT_REFUSED
           : reply.at[0] == '4' ? RESULT_ERROR
                                : RESULT_OK;
}

const struct wire_settings pair_settings = {
    .line_max = 100,
    .read_time = 10 * CLOCK_SECOND,
    .write_time = 20 * CLOCK_SECOND,
    .protocol = "test",
    .judge = judge,
};

static struct clock_page page;

void pair_begin(void)
{
    page.now_shift = 0;
    clock_use(&page);
    CHECK_EQ_INT(loop_open(), 0);
}

void pair_end(void)
{
    CHECK_EQ_INT(wire_count(), 0);
    CHECK_EQ_INT(fiber_count(), 0);
    loop_close();
    clock_use(NULL);
}

void pair_turns(int n)
{
    for (int i = 0; i < n; i++)
        loop_turn(false);
}

void pair_pass(uint64_t nanoseconds)
{
    page.now_shift += (int64_t)nanoseconds;
    pair_turns(3);
}

static void run(void *arg)
{
    struct pair *p = arg;
    p->session(p->wire, p->arg);
    wire_close(&p->wire);
    p->over = true;
}

bool pair_open_as(struct pair *p, int type, const struct wire_settings *settings,
                  void (*session)(struct wire *, void *), void *arg)
{
    int ends[2];
    if (!CHECK(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0))
        return false;
    p->peer = ends[0];
    p->session = session;
    p->arg = arg;
    p->over = false;
    p->wire = wire_open(ends[1], "127.0.0.1", settings);
    if (!CHECK(p->wire != NULL) || !CHECK(fiber_go(run, p) == 0))
        return false;
    pair_turns(2);
    return true;
}

bool pair_open_type(struct pair *p, int type, void (*session)(struct wire *, void *),
                    void *arg)
{
    return pair_open_as(p, type, &pair_settings, session, arg);
}

bool pair_open(struct pair *p, void (*session)(struct wire *, void *), void *arg)
{
    return pair_open_type(p, SOCK_STREAM, session, arg);
}

void pair_close(struct pair *p)
{
    if (p->peer >= 0)
        close(p->peer);
    p->peer = -1;
    for (int i = 0; i < 50 && !p->over; i++)
        pair_turns(1);
    CHECK(p->over);
}

void pair_say(struct pair *p, struct span octets)
{
    for (int i = 0; i < 10000 && octets.len > 0; i++) {
        ssize_t n = send(p->peer, octets.at, octets.len, MSG_NOSIGNAL);
        if (n > 0)
            octets = span_skip(octets, (size_t)n);
        else if (errno != EAGAIN)
            return;
        pair_turns(1);
    }
    CHECK_EQ_UINT(octets.len, 0);
    pair_turns(2);
}

struct span pair_hear_now(struct pair *p)
{
    size_t len = 0;
    ssize_t n;
    while (len < sizeof(p->heard) &&
           (n = recv(p->peer, p->heard + len, sizeof(p->heard) - len, 0)) > 0)
        len += (size_t)n;
    return span_at(p->heard, len);
}

struct span pair_hear(struct pair *p)
{
    pair_turns(3);
    return pair_hear_now(p);
}

bool pair_is_ended(struct pair *p)
{
    char c;
    pair_turns(3);
    return recv(p->peer, &c, 1, 0) == 0;
}
