/*
 * A whole session over the fake world.  The oracle reads the same input naively: each
 * reply answers the next line; behind 354 the message runs to the first <CRLF>.<CRLF>.
 * What was accepted must be there, octet for octet, and had to be accepted; what was
 * refused had to be refused.
 */
#include "smtp/header.h"
#include "smtp/session.h"
#include "test/talk/client.h"
#include "test/talk/world.h"

#include "base/fiber.h"
#include "base/loop.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_LIMIT = 40000, TURNS_MAX = 1000, STEPS_MAX = 4096 };

static struct span bob = { "bob@hamburger.edu", 17 };

/* ---- the oracle */

/* The next reply's last line; false: no more. */
static bool take_reply(struct span *said, struct span *reply_r)
{
    for (;;) {
        size_t n = span_find(*said, '\n');
        if (n == said->len)
            return false;
        *reply_r = span_first(*said, n);
        *said = span_skip(*said, n + 1);
        assert(n >= 4 && reply_r->at[n - 1] == '\r');
        if (reply_r->at[3] == ' ')
            return true;
        assert(reply_r->at[3] == '-');
    }
}

/* The message, as it came, off the front of *input; false: it has no end. */
static bool take_data(struct span *input, struct span *data_r)
{
    for (size_t i = 0; i + 3 <= input->len; i++) {
        const char *at = input->at + i;
        bool at_start = i == 0 || (i >= 2 && memcmp(at - 2, "\r\n", 2) == 0);
        if (!at_start || memcmp(at, ".\r\n", 3) != 0)
            continue;
        *data_r = span_first(*input, i);
        *input = span_skip(*input, i + 3);
        return true;
    }
    return false;
}

static bool is_clean(struct span data)
{
    size_t column = 0;

    for (size_t i = 0; i < data.len; i++) {
        bool crlf = i + 1 < data.len && memcmp(data.at + i, "\r\n", 2) == 0;
        if (!crlf && memchr("\r\n", data.at[i], 3)) /* the NUL, too */
            return false;
        column = crlf ? 0 : column + 1;
        i += crlf;
        /* A dot in front is transparency, and not counted. */
        if (column > SMTP_TEXT_LINE_MAX + 1)
            return false;
        if (column == SMTP_TEXT_LINE_MAX + 1 && data.at[i - SMTP_TEXT_LINE_MAX] != '.')
            return false;
    }
    return true;
}

static struct buf unstuffed(struct span data)
{
    struct buf text = { .max = data.len + 1 };

    for (size_t i = 0; i < data.len; i++) {
        bool at_start = i == 0 || data.at[i - 1] == '\n';
        if (!(at_start && data.at[i] == '.'))
            assert(buf_put(&text, span_at(data.at + i, 1)) == 0);
    }
    return text;
}

static bool is_acceptable(struct span data, struct span text)
{
    struct header h = { 0 };

    header_take(&h, text);
    return is_clean(data) && text.len <= SIZE_LIMIT &&
           h.received <= RECEIVED_FIELDS_MAX;
}

/* Behind our four lines, and perhaps an empty one. */
static void check_delivered(struct span text)
{
    struct span body;

    assert(world_next(bob, &body));
    for (int i = 0; i < 4; i++) {
        size_t n = span_find(body, '\n');
        assert(n < body.len);
        body = span_skip(body, n + 1);
    }
    assert(span_is(body, text) ||
           (span_take(&body, SPAN("\r\n")) && span_is(body, text)));
}

static void check_message(struct span data, struct span reply, size_t *accepted)
{
    struct buf text = unstuffed(data);

    if (span_starts_nocase(reply, SPAN("250 "))) {
        assert(is_acceptable(data, buf_span(&text)));
        check_delivered(buf_span(&text));
        ++*accepted;
    } else {
        assert(!is_acceptable(data, buf_span(&text)));
    }
    buf_free(&text);
}

static void check(struct span input, struct span said)
{
    struct span reply, data;
    size_t accepted = 0;

    assert(take_reply(&said, &reply) && span_starts_nocase(reply, SPAN("220 ")));
    while (take_reply(&said, &reply)) {
        size_t n = span_find(input, '\n');
        input = span_skip(input, n < input.len ? n + 1 : n);
        if (!span_starts_nocase(reply, SPAN("354 ")))
            continue;
        if (!take_data(&input, &data) || !take_reply(&said, &reply))
            break;
        check_message(data, reply, &accepted);
    }
    assert(world_delivered() == accepted && !world_fault());
}

/* ---- the session */

/* As its size says: by line, by octet, or by seven octets. */
static size_t next_piece(struct span rest, size_t size)
{
    static const size_t steps[] = { SIZE_MAX, 1, 7, SIZE_MAX };
    size_t step = steps[size % 4], line = span_find(rest, '\n') + 1;

    if (step == SIZE_MAX || size > STEPS_MAX)
        step = line;
    return step < rest.len ? step : rest.len;
}

static void converse(struct client *c, struct span input)
{
    size_t size = input.len;

    client_come(c, "127.0.0.1");
    turn(false);
    while (input.len > 0 && !c->eof) {
        size_t n = next_piece(input, size);
        buf_put(&c->out, span_first(input, n));
        client_send(c, n, "127.0.0.1");
        for (int i = 0; i < 6; i++)
            turn(false);
        client_hear(c);
        input = span_skip(input, n);
    }
    assert(client_finish(c));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct smtp_host host = { "hamburger.edu", SIZE_LIMIT, 1000000000000,
                                     1000000000000 };
    static const struct room room = { "smtp", ROLE_MX, SMTP_LINE_MAX, smtp_session,
                                      &host };
    static bool begun;
    struct client client;

    if (!begun)
        assert(loop_open() == 0);
    begun = true;
    assert(world_open(ROLE_MX));
    world_account(bob, SPAN("ketchup"));
    client_init(&client, &room);
    converse(&client, span_at(data, size));
    check(span_at(data, size), buf_span(&client.in));
    client_free(&client);
    world_close();
    for (int i = 0; i < TURNS_MAX && fiber_count() > 0; i++)
        turn(false);
    assert(fiber_count() == 0);
    return 0;
}
