#include "smtp/forged.h"

#include "config/limits.h"
#include "test/unit.h"

#include <stdlib.h>

static void put(void *arg, struct span s)
{
    CHECK_EQ_INT(buf_put(arg, s), 0);
}

/* What passes of a message, however it is cut in pieces. */
static void check(struct span message, struct span wanted)
{
    for (size_t step = 1; step <= message.len + 1; step++) {
        struct buf out = { .max = 1 << 20 };
        struct span rest = message;
        struct forged f;
        forged_begin(&f);
        while (rest.len > 0) {
            size_t n = step < rest.len ? step : rest.len;
            forged_take(&f, span_first(rest, n), SPAN("hamburger.edu"), put, &out);
            rest = span_skip(rest, n);
        }
        forged_end(&f, SPAN("hamburger.edu"), put, &out);
        if (!unit_equal_span(buf_span(&out), wanted, __FILE__, __LINE__, message.at))
            step = message.len + 1;
        CHECK(!f.failed);
        forged_close(&f);
        buf_free(&out);
    }
}

#define CLAIM  "Authentication-Results: hamburger.edu;\r\n\tspf=pass\r\n"
#define OTHERS "Authentication-Results: crepes.fr; spf=pass\r\n"
#define MAIL   "From: a@crepes.fr\r\n\r\n" CLAIM "text\r\n"

TEST(forged_results_go_and_others_stay)
{
    check(SPAN(MAIL), SPAN(MAIL));
    check(SPAN(CLAIM MAIL), SPAN(MAIL));
    check(SPAN(OTHERS CLAIM CLAIM OTHERS MAIL), SPAN(OTHERS OTHERS MAIL));
    check(SPAN("Subject: x\r\n " CLAIM MAIL), SPAN("Subject: x\r\n " CLAIM MAIL));
    check(SPAN("AUTHENTICATION-results : hamburger.EDU\r\n" MAIL), SPAN(MAIL));
    check(SPAN("Authentication-Result: hamburger.edu\r\n" MAIL),
          SPAN("Authentication-Result: hamburger.edu\r\n" MAIL));
    check(SPAN("Authentication-Results-X: hamburger.edu\r\n" MAIL),
          SPAN("Authentication-Results-X: hamburger.edu\r\n" MAIL));
    check(SPAN("AuthenAuthentication-Results: hamburger.edu\r\n" MAIL),
          SPAN("AuthenAuthentication-Results: hamburger.edu\r\n" MAIL));
}

/* At its end without an empty line, and behind a line that is no field */
TEST(forged_results_at_the_edges)
{
    check(SPAN(""), SPAN(""));
    check(SPAN(CLAIM), SPAN(""));
    check(SPAN(CLAIM "\r\n"), SPAN("\r\n"));
    check(SPAN("Authentication-Results: hamburger.edu"), SPAN(""));
    check(SPAN("Authentication-Res"), SPAN("Authentication-Res"));
    check(SPAN("From: x\r\nnonsense\r\n" CLAIM "\r\n"),
          SPAN("From: x\r\nnonsense\r\n\r\n"));
    check(SPAN("\r\n" CLAIM), SPAN("\r\n" CLAIM));
}

TEST(forged_results_of_no_end)
{
    struct buf out = { .max = 1 << 20 };
    char *long_line = malloc(AUTHENTICATION_RESULTS_MAX);
    struct forged f;

    if (!CHECK(long_line != NULL))
        return;
    memset(long_line, 'x', AUTHENTICATION_RESULTS_MAX);
    forged_begin(&f);
    forged_take(&f, SPAN("Authentication-Results: "), SPAN("b.edu"), put, &out);
    forged_take(&f, span_at(long_line, AUTHENTICATION_RESULTS_MAX), SPAN("b.edu"), put,
                &out);
    forged_take(&f, SPAN("\r\nFrom: x\r\n\r\ntext"), SPAN("b.edu"), put, &out);
    CHECK_SPAN(buf_span(&out), "From: x\r\n\r\ntext");
    forged_close(&f);
    buf_free(&out);
    free(long_line);
}
