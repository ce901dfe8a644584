#include "mime/address.h"

#include "base/buf.h"
#include "config/limits.h"
#include "mime/out.h"
#include "test/unit.h"

#include <stdlib.h>

/* Each as name|local|domain, groups as {name and }. */
static void print(const struct address *a, void *arg)
{
    struct buf *b = arg;
    const char *separator = b->len > 0 ? "; " : "";
    if (a->kind == RECORD_GROUP)
        buf_printf(b, "%s{%.*s", separator, SPAN_ARG(a->name));
    else if (a->kind == RECORD_GROUP_END)
        buf_printf(b, "%s}", separator);
    else
        buf_printf(b, "%s%.*s|%.*s|%.*s", separator, SPAN_ARG(a->name),
                   SPAN_ARG(a->local_part), SPAN_ARG(a->domain));
}

static void check(const char *value, const char *wanted)
{
    struct buf b = { .max = 1 << 20 };
    CHECK(addresses_read(span_of(value), print, &b));
    buf_printf(&b, "%s", "");
    if (!span_is(buf_span(&b), span_of(wanted)))
        unit_equal_span(buf_span(&b), span_of(wanted), __FILE__, __LINE__, value);
    buf_free(&b);
}

TEST(addresses_of_rfc_5322_appendix_a)
{
    /* A.1.1 */
    check(" John Doe <jdoe@machine.example>", "John Doe|jdoe|machine.example");
    check(" Mary Smith <mary@example.net>", "Mary Smith|mary|example.net");
    /* A.1.2 */
    check("\"Joe Q. Public\" <john.q.public@example.com>",
          "Joe Q. Public|john.q.public|example.com");
    check("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
          "Mary Smith|mary|x.test; |jdoe|example.org; Who?|one|y.test");
    check("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
          "|boss|nil.test; Giant; \"Big\" Box|sysservices|example.net");
    /* A.1.3 */
    check("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
          "{A Group; Ed Jones|c|a.test; |joe|where.test; John|jdoe|one.test; }");
    check("Undisclosed recipients:;", "{Undisclosed recipients; }");
    /* A.5 */
    check("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
          "Pete|pete|silly.test");
    check("A Group(Some people)\r\n     :Chris Jones <c@(Chris's "
          "host.)public.example>,\r\n"
          "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the "
          "end of "
          "the group)",
          "{A Group; Chris Jones|c|public.example; |joe|example.org; "
          "John|jdoe|one.test; }");
    check("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
          "{Hidden recipients; }");
    /* A.6.1 */
    check("Joe Q. Public <john.q.public@example.com>",
          "Joe Q. Public|john.q.public|example.com");
    check("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
          "Mary Smith|mary|example.net; |jdoe|test.example");
    check("<@a.test,@b.test:mary@example.net>", "|mary|example.net");
}

TEST(addresses_as_mail_has_them)
{
    check("", "");
    check(",,;", "");
    check("bob@hamburger.edu (Bob)", "Bob|bob|hamburger.edu");
    check("\"joe q\"@x.test", "|joe q|x.test");
    check("joe . q @ x . test", "|joe.q|x.test");
    check("Bob bob@x.test", "Bob|bob|x.test");
    check("Bob <bob@x.test, Al <al@y.test>", "Bob|bob|x.test; Al|al|y.test");
    check("bob@[192.0.2.1], [x]@y", "|bob|[192.0.2.1]; |x|y");
    check("bob", "|bob|");
    check("Bob <>", "Bob||");
    check("J\xc3\xb6rg <j\xc3\xb6rg@m\xc3\xbcller.test>",
          "J\xc3\xb6rg|j\xc3\xb6rg|m\xc3\xbcller.test");
    check("a: b: c@d;, e@f", "{a; |c|d; }; |e|f");
    check("a@b <c@d>", "a@b|c|d");
    check("<a@b> c", "|a|b");
    check("a@b c", "|a|b");
}

static void count(const struct address *a, void *arg)
{
    (void)a;
    ++*(size_t *)arg;
}

/* How many steps, and addresses, a value of n times `unit` takes. */
static uint64_t steps_of(const char *unit, size_t n, size_t *count_r)
{
    size_t len = strlen(unit);
    char *value = malloc(n * len);
    for (size_t i = 0; i < n; i++)
        memcpy(value + i * len, unit, len);
    *count_r = 0;
    mime_steps = 0;
    addresses_read(span_at(value, n * len), count, count_r);
    free(value);
    CHECK(mime_steps <= 50 * n * len + 1000);
    return mime_steps;
}

/* ATTACKS.md M03 */
TEST(m03_addresses_are_bounded_and_linear)
{
    static const char *const units[] = { "a@b, ", "(", "()",   "\\", "\"",   "<",
                                         "a:",    "@", ".",    "[",  "\"\\", "(\\",
                                         ",",     ";", "<@a,", "a ", "a.",   "\"a\" " };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t before, after;
        uint64_t once = steps_of(units[i], 20000, &before);
        uint64_t twice = steps_of(units[i], 40000, &after);
        CHECK(twice * 10 <= once * 22);
        CHECK(after <= MIME_ADDRESSES_MAX);
    }
    size_t n;
    steps_of("a@b, ", 1000000, &n);
    CHECK_EQ_UINT(n, MIME_ADDRESSES_MAX);
    struct buf b = { .max = 4096 };
    static const struct span ends[] = {
        { "a@b (c\\", 7 }, { "\"a\\", 3 }, { "\"a", 2 }, { "<a@[b\\", 6 }
    };
    for (size_t i = 0; i < 4; i++) {
        char *exact = malloc(ends[i].len); /* ASan sees a read behind it */
        memcpy(exact, ends[i].at, ends[i].len);
        CHECK(addresses_read(span_at(exact, ends[i].len), print, &b));
        free(exact);
    }
    buf_free(&b);
}
