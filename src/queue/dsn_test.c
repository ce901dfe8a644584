/* RFC 3461, RFC 3464, RFC 6522, RFC 6533; ATTACKS S13, S14. */
#include "queue/dsn.h"

#include "config/limits.h"
#include "test/unit.h"

#include <stdio.h>
#include <stdlib.h>

static struct dsn_recipient failed_for_bob(void)
{
    return (struct dsn_recipient){
        .action = DSN_FAILED,
        .mailbox = SPAN("bob@hamburger.edu"),
        .orcpt = SPAN("rfc822;Bob+2BLunch@hamburger.edu"),
        .class = 5,
        .subject = 1,
        .detail = 1,
        .diagnostic = SPAN("550 5.1.1 There is nobody of that name"),
        .remote = SPAN("mail.hamburger.edu"),
        .tried = 1795780100,
    };
}

static struct dsn report(const struct dsn_recipient *recipients, size_t count)
{
    return (struct dsn){
        .host = SPAN("crepes.fr"),
        .sender = SPAN("alice@crepes.fr"),
        .envid = SPAN("QQ+40314159"),
        .arrived = 1795780000,
        .now = 1795780200,
        .random = { 0x0123456789abcdef, 0xfedcba9876543210 },
        .message = SPAN("From: alice@crepes.fr\r\nSubject: Lunch\r\n\r\nAt one?\r\n"),
        .recipients = recipients,
        .count = count,
    };
}

static struct buf compose(const struct dsn *d)
{
    struct buf text = { .max = 1 << 20 };
    CHECK_EQ_INT(dsn_compose(d, &text), 0);
    return text;
}

static bool says(const struct buf *text, const char *what)
{
    return text->len > 0 && memmem(text->at, text->len, what, strlen(what));
}

static void check_says(const struct buf *text, const char *what)
{
    if (!CHECK(says(text, what)))
        printf("'%s' is not in:\n%.*s", what, (int)text->len, text->at);
}

TEST(dsn_of_a_failure)
{
    struct dsn_recipient bob = failed_for_bob();
    struct dsn d = report(&bob, 1);
    struct buf text = compose(&d);
    CHECK_SPAN(buf_span(&text),
               "From: Mail Delivery System <MAILER-DAEMON@crepes.fr>\r\n"
               "To: <alice@crepes.fr>\r\n"
               "Subject: Your message could not be delivered\r\n"
               "Date: Fri, 27 Nov 2026 11:50:00 +0000\r\n"
               "Message-ID: <0123456789abcdeffedcba9876543210@crepes.fr>\r\n"
               "Auto-Submitted: auto-replied\r\n"
               "MIME-Version: 1.0\r\n"
               "Content-Type: multipart/report; report-type=delivery-status;\r\n"
               "\tboundary=\"=_fedcba98765432100123456789abcdef\"\r\n"
               "\r\n"
               "--=_fedcba98765432100123456789abcdef\r\n"
               "Content-Type: text/plain; charset=us-ascii\r\n"
               "\r\n"
               "This is the mail server of crepes.fr\r\n"
               "\r\n"
               "Your message could not be delivered to:\r\n"
               "\r\n"
               "    <bob@hamburger.edu>\r\n"
               "        mail.hamburger.edu said: 550 5.1.1 There is nobody of that "
               "name\r\n"
               "\r\n"
               "The message's header follows.\r\n"
               "\r\n"
               "--=_fedcba98765432100123456789abcdef\r\n"
               "Content-Type: message/delivery-status\r\n"
               "\r\n"
               "Reporting-MTA: dns; crepes.fr\r\n"
               "Original-Envelope-Id: QQ@314159\r\n"
               "Arrival-Date: Fri, 27 Nov 2026 11:46:40 +0000\r\n"
               "\r\n"
               "Original-Recipient: rfc822;Bob+Lunch@hamburger.edu\r\n"
               "Final-Recipient: rfc822;bob@hamburger.edu\r\n"
               "Action: failed\r\n"
               "Status: 5.1.1\r\n"
               "Remote-MTA: dns; mail.hamburger.edu\r\n"
               "Diagnostic-Code: smtp; 550 5.1.1 There is nobody of that name\r\n"
               "Last-Attempt-Date: Fri, 27 Nov 2026 11:48:20 +0000\r\n"
               "\r\n"
               "--=_fedcba98765432100123456789abcdef\r\n"
               "Content-Type: text/rfc822-headers\r\n"
               "\r\n"
               "From: alice@crepes.fr\r\n"
               "Subject: Lunch\r\n"
               "\r\n"
               "--=_fedcba98765432100123456789abcdef--\r\n");
    buf_free(&text);
}

