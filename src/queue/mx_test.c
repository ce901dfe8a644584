/* RFC 5321 §5.1, §5.2, RFC 7505; ATTACKS S24. */
#include "queue/mx.h"

#include "base/own.h"
#include "test/unit.h"

#include <stdio.h>

/* ---- a DNS of a few lines: "NAME KIND DATA" as in packetboat.conf */

static const char *const *zone;
static unsigned asked; /* questions so far */

/* "fails NAME": all about that name. */
static bool fails(struct span name)
{
    for (const char *const *line = zone; *line; line++) {
        struct span rest = span_of(*line);
        if (span_take(&rest, SPAN("fails ")) && span_is_nocase(rest, name))
            return true;
    }
    return false;
}

static void ask_zone(void *arg, enum dns_kind kind, struct span name,
                     struct arena *arena, struct mx_answer *answer_r)
{
    struct dns_found found;
    bool known = false;

    (void)arg;
    asked++;
    dns_found_begin(&found, name);
    for (const char *const *line = zone; *line && !fails(name); line++) {
        struct dns_record r;
        if (dns_record_parse(span_of(*line), &r) || !span_is_nocase(r.name, name))
            continue;
        known = true;
        answer_r->validated = !r.insecure;
        if (r.kind == kind)
            dns_found_add(&found, span_at(r.row, r.len));
    }
    answer_r->outcome = fails(name)       ? DNS_LATE
                        : found.count > 0 ? DNS_FOUND
                        : known           ? DNS_NO_DATA
                                          : DNS_NO_NAME;
    answer_r->rows = arena_copy(arena, buf_span(&found.rows));
    dns_found_end(&found);
}

static struct ip own[1];
static struct network allowed[1];
static const struct mx_site site = { .name = { "mail.crepes.fr", 14 },
                                     .own = own,
                                     .own_count = 1,
                                     .allowed = allowed,
                                     .allowed_count = 1 };

static struct mx_route find(const char *domain, const char *const *lines,
                            uint64_t random)
{
    const struct mx_dns dns = { ask_zone, NULL };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct mx_route r;

    CHECK(ip_parse(SPAN("198.41.0.4"), &own[0]));
    CHECK(network_parse(SPAN("127.0.0.2/32"), &allowed[0]));
    zone = lines;
    asked = 0;
    mx_find(span_of(domain), &site, &dns, arena, random, &r);
    return r;
}

/* "host/address host/address", in order. */
static void check_route(const struct mx_route *r, const char *wanted)
{
    char text[2048] = "", ip[NETWORK_TEXT_SIZE];

    for (unsigned i = 0; i < r->addresses; i++) {
        struct network n = network_of(&r->address[i].ip, NETWORK_BITS);
        size_t len = strlen(text);
        network_print(&n, ip);
        snprintf(text + len, sizeof(text) - len, "%s%s/%s", i ? " " : "",
                 r->host[r->address[i].host].name, ip);
    }
    if (!CHECK(strcmp(text, wanted) == 0))
        printf("  got '%s'\n  not '%s'\n", text, wanted);
    CHECK_EQ_INT(r->verdict, r->addresses > 0 ? MX_HOSTS : r->verdict);
}

static void check_verdict(const char *domain, const char *const *lines,
                          enum mx_verdict verdict)
{
    struct mx_route r = find(domain, lines, 1);
    CHECK_EQ_INT(r.verdict, verdict);
    CHECK_EQ_UINT(r.addresses, 0);
}

/* ---- §5.1 */

TEST(mx_by_preference)
{
    static const char *const lines[] = {
        "d.edu. MX 20 b.d.edu.",     "d.edu. MX 10 a.d.edu.",
        "d.edu. MX 5 c.d.edu.",      "a.d.edu. A 9.9.9.1",
        "b.d.edu. A 9.9.9.2",        "c.d.edu. A 9.9.9.3",
        "c.d.edu. AAAA 2620:fe::fe", NULL,
    };
    struct mx_route r = find("d.edu", lines, 1);
    check_route(&r,
                "c.d.edu/2620:fe::fe c.d.edu/9.9.9.3 a.d.edu/9.9.9.1 b.d.edu/9.9.9.2");
    CHECK(!r.implicit && r.validated && r.host[0].validated);
    CHECK_EQ_UINT(r.host[2].preference, 20);
    CHECK_EQ_UINT(asked, 7);
}

TEST(mx_of_one_preference_at_random)
{
    static const char *const lines[] = {
        "d.edu. MX 10 a.d.edu.",
        "d.edu. MX 10 b.d.edu.",
        "d.edu. MX 10 c.d.edu.",
        "a.d.edu. A 9.9.9.1",
        "b.d.edu. A 9.9.9.2",
        "c.d.edu. A 9.9.9.3",
        NULL,
    };
    unsigned first[3] = { 0 }, orders = 0;
    for (uint64_t random = 0; random < 3000; random++) {
        struct mx_route r = find("d.edu", lines, random);
        if (!CHECK_EQ_UINT(r.addresses, 3))
            return;
        first[r.host[0].name[0] - 'a']++;
        orders |= 1u << ((r.host[0].name[0] - 'a') * 3 + (r.host[1].name[0] - 'a'));
    }
    for (int i = 0; i < 3; i++)
        CHECK(first[i] > 850 && first[i] < 1150);
    CHECK_EQ_UINT(orders, 0356); /* six orders: all but aa, bb, cc */
}

