#include "imap/list_match.h"

#include "test/unit.h"

#include "config/limits.h"

static bool fits(const char *pattern, const char *name)
{
    return list_match(span_of(pattern), span_of(name), LIST_EXACT);
}

TEST(patterns_of_LIST)
{
    /* RFC 9051 §6.3.9.8 */
    CHECK(fits("%", "foo") && fits("%", "baz") && !fits("%", "foo/bar"));
    CHECK(fits("*", "foo/bar") && fits("*", ""));
    CHECK(fits("%/%", "foo/bar") && !fits("%/%", "foo/bar/x") && !fits("%/%", "foo"));
    CHECK(fits("foo/*", "foo/a/b") && !fits("foo/*", "foo") &&
          !fits("foo/%", "foo/a/b"));
    CHECK(fits("*a%b", "x/axb") && !fits("*a%b", "x/ax/b") && fits("*a%b", "a/ab"));
    CHECK(fits("%a/b%c", "aa/bxc") && !fits("%a/b%c", "aa/b/c"));
    CHECK(fits("", "") && !fits("", "a") && !fits("a", "") && !fits("a", "A"));
    CHECK(list_match(SPAN("inb%"), SPAN("INBOX"), LIST_ANY_CASE));
}

/* I07 */
TEST(wildcards_cost_what_they_are_long_I07)
{
    char pattern[LIST_PATTERN_MAX + 1], name[MAILBOX_NAME_MAX];

    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = "*%a"[i % 3];
    memset(name, 'a', sizeof(name));
    CHECK(list_match(span_at(pattern, LIST_PATTERN_MAX), span_at(name, sizeof(name)),
                     LIST_EXACT));
    name[sizeof(name) - 1] = 'b';
    pattern[LIST_PATTERN_MAX - 1] = 'a';
    CHECK(!list_match(span_at(pattern, LIST_PATTERN_MAX), span_at(name, sizeof(name)),
                      LIST_EXACT));
    CHECK(!list_match(span_at(pattern, sizeof(pattern)), SPAN("a"), LIST_EXACT));
}
