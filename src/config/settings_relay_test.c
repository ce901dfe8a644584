/* The section relay. */
#include "config/settings.h"

#include "test/unit.h"

#include <errno.h>

static int parse(const char *text, struct settings *s, char error[256])
{
    error[0] = '\0';
    return settings_parse("packetboat.conf", span_of(text), s, error, 256);
}

TEST(settings_relay_reads)
{
    static struct settings s;
    char error[256];
    CHECK_EQ_INT(parse("hostname = a\ndns { }\nrelay { }\n", &s, error), 0);
    CHECK_EQ_UINT(s.relay.wanted, 1);
    CHECK_EQ_UINT(s.relay.port, 25);
    CHECK_EQ_UINT(s.relay.retry_first, 30 * 60);
    CHECK_EQ_UINT(s.relay.give_up_after, 5 * 86400);
    CHECK_EQ_UINT(s.relay.allows, 0);
    CHECK(settings_are_sound(&s));
    CHECK_EQ_INT(parse("hostname = a\ndns { }\n"
                       "relay { port = 2525 allow = {127.0.0.0/8, \"::1\"} }\n",
                       &s, error),
                 0);
    CHECK_EQ_UINT(s.relay.port, 2525);
    CHECK_EQ_UINT(s.relay.allows, 2);
    CHECK(settings_are_sound(&s));
    CHECK_EQ_INT(parse("hostname = a\n", &s, error), 0);
    CHECK_EQ_UINT(s.relay.wanted, 0);
}

TEST(settings_relay_refuses)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        { "hostname = a\nrelay { }\n",
          "packetboat.conf:3: section relay needs a section dns, which may be empty: "
          "'dns { }'" },
        { "hostname = a\ndns { }\nrelay { port = 0 }\n",
          "packetboat.conf:3: port '0' is not between 1 and 65535" },
        { "hostname = a\ndns { }\nrelay { allow = {crepes.fr} }\n",
          "packetboat.conf:3: allow 'crepes.fr' is not a numeric address or network" },
        { "hostname = a\ndns { }\nrelay { retry_first = 0 }\n",
          "packetboat.conf:3: retry_first '0' is not between 1 and 14400" },
    };
    static struct settings s;
    char error[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_EQ_INT(parse(rows[i].text, &s, error), -EINVAL);
        CHECK(unit_equal_span(span_of(error), span_of(rows[i].error), __FILE__,
                              __LINE__, "error"));
    }
    parse("hostname = a\ndns { }\nrelay { }\n", &s, error);
    s.relay.allows = EXEMPT_MAX + 1;
    CHECK(!settings_are_sound(&s));
    s.relay.allows = 0;
    s.dns.wanted = 0;
    CHECK(!settings_are_sound(&s));
}
