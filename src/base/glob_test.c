#include "base/glob.h"

#include "base/clock.h"
#include "test/unit.h"

TEST(glob_matches_as_a_shell_does)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        { "", "", true },
        { "", "a", false },
        { "a", "", false },
        { "*", "", true },
        { "*", "anything", true },
        { "***", "", true },
        { "*.txt", "notes.txt", true },
        { "*.txt", "notes.txt~", false },
        { "*.txt", ".txt", true },
        { "a*b*c", "abc", true },
        { "a*b*c", "aXbYbZc", true },
        { "a*b*c", "aXbYbZ", false },
        { "?", "a", true },
        { "?", "", false },
        { "?", "ab", false },
        { "?", "\xc3\xa9", true }, /* one character of two octets */
        { "??", "\xc3\xa9", false },
        { "??", "\xc3\xff", true }, /* two octets that are none */
        { "[abc]", "b", true },
        { "[abc]", "d", false },
        { "[a-c]x", "bx", true },
        { "[!a-c]", "b", false },
        { "[!a-c]", "d", true },
        { "[^a-c]", "d", true },
        { "[]]", "]", true },
        { "[!]]", "]", false },
        { "[a-]", "-", true },
        { "[\\]a]", "]", true },
        { "[\xc3\xa0-\xc3\xa9]", "\xc3\xa8", true },
        { "[a", "[a", true }, /* nothing closes it */
        { "[", "[", true },
        { "\\*", "*", true },
        { "\\*", "a", false },
        { "a\\", "a\\", true },
        { "*a*", "bab", true },
        { "a/*", "a/b/c", true }, /* "/" is like any other */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        unit_equal_int(glob_matches(span_of(rows[i].pattern), span_of(rows[i].name)),
                       rows[i].matches, __FILE__, __LINE__, rows[i].pattern);
}

TEST(glob_knows_what_is_a_pattern)
{
    CHECK(glob_is_pattern(SPAN("*.c")));
    CHECK(glob_is_pattern(SPAN("a?")));
    CHECK(glob_is_pattern(SPAN("[ab]")));
    CHECK(!glob_is_pattern(SPAN("plain")));
    CHECK(!glob_is_pattern(SPAN("\\*\\?\\[a]")));
    CHECK(!glob_is_pattern(SPAN("[ab")));
    CHECK(!glob_is_pattern(SPAN("")));
}

/* What makes a matcher that tries every star again take until the end of the world. */
TEST(glob_is_never_slow)
{
    char pattern[200], name[4000];
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = 'b';
    pattern[sizeof pattern - 1] = 'c';
    uint64_t before = clock_now();
    CHECK(!glob_matches(span_at(pattern, sizeof pattern), span_at(name, sizeof name)));
    CHECK(clock_now() - before < CLOCK_SECOND);
}
