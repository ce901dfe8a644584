/* filter_test - words and times of packetboat wire, and what fits them. */
#include "wire/filter.h"

#include "test/unit.h"
#include "wire/transcript.h"

#include <stdlib.h>
#include <time.h>

TEST(filter_words)
{
    static const struct {
        const char *first, *second, *error; /* second: NULL, one word */
    } rows[] = {
        { "smtp", NULL, NULL },
        { "pop3s", NULL, NULL },
        { "192.0.2.7", NULL, NULL },
        { "2001:db8::/32", "smtp", NULL },
        { "bob@hamburger.edu", "refused", NULL },
        { "1f2e", "ok", NULL },
        { "1F2E3D4C00000001", NULL, NULL },
        { "1f2e3d4c000000012", NULL, "no protocol, address, account, result or id" },
        { "SMTP", NULL, "no protocol, address, account, result or id" },
        { "192.0.2.", NULL, "no protocol, address, account, result or id" },
        { "192.0.2.7/40", NULL, "no protocol, address, account, result or id" },
        { "", NULL, "no protocol, address, account, result or id" },
        { "smtp", "pop3", "a session has one protocol" },
        { "1.2.3.4", "1.2.3.4", "a session has one client" },
        { "a@b", "b@b", "a session has one account" },
        { "ok", "dropped", "a session has one result" },
        { "dead", "beef", "a session has one id" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire_filter f;
        filter_open(&f);
        CHECK(filter_is_open(&f));
        const char *error = filter_word(&f, span_of(rows[i].first));
        if (rows[i].second) {
            CHECK(error == NULL);
            error = filter_word(&f, span_of(rows[i].second));
        }
        unit_equal_span(span_of(error ? error : "fine"),
                        span_of(rows[i].error ? rows[i].error : "fine"), __FILE__,
                        __LINE__, rows[i].first);
        CHECK(error || !filter_is_open(&f));
    }
}

static int64_t at(const char *text)
{
    const int64_t noon = INT64_C(1795262400000000); /* 2026-11-21 12:00 UTC */
    int64_t us = -1;
    CHECK(filter_time(span_of(text), noon, &us));
    return us / 1000000 - noon / 1000000;
}

TEST(filter_times)
{
    char *zone = getenv("TZ");
    zone = zone ? strdup(zone) : NULL;
    setenv("TZ", "UTC", 1);
    tzset();
    CHECK_EQ_INT(at("10m"), -600);
    CHECK_EQ_INT(at("45s"), -45);
    CHECK_EQ_INT(at("2h"), -7200);
    CHECK_EQ_INT(at("3d"), -3 * 86400);
    CHECK_EQ_INT(at("2026-11-21"), -12 * 3600);
    CHECK_EQ_INT(at("2026-11-21 12:30"), 1800);
    CHECK_EQ_INT(at("2026-11-21T12:30:05"), 1805);
    CHECK_EQ_INT(at("11:00"), -3600);
    CHECK_EQ_INT(at("11:00:01"), -3599);
    static const char *const wrong[] = {
        "",      "10",        "m",          "10x",  "-1m",
        "25:00", "yesterday", "2026-13-01", "10m ", "2026-11-21 12:30 UTC"
    };
    int64_t us;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!CHECK(!filter_time(span_of(wrong[i]), 0, &us)))
            CHECK_STR(wrong[i], "refused");
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
    free(zone);
}

TEST(filter_fits)
{
    struct wire_filter f;
    filter_open(&f);
    CHECK(filter_word(&f, SPAN("10.0.0.0/8")) == NULL);
    CHECK(filter_word(&f, SPAN("smtp")) == NULL);
    CHECK(filter_fits_open(&f, SPAN("smtp 10.2.3.4")));
    CHECK(!filter_fits_open(&f, SPAN("smtps 10.2.3.4")));
    CHECK(!filter_fits_open(&f, SPAN("smtp 11.2.3.4")));
    CHECK(!filter_fits_open(&f, SPAN("smtp local")));
    CHECK(!filter_fits_open(&f, SPAN("smtp")));
    CHECK(!filter_fits_open(&f, SPAN("")));
    CHECK(filter_word(&f, SPAN("Bob@hamburger.edu")) == NULL);
    CHECK(filter_fits_account(&f, SPAN("bob@HAMBURGER.edu")));
    CHECK(!filter_fits_account(&f, SPAN("alice@hamburger.edu")));
    CHECK(filter_fits_result(&f, RESULT_DROPPED));
    CHECK(filter_word(&f, SPAN("refused")) == NULL);
    CHECK(filter_fits_result(&f, RESULT_REFUSED | RESULT_DROPPED));
    CHECK(!filter_fits_result(&f, RESULT_DROPPED));
    filter_open(&f);
    CHECK(filter_word(&f, SPAN("ok")) == NULL);
    CHECK(filter_fits_result(&f, RESULT_OK));
    CHECK(!filter_fits_result(&f, RESULT_ERROR));
    CHECK(filter_word(&f, SPAN("1f2e")) == NULL);
    CHECK(filter_fits_id(&f, UINT64_C(0x1f2e3d4c00000001)));
    CHECK(!filter_fits_id(&f, UINT64_C(0x1f2f3d4c00000001)));
    struct record r = { .session = UINT64_C(0x1f2e000000000000), .wall_us = 50 };
    CHECK(filter_fits_record(&f, &r));
    f.until_us = 50;
    CHECK(!filter_fits_record(&f, &r));
    f.until_us = 51;
    f.since_us = 50;
    CHECK(filter_fits_record(&f, &r));
    f.since_us = 51;
    CHECK(!filter_fits_record(&f, &r));
}
