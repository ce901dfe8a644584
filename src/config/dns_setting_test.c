/* The section dns. */
#include "config/dns_setting.h"

#include "test/unit.h"

#include <errno.h>

static int parse(const char *text, struct settings *s, char error[512])
{
    error[0] = '\0';
    return settings_parse("packetboat.conf", span_of(text), s, error, 512);
}

TEST(settings_dns)
{
    static struct settings s;
    char error[512];
    CHECK_EQ_INT(parse("hostname = a\n", &s, error), 0);
    CHECK_EQ_UINT(s.dns.wanted, 0);
    CHECK_EQ_UINT(s.dns.resolve, 1);
    CHECK_EQ_INT(parse("hostname = a\ndns {}\n", &s, error), 0);
    CHECK_EQ_UINT(s.dns.wanted, 1);
    CHECK_EQ_INT(parse("hostname = a\ndns { seconds = 3 resolve = no\n"
                       "record = \"hamburger.edu. MX 10 mail.hamburger.edu.\"\n"
                       "record = 'hamburger.edu. TXT \"v=spf1\" \" -all\"'\n"
                       "forward = 192.0.2.1 forward = \"::1@5353\"\n"
                       "trust_anchor = \"example. DS 1 13 2 AB\" }\n",
                       &s, error),
                 0);
    CHECK_STR(error, "");
    CHECK_EQ_UINT(s.dns.seconds, 3);
    CHECK_EQ_UINT(s.dns.resolve, 0);
    CHECK_EQ_UINT(s.dns.forwarders, 2);
    CHECK_STR(s.dns.forward[1], "::1@5353");
    CHECK_EQ_UINT(s.dns.anchors, 1);
    struct span rest = dns_setting_records(&s.dns);
    struct dns_record r;
    CHECK(dns_setting_next(&rest, &r) && r.kind == DNS_MX);
    CHECK(span_is(r.name, SPAN("hamburger.edu")));
    CHECK(span_is(span_at(r.row, r.len), SPAN("\0\012mail.hamburger.edu")));
    CHECK(dns_setting_next(&rest, &r) && r.kind == DNS_TXT);
    CHECK(span_is(span_at(r.row, r.len), SPAN("v=spf1 -all")));
    CHECK(!dns_setting_next(&rest, &r));
    CHECK(settings_are_sound(&s));
    s.dns.records[0] = ' ';
    s.dns.records[1] = '.';
    CHECK(!settings_are_sound(&s));
}

TEST(settings_dns_bounds)
{
    static struct dns_setting d;
    memset(&d, 0, sizeof d);
    for (int i = 0; i < DNS_FORWARDERS_MAX; i++)
        CHECK(!dns_setting_add(&d, SPAN("forward"), SPAN("192.0.2.1")));
    CHECK_STR(dns_setting_add(&d, SPAN("forward"), SPAN("192.0.2.1")),
              "one of 8 at most");
    const char *fault = NULL;
    unsigned records = 0;
    while (!fault && records < DNS_RECORDS_OCTETS_MAX) {
        fault = dns_setting_add(&d, SPAN("record"), SPAN("a.example A 192.0.2.1"));
        records += !fault;
    }
    CHECK_STR(fault, "within the 16384 octets that all records may have");
    CHECK_EQ_UINT(records, DNS_RECORDS_OCTETS_MAX / 22);
    CHECK(dns_setting_is_sound(&d));
}

TEST(dns_records_are_read_or_refused)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        { "a.example. A 192.0.2.1", true },
        { "insecure a.example. IN A 192.0.2.1", true },
        { "  a.example\taaaa  2001:db8::1 ", true },
        { "_25._tcp.mail.example. TLSA 3 1 1 0123 abCD", true },
        { "1.2.0.192.in-addr.arpa. PTR mail.example.", true },
        { "a.example. MX 0 .", true },
        { "a.example. CNAME b.example.", true },
        { "a.example. TXT v=DKIM1; k=rsa; p=AB", true },
        { "", false },
        { "a.example.", false },
        { "a.example. A", false },
        { "a.example. A ::1", false },
        { "a.example. AAAA 192.0.2.1", false },
        { "a.example. A 192.0.2.1 192.0.2.2", false },
        { "a.example. MX mail.example.", false },
        { "a.example. MX 65536 mail.example.", false },
        { "a.example. MX 10", false },
        { "a.example. TXT", false },
        { "a.example. TXT \"not ended", false },
        { "a.example. TLSA 3 1 1 012", false },
        { "a.example. TLSA 3 1 256 01", false },
        { "a.example. TLSA 3 1 1 0g", false },
        { "a.example. TLSA 3 1 1", false },
        { "*.example. A 192.0.2.1", false },
        { "a..example. A 192.0.2.1", false },
        { "a.example. NS b.example.", false },
        { "a.example. A 192.0.2.1\nb.example. A 192.0.2.1", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_record r;
        const char *fault = dns_record_parse(span_of(rows[i].text), &r);
        if (!CHECK_EQ_INT(fault == NULL, rows[i].good))
            unit_equal_span(span_of(rows[i].text), SPAN(""), __FILE__, __LINE__, "row");
    }
}

TEST(settings_dns_refuses)
{
    static struct settings s;
    char error[512];
    CHECK_EQ_INT(parse("hostname = a\ndns {\nrecord = \"a MX b\"\n}\n", &s, error),
                 -EINVAL);
    CHECK_STR(error,
              "packetboat.conf:3: record 'a MX b' is not NAME MX, a number up to "
              "65535 and a host, as in 'hamburger.edu. MX 10 "
              "mail.hamburger.edu.'");
    CHECK_EQ_INT(parse("hostname = a\ndns { forward = dns.example }\n", &s, error),
                 -EINVAL);
    CHECK_STR(error, "packetboat.conf:2: forward 'dns.example' is not ADDRESS or "
                     "ADDRESS@PORT, a numeric address");
    CHECK_EQ_INT(parse("hostname = a\ndns { forward = \"::1@0\" }\n", &s, error),
                 -EINVAL);
    CHECK_EQ_INT(parse("hostname = a\ndns { trust_anchor = yes }\n", &s, error),
                 -EINVAL);
    CHECK_EQ_INT(parse("hostname = a\ndns { seconds = 21 }\n", &s, error), -EINVAL);
}
