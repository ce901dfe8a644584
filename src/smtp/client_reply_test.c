/* RFC 5321 §4.2, RFC 2034, RFC 3463 §2, RFC 9422; S23. */
#include "smtp/client_reply.h"

#include "config/limits.h"
#include "test/unit.h"

/* Reads `lines`, ended by LF each, up to the first that does not say SMTP_REPLY_MORE. */
static enum smtp_reply_step read_all(struct smtp_reply *r, struct span lines)
{
    enum smtp_reply_step step = SMTP_REPLY_MORE;

    *r = (struct smtp_reply){ .text.max = SMTP_REPLY_OCTETS_MAX };
    while (lines.len > 0 && step == SMTP_REPLY_MORE) {
        size_t end = span_find(lines, '\n');
        step = smtp_reply_read(r, span_first(lines, end));
        lines = span_skip(lines, end < lines.len ? end + 1 : end);
    }
    return step;
}

static void check_reply(const char *lines, unsigned code, const char *text)
{
    struct smtp_reply r;
    CHECK_EQ_INT(read_all(&r, span_of(lines)), SMTP_REPLY_WHOLE);
    CHECK_EQ_UINT(r.code, code);
    CHECK(span_is(buf_span(&r.text), span_of(text)));
    buf_free(&r.text);
}

static void check_words(const char *lines, const char *wanted)
{
    struct smtp_reply r;
    char words[SMTP_FATE_WORDS];
    CHECK_EQ_INT(read_all(&r, span_of(lines)), SMTP_REPLY_WHOLE);
    smtp_reply_words(&r, words, sizeof(words));
    CHECK(span_is(span_of(words), span_of(wanted)));
    buf_free(&r.text);
}

TEST(smtp_reply_of_one_line)
{
    check_reply("220 hamburger.edu\n", 220, "hamburger.edu");
    check_reply("250\n", 250, "");
    check_reply("250 \n", 250, "");
    check_reply("599 2.0.0\n", 599, "2.0.0");
    check_reply("354 go \xc3\xa9\n", 354, "go \xc3\xa9");
}

TEST(smtp_reply_of_many_lines)
{
    check_reply("250-hamburger.edu\n250-SIZE 100\n250 HELP\n", 250,
                "hamburger.edu\nSIZE 100\nHELP");
    check_reply("550-\n550-\n550\n", 550, "\n\n");
}

TEST(smtp_reply_that_is_none)
{
    static const char *const lines[] = {
        "\n",
        "2\n",
        "25\n",
        "150 soon\n",
        "099 x\n",
        "600 x\n",
        "999 x\n",
        "2500 x\n",
        "250x\n",
        "25x ok\n",
        " 250 ok\n",
        "-250 ok\n",
        "hello\n",
        "250\tok\n",
        "250-a\n251 b\n",
        "250-a\nb\n",
        "250-a\n\n",
        "250 a\rb\n",
        "250-a\n250\r b\n",
        "\xb2\xb5\xb0 x\n",
        "220-a\n550 no\n",
        "SSH-2.0-OpenSSH_9.2\n",
    };
    struct smtp_reply r;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CHECK_EQ_INT(read_all(&r, span_of(lines[i])), SMTP_REPLY_BROKEN);
        buf_free(&r.text);
    }
    CHECK_EQ_INT(read_all(&r, SPAN("250 a\0b\n")), SMTP_REPLY_BROKEN);
    buf_free(&r.text);
}

TEST(smtp_reply_without_end)
{
    struct smtp_reply r = { .text.max = SMTP_REPLY_OCTETS_MAX };
    for (unsigned i = 1; i <= SMTP_REPLY_LINES_MAX; i++)
        CHECK_EQ_INT(smtp_reply_read(&r, SPAN("250-more")), SMTP_REPLY_MORE);
    CHECK_EQ_INT(smtp_reply_read(&r, SPAN("250-more")), SMTP_REPLY_BROKEN);
    buf_free(&r.text);
}

TEST(smtp_reply_with_more_octets_than_any_needs)
{
    struct smtp_reply r = { .text.max = SMTP_REPLY_OCTETS_MAX };
    char line[SMTP_REPLY_LINE_MAX];
    unsigned lines = 0;
    memset(line, 'x', sizeof(line));
    memcpy(line, "250-", 4);
    while (smtp_reply_read(&r, span_at(line, sizeof(line))) == SMTP_REPLY_MORE)
        lines++;
    CHECK_EQ_UINT(lines, SMTP_REPLY_OCTETS_MAX / (sizeof(line) + 2));
    CHECK(r.text.len <= SMTP_REPLY_OCTETS_MAX);
    buf_free(&r.text);
}

