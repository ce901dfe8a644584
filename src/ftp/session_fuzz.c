/*
 * A whole session over the fake world.  Whatever is said: the server speaks in lines, a
 * handle does not outlive its session, nothing but plain paths reaches files, and every
 * upload that was begun is committed or abandoned.
 */
#include "ftp/session.h"
#include "test/talk/client.h"
#include "test/talk/shelf.h"
#include "test/talk/world.h"

#include "base/fiber.h"
#include "base/loop.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 1000 };

static void fill_world(void)
{
    assert(world_open(ROLE_FTP));
    world_account(SPAN("bob@hamburger.edu"), SPAN("ketchup"));
    assert(shelf_put(SPAN("/letter"), SPAN("Do you like ketchup?\n")));
    assert(shelf_put(SPAN("/pub"), (struct span){ NULL, 0 }));
    assert(shelf_put(SPAN("/pub/a.txt"), SPAN("a")));
}

static void check(struct span said)
{
    while (said.len > 0) {
        size_t n = span_find(said, '\n');
        assert(n > 0 && n < said.len && said.at[n - 1] == '\r');
        said = span_skip(said, n + 1);
    }
    assert(world_handles() == 0 && shelf_uploads() == 0 && !world_fault());
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
    static struct ftpd_host host = { .name = "hamburger.edu",
                                     .plaintext_login = true,
                                     .passive_address = "",
                                     .login_time = 1000000000000,
                                     .idle_time = 1000000000000,
                                     .data_time = 1000000 }; /* nobody ever comes */
    static const struct room room = { .name = "ftp",
                                      .front = ROLE_FTP,
                                      .line_max = FTP_LINE_MAX,
                                      .session = ftpd_session,
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