TEST(dsn_of_several_recipients)
{
    struct dsn_recipient all[] = {
        failed_for_bob(),
        { .action = DSN_DELAYED,
          .mailbox = SPAN("carol@hamburger.edu"),
          .class = 4,
          .subject = 4,
          .detail = 1,
          .reason = SPAN("Nobody answers at mail.hamburger.edu."),
          .retry_until = 1796212000 },
        { .action = DSN_RELAYED, .mailbox = SPAN("dora@hamburger.edu"), .class = 2 },
    };
    struct dsn d = report(all, 3);
    d.ret_full = true;
    struct buf text = compose(&d);
    check_says(&text, "Subject: Your message could not be delivered\r\n");
    check_says(&text, "    <carol@hamburger.edu>\r\n"
                      "        Nobody answers at mail.hamburger.edu.\r\n"
                      "        It is tried until Wed, 02 Dec 2026 11:46:40 +0000\r\n");
    check_says(&text, "\r\n\r\nFinal-Recipient: rfc822;carol@hamburger.edu\r\n"
                      "Action: delayed\r\nStatus: 4.4.1\r\n"
                      "Will-Retry-Until: Wed, 02 Dec 2026 11:46:40 +0000\r\n\r\n"
                      "Final-Recipient: rfc822;dora@hamburger.edu\r\n"
                      "Action: relayed\r\nStatus: 2.0.0\r\n\r\n--");
    check_says(&text, "Content-Type: message/rfc822\r\n\r\nFrom: alice@crepes.fr\r\n"
                      "Subject: Lunch\r\n\r\nAt one?\r\n\r\n--");
    buf_free(&text);
}

/* RFC 3461 §4.3: RET is about failures; S14: and a long message does not come back. */
TEST(dsn_returns_the_header_alone)
{
    struct dsn_recipient delayed = { .action = DSN_DELAYED,
                                     .mailbox = SPAN("bob@hamburger.edu"),
                                     .class = 4 };
    struct dsn d = report(&delayed, 1);
    d.ret_full = true;
    struct buf text = compose(&d);
    check_says(&text, "Subject: Your message is delayed\r\n");
    CHECK(!says(&text, "At one?"));
    buf_free(&text);

    char *body = calloc(1, DSN_RETURNED_MAX + 100);
    if (!CHECK(body != NULL))
        return;
    memset(body, 'x', DSN_RETURNED_MAX + 100);
    memcpy(body, "Subject: y\r\n\r\n", 14);
    struct dsn_recipient bob = failed_for_bob();
    d = report(&bob, 1);
    d.ret_full = true;
    d.message = span_at(body, DSN_RETURNED_MAX + 100);
    text = compose(&d);
    check_says(&text, "text/rfc822-headers\r\n\r\nSubject: y\r\n\r\n--");
    CHECK(text.len < 3000);
    buf_free(&text);
    memset(body, 'x', 20); /* without an end of the header section */
    for (size_t i = 100; i < DSN_RETURNED_MAX; i += 100)
        memcpy(body + i, "\r\n", 2);
    text = compose(&d);
    CHECK(text.len > DSN_RETURNED_MAX - 100 && text.len < DSN_RETURNED_MAX + 3000);
    check_says(&text, "x\r\n\r\n--=_fedcba98765432100123456789abcdef--\r\n");
    buf_free(&text);
    free(body);
}

TEST(dsn_of_a_message_without_a_header)
{
    struct dsn_recipient bob = failed_for_bob();
    struct dsn d = report(&bob, 1);
    d.message = SPAN("\r\nAt one?\r\n");
    struct buf text = compose(&d);
    CHECK(!says(&text, "At one?"));
    buf_free(&text);
    d.message = SPAN("");
    text = compose(&d);
    check_says(&text, "text/rfc822-headers\r\n\r\n\r\n--");
    buf_free(&text);
}

/* S13: whatever was said, nothing of it is a field or a part of its own. */
TEST(dsn_of_hostile_words)
{
    struct dsn_recipient evil = failed_for_bob();
    evil.diagnostic = SPAN("550 no\r\nBcc: x@y\r\n\r\n--=_");
    evil.remote = SPAN("a\nAction: delivered");
    evil.orcpt = SPAN("rfc822;a+0D+0AAction: delivered");
    evil.mailbox = SPAN("\"a\rb\"@hamburger.edu");
    evil.reason = SPAN("so\0so\177");
    struct dsn d = report(&evil, 1);
    d.envid = SPAN("a+0D+0AAction:+20delivered");
    d.sender = SPAN("\"a\r\nBcc: x@y\"@crepes.fr");
    struct buf text = compose(&d);
    CHECK(!says(&text, "\nBcc") && !says(&text, "\nAction: delivered"));
    CHECK(!says(&text, "Original-Recipient")); /* a space is no xtext */
    check_says(&text, "Original-Envelope-Id: a?\?Action: delivered\r\n");
    check_says(&text, "Diagnostic-Code: smtp; 550 no?\?Bcc: x@y?\?\?\?--=_\r\n");
    check_says(&text, "        so?so?\r\n");
    for (size_t i = 0; i < text.len; i++)
        CHECK(text.at[i] != '\0' && (text.at[i] != '\n' || text.at[i - 1] == '\r'));
    buf_free(&text);
}