TEST(mx_implicit)
{
    static const char *const lines[] = { "d.edu. A 9.9.9.1", "d.edu. AAAA 2620:fe::fe",
                                         "t.edu. TXT x", NULL };
    struct mx_route r = find("d.edu", lines, 1);
    check_route(&r, "d.edu/2620:fe::fe d.edu/9.9.9.1");
    CHECK(r.implicit);
    check_verdict("t.edu", lines, MX_NO_DOMAIN);
    check_verdict("no.edu", lines, MX_NO_DOMAIN);
}

/* §5.1: where there are MX, the domain's own address is none of them. */
TEST(mx_without_an_address)
{
    static const char *const lines[] = { "d.edu. MX 10 a.d.edu.", "d.edu. A 9.9.9.1",
                                         NULL };
    check_verdict("d.edu", lines, MX_NO_HOST);
}

/* RFC 7505 §3; one beside others means nothing. */
TEST(mx_null)
{
    static const char *const null[] = { "d.edu. MX 0 .", "d.edu. A 9.9.9.1", NULL };
    static const char *const both[] = { "d.edu. MX 0 .", "d.edu. MX 10 a.d.edu.",
                                        "a.d.edu. A 9.9.9.1", NULL };
    check_verdict("d.edu", null, MX_NULL_MX);
    CHECK_EQ_UINT(asked, 1);
    struct mx_route r = find("d.edu", both, 1);
    check_route(&r, "a.d.edu/9.9.9.1");
    CHECK_EQ_UINT(mx_meaning(MX_NULL_MX)->subject * 100u +
                      mx_meaning(MX_NULL_MX)->detail,
                  110);
}

TEST(mx_when_the_dns_fails)
{
    static const char *const all[] = { "fails d.edu", NULL };
    static const char *const some[] = { "d.edu. MX 5 a.d.edu.", "d.edu. MX 10 b.d.edu.",
                                        "b.d.edu. A 9.9.9.2", "fails a.d.edu", NULL };
    static const char *const hosts[] = { "d.edu. MX 5 a.d.edu.",
                                         "d.edu. MX 10 b.d.edu.", "fails a.d.edu",
                                         NULL };
    check_verdict("d.edu", all, MX_LATER);
    struct mx_route r = find("d.edu", some, 1);
    check_route(&r, "b.d.edu/9.9.9.2");
    check_verdict("d.edu", hosts, MX_LATER);
}

/* ---- never ourselves: S24, §5.1 */

TEST(mx_where_we_are_one_by_name)
{
    static const char *const lines[] = {
        "d.edu. MX 5 a.d.edu.",  "d.edu. MX 10 Mail.Crepes.FR.",
        "d.edu. MX 10 b.d.edu.", "d.edu. MX 20 c.d.edu.",
        "a.d.edu. A 9.9.9.1",    "b.d.edu. A 9.9.9.2",
        "c.d.edu. A 9.9.9.3",    NULL,
    };
    static const char *const best[] = { "d.edu. MX 5 mail.crepes.fr.",
                                        "d.edu. MX 10 b.d.edu.", "b.d.edu. A 9.9.9.2",
                                        NULL };
    static const char *const implicit[] = { "mail.crepes.fr. A 9.9.9.9", NULL };
    for (uint64_t random = 0; random < 20; random++) {
        struct mx_route r = find("d.edu", lines, random);
        check_route(&r, "a.d.edu/9.9.9.1");
    }
    check_verdict("d.edu", best, MX_OURSELVES);
    check_verdict("mail.crepes.fr", implicit, MX_OURSELVES);
}

TEST(mx_where_we_are_one_by_address)
{
    static const char *const lines[] = {
        "d.edu. MX 5 a.d.edu.",
        "d.edu. MX 10 alias.d.edu.",
        "d.edu. MX 10 b.d.edu.",
        "a.d.edu. A 9.9.9.1",
        "b.d.edu. A 9.9.9.2",
        "alias.d.edu. A 198.41.0.4",
        NULL,
    };
    static const char *const best[] = { "d.edu. MX 5 x.d.edu.", "d.edu. MX 10 b.d.edu.",
                                        "x.d.edu. A 9.9.9.9",   "x.d.edu. A 198.41.0.4",
                                        "b.d.edu. A 9.9.9.2",   NULL };
    for (uint64_t random = 0; random < 20; random++) {
        struct mx_route r = find("d.edu", lines, random);
        check_route(&r, "a.d.edu/9.9.9.1");
    }
    check_verdict("d.edu", best, MX_OURSELVES);
}

