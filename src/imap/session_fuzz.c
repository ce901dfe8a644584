/*
 * A whole session over the fake world.  Whatever is said: the server speaks in lines, with
 * literals that are as long as they say; what a client has to enable is not said before; it ends with BYE or says nothing more; a handle
 * does not outlive its session; and messages go only when a client has asked for it.
 */
#include "imap/session.h"
#include "test/talk/client.h"
#include "test/talk/world.h"
#include "wire/literal.h"

#include "base/fiber.h"
#include "base/loop.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 1000, MESSAGES_IN = 3 };

static struct span bob = { "bob@hamburger.edu", 17 };

static void fill_world(void)
{
    assert(world_open(ROLE_IMAP));
    world_account(bob, SPAN("ketchup"));
    world_message(bob, SPAN("Subject: one\r\n\r\ntext\r\n"));
    world_message(bob,
                  SPAN("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                       "--b\r\n\r\nx\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
                       "Subject: in\r\n\r\ny\r\n--b--\r\n"));
    world_message(bob, SPAN("\r\nthree\0"));
}

/* RFC 4978: what was said before it stands as it is. */
static const char deflated[] = " OK DEFLATE from here on\r";

static bool ends_with(struct span line, struct span end)
{
    return line.len >= end.len && span_is(span_skip(line, line.len - end.len), end);
}

static bool says(struct span input, struct span word)
{
    for (size_t i = 0; i + word.len <= input.len; i++)
        if (span_starts_nocase(span_skip(input, i), word))
            return true;
    return false;
}

/* RFC 7162: of uids that are gone, and of modseqs, those hear who have said the word. */
static void check_enabled(struct span input, struct span line)
{
    if (span_starts_nocase(line, SPAN("* VANISHED")))
        assert(says(input, SPAN("QRESYNC")) || says(input, SPAN("UIDONLY")));
    if (says(line, SPAN(" UIDFETCH (")))
        assert(says(input, SPAN("UIDONLY")));
    if (span_starts_nocase(line, SPAN("* ")) && says(line, SPAN(" MODSEQ (")))
        assert(says(input, SPAN("CONDSTORE")) || says(input, SPAN("QRESYNC")) ||
               says(input, SPAN("MODSEQ")) || says(input, SPAN("CHANGEDSINCE")));
}

/* Line after line, literals stepped over; up to where it is compressed. */
static struct span check_form(struct span said, struct span input)
{
    struct literal literal;

    while (said.len > 0) {
        size_t n = span_find(said, '\n');
        assert(n > 0 && n < said.len && said.at[n - 1] == '\r');
        struct span line = span_first(said, n);
        bool has_literal = literal_of_line(span_first(said, n - 1), &literal);
        said = span_skip(said, n + 1);
        if (input.len > 0)
            check_enabled(input, line);
        if (ends_with(line, span_of(deflated)))
            break;
        if (has_literal && literal.size <= said.len)
            said = span_skip(said, (size_t)literal.size);
    }
    return said;
}

static void check_all(struct span said, struct span input)
{
    struct span rest = check_form(said, input);
    struct buf in = { .max = 64 << 20 };

    if (rest.len == 0)
        return;
    struct client_deflate *d = client_deflate_open();
    assert(client_deflate_hear(d, rest, &in));
    check_form(buf_span(&in), SPAN("")); /* what was said was compressed, too */
    client_deflate_close(&d);
    buf_free(&in);
}

static bool asks_for_it(struct span input, size_t count)
{
    if (count > MESSAGES_IN)
        return says(input, SPAN("APPEND")) || says(input, SPAN("COPY"));
    return count == MESSAGES_IN || says(input, SPAN("EXPUNGE")) ||
           says(input, SPAN("CLOSE")) || says(input, SPAN("MOVE")) ||
           says(input, SPAN("DELETE"));
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
    static struct imap_host host = { "hamburger.edu", true, 1000000000000,
                                     1000000000000, 1 << 20 };
    static const struct room room = { .name = "imap",
                                      .front = ROLE_IMAP,
                                      .line_max = IMAP_LINE_MAX,
                                      .session = imap_session,
                                      .host = &host };
    static bool begun;
    struct client client;

    if (!begun)
        assert(loop_open() == 0);
    begun = true;
    fill_world();
    client_init(&client, &room);
    converse(&client, span_at(data, size));
    check_all(buf_span(&client.in), span_at(data, size));
    assert(world_handles() == 0 && !world_fault());
    assert(asks_for_it(span_at(data, size), world_count(bob)));
    client_free(&client);
    world_close();
    for (int i = 0; i < TURNS_MAX && fiber_count() > 0; i++)
        turn(false);
    assert(fiber_count() == 0);
    return 0;
}
