/* The section ftp. */
#include "config/settings.h"

#include "test/unit.h"

#include <errno.h>

static int parse(const char *text, struct settings *s, char error[256])
{
    error[0] = '\0';
    return settings_parse("packetboat.conf", span_of(text), s, error, 256);
}

TEST(settings_ftp_refuses)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        { "hostname = a\nftp { passive_ports = 41000- }\n",
          "packetboat.conf:2: passive_ports '41000-' is not PORT or FIRST-LAST, ports "
          "from 1024 "
          "on" },
        { "hostname = a\nftp { passive_ports = 41099-41000 }\n",
          "packetboat.conf:2: passive_ports '41099-41000' is not PORT or FIRST-LAST, "
          "ports "
          "from "
          "1024 on" },
        { "hostname = a\nftp { passive_ports = 20-70000 }\n",
          "packetboat.conf:2: passive_ports '20-70000' is not PORT or FIRST-LAST, "
          "ports from "
          "1024 on" },
        { "hostname = a\nftp { passive_address = \"::1\" }\n",
          "packetboat.conf:2: passive_address '::1' is not a numeric IPv4 address" },
        { "hostname = a\nftp { data_binding = none }\n",
          "packetboat.conf:2: data_binding 'none' is not 'peer' or 'session'" },
        { "hostname = a\nftp { clear_data = perhaps }\n",
          "packetboat.conf:2: clear_data 'perhaps' is not 'no' or 'yes'" },
        { "hostname = a\nftp { idle_seconds = 0 }\n",
          "packetboat.conf:2: idle_seconds '0' is not between 1 and 900" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings s;
        char error[256];
        CHECK_EQ_INT(parse(rows[i].text, &s, error), -EINVAL);
        unit_equal_span(span_of(error), span_of(rows[i].error), __FILE__, __LINE__,
                        rows[i].text);
    }
}

TEST(settings_ftp)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse("hostname = a\n", &s, error), 0);
    CHECK_EQ_UINT(s.ftp.idle_seconds, FTP_IDLE_SECONDS);
    CHECK_EQ_UINT(s.ftp.passive_last, 0);
    CHECK_EQ_UINT(s.ftp.data_binding, DATA_BINDING_PEER);
    CHECK_EQ_UINT(s.ftp.clear_data, 0);
    CHECK_EQ_INT(parse("hostname = a\n"
                       "ftp {\n"
                       "  idle_seconds = 300  data_seconds = 7\n"
                       "  passive_ports = 41000-41099  passive_address = 192.0.2.1\n"
                       "  data_binding = session  clear_data = yes\n"
                       "}\n",
                       &s, error),
                 0);
    CHECK_EQ_UINT(s.ftp.idle_seconds, 300);
    CHECK_EQ_UINT(s.ftp.data_seconds, 7);
    CHECK_EQ_UINT(s.ftp.passive_first, 41000);
    CHECK_EQ_UINT(s.ftp.passive_last, 41099);
    CHECK(span_is(span_of(s.ftp.passive_address), SPAN("192.0.2.1")));
    CHECK_EQ_UINT(s.ftp.data_binding, DATA_BINDING_SESSION);
    CHECK_EQ_UINT(s.ftp.clear_data, 1);
    CHECK(settings_are_sound(&s));
    struct settings bad = s;
    bad.ftp.passive_first = 1023;
    CHECK(!settings_are_sound(&bad));
    bad = s;
    bad.ftp.passive_last = 65536;
    CHECK(!settings_are_sound(&bad));
    bad = s;
    memset(bad.ftp.passive_address, '1', sizeof bad.ftp.passive_address);
    CHECK(!settings_are_sound(&bad));
    bad = s;
    bad.ftp.data_binding = 2;
    CHECK(!settings_are_sound(&bad));
}
