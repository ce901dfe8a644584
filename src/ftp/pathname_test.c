#include "ftp/pathname.h"

#include "test/unit.h"

#include <errno.h>

static const char *resolved(const char *directory, const char *said)
{
    static char path[PATHNAME_SIZE];
    int error = pathname_resolve(span_of(directory), span_of(said), path);
    return error == 0 ? path : error == -EINVAL ? "invalid" : "too long";
}

/* F04, and RFC 3659 §6. */
TEST(pathname_resolves)
{
    static const struct {
        const char *directory, *said, *path;
    } rows[] = {
        { "/", "a", "/a" },
        { "/", "/", "/" },
        { "/", "//", "/" },
        { "/a/b", "c", "/a/b/c" },
        { "/a/b", "/c", "/c" },
        { "/a/b", "..", "/a" },
        { "/a/b", "../..", "/" },
        { "/a/b", "../../../../../etc/passwd", "/etc/passwd" },
        { "/a", ".././../..//x/./y/", "/x/y" },
        { "/a", "./", "/a" },
        { "/", "..%2f..%2fetc", "/..%2f..%2fetc" },
        { "/", "a b ", "/a b " },
        { "/", "...", "/..." },
        { "/", "..\\..\\x", "/..\\..\\x" },
        { "/", "", "invalid" },
        { "/", "a\x01", "invalid" },
        { "/", "a\x7f", "invalid" },
        { "/", "\xff", "invalid" },
        { "/", "caf\xc3\xa9", "/caf\xc3\xa9" },
        { "/", "\xc0\xae\xc0\xae/x", "invalid" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        unit_equal_span(span_of(resolved(rows[i].directory, rows[i].said)),
                        span_of(rows[i].path), __FILE__, __LINE__, rows[i].said);
}

TEST(pathname_is_not_too_long)
{
    static char said[3 * FILES_PATH_MAX];
    char path[PATHNAME_SIZE];
    memset(said, 'x', sizeof said);
    CHECK_EQ_INT(pathname_resolve(SPAN("/"), span_at(said, FILES_NAME_MAX), path), 0);
    CHECK_EQ_INT(pathname_resolve(SPAN("/"), span_at(said, FILES_NAME_MAX + 1), path),
                 -ENAMETOOLONG);
    CHECK_EQ_INT(pathname_resolve(SPAN("/"), span_at(said, sizeof said), path),
                 -ENAMETOOLONG);
    for (size_t i = 0; i + 1 < sizeof said; i += 2)
        said[i] = '/';
    CHECK_EQ_INT(pathname_resolve(SPAN("/"), span_at(said, sizeof said), path),
                 -ENAMETOOLONG);
}

/* RFC 959 appendix II: a directory called foo"bar. */
TEST(pathname_quotes)
{
    char quoted[PATHNAME_QUOTED_SIZE];
    pathname_quote(SPAN("/usr/dm/foo\"bar"), quoted);
    CHECK_STR(quoted, "\"/usr/dm/foo\"\"bar\"");
    pathname_quote(SPAN("/"), quoted);
    CHECK_STR(quoted, "\"/\"");
}