TEST(smtp_reply_after_another)
{
    struct smtp_reply r = { .text.max = SMTP_REPLY_OCTETS_MAX };
    CHECK_EQ_INT(smtp_reply_read(&r, SPAN("550 5.1.1 no")), SMTP_REPLY_WHOLE);
    CHECK_EQ_UINT(r.status.subject, 1);
    CHECK_EQ_INT(smtp_reply_read(&r, SPAN("250 yes")), SMTP_REPLY_WHOLE);
    CHECK_EQ_UINT(r.code, 250);
    CHECK_EQ_UINT(r.status.class, 0);
    CHECK_SPAN(buf_span(&r.text), "yes");
    buf_free(&r.text);
}

/* ---- enhanced status codes */

static void check_status(const char *text, unsigned class, const char *rest)
{
    struct span left = span_of(text);
    struct smtp_status s = { 0 };
    bool taken = smtp_take_status(&left, class, &s);
    CHECK_EQ_INT(taken, rest != NULL);
    CHECK(span_is(left, span_of(rest ? rest : text)));
    CHECK_EQ_UINT(s.class, rest ? class : 0);
}

TEST(smtp_status)
{
    check_status("2.1.5 ok", 2, "ok");
    check_status("5.1.1", 5, "");
    check_status("5.999.999 x", 5, "x");
    check_status("4.7.0  two", 4, " two");
}

TEST(smtp_status_that_is_none)
{
    check_status("5.1.1 no", 4, NULL); /* the code says otherwise */
    check_status("3.0.0 x", 3, NULL);
    check_status("5.1.1000 x", 5, NULL);
    check_status("5.01.1 x", 5, NULL);
    check_status("5.1 x", 5, NULL);
    check_status("5.1.1x", 5, NULL);
    check_status("5.1.1.1 x", 5, NULL);
    check_status("5..1 x", 5, NULL);
    check_status("5. 1.1 x", 5, NULL);
    check_status("", 5, NULL);
    check_status("192.0.2.1 x", 5, NULL);
}

TEST(smtp_reply_in_words)
{
    check_words("550-5.1.1 There is nobody\n550 5.1.1 of that name\n",
                "There is nobody of that name");
    check_words("550-5.1.1 There is nobody\n550 here\n", "There is nobody here");
    check_words("421\n", "");
    check_words("450 a\033[2Jb\n", "a\\x1b[2Jb");
}

/* ---- EHLO */

static struct smtp_extensions extensions_of(const char *text)
{
    struct smtp_extensions e;
    smtp_extensions_read(span_of(text), &e);
    return e;
}

TEST(smtp_extensions_of_a_server_that_has_all)
{
    struct smtp_extensions e =
        extensions_of("hamburger.edu\nPIPELINING\nSIZE 52428800\n8bitmime\nBINARYMIME\n"
                      "CHUNKING\nSMTPUTF8\nSTARTTLS\nDSN\nREQUIRETLS\n"
                      "AUTH LOGIN PLAIN SCRAM-SHA-256\nLIMITS RCPTMAX=1000 MAILMAX=20");
    CHECK_EQ_UINT(e.has, (SMTP_HAS_SCRAM << 1) - 1);
    CHECK_EQ_UINT(e.size, 52428800);
    CHECK_EQ_UINT(e.recipients, 1000);
    CHECK_EQ_UINT(e.messages, 20);
}

TEST(smtp_extensions_that_are_none)
{
    /* The first line is who greets. */
    CHECK_EQ_UINT(extensions_of("STARTTLS").has, 0);
    CHECK_EQ_UINT(extensions_of("h\nSTARTTLSX\nXSTARTTLS\n").has, 0);
    /* RFC 3030 §3 */
    CHECK_EQ_UINT(extensions_of("h\nBINARYMIME").has, 0);
    CHECK_EQ_UINT(extensions_of("h\nAUTH\nAUTH SCRAM-SHA-256-PLUS PLAINER").has, 0);
    CHECK_EQ_UINT(extensions_of("h\nAUTH=PLAIN LOGIN").has, SMTP_HAS_PLAIN);
}

TEST(smtp_extensions_with_numbers_that_are_none)
{
    CHECK_EQ_UINT(extensions_of("h\nSIZE").size, 0);
    CHECK_EQ_UINT(extensions_of("h\nSIZE -1").size, 0);
    CHECK_EQ_UINT(extensions_of("h\nSIZE 99999999999999999999").size, 0);
    CHECK_EQ_UINT(extensions_of("h\nSIZE 5x").size, 0);
    CHECK_EQ_UINT(extensions_of("h\nSIZE 5x").has, SMTP_HAS_SIZE);
    CHECK_EQ_UINT(extensions_of("h\nLIMITS RCPTMAX=x RCPTMAX MAILMAX=7").recipients, 0);
    CHECK_EQ_UINT(extensions_of("h\nLIMITS RCPTMAX=x RCPTMAX MAILMAX=7").messages, 7);
}
