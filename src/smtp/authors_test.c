#include "smtp/authors.h"
#include "test/unit.h"

TEST(authors_are_printed_as_mailboxes)
{
    static const struct {
        const char *value, *first;
        unsigned count;
    } rows[] = {
        { " bob@hamburger.edu", "bob@hamburger.edu", 1 },
        { " Bob <bob@hamburger.edu>", "bob@hamburger.edu", 1 },
        { " \"a b\"@x.fr, c@y.fr", "\"a b\"@x.fr", 2 },
        { " \"a\\\"b\\\\\"@x.fr", "\"a\\\"b\\\\\"@x.fr", 1 },
        { " (x) bob\r\n @ hamburger.edu", "bob@hamburger.edu", 1 },
        { " friends: a@x.fr, b@x.fr;", "a@x.fr", 2 },
        { " nobody:;", "", 0 },
        { "", "", 0 },
        { " bob", "bob@", 1 },
        { " <@relay.fr:bob@x.fr>", "bob@x.fr", 1 },
        { " gr\xc3\xbc\xc3\x9f"
          "e@x.fr",
          "gr\xc3\xbc\xc3\x9f"
          "e@x.fr",
          1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct authors a;
        CHECK(authors_read(span_of(rows[i].value), &a));
        CHECK_EQ_UINT(a.count, rows[i].count);
        unit_equal_span(span_of(a.address[0]), span_of(rows[i].first), __FILE__,
                        __LINE__, rows[i].value);
    }
}

TEST(authors_have_bounds)
{
    struct authors a;
    char long_one[500];
    CHECK(authors_read(SPAN("a@x,b@x,c@x,d@x,e@x,f@x,g@x,h@x,i@x,j@x"), &a));
    CHECK_STR(a.address[9], "j@x");
    CHECK(!authors_read(SPAN("a@x,b@x,c@x,d@x,e@x,f@x,g@x,h@x,i@x,j@x,k@x"), &a));
    memset(long_one, 'a', sizeof(long_one));
    memcpy(long_one + sizeof(long_one) - 2, "@x", 2);
    CHECK(authors_read(span_at(long_one, sizeof(long_one)), &a));
    CHECK_EQ_UINT(a.count, 1);
    CHECK_STR(a.address[0], "");
}
