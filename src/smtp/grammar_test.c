#include "smtp/session.h"
#include "test/unit.h"

/* What a rule makes of a line: the argument's text, and what it leaves. */
struct row {
    const char *line, *text, *rest; /* text NULL: not taken */
};

static void check_rule(bool (*take)(struct span *, struct arg *), const struct row *row)
{
    for (; row->line; row++) {
        struct span rest = span_of(row->line);
        struct arg arg = { 0 };
        bool taken = take(&rest, &arg);

        if (!CHECK(taken == (row->text != NULL)))
            printf("    in: %s\n", row->line);
        if (!taken)
            CHECK(span_is(rest, span_of(row->line)));
        else if (!CHECK(row->text && span_is(arg.text, span_of(row->text))) ||
                 !CHECK(span_is(rest, span_of(row->rest))))
            printf("    in: %s\n", row->line);
    }
}

TEST(reverse_path)
{
    static const struct row rows[] = {
        { "<>", "", "" },
        { " <>", "", "" },
        { "<alice@crepes.fr>", "alice@crepes.fr", "" },
        { " <alice@crepes.fr> SIZE=1", "alice@crepes.fr", " SIZE=1" },
        { "<@a,@b.c:alice@crepes.fr>", "alice@crepes.fr", "" },
        { "<\"a b\"@crepes.fr>", "\"a b\"@crepes.fr", "" },
        { "<\"a\\\"b\"@crepes.fr>", "\"a\\\"b\"@crepes.fr", "" },
        { "<a@[192.0.2.1]>", "a@[192.0.2.1]", "" },
        { "<a@[ipv6:2001:db8::1]>", "a@[ipv6:2001:db8::1]", "" },
        { "<a@b>c", "a@b", "c" },
        { "", NULL, NULL },
        { "<", NULL, NULL },
        { "alice@crepes.fr", NULL, NULL },
        { "  <>", NULL, NULL },
        { "<alice>", NULL, NULL },
        { "<alice@>", NULL, NULL },
        { "<@crepes.fr>", NULL, NULL },
        { "<@a:>", NULL, NULL },
        { "<@a,:b@c>", NULL, NULL },
        { "<a@b-.c>", NULL, NULL },
        { "<a@-b>", NULL, NULL },
        { "<a@b.>", NULL, NULL },
        { "<a@b..c>", NULL, NULL },
        { "<a..b@c>", NULL, NULL },
        { "<\"a@c>", NULL, NULL },
        { "<\"a\\", NULL, NULL },
        { "<a@[1.2.3]>", NULL, NULL },
        { "<a@[IPv6:1.2.3.4]>", NULL, NULL },
        { "<a@[IPv6:::g]>", NULL, NULL },
        { "<a@[]>", NULL, NULL },
        { "<a@[tag:x]>", NULL, NULL },
        { "<a@[1.2.3.4>", NULL, NULL },
        { 0 },
    };
    check_rule(smtp_take_reverse_path, rows);
}

TEST(forward_path)
{
    static const struct row rows[] = {
        { "<Postmaster>", "Postmaster", "" },
        { " <POSTMASTER> X", "POSTMASTER", " X" },
        { "<postmaster@hamburger.edu>", "postmaster@hamburger.edu", "" },
        { "<postmasters>", NULL, NULL },
        { "<>", NULL, NULL },
        { 0 },
    };
    check_rule(smtp_take_forward_path, rows);
}

TEST(client)
{
    static const struct row rows[] = {
        { "crepes.fr", "crepes.fr", "" },
        { "MY_PC", "MY_PC", "" },
        { "a--b.c", "a--b.c", "" },
        { "[127.0.0.1]", "[127.0.0.1]", "" },
        { "[IPv6:::ffff:1.2.3.4]", "[IPv6:::ffff:1.2.3.4]", "" },
        { "a b", "a", " b" },
        { "<b>", NULL, NULL },
        { "-a", NULL, NULL },
        { "a.", NULL, NULL },
        { "", NULL, NULL },
        { 0 },
    };
    check_rule(smtp_take_client, rows);
}

TEST(mail_parameters)
{
    static const struct row rows[] = {
        { "SIZE=10", "SIZE=10", "" },
        { "SIZE=10 BODY=8BITMIME X", "SIZE=10 BODY=8BITMIME X", "" },
        { "8-bit=~!<>", "8-bit=~!<>", "" },
        { "A=1=2", "A=1", "=2" },
        { "A=", NULL, NULL },
        { "-A", NULL, NULL },
        { "A  B", NULL, NULL },
        { "", NULL, NULL },
        { 0 },
    };
    check_rule(smtp_take_mail_parameters, rows);
}

/* RFC 5321 §4.5.3.1.1 to §4.5.3.1.3 */
static bool takes_path(size_t local_octets, size_t label_octets, size_t labels)
{
    struct buf line = { .max = 4096 };
    struct arg arg;

    buf_put(&line, SPAN("<"));
    for (size_t i = 0; i < local_octets; i++)
        buf_put(&line, SPAN("a"));
    for (size_t l = 0; l < labels; l++) {
        buf_put(&line, l ? SPAN(".") : SPAN("@"));
        for (size_t i = 0; i < label_octets; i++)
            buf_put(&line, SPAN("b"));
    }
    buf_put(&line, SPAN(">"));
    struct span rest = buf_span(&line);
    bool taken = smtp_take_reverse_path(&rest, &arg);
    buf_free(&line);
    return taken;
}

TEST(lengths_of_a_path)
{
    CHECK(takes_path(64, 63, 2));
    CHECK(!takes_path(65, 1, 1));
    CHECK(takes_path(1, 62, 4));  /* 1 + 1 + 251, and the brackets */
    CHECK(takes_path(2, 62, 4));  /* 256 octets in all */
    CHECK(!takes_path(4, 62, 4)); /* 258 */
    CHECK(!takes_path(1, 63, 5));
}
