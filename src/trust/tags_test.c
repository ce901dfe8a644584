#include "trust/tags.h"

#include "test/unit.h"

TEST(tags_are_read_with_white_space_within)
{
    struct tags tags;

    CHECK(tags_read(SPAN(" a=rsa-sha256; b = x\r\n\ty ;h=From : To;\r\n "), &tags));
    CHECK_EQ_UINT(tags.count, 3);
    CHECK_SPAN(tags_value(&tags, "a"), "rsa-sha256");
    CHECK_SPAN(tags_value(&tags, "b"), "x\r\n\ty");
    CHECK_SPAN(tags_find(&tags, "b")->raw, " x\r\n\ty ");
    CHECK_SPAN(tags_value(&tags, "h"), "From : To");
    CHECK_SPAN(tags_value(&tags, "A"), "");
    CHECK(tags_find(&tags, "c") == NULL);
}

TEST(tags_that_are_none)
{
    static const char *const bad[] = {
        "", ";", "a", "a=1;;b=2", "a=1;a=2", "=1", "1=a", "a b=1", "a=1;b", "a=\x01",
    };
    struct tags tags;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!CHECK(!tags_read(span_of(bad[i]), &tags)))
            unit_not_so(__FILE__, __LINE__, bad[i]);
}

TEST(tags_domains)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        { "crepes.fr", true }, { "a._domainkey.b", true },
        { "a-b.c", true },     { "", false },
        { ".a", false },       { "a.", false },
        { "a..b", false },     { "a b", false },
        { "../a", false },     { "a/b", false },
        { "a\r\nb", false },   { "a;b", false },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!CHECK(tag_is_domain(span_of(rows[i].name)) == rows[i].good))
            unit_not_so(__FILE__, __LINE__, rows[i].name);
    CHECK(tag_is_within(SPAN("mail.crepes.fr"), SPAN("CREPES.fr")));
    CHECK(tag_is_within(SPAN("crepes.fr"), SPAN("crepes.fr")));
    CHECK(!tag_is_within(SPAN("xcrepes.fr"), SPAN("crepes.fr")));
    CHECK(!tag_is_within(SPAN("fr"), SPAN("crepes.fr")));
}
