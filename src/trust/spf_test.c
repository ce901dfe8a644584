#include "trust/spf.h"

#include "test/trust/zone.h"
#include "test/unit.h"

#include <stdio.h>

static void check(const char *zone, const char *address, const char *wanted)
{
    struct zone z = { 0 };
    struct ask ask = { zone_ask, &z, arena_open(1 << 20) };
    struct spf_client client = { .helo = SPAN("mail.crepes.fr"),
                                 .local_part = SPAN("alice"),
                                 .domain = SPAN("crepes.fr"),
                                 .receiver = SPAN("hamburger.edu") };
    struct spf_answer answer;
    char said[256];

    zone_add(&z, zone);
    CHECK(spf_client_address(&client, address));
    spf_check(&client, &ask, &answer);
    snprintf(said, sizeof(said), "%s %.*s%s%.*s", spf_result_name(answer.result),
             SPAN_ARG(answer.term), answer.explanation.len ? " " : "",
             SPAN_ARG(answer.explanation));
    unit_equal_span(span_of(said), span_of(wanted), __FILE__, __LINE__, zone);
    CHECK(answer.lookups <= 11);
    CHECK(z.asked < 150);
    arena_close(&ask.arena);
    zone_clear(&z);
}

TEST(spf_results)
{
    check("", "192.0.2.1", "none ");
    check("TXT\tcrepes.fr\tv=spf1\n", "192.0.2.1", "neutral ");
    check("TXT\tcrepes.fr\tv=spf1 -all\n", "192.0.2.1", "fail -all");
    check("TXT\tcrepes.fr\tv=spf1 ip4:192.0.2.0/24 -all\n", "192.0.2.1",
          "pass ip4:192.0.2.0/24");
    check("TXT\tcrepes.fr\tv=spf1 ip4:192.0.2.0/24 ~all\n", "::ffff:198.51.100.1",
          "softfail ~all");
    check("TXT\tcrepes.fr\tv=spf1 ip6:2001:db8::/32 ?all\n", "2001:db8::1",
          "pass ip6:2001:db8::/32");
    check("FAIL\tcrepes.fr\t\n", "192.0.2.1", "temperror ");
    check("TXT\tcrepes.fr\tv=spf1 -all\nTXT\tcrepes.fr\tv=spf1 +all\n", "192.0.2.1",
          "permerror ");
    check("TXT\tcrepes.fr\tv=spf1 -all wrong\n", "192.0.2.1", "permerror ");
}

TEST(spf_explains)
{
    check("TXT\tcrepes.fr\tv=spf1 -all exp=why.%{d}\n"
          "TXT\twhy.crepes.fr\t%{i} is not one of %{d}'s\n",
          "192.0.2.1", "fail -all 192.0.2.1 is not one of crepes.fr's");
    /* D04: what is no text is none */
    check("TXT\tcrepes.fr\tv=spf1 -all exp=why.%{d}\n"
          "TXT\twhy.crepes.fr\tno\\x0d\\x0a250 ok\n",
          "192.0.2.1", "fail -all");
}

/* D04: eleven terms, three empty answers, circles, many hosts */
TEST(spf_is_bounded)
{
    check("TXT\tcrepes.fr\tv=spf1 include:crepes.fr -all\n", "192.0.2.1",
          "permerror include:crepes.fr");
    check("TXT\tcrepes.fr\tv=spf1 redirect=crepes.fr\n", "192.0.2.1", "permerror ");
    check("TXT\tcrepes.fr\tv=spf1 a:a.fr a:b.fr a:c.fr +all\n", "192.0.2.1",
          "permerror a:c.fr");
    check("TXT\tcrepes.fr\tv=spf1 a:a.fr a:b.fr +all\n", "192.0.2.1", "pass +all");
    check("A\tx.fr\t198.51.100.1\nTXT\tcrepes.fr\tv=spf1 a:x.fr a:x.fr a:x.fr a:x.fr "
          "a:x.fr a:x.fr a:x.fr a:x.fr a:x.fr a:x.fr +all\n",
          "192.0.2.1", "pass +all");
    check("A\tx.fr\t198.51.100.1\nTXT\tcrepes.fr\tv=spf1 a:x.fr a:x.fr a:x.fr a:x.fr "
          "a:x.fr a:x.fr a:x.fr a:x.fr a:x.fr a:x.fr a:x.fr +all\n",
          "192.0.2.1", "permerror a:x.fr");
    check("TXT\tcrepes.fr\tv=spf1 mx +all\nMX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\n"
          "MX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\n"
          "MX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\n"
          "MX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\nMX\tcrepes.fr\ta.fr\n",
          "192.0.2.1", "permerror mx");
}
