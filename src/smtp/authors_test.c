#include "smtp/authors.h"
#include "test/unit.h"

TEST(authors_are_printed_as_mailboxes)
{
    static const struct {
        const char *value, *first;
        unsigned count;
        bool unclear;
    } rows[] = {
        { " bob@hamburger.edu", "bob@hamburger.edu", 1, false },
        { " Bob <bob@hamburger.edu>", "bob@hamburger.edu", 1, false },
        { " \"a b\"@x.fr, c@y.fr", "\"a b\"@x.fr", 2, false },
        { " \"a\\\"b\\\\\"@x.fr", "\"a\\\"b\\\\\"@x.fr", 1, false },
        { " (x) bob\r\n @ hamburger.edu", "bob@hamburger.edu", 1, false },
        { " friends: a@x.fr, b@x.fr;", "a@x.fr", 2, false },
        { " nobody:;", "", 0, false },
        { "", "", 0, false },
        { " bob", "bob@", 1, true },
        { " <@relay.fr:bob@x.fr>", "bob@x.fr", 1, true },
        { " gr\xc3\xbc\xc3\x9f"
          "e@x.fr",
          "gr\xc3\xbc\xc3\x9f"
          "e@x.fr",
          1, false },
        { " <bob@x.fr> <alice@y.fr>", "bob@x.fr", 1, true },
        { " bob@x.fr@y.fr", "bob@x.fr", 1, true },
        { " bob@x.fr <alice@y.fr>", "alice@y.fr", 1, true },
        { " \"bob@x.fr\" <alice@y.fr> (me@z.fr (\\) @))", "alice@y.fr", 1, false },
        { " bob@x.fr(\\", "bob@x.fr", 1, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct authors a;
        CHECK_EQ_INT(authors_read(span_of(rows[i].value), &a),
                     rows[i].unclear ? AUTHORS_UNCLEAR : AUTHORS_GOOD);
        CHECK_EQ_UINT(a.count, rows[i].count);
        unit_equal_span(span_of(a.address[0]), span_of(rows[i].first), __FILE__,
                        __LINE__, rows[i].value);
    }
}

TEST(authors_have_bounds)
{
    struct authors a;
    char long_one[500];
    CHECK(authors_read(SPAN("a@x,b@x,c@x,d@x,e@x,f@x,g@x,h@x,i@x,j@x"), &a) ==
          AUTHORS_GOOD);
    CHECK_STR(a.address[9], "j@x");
    CHECK(authors_read(SPAN("a@x,b@x,c@x,d@x,e@x,f@x,g@x,h@x,i@x,j@x,k@x"), &a) ==
          AUTHORS_TOO_MANY);
    memset(long_one, 'a', sizeof(long_one));
    memcpy(long_one + sizeof(long_one) - 2, "@x", 2);
    CHECK(authors_read(span_at(long_one, sizeof(long_one)), &a) == AUTHORS_GOOD);
    CHECK_EQ_UINT(a.count, 1);
    CHECK_STR(a.address[0], "");
}
