/* site_records_test - a private internet out of packetboat.conf. */
#include "dns/site_records.h"

#include "test/unit.h"

#include <stdio.h>

static void add(struct dns_setting *d, const char *record)
{
    CHECK(dns_setting_add(d, SPAN("record"), span_of(record)) == NULL);
}

static void fill(struct dns_setting *d, bool resolve)
{
    static const char *const records[] = {
        "hamburger.edu. MX 10 mail.hamburger.edu.",
        "hamburger.edu. MX 20 mail.crepes.fr.",
        "mail.hamburger.edu. A 127.0.0.1",
        "insecure crepes.fr. TXT v=spf1 mx -all",
        "www.hamburger.edu. CNAME MAIL.hamburger.edu.",
        "insecure ftp.hamburger.edu. CNAME mail.hamburger.edu.",
        "out.hamburger.edu. CNAME elsewhere.example.",
        "a.loop. CNAME b.loop.",
        "b.loop. CNAME a.loop.",
    };
    memset(d, 0, sizeof *d);
    d->resolve = resolve;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        add(d, records[i]);
    CHECK(dns_setting_is_sound(d));
}

TEST(site_records_answer)
{
    static const struct {
        const char *name;
        enum dns_kind kind;
        enum dns_outcome outcome;
        uint32_t count;
        bool validated;
        const char *canonical;
    } rows[] = {
        { "hamburger.edu", DNS_MX, DNS_FOUND, 2, true, "hamburger.edu" },
        { "HAMBURGER.edu", DNS_MX, DNS_FOUND, 2, true, "HAMBURGER.edu" },
        { "hamburger.edu", DNS_A, DNS_NO_DATA, 0, true, "hamburger.edu" },
        { "edu", DNS_A, DNS_NO_DATA, 0, true, "edu" }, /* others are below it */
        { "du", DNS_A, DNS_NO_NAME, 0, true, "du" },
        { "burger.edu", DNS_A, DNS_NO_NAME, 0, true, "burger.edu" },
        { "crepes.fr", DNS_TXT, DNS_FOUND, 1, false, "crepes.fr" },
        { "crepes.fr", DNS_A, DNS_NO_DATA, 0, false, "crepes.fr" },
        { "www.hamburger.edu", DNS_A, DNS_FOUND, 1, true, "MAIL.hamburger.edu" },
        { "www.hamburger.edu", DNS_CNAME, DNS_FOUND, 1, true, "www.hamburger.edu" },
        { "www.hamburger.edu", DNS_AAAA, DNS_NO_DATA, 0, true, "MAIL.hamburger.edu" },
        { "ftp.hamburger.edu", DNS_A, DNS_FOUND, 1, false, "mail.hamburger.edu" },
        { "out.hamburger.edu", DNS_A, DNS_NO_NAME, 0, true, "elsewhere.example" },
        { "a.loop", DNS_A, DNS_FAILED, 0, false, NULL },
    };
    static struct dns_setting d;
    fill(&d, false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_found f;
        CHECK(site_records_find(&d, rows[i].kind, span_of(rows[i].name), &f));
        CHECK_EQ_UINT(f.outcome, rows[i].outcome);
        CHECK_EQ_UINT(f.count, rows[i].count);
        CHECK_EQ_UINT(f.validated, rows[i].validated);
        if (rows[i].canonical)
            CHECK(span_is(span_of(f.canonical), span_of(rows[i].canonical)));
        dns_found_end(&f);
    }
}

TEST(site_records_leave_the_rest_to_the_dns)
{
    static struct dns_setting d;
    struct dns_found f;
    fill(&d, true);
    CHECK(!site_records_find(&d, DNS_A, SPAN("nobody.example"), &f));
    CHECK_STR(f.canonical, "nobody.example");
    CHECK(!site_records_find(&d, DNS_A, SPAN("out.hamburger.edu"), &f));
    CHECK_STR(f.canonical, "elsewhere.example");
    CHECK(f.validated); /* and what the DNS says has to be, too */
    CHECK(site_records_find(&d, DNS_AAAA, SPAN("hamburger.edu"), &f));
    CHECK_EQ_UINT(f.outcome, DNS_NO_DATA);
    dns_found_end(&f);
}

TEST(site_records_stop_at_the_most_rows)
{
    static struct dns_setting d;
    memset(&d, 0, sizeof d);
    for (unsigned i = 0; i <= DNS_ROWS_MAX; i++) {
        char record[64];
        struct dns_found f;
        snprintf(record, sizeof record, "many.example A 192.0.2.%u", i);
        add(&d, record);
        CHECK(site_records_find(&d, DNS_A, SPAN("many.example"), &f));
        CHECK_EQ_UINT(f.outcome, i < DNS_ROWS_MAX ? DNS_FOUND : DNS_TOO_LARGE);
        CHECK_EQ_UINT(f.count, i < DNS_ROWS_MAX ? i + 1 : 0);
        dns_found_end(&f);
    }
}

TEST(dns_rows_travel)
{
    struct dns_found f;
    dns_found_begin(&f, SPAN("x"));
    CHECK(dns_found_add(&f, SPAN("\0\012mail.hamburger.edu")));
    CHECK(dns_found_add(&f, SPAN("")));
    struct span rows = buf_span(&f.rows), row, host = { 0 };
    unsigned preference = 0;
    CHECK(dns_take_row(&rows, &row) && dns_take_mx(row, &preference, &host));
    CHECK_EQ_UINT(preference, 10);
    CHECK(span_is(host, SPAN("mail.hamburger.edu")));
    CHECK(dns_take_row(&rows, &row) && row.len == 0);
    CHECK(!dns_take_mx(row, &preference, &host));
    CHECK(!dns_take_row(&rows, &row));
    rows = SPAN("\0\5abcd"); /* cut short */
    CHECK(!dns_take_row(&rows, &row));
    dns_found_end(&f);
}
