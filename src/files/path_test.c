#include "files/path.h"

#include "test/unit.h"

#include <errno.h>

/* F04: whatever a client makes of a path, and a front lets through. */
TEST(path_refuses_what_is_no_plain_path)
{
    /* clang-format off */
    static const struct { const char *path; int error; } rows[] = {
        { "/", 0 }, { "/a", 0 }, { "/a/b", 0 }, { "/...", 0 }, { "/.hidden", 0 },
        { "/a b", 0 }, { "/\\..\\etc", 0 }, { "/..%2f", 0 }, { "/%2e%2e", 0 },
        { "/na\xc3\xafve", 0 }, { "/\xf0\x9f\xa5\x90", 0 },
        { "", -EINVAL }, { "a", -EINVAL }, { "a/b", -EINVAL }, { "../a", -EINVAL },
        { "//", -EINVAL }, { "/a/", -EINVAL }, { "//a", -EINVAL }, { "/a//b", -EINVAL },
        { "/.", -EINVAL }, { "/..", -EINVAL }, { "/a/..", -EINVAL },
        { "/a/./b", -EINVAL }, { "/../etc/passwd", -EINVAL }, { "/a/../../b", -EINVAL },
        { "/a\r\nb", -EINVAL }, { "/\x7f", -EINVAL }, { "/\x1b[2J", -EINVAL },
        { "/\xff", -EINVAL }, { "/\xc3", -EINVAL }, { "/\xc0\xaf", -EINVAL },
        { "/\xed\xa0\x80", -EINVAL }, { "/\xc2\x85", -EINVAL },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ_INT(path_check(span_of(rows[i].path)), rows[i].error);
    CHECK_EQ_INT(path_check(SPAN("/a\0b")), -EINVAL);
}

TEST(path_has_bounds)
{
    static char long_path[FILES_PATH_MAX + 2];
    memset(long_path, 'a', sizeof long_path);
    long_path[0] = '/';
    CHECK_EQ_INT(path_check(span_at(long_path, 1 + FILES_NAME_MAX)), 0);
    CHECK_EQ_INT(path_check(span_at(long_path, 2 + FILES_NAME_MAX)), -ENAMETOOLONG);
    for (size_t i = 0; i < sizeof long_path; i += 64)
        long_path[i] = '/';
    CHECK_EQ_INT(path_check(span_at(long_path, FILES_PATH_MAX)), 0);
    CHECK_EQ_INT(path_check(span_at(long_path, FILES_PATH_MAX + 1)), -ENAMETOOLONG);
    for (size_t i = 0; i < sizeof long_path; i += 2)
        long_path[i] = '/';
    CHECK_EQ_INT(path_check(span_at(long_path, 2 * FILES_DEPTH_MAX)), 0);
    CHECK_EQ_INT(path_check(span_at(long_path, 2 * FILES_DEPTH_MAX + 2)),
                 -ENAMETOOLONG);
}

TEST(path_takes_itself_apart)
{
    struct span path = SPAN("/a/bc"), name;
    CHECK_SPAN(path_parent(path), "/a");
    CHECK_SPAN(path_name(path), "bc");
    CHECK_SPAN(path_parent(SPAN("/a")), "");
    CHECK(path_take(&path, &name));
    CHECK_SPAN(name, "a");
    CHECK(path_take(&path, &name));
    CHECK_SPAN(name, "bc");
    CHECK(!path_take(&path, &name));
    CHECK(path_is_in(SPAN("/a/b"), SPAN("/a")));
    CHECK(path_is_in(SPAN("/a"), SPAN("/a")));
    CHECK(!path_is_in(SPAN("/ab"), SPAN("/a")));
    CHECK(!path_is_in(SPAN("/"), SPAN("/a")));
}

TEST(path_pattern_matches_as_a_shell_does)
{
    /* clang-format off */
    static const struct { const char *pattern, *name; bool matches; } rows[] = {
        { "", "a", true }, { "*", "a", true }, { "*", "", true }, { "a", "a", true },
        { "a", "A", false }, { "a*", "a", true }, { "a*", "abc", true },
        { "*c", "abc", true }, { "*b", "abc", false }, { "a*c", "abbbc", true },
        { "*.txt", "a.txt.txt", true }, { "*.txt", "a.txt~", false },
        { "?", "a", true }, { "?", "", false }, { "?", "\xc3\xaf", true },
        { "n?ve", "n\xc3\xafve", true }, { "n\xc3\xafve", "n\xc3\xafve", true },
        { "[a-c]x", "bx", true }, { "[a-c]x", "dx", false }, { "[!a-c]x", "dx", true },
        { "[^a-c]x", "ax", false }, { "[]]", "]", true }, { "[a-]", "-", true },
        { "[", "[", true }, { "[a", "[a", true }, { "*[a", "b[a", true },
        { "{a,b}", "a", false }, { "{a,b}", "{a,b}", true }, { "**", "abc", true },
        { "a**b", "a", false }, { "*?*", "a", true }, { "a*b*c", "a-b-b-c", true },
        { "\\*", "*", false },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_EQ_INT(pattern_matches(span_of(rows[i].pattern),
                                          span_of(rows[i].name)),
                          rows[i].matches))
            fprintf(stderr, "    '%s' and '%s'\n", rows[i].pattern, rows[i].name);
}

/* F06: the patterns that have brought servers down. */
TEST(path_pattern_is_bounded)
{
    CHECK(!pattern_is_sound(SPAN("*/../*")));
    CHECK(!pattern_is_sound(SPAN("*********")));
    CHECK(!pattern_is_sound(SPAN("a\r\n")));
    CHECK(!pattern_is_sound(SPAN("\xff")));
    CHECK(pattern_is_sound(SPAN("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}")));
    static char octets[FILES_NAME_MAX + 1];
    memset(octets, 'a', sizeof octets);
    CHECK(pattern_is_sound(span_at(octets, FILES_NAME_MAX)));
    CHECK(!pattern_is_sound(span_at(octets, FILES_NAME_MAX + 1)));
    char pattern[] = "*a*a*a*a*a*a*a*b";
    CHECK(pattern_is_sound(span_of(pattern)));
    CHECK(!pattern_matches(span_of(pattern), span_at(octets, FILES_NAME_MAX)));
}
