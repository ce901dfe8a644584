#include "ftp/address.h"

#include "test/unit.h"

/* RFC 959 §5.3.2. */
TEST(address_host_port)
{
    struct endpoint e;
    struct ip ip;
    struct span text = SPAN("132,235,1,2,24,131");
    char printed[ADDRESS_HOST_PORT_SIZE];
    CHECK(address_take_host_port(&text, &e) && text.len == 0);
    CHECK(ip_parse(SPAN("132.235.1.2"), &ip) && memcmp(&ip, &e.ip, sizeof ip) == 0);
    CHECK_EQ_INT(e.port, 24 * 256 + 131);
    address_host_port(&e.ip, e.port, printed);
    CHECK_STR(printed, "132,235,1,2,24,131");
    static const char *const bad[] = { "",
                                       "1,2,3,4,5",
                                       "256,1,1,1,1,1",
                                       "1,1,1,1,1,256",
                                       "1.2.3.4,5,6",
                                       "1,2,3,4,,6",
                                       "99999999999999999999,1,1,1,1,1",
                                       "-1,2,3,4,5,6" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        text = span_of(bad[i]);
        CHECK(!address_take_host_port(&text, &e));
        CHECK(span_is(text, span_of(bad[i])));
    }
}

/* RFC 2428 §2, its examples first; F01: a family in the other's clothes. */
TEST(address_extended)
{
    static const struct {
        const char *text;
        enum address_outcome outcome;
        int port;
    } rows[] = {
        { "|1|132.235.1.2|6275|", ADDRESS_GOOD, 6275 },
        { "|2|1080::8:800:200C:417A|5282|", ADDRESS_GOOD, 5282 },
        { "!1!132.235.1.2!6275!", ADDRESS_GOOD, 6275 },
        { "|3|132.235.1.2|6275|", ADDRESS_OF_NO_FAMILY, 0 },
        { "|1|::1|6275|", ADDRESS_MALFORMED, 0 },
        { "|2|132.235.1.2|6275|", ADDRESS_MALFORMED, 0 },
        { "|2|::ffff:132.235.1.2|6275|", ADDRESS_MALFORMED, 0 },
        { "|1|...|6275|", ADDRESS_MALFORMED, 0 },
        { "|1|132.235.1.2|65536|", ADDRESS_MALFORMED, 0 },
        { "|1|132.235.1.2|6275", ADDRESS_MALFORMED, 0 },
        { "|1|132.235.1.2|6275||", ADDRESS_MALFORMED, 0 },
        { "|1|132.235.1.2|62x5|", ADDRESS_MALFORMED, 0 },
        { "", ADDRESS_MALFORMED, 0 },
        { "|", ADDRESS_MALFORMED, 0 },
        { " 1 132.235.1.2 6275 ", ADDRESS_MALFORMED, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct endpoint e;
        CHECK_EQ_INT(address_read_extended(span_of(rows[i].text), &e), rows[i].outcome);
        if (rows[i].outcome == ADDRESS_GOOD)
            CHECK_EQ_INT(e.port, rows[i].port);
    }
}
