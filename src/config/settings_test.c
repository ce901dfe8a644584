#include "config/settings.h"

#include "test/unit.h"

#include <errno.h>

static const char good[] = "# a site\n"
                           "hostname = mail.example.org\n"
                           "listen smtp { address = 0.0.0.0  port = 25 }\n"
                           "listen pop3 {\n"
                           "    address = \"::\"\n"
                           "    port = 110\n"
                           "}\n"
                           "listen smtp { address = 127.0.0.1  port = 2525 }\n"
                           "message_size = 20M\n"
                           "journal_segment = 4m\n"
                           "mx_copies = 2\n"
                           "plaintext_login = loopback\n"
                           "text_index = no\n"
                           "login_seconds = 9\n";

static int parse(const char *text, struct settings *s, char error[256])
{
    error[0] = '\0';
    return settings_parse("packetboat.conf", span_of(text), s, error, 256);
}

TEST(settings_reads_a_site)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse(good, &s, error), 0);
    CHECK_STR(error, "");
    CHECK_STR(s.hostname, "mail.example.org");
    CHECK_EQ_UINT(s.listeners, 3);
    CHECK_EQ_INT(s.listen[0].service, SERVICE_SMTP);
    CHECK_STR(s.listen[0].address, "0.0.0.0");
    CHECK_EQ_UINT(s.listen[0].port, 25);
    CHECK_EQ_INT(s.listen[1].service, SERVICE_POP3);
    CHECK_STR(s.listen[1].address, "::");
    CHECK_EQ_UINT(s.listen[1].port, 110);
    CHECK_EQ_INT(s.listen[2].service, SERVICE_SMTP);
    CHECK_EQ_UINT(s.listen[2].port, 2525);
    CHECK_EQ_UINT(s.message_size, 20 << 20);
    CHECK_EQ_UINT(s.journal_segment, 4 << 20);
    CHECK_EQ_UINT(s.mx_copies, 2);
    CHECK_EQ_UINT(s.plaintext_login, 1);
    CHECK_EQ_UINT(s.text_index, 0);
    CHECK_EQ_UINT(s.login_seconds, 9);
    CHECK_EQ_UINT(s.sessions, SESSIONS_MAX);
    CHECK_EQ_UINT(s.smtp_command_seconds, SMTP_COMMAND_SECONDS);
    CHECK(settings_are_sound(&s));
}

TEST(settings_reads_a_word_for_the_most)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse("hostname = a\n", &s, error), 0);
    CHECK_EQ_UINT(s.pop3_expire, POP3_EXPIRE_NEVER);
    CHECK_EQ_INT(parse("hostname = a\npop3_expire = 0\n", &s, error), 0);
    CHECK_EQ_UINT(s.pop3_expire, 0);
    CHECK_EQ_INT(parse("hostname = a\npop3_expire = never\n", &s, error), 0);
    CHECK_EQ_UINT(s.pop3_expire, POP3_EXPIRE_NEVER);
}

struct refused {
    const char *text, *error;
};

static void check_refused(const struct refused *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct settings s;
        char error[256];
        CHECK_EQ_INT(parse(rows[i].text, &s, error), -EINVAL);
        unit_equal_span(span_of(error), span_of(rows[i].error), __FILE__, __LINE__,
                        rows[i].text);
    }
}

TEST(settings_refuses_a_word)
{
    static const struct refused rows[] = {
        { "", "packetboat.conf:1: no hostname is given" },
        { "hostname = a.example\nhost = b\n",
          "packetboat.conf:2: no such option 'host'" },
        { "hostname = -a.example\n",
          "packetboat.conf:1: hostname '-a.example' is not a host name" },
        { "hostname = \"a..b\"\n",
          "packetboat.conf:1: hostname 'a..b' is not a host name" },
        { "hostname = \"\"\n", "packetboat.conf:1: hostname '' is not a host name" },
        { "hostname = a\ntext_index = perhaps\n",
          "packetboat.conf:2: text_index 'perhaps' is not 'no' or 'yes'" },
        { "hostname = a\nplaintext_login = always\n",
          "packetboat.conf:2: plaintext_login 'always' is not 'never' or 'loopback'" },
    };
    check_refused(rows, sizeof rows / sizeof *rows);
}