/* RFC 6533: only where an address is beyond ASCII; else what a server says is not. */
TEST(dsn_beyond_ascii)
{
    struct dsn_recipient pele = failed_for_bob();
    pele.mailbox = SPAN("pel\xc3\xa9@hamburger.edu");
    pele.diagnostic = SPAN("550 caf\xc3\xa9");
    struct dsn d = report(&pele, 1);
    struct buf text = compose(&d);
    check_says(&text, "report-type=global-delivery-status");
    check_says(&text, "Content-Type: message/global-delivery-status\r\n"
                      "Content-Transfer-Encoding: 8bit\r\n");
    check_says(&text, "Final-Recipient: utf-8;pel\xc3\xa9@hamburger.edu\r\n");
    check_says(&text, "Diagnostic-Code: smtp; 550 caf\xc3\xa9\r\n");
    buf_free(&text);
    pele.mailbox = SPAN("pele@hamburger.edu");
    text = compose(&d);
    check_says(&text, "Diagnostic-Code: smtp; 550 caf?\?\r\n");
    CHECK(!says(&text, "8bit"));
    buf_free(&text);
    d.message = SPAN("Subject: caf\xc3\xa9\r\n\r\nx\r\n");
    text = compose(&d);
    check_says(&text, "Content-Type: text/rfc822-headers\r\n"
                      "Content-Transfer-Encoding: 8bit\r\n");
    buf_free(&text);
}

TEST(dsn_that_has_no_room)
{
    struct dsn_recipient bob = failed_for_bob();
    struct dsn d = report(&bob, 1);
    struct buf text = { .max = 500 };
    CHECK_EQ_INT(buf_put(&text, SPAN("before")), 0);
    CHECK(dsn_compose(&d, &text) != 0);
    CHECK_SPAN(buf_span(&text), "before");
    buf_free(&text);
}

/* ---- what was asked for */

TEST(dsn_notify)
{
    static const struct {
        const char *value;
        int notify; /* -1: it is none */
    } cases[] = {
        { "NEVER", DSN_NOTIFY_NEVER },
        { "success", DSN_NOTIFY_SUCCESS },
        { "SUCCESS,FAILURE,DELAY",
          DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE | DSN_NOTIFY_DELAY },
        { "DELAY,DELAY", DSN_NOTIFY_DELAY },
        { "NEVER,DELAY", -1 },
        { "", -1 },
        { "DELAY,", -1 },
        { ",DELAY", -1 },
        { "DELAY FAILURE", -1 },
        { "MAYBE", -1 },
        { "NEVERMORE", -1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned notify = 0;
        bool taken = dsn_take_notify(span_of(cases[i].value), &notify);
        CHECK_EQ_INT(taken ? (int)notify : -1, cases[i].notify);
    }
}

TEST(dsn_notify_comes_back)
{
    for (unsigned notify = 0; notify < 2 * DSN_NOTIFY_DELAY; notify++) {
        struct span words = dsn_notify_words(notify);
        unsigned again = 0;
        bool valid =
            notify != 0 && (!(notify & DSN_NOTIFY_NEVER) || notify == DSN_NOTIFY_NEVER);
        CHECK_EQ_INT(words.len > 0, valid);
        CHECK(!valid || (dsn_take_notify(words, &again) && again == notify));
    }
    CHECK_EQ_UINT(dsn_notify_words(UINT32_MAX).len, 0);
}

TEST(dsn_is_wanted)
{
    CHECK(dsn_is_wanted(0, DSN_FAILED) && dsn_is_wanted(0, DSN_DELAYED));
    CHECK(!dsn_is_wanted(0, DSN_DELIVERED) && !dsn_is_wanted(0, DSN_RELAYED));
    for (unsigned a = 0; a < DSN_ACTIONS_COUNT; a++) {
        enum dsn_action action = (enum dsn_action)a;
        CHECK(!dsn_is_wanted(DSN_NOTIFY_NEVER, action));
        CHECK_EQ_INT(dsn_is_wanted(DSN_NOTIFY_FAILURE, action), action == DSN_FAILED);
        CHECK_EQ_INT(dsn_is_wanted(DSN_NOTIFY_DELAY, action), action == DSN_DELAYED);
        CHECK_EQ_INT(dsn_is_wanted(DSN_NOTIFY_SUCCESS, action), action > DSN_DELAYED);
    }
}

TEST(dsn_xtext)
{
    static const struct {
        const char *xtext, *text; /* NULL: it is none */
    } cases[] = {
        { "Bob@hamburger.edu", "Bob@hamburger.edu" },
        { "a+2Bb+3Dc", "a+b=c" },
        { "+20", " " },
        { "", "" },
        { "a+2b", NULL },
        { "a+", NULL },
        { "a+2", NULL },
        { "a=b", NULL },
        { "a b", NULL },
        { "a\r\nb", NULL },
        { "caf\xc3\xa9", NULL },
        { "123456789", NULL }, /* no room */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[17];
        size_t len = 0, size = cases[i].xtext[0] == '1' ? 8 : sizeof(text);
        bool decoded = dsn_xtext_decode(span_of(cases[i].xtext), text, size, &len);
        if (CHECK_EQ_INT(decoded, cases[i].text != NULL) && decoded)
            CHECK(span_is(span_at(text, len), span_of(cases[i].text)));
    }
}
