/* network_test - addresses and networks, from text and back. */
#include "config/network.h"

#include "test/unit.h"

TEST(network_parses_and_prints)
{
    static const struct {
        const char *text, *printed; /* NULL: no network */
    } rows[] = {
        { "192.0.2.1", "192.0.2.1" },
        { "192.0.2.1/32", "192.0.2.1" },
        { "192.0.2.77/24", "192.0.2.0/24" },
        { "127.0.0.0/8", "127.0.0.0/8" },
        { "10.255.0.0/9", "10.128.0.0/9" },
        { "1.2.3.4/0", "0.0.0.0/0" },
        { "::1", "::1" },
        { "2001:db8:1:2::9/48", "2001:db8:1::/48" },
        { "2001:db8::/0", "::/0" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "", NULL },
        { "/8", NULL },
        { "192.0.2.1/", NULL },
        { "192.0.2.1/33", NULL },
        { "192.0.2.1/8x", NULL },
        { "192.0.2.1/-1", NULL },
        { "192.0.2", NULL },
        { "::1/129", NULL },
        { "localhost", NULL },
        { "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct network n;
        char text[NETWORK_TEXT_SIZE] = "";
        bool good = network_parse(span_of(rows[i].text), &n);
        if (good)
            network_print(&n, text);
        unit_equal_span(span_of(text), span_of(rows[i].printed ? rows[i].printed : ""),
                        __FILE__, __LINE__, rows[i].text);
        CHECK_EQ_INT(good, rows[i].printed != NULL);
        CHECK(!good || network_is_sound(&n));
    }
    struct network n;
    CHECK(!network_parse(SPAN("127.0.0.1\0"), &n));
}

TEST(network_has_its_own)
{
    struct network n;
    struct ip in, out, v6;
    CHECK(ip_parse(SPAN("10.127.3.4"), &in) && ip_is_v4(&in));
    CHECK(ip_parse(SPAN("10.128.0.0"), &out));
    CHECK(ip_parse(SPAN("2001:db8::1"), &v6) && !ip_is_v4(&v6));
    CHECK(network_parse(SPAN("10.0.0.0/9"), &n));
    CHECK(network_has(&n, &in));
    CHECK(!network_has(&n, &out));
    CHECK(!network_has(&n, &v6));
    CHECK(network_parse(SPAN("0.0.0.0/0"), &n));
    CHECK(network_has(&n, &in) && network_has(&n, &out) && !network_has(&n, &v6));
    CHECK(network_parse(SPAN("::/0"), &n));
    CHECK(network_has(&n, &v6) && network_has(&n, &in));
}

TEST(network_of_another_process_may_be_unsound)
{
    struct network n;
    CHECK(network_parse(SPAN("10.0.0.0/9"), &n));
    n.address.at[15] = 1;
    CHECK(!network_is_sound(&n));
    n = (struct network){ .bits = 200 };
    CHECK(!network_is_sound(&n));
}