TEST(settings_refuses_a_number)
{
    static const struct refused rows[] = {
        { "hostname = a\n\nmessage_size = 50T\n",
          "packetboat.conf:3: message_size '50T' is not between 65536 and 1073741824" },
        { "hostname = a\nmessage_size = 2G\n",
          "packetboat.conf:2: message_size '2G' is not between 65536 and 1073741824" },
        { "hostname = a\nmessage_size = 1K\n",
          "packetboat.conf:2: message_size '1K' is not between 65536 and 1073741824" },
        { "hostname = a\nmessage_size = 99999999999999999999999\n",
          "packetboat.conf:2: message_size '99999999999999999999999' is not between "
          "65536 and 1073741824" },
        { "hostname = a\npop3_expire = soon\n",
          "packetboat.conf:2: pop3_expire 'soon' is not 'never' or between 0 and "
          "36500" },
        { "hostname = a\nsessions = 0\n",
          "packetboat.conf:2: sessions '0' is not between 1 and 65536" },
        { "hostname = a\nsessions = -1\n",
          "packetboat.conf:2: sessions '-1' is not between 1 and 65536" },
        { "hostname = a\nsessions = 5K\n",
          "packetboat.conf:2: sessions '5K' is not between 1 and 65536" },
        { "hostname = a\nsource {\n sessions = 0 }\n",
          "packetboat.conf:3: sessions '0' is not between 1 and 65536" },
        { "hostname = a\nsource {\n\n exempt = { 1.2.3.4, ::2/200 } }\n",
          "packetboat.conf:4: exempt '::2/200' is not a numeric address or network" },
        { "hostname = a\nsource { message_size = 1M }\n",
          "packetboat.conf:2: no such option 'message_size'" },
        { "hostname = a\nlogin_seconds = 181\n",
          "packetboat.conf:2: login_seconds '181' is not between 1 and 180" },
    };
    check_refused(rows, sizeof rows / sizeof *rows);
}

TEST(settings_counts_lines_in_comments)
{
    static const struct refused rows[] = {
        { "# one\n# two\n\nhostname = a # three\nsessions = 0",
          "packetboat.conf:5: sessions '0' is not between 1 and 65536" },
        { "/* one\n two */ hostname = a /* three\n */\n// four\nsessions = 0",
          "packetboat.conf:5: sessions '0' is not between 1 and 65536" },
        { "hostname = \"a\"// b\nsessions = 0",
          "packetboat.conf:2: sessions '0' is not between 1 and 65536" },
        { "hostname = 'a'/* b */\nsessions = 0",
          "packetboat.conf:2: sessions '0' is not between 1 and 65536" },
        { "*/*/*/=9", "packetboat.conf:1: unexpected token '='" },
        { "hostname = \"a#b\"\n",
          "packetboat.conf:1: hostname 'a#b' is not a host name" },
        { "hostname = a\n\nhostname = \\b",
          "packetboat.conf:3: a backslash means nothing here" },
        { "hostname = a\n/* no end", "packetboat.conf:2: a comment without end" },
    };
    check_refused(rows, sizeof rows / sizeof *rows);
}

TEST(settings_refuses_a_place_to_listen)
{
    static const struct refused rows[] = {
        { "hostname = a\nlisten smtp { address = 127.0.0.1\n port = 70000 }\n",
          "packetboat.conf:3: port '70000' is not between 1 and 65535" },
        { "hostname = a\nlisten smtp { address = localhost port = 25 }\n",
          "packetboat.conf:2: address 'localhost' is not a numeric address" },
        { "hostname = a\nlisten smtp { address = 127.0.0.1 }\n",
          "packetboat.conf:2: listen needs an address and a port" },
        { "hostname = a\nlisten smtp { }\n",
          "packetboat.conf:2: listen needs an address and a port" },
        { "hostname = a\nlisten nntp { address = 127.0.0.1 port = 119 }\n",
          "packetboat.conf:2: listen 'nntp': there is no such service" },
        { "hostname = a\nlisten lmtp { address = 127.0.0.1 port = 24 }\n",
          "packetboat.conf:2: lmtp has neither address nor port, but a path" },
        { "hostname = a\nlisten lmtp { path = lmtp port = 24 }\n",
          "packetboat.conf:2: lmtp has neither address nor port, but a path" },
        { "hostname = a\nlisten lmtp {\n path = ../lmtp }\n",
          "packetboat.conf:3: path '../lmtp' is not a plain file name" },
        { "hostname = a\nlisten smtp { path = smtp }\n",
          "packetboat.conf:2: only lmtp has a path" },
        { "hostname = a\nlisten smtp { address = 127.0.0.1 port = 1 }\n"
          "listen smtp { address = 127.0.0.1 }\n",
          "packetboat.conf:3: listen needs an address and a port" },
    };
    check_refused(rows, sizeof rows / sizeof *rows);
}

