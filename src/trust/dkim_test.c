#include "trust/dkim.h"

#include "test/trust/zone.h"
#include "test/unit.h"

#include <stdio.h>

#define MESSAGE                                                                        \
    "From: Joe SixPack <joe@football.example.com>\r\n"                                 \
    "To: Suzie Q <suzie@shopping.example.net>\r\n"                                     \
    "Subject: Is dinner ready?\r\n"                                                    \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                  \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"                 \
    "\r\n"
#define BODY "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"

/* RFC 8463 Appendix A */
#define SIGNED_BY_BOTH                                                                 \
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"                    \
    " d=football.example.com; i=@football.example.com;\r\n"                            \
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"                          \
    " subject : date : message-id : from : subject : date;\r\n"                        \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                            \
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"                  \
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"                                            \
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"                        \
    " d=football.example.com; i=@football.example.com;\r\n"                            \
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"                    \
    " date : message-id : from : subject : date;\r\n"                                  \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                            \
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"                  \
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"                  \
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"

static const char keys[] =
    "TXT\tbrisbane._domainkey.football.example.com\tv=DKIM1; k=ed25519; "
    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "TXT\ttest._domainkey.football.example.com\tv=DKIM1; k=rsa; "
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd"
    "OKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hst"
    "T5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n";

/* Results as words, one a signature. */
static void check(struct span header, struct span body, const char *zone,
                  const char *wanted)
{
    struct zone z = { 0 };
    struct ask ask = { zone_ask, &z, arena_open(1 << 20) };
    struct dkim_verifier v;
    struct fields fields;
    char said[256] = "";

    zone_add(&z, zone);
    CHECK_EQ_INT(fields_read(header, ask.arena, &fields), 0);
    CHECK_EQ_INT(dkim_verify_begin(&v, &fields, ask.arena), 0);
    dkim_verify_take(&v, body);
    dkim_verify_end(&v, &ask, 1528637910);
    for (unsigned i = 0; i < v.signatures; i++)
        snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s", i ? " " : "",
                 dkim_result_name(v.signature[i].result));
    unit_equal_span(span_of(said), span_of(wanted), __FILE__, __LINE__, wanted);
    dkim_verify_close(&v);
    arena_close(&ask.arena);
    zone_clear(&z);
}

TEST(dkim_example_of_rfc_8463_appendix_a)
{
    check(SPAN(SIGNED_BY_BOTH MESSAGE), SPAN(BODY), keys, "pass pass");
    check(SPAN(SIGNED_BY_BOTH MESSAGE), SPAN(BODY "\r\n"), keys, "pass pass");
    check(SPAN(SIGNED_BY_BOTH MESSAGE), SPAN(BODY "Eve.\r\n"), keys, "fail fail");
    check(SPAN("Subject: no\r\n" SIGNED_BY_BOTH MESSAGE), SPAN(BODY), keys,
          "fail fail");
    check(SPAN("X-More: yes\r\n" SIGNED_BY_BOTH MESSAGE), SPAN(BODY), keys,
          "pass pass");
}

TEST(dkim_without_signatures)
{
    check(SPAN(MESSAGE), SPAN(BODY), keys, "");
    check(SPAN("DKIM-Signature:\r\n" MESSAGE), SPAN(BODY), keys, "permerror");
}