/* S24: an MX that leads into this machine or its network. */
TEST(mx_that_leads_inside)
{
    static const char *const lines[] = {
        "d.edu. MX 5 a.d.edu.",
        "a.d.edu. A 127.0.0.1",
        "a.d.edu. A 10.1.2.3",
        "a.d.edu. A 0.0.0.0",
        "a.d.edu. AAAA ::1",
        "a.d.edu. AAAA fe80::1",
        NULL,
    };
    static const char *const excepted[] = { "d.edu. MX 5 a.d.edu.",
                                            "a.d.edu. A 127.0.0.1",
                                            "a.d.edu. A 127.0.0.2", NULL };
    check_verdict("d.edu", lines, MX_FORBIDDEN);
    struct mx_route r = find("d.edu", excepted, 1);
    check_route(&r, "a.d.edu/127.0.0.2");
}

TEST(mx_public_addresses)
{
    static const char *const inside[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "100::1",
        "2001::1",
    };
    static const char *const outside[] = { "9.9.9.9",       "172.32.0.1",
                                           "100.128.0.1",   "192.0.3.1",
                                           "223.255.255.1", "2620:fe::fe",
                                           "2a00:1450::1",  "2001:4860::8888" };
    struct ip ip;
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
        if (!CHECK(ip_parse(span_of(inside[i]), &ip) && !mx_is_public(&ip)))
            printf("  %s\n", inside[i]);
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        if (!CHECK(ip_parse(span_of(outside[i]), &ip) && mx_is_public(&ip)))
            printf("  %s\n", outside[i]);
}

/* ---- many: S24 */

TEST(mx_of_many_hosts)
{
    static char text[64][2][40];
    const char *lines[129] = { 0 };
    for (int i = 0; i < 64; i++) {
        snprintf(text[i][0], sizeof(text[i][0]), "d.edu. MX %d h%d.d.edu.", 64 - i, i);
        snprintf(text[i][1], sizeof(text[i][1]), "h%d.d.edu. A 9.9.9.%d", i, i);
        lines[2 * i] = text[i][0];
        lines[2 * i + 1] = text[i][1];
    }
    struct mx_route r = find("d.edu", lines, 1);
    CHECK_EQ_UINT(r.hosts, MX_HOSTS_MAX);
    CHECK_EQ_UINT(r.addresses, MX_ADDRESSES_MAX);
    CHECK(strcmp(r.host[0].name, "h63.d.edu") == 0); /* the best */
    CHECK_EQ_UINT(asked, 1 + 2 * MX_ADDRESSES_MAX);
}

TEST(mx_host_of_many_addresses)
{
    static char text[40][40];
    const char *lines[44] = { "d.edu. MX 5 a.d.edu.", "d.edu. MX 10 b.d.edu.",
                              "b.d.edu. A 9.9.8.1" };
    unsigned seen[40] = { 0 };
    for (int i = 0; i < 40; i++) {
        snprintf(text[i], sizeof(text[i]), "a.d.edu. A 9.9.9.%d", i);
        lines[3 + i] = text[i];
    }
    for (uint64_t random = 0; random < 2000; random++) {
        struct mx_route r = find("d.edu", lines, random);
        if (!CHECK_EQ_UINT(r.addresses, MX_HOST_ADDRESSES_MAX + 1))
            return;
        for (int i = 0; i < MX_HOST_ADDRESSES_MAX; i++)
            seen[r.address[i].ip.at[15]]++;
        CHECK_EQ_UINT(r.address[MX_HOST_ADDRESSES_MAX].host, 1);
    }
    for (int i = 0; i < 40; i++) /* 200 each */
        CHECK(seen[i] > 130 && seen[i] < 270);
}

TEST(mx_row_that_is_none)
{
    static const char octets[] = "\0\1x"              /* shorter than a preference */
                                 "\0\13\0\5a b.d.edu" /* a name that is no text */
                                 "\0\11\0\12b.d.edu"
                                 "\0\11\0\12B.D.EDU" /* twice */
                                 "\0\77\0\1c";       /* cut short */
    const struct mx_answer mx = { .outcome = DNS_FOUND,
                                  .rows = { octets, sizeof(octets) - 1 } };
    struct mx_route r;
    mx_choose(SPAN("d.edu"), &site, &mx, 1, &r);
    CHECK_EQ_INT(r.verdict, MX_HOSTS);
    CHECK_EQ_UINT(r.hosts, 1);
    CHECK(strcmp(r.host[0].name, "b.d.edu") == 0);
}

/* ---- §4.1.3 */

TEST(mx_of_an_address_literal)
{
    static const char *const none[] = { NULL };
    struct mx_route r = find("[9.9.9.9]", none, 1);
    check_route(&r, "[9.9.9.9]/9.9.9.9");
    r = find("[IPv6:2620:fe::fe]", none, 1);
    check_route(&r, "[IPv6:2620:fe::fe]/2620:fe::fe");
    CHECK_EQ_UINT(asked, 0);
    check_verdict("[127.0.0.1]", none, MX_FORBIDDEN);
    check_verdict("[198.41.0.4]", none, MX_OURSELVES);
    check_verdict("[2620:fe::fe]", none, MX_NO_DOMAIN);
    check_verdict("[IPv6:9.9.9.9]", none, MX_NO_DOMAIN);
    check_verdict("[x]", none, MX_NO_DOMAIN);
}