TEST(settings_paths)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse("hostname = a\nlisten lmtp { path = \"lmtp\" }\n"
                       "listen smtp { address = 127.0.0.1 port = 25 }\n",
                       &s, error),
                 0);
    CHECK_EQ_UINT(s.listeners, 2);
    CHECK_EQ_INT(s.listen[0].service, SERVICE_LMTP);
    CHECK_STR(s.listen[0].path, "lmtp");
    CHECK_EQ_UINT(s.listen[0].port, 0);
    CHECK_STR(s.listen[1].address, "127.0.0.1");
    CHECK(settings_are_sound(&s));
}

TEST(settings_sources)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse(good, &s, error), 0);
    CHECK_EQ_UINT(s.source.sessions, SOURCE_SESSIONS);
    CHECK_EQ_UINT(s.source.network_sessions, SOURCE_NETWORK_SESSIONS);
    CHECK_EQ_UINT(s.source.exempts, 2);
    CHECK_EQ_INT(parse("hostname = a\n"
                       "source { sessions = 7 network_sessions = 9\n"
                       "    exempt = { 10.0.0.0/8, \"2001:db8::/32\", 192.0.2.1 } }\n"
                       "sessions = 11\n",
                       &s, error),
                 0);
    CHECK_STR(error, "");
    CHECK_EQ_UINT(s.source.sessions, 7);
    CHECK_EQ_UINT(s.source.network_sessions, 9);
    CHECK_EQ_UINT(s.sessions, 11);
    CHECK_EQ_UINT(s.source.exempts, 3);
    char text[NETWORK_TEXT_SIZE];
    network_print(&s.source.exempt[1], text);
    CHECK_STR(text, "2001:db8::/32");
    CHECK(settings_are_sound(&s));
    s.source.exempt[2].bits = 1;
    CHECK(!settings_are_sound(&s));
    CHECK_EQ_INT(parse("hostname = a\nsource { exempt = {} }\n", &s, error), 0);
    CHECK_EQ_UINT(s.source.exempts, 0);
    CHECK_EQ_INT(parse("hostname = a\nsource { sessions = 3 }\n", &s, error), 0);
    CHECK_EQ_UINT(s.source.exempts, 2);
    s.source.exempts = EXEMPT_MAX + 1;
    CHECK(!settings_are_sound(&s));
}

TEST(settings_penalty)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse(good, &s, error), 0);
    CHECK_EQ_UINT(s.penalty.failures, PENALTY_FAILURES);
    CHECK_EQ_UINT(s.penalty.seconds, PENALTY_SECONDS);
    CHECK_EQ_UINT(s.penalty.exempts, 2);
    CHECK_EQ_INT(parse("hostname = a\n"
                       "penalty { exempt = { 10.0.0.0/8 } failures = 3 seconds = 60 }\n"
                       "source { exempt = {} }\n",
                       &s, error),
                 0);
    CHECK_EQ_UINT(s.penalty.failures, 3);
    CHECK_EQ_UINT(s.penalty.seconds, 60);
    CHECK_EQ_UINT(s.penalty.exempts, 1);
    CHECK_EQ_UINT(s.source.exempts, 0);
    CHECK(settings_are_sound(&s));
    s.penalty.exempt[0].bits = 200;
    CHECK(!settings_are_sound(&s));
    CHECK_EQ_INT(parse("hostname = a\npenalty { failures = 0 }\n", &s, error), -EINVAL);
    CHECK_EQ_INT(parse("hostname = a\npenalty { exempt = {x} }\n", &s, error), -EINVAL);
}

