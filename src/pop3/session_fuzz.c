/*
 * A whole session over the fake world.  Whatever is said: the server speaks in lines, a
 * handle does not outlive its session, and messages go only when QUIT was answered +OK.
 */
#include "pop3/session.h"
#include "test/talk/client.h"
#include "test/talk/world.h"

#include "base/fiber.h"
#include "base/loop.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 1000, MESSAGES_IN = 3 };

static struct span bob = { "bob@hamburger.edu", 17 };

static void fill_world(void)
{
    assert(world_open(ROLE_POP3));
    world_account(bob, SPAN("ketchup"));
    world_message(bob, SPAN("Subject: one\r\n\r\ntext\r\n"));
    world_message(bob, SPAN("Subject: zw\xc3\xb6\r\n\r\n.\r\n..\r\n"));
    world_message(bob, SPAN("\r\nthree"));
}

static void check(struct span said)
{
    struct span last = { 0 };

    while (said.len > 0) {
        size_t n = span_find(said, '\n');
        assert(n > 0 && n < said.len && said.at[n - 1] == '\r');
        last = span_first(said, n);
        said = span_skip(said, n + 1);
    }
    assert(span_starts_nocase(last, SPAN("+OK hamburger.edu")) ||
           world_count(bob) == MESSAGES_IN);
    assert(world_handles() == 0 && !world_fault());
}

static void converse(struct client *c, struct span input)
{
    size_t step = 1 + input.len % 97 + input.len / 64;

    client_come(c, "127.0.0.1");
    turn(false);
    while (input.len > 0 && !c->eof) {
        size_t n = step < input.len ? step : input.len;
        buf_put(&c->out, span_first(input, n));
        client_send(c, n, "127.0.0.1");
        for (int i = 0; i < 4; i++)
            turn(false);
        client_hear(c);
        input = span_skip(input, n);
    }
    assert(client_finish(c));
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pop3_host host = {
        "hamburger.edu", true, 1000000000000, 1000000000000, POP3_EXPIRE_NEVER, 0, NULL
    };
    static const struct room room = { .name = "pop3",
                                      .front = ROLE_POP3,
                                      .line_max = POP3_LINE_MAX,
                                      .session = pop3_session,
                                      .host = &host };
    static bool begun;
    struct client client;

    if (!begun)
        assert(loop_open() == 0);
    begun = true;
    fill_world();
    client_init(&client, &room);
    converse(&client, span_at(data, size));
    check(buf_span(&client.in));
    client_free(&client);
    world_close();
    for (int i = 0; i < TURNS_MAX && fiber_count() > 0; i++)
        turn(false);
    assert(fiber_count() == 0);
    return 0;
}
