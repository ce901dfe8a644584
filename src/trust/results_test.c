#include "trust/results.h"

#include "test/unit.h"

TEST(results_are_written)
{
    struct spf_answer spf = { .result = SPF_PASS };
    struct dkim_verifier dkim = { .signatures = 1 };
    struct dmarc_answer dmarc = { .result = DMARC_FAIL, .policy = DMARC_REJECT };
    struct results r = { .host = SPAN("hamburger.edu"),
                         .mail_from = SPAN("alice@crepes.fr"),
                         .spf = &spf,
                         .dkim = &dkim,
                         .dmarc = &dmarc };
    struct buf out = { .max = 4096 };

    dkim.signature[0] = (struct dkim_signature){ .result = DKIM_FAIL,
                                                 .reason = "the body was changed",
                                                 .domain = SPAN("crepes.fr"),
                                                 .selector = SPAN("s1"),
                                                 .signature = SPAN("x"),
                                                 .raw_signature = SPAN(" abcdefghij") };
    dmarc.author = SPAN("crepes.fr");
    CHECK_EQ_INT(results_put(&r, &out), 0);
    CHECK_SPAN(buf_span(&out),
               "Authentication-Results: hamburger.edu;\r\n"
               "\tspf=pass\r\n\t smtp.mailfrom=alice@crepes.fr;\r\n"
               "\tdkim=fail reason=\"the body was changed\"\r\n\t header.d=crepes.fr"
               "\r\n\t header.s=s1\r\n\t header.a=rsa-sha256\r\n\t "
               "header.b=abcdefgh;\r\n"
               "\tdmarc=fail policy.dmarc=reject\r\n\t header.from=crepes.fr\r\n");
    buf_free(&out);
}

/* S02, D10: nothing that somebody else has said ends a line */
TEST(results_quote_what_is_odd)
{
    struct spf_answer spf = { .result = SPF_NONE };
    struct results r = { .host = SPAN("hamburger.edu"),
                         .helo = SPAN("a\r\nb\"\\\0c"),
                         .spf = &spf };
    struct buf out = { .max = 4096 };

    CHECK_EQ_INT(results_put(&r, &out), 0);
    CHECK_SPAN(buf_span(&out), "Authentication-Results: hamburger.edu;\r\n"
                               "\tspf=none\r\n\t smtp.helo=\"a??b\\\"\\\\?c\"\r\n");
    buf_free(&out);
    r.spf = NULL;
    CHECK_EQ_INT(results_put(&r, &out), 0);
    CHECK_SPAN(buf_span(&out), "Authentication-Results: hamburger.edu; none\r\n");
    buf_free(&out);
}