/* What libconfuse itself finds wrong: the words are its own, the place is ours. */
TEST(settings_refuses_bad_syntax)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        { "hostname = a\nhostname", "packetboat.conf:2: " },
        { "hostname = a\nlisten smtp {", "packetboat.conf:2: " },
        { "hostname = a\nlisten { address = 127.0.0.1 }", "packetboat.conf:2: " },
        { "hostname = a\n}\n", "packetboat.conf:2: " },
        { "hostname = \"a\n\n", "packetboat.conf:" },
        { "hostname = { a, b }\n", "packetboat.conf:1: " },
        { "include(\"/etc/passwd\")\n", "packetboat.conf:1: " },
        { "hostname = a\nmessage_size = 20M +/* */\nw", "packetboat.conf:3: " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings s;
        char error[256];
        unit_equal_int(parse(rows[i].text, &s, error), -EINVAL, __FILE__, __LINE__,
                       rows[i].text);
        struct span said = span_of(error);
        if (!CHECK(span_take(&said, span_of(rows[i].place)) && said.len > 0))
            fprintf(stderr, "    said: %s\n", error);
    }
}

TEST(settings_refuses_a_nul_and_too_many_listeners)
{
    struct settings s;
    char error[256], text[4096] = "hostname = a\n";
    CHECK_EQ_INT(settings_parse("f", SPAN("hostname = a\n\0"), &s, error, sizeof error),
                 -EINVAL);
    CHECK_STR(error, "f:2: a NUL octet");
    size_t at = strlen(text);
    for (int i = 0; i <= LISTENERS_MAX; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "listen smtp { address = ::1 port = %d }\n", i + 1);
    CHECK_EQ_INT(parse(text, &s, error), -EINVAL);
    CHECK_STR(error, "packetboat.conf:66: more than 64 listen sections");
}

TEST(settings_checks_a_foreign_block)
{
    struct settings sound, s;
    char error[256];
    CHECK_EQ_INT(parse(good, &sound, error), 0);
    CHECK(settings_are_sound(&sound));

    s = sound, memset(s.hostname, 'a', sizeof s.hostname);
    CHECK(!settings_are_sound(&s));
    s = sound, s.hostname[0] = '\0';
    CHECK(!settings_are_sound(&s));
    s = sound, s.listeners = LISTENERS_MAX + 1;
    CHECK(!settings_are_sound(&s));
    s = sound, s.listen[1].service = SERVICES;
    CHECK(!settings_are_sound(&s));
    s = sound, s.listen[2].port = 0;
    CHECK(!settings_are_sound(&s));
    s = sound, memset(s.listen[0].address, '1', sizeof s.listen[0].address);
    CHECK(!settings_are_sound(&s));
    s = sound, s.message_size = UINT64_MAX;
    CHECK(!settings_are_sound(&s));
    s = sound, s.ask_seconds = 0;
    CHECK(!settings_are_sound(&s));
    s = sound, s.plaintext_login = 2;
    CHECK(!settings_are_sound(&s));
}

/* xorshift, so that every run plays the same files. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* T09: whatever the file holds, either a sound block or an error that names a line. */
TEST(settings_survives_mutated_files)
{
    static const char alphabet[] = "\"'{}()=,#/*\\$~\n\t ;|%+-0aK\xff\x80";
    uint64_t random = 0x5eed;
    size_t sound = 0;
    for (int round = 0; round < 4000; round++) {
        char text[sizeof good], error[256];
        memcpy(text, good, sizeof good);
        size_t len = sizeof good - 1;
        for (uint64_t n = next_random(&random) % 6; n > 0; n--)
            text[next_random(&random) % len] =
                alphabet[next_random(&random) % (sizeof alphabet - 1)];
        if (round % 3 == 0)
            len = next_random(&random) % len;
        struct settings s;
        int got = settings_parse("f", span_at(text, len), &s, error, sizeof error);
        if (got == 0)
            sound += CHECK(settings_are_sound(&s));
        else
            CHECK(span_starts_nocase(span_of(error), SPAN("f:")));
    }
    CHECK(sound > 100);
}
