/*
 * What a message has that not every server takes: RFC 6152, RFC 6532, RFC 3030; and S02:
 * what a sloppy server would take for the end of a message is binary, and goes nowhere
 * but in a chunk.
 */
#include "smtp/client.h"

#include "test/unit.h"
#include "wire/pair_test.h"

#include <stdio.h>
#include <sys/socket.h>

enum { EIGHT = 1, HEADER = 2, BINARY = 4, UNENDED = 8 };

static unsigned needs_of(struct span message)
{
    struct smtp_needs n = smtp_needs_of(message);
    return (n.eight_bit ? EIGHT : 0) | (n.header_utf8 ? HEADER : 0) |
           (n.binary ? BINARY : 0) | (n.unended ? UNENDED : 0);
}

TEST(smtp_needs_of_a_message)
{
    static const struct {
        const char *text;
        unsigned needs;
    } cases[] = {
        { "", 0 },
        { "\r\n", 0 },
        { "Subject: x\r\n\r\n.\r\n", 0 },
        { "Subject: x\r\n\r\nno end", UNENDED },
        { "Subject: x\r\n\r\ncaf\xc3\xa9\r\n", EIGHT },
        { "Subject: caf\xc3\xa9\r\n\r\nx\r\n", EIGHT | HEADER },
        { "Subject: caf\xc3\xa9\r\n", EIGHT | HEADER },
        { "\r\ncaf\xc3\xa9\r\n", EIGHT }, /* it has no header */
        { "\x7f\r\n", 0 },
        { "\x80", EIGHT | HEADER | UNENDED },
        { "\n", BINARY },
        { "\r", BINARY | UNENDED },
        { "a\nb\r\n", BINARY },
        { "a\rb\r\n", BINARY },
        { "a\r\r\n", BINARY },
        { "a\r\n\n", BINARY },
        { "a\r\n\r", BINARY | UNENDED },
        /* An empty line of another kind ends no header. */
        { "a: b\n\ncaf\xc3\xa9\r\n", EIGHT | HEADER | BINARY },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!CHECK_EQ_UINT(needs_of(span_of(cases[i].text)), cases[i].needs))
            printf("  case %zu\n", i);
    CHECK_EQ_UINT(needs_of(SPAN("a\0b\r\n")), BINARY);
}

/* ---- S02 */

static const char *const ends[] = {
    "x\n.\nMAIL\r\n",   "x\n.\r\nMAIL\r\n", "x\r\n.\nMAIL\r\n",     "x\r.\rMAIL\r\n",
    "x\r\n.\rMAIL\r\n", "x\r.\r\nMAIL\r\n", "x\r\n.\r\r\nMAIL\r\n",
};
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

struct sending {
    struct smtp_outgoing mail;
    struct smtp_recipient bob;
    struct pair pair;
};

static void session(struct wire *wire, void *arg)
{
    static const struct smtp_client_settings settings = { .name = "crepes.fr" };
    struct sending *s = arg;
    struct smtp_client c;

    smtp_client_open(&c, wire, &settings);
    smtp_client_send(&c, &s->mail);
    smtp_client_close(&c);
}

/* Answers greeting, EHLO, MAIL, RCPT and the message; all that the client has said. */
static struct buf converse(struct sending *s, struct span message, const char *ehlo)
{
    const char *const replies[] = { "220 h\r\n",  ehlo,         "250 ok\r\n",
                                    "250 ok\r\n", "250 ok\r\n", "221 bye\r\n" };
    struct wire_settings wire = pair_settings;
    struct buf said = { .max = 1 << 16 };

    wire.is_client = true;
    s->bob = (struct smtp_recipient){ .mailbox = SPAN("bob@hamburger.edu") };
    s->mail = (struct smtp_outgoing){ .octets = message,
                                      .needs = smtp_needs_of(message),
                                      .recipients = &s->bob,
                                      .count = 1 };
    if (!pair_open_as(&s->pair, SOCK_STREAM, &wire, session, s))
        return said;
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        pair_say(&s->pair, span_of(replies[i]));
        CHECK_EQ_INT(buf_put(&said, pair_hear(&s->pair)), 0);
    }
    pair_close(&s->pair);
    CHECK(s->pair.over);
    return said;
}

TEST(smtp_client_smuggles_nothing)
{
    static struct sending s;

    pair_begin();
    for (size_t i = 0; i < ENDS; i++) {
        struct buf said = converse(&s, span_of(ends[i]), "250-h\r\n250 CHUNKING\r\n");
        CHECK_SPAN(buf_span(&said), "EHLO crepes.fr\r\nQUIT\r\n");
        CHECK_EQ_INT(s.bob.fate.outcome, SMTP_NEVER);
        CHECK_EQ_UINT(s.bob.fate.status.subject * 10u + s.bob.fate.status.detail, 63);
        buf_free(&said);
    }
    pair_end();
}

/* Where the server has BINARYMIME the octets are counted, and what they are is no matter. */
TEST(smtp_client_sends_binary_in_a_chunk)
{
    static struct sending s;
    char wanted[256];

    pair_begin();
    for (size_t i = 0; i < ENDS; i++) {
        struct buf said = converse(&s, span_of(ends[i]),
                                   "250-h\r\n250-CHUNKING\r\n250 BINARYMIME\r\n");
        snprintf(wanted, sizeof(wanted),
                 "EHLO crepes.fr\r\nMAIL FROM:<> BODY=BINARYMIME\r\n"
                 "RCPT TO:<bob@hamburger.edu>\r\nBDAT %zu LAST\r\n%sQUIT\r\n",
                 strlen(ends[i]), ends[i]);
        CHECK(span_is(buf_span(&said), span_of(wanted)));
        CHECK_EQ_INT(s.bob.fate.outcome, SMTP_SENT);
        buf_free(&said);
    }
    pair_end();
}

/* A text without its last line end gets one: a chunk has none of its own. */
TEST(smtp_client_ends_the_last_line)
{
    static struct sending s;

    pair_begin();
    struct buf said = converse(&s, SPAN("a: b\r\n\r\nx"), "250-h\r\n250 CHUNKING\r\n");
    CHECK_SPAN(buf_span(&said), "EHLO crepes.fr\r\nMAIL FROM:<>\r\n"
                                "RCPT TO:<bob@hamburger.edu>\r\nBDAT 11 LAST\r\n"
                                "a: b\r\n\r\nx\r\nQUIT\r\n");
    buf_free(&said);
    pair_end();
}
