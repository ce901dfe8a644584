/*
 * A whole session of the client against a server whose words are the input, a line at a
 * time (as its size says: an octet).  Whatever they are: everybody has a fate, and who was
 * "sent" the message was accepted, with all of it, and 2yz behind.
 */
#include "test/talk/client.h"
#include "test/talk/sender.h"
#include "test/talk/world.h"

#include "base/fiber.h"
#include "base/loop.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 1000, OCTETWISE_MAX = 2000 };

static const struct span message = { "Subject: x\r\n\r\n.\r\n..\r\nend\r\n", 26 };

static void feed(struct client *c, struct span input)
{
    bool octets = input.len % 2 == 1 && input.len < OCTETWISE_MAX;

    while (input.len > 0 && !c->eof) {
        size_t n = octets ? 1 : span_find(input, '\n') + 1;
        n = n < input.len ? n : input.len;
        buf_put(&c->out, span_first(input, n));
        client_send(c, n, "127.0.0.1");
        for (int i = 0; i < 4; i++)
            turn(false);
        client_hear(c);
        input = span_skip(input, n);
    }
    assert(client_finish(c));
}

static bool was_said(const struct client *c, const char *text)
{
    return c->in.len > 0 && memmem(c->in.at, c->in.len, text, strlen(text));
}

static void check(const struct client *c, struct span input, struct sender *s)
{
    for (size_t i = 0; i < s->mail[0].count; i++) {
        const struct smtp_fate *f = &s->mail[0].recipients[i].fate;
        assert(f->outcome != SMTP_UNTRIED && strlen(f->words) < sizeof(f->words));
        assert(f->code == 0 || (f->code >= 200 && f->code <= 599));
        assert(!f->uncertain || f->outcome == SMTP_LATER);
        if (f->outcome != SMTP_SENT)
            continue;
        assert(f->code / 100 == 2 && f->step == SMTP_STEP_MESSAGE);
        assert(was_said(c, "\r\n\r\n..\r\n...\r\nend\r\n.\r\n") ||
               was_said(c, " LAST\r\nSubject: x\r\n\r\n.\r\n..\r\nend\r\n"));
        assert(input.len > 0 && memchr(input.at, '2', input.len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smtp_recipient people[] = { { .mailbox = SPAN("bob@hamburger.edu") },
                                       { .mailbox = SPAN("carol@hamburger.edu") } };
    struct smtp_outgoing mail = { .reverse_path = SPAN("alice@crepes.fr"),
                                  .octets = message,
                                  .recipients = people,
                                  .count = 2 };
    struct sender sender = { .settings.name = "crepes.fr", .mail = &mail, .count = 1 };
    struct room room = { .name = "smtp",
                         .front = ROLE_MX,
                         .line_max = SMTP_REPLY_LINE_MAX,
                         .session = sender_session,
                         .host = &sender,
                         .is_client = true };
    static bool begun;
    struct client client;

    if (!begun)
        assert(loop_open() == 0);
    begun = true;
    assert(world_open(ROLE_MX));
    client_init(&client, &room);
    client_come(&client, "127.0.0.1");
    feed(&client, span_at(data, size));
    check(&client, span_at(data, size), &sender);
    client_free(&client);
    world_close();
    for (int i = 0; i < TURNS_MAX && fiber_count() > 0; i++)
        turn(false);
    assert(fiber_count() == 0);
    return 0;
}
