#include "wire/literal.h"

#include "test/unit.h"

static bool is(const char *line, uint64_t size, bool at_once, bool binary)
{
    struct literal l;
    return literal_of_line(span_of(line), &l) && l.size == size &&
           l.at_once == at_once && l.binary == binary;
}

TEST(literals_at_the_end_of_a_line)
{
    /* RFC 9051 §6.3.12, RFC 7888 §4, RFC 3516 §4.5 */
    CHECK(is("A003 APPEND saved-messages (\\Seen) {326}", 326, false, false));
    CHECK(is("A001 LOGIN {11+}", 11, true, false));
    CHECK(is("C APPEND x ~{4}", 4, false, true));
    CHECK(is("~{4+}", 4, true, true) && is("{0}", 0, false, false));
    CHECK(is("{005}", 5, false, false));
    CHECK(is("a{1}{2}", 2, false, false));
    CHECK(is("{9223372036854775807}", INT64_MAX, false, false));
}

TEST(what_is_no_literal_I01)
{
    static const char *const lines[] = { "",
                                         "}",
                                         "{}",
                                         "{+}",
                                         "{-1}",
                                         "{10 }",
                                         "{ 10}",
                                         "{1",
                                         "{1} ",
                                         "{1++}",
                                         "{1-}",
                                         "10}",
                                         "{9223372036854775808}",
                                         "{18446744073709551621}",
                                         "{10+}{10-}" };
    struct literal l;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        CHECK(!literal_of_line(span_of(lines[i]), &l));
}
