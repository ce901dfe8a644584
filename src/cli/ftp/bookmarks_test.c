#include "cli/ftp/bookmarks.h"

#include "test/unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char file[] = "# places\n"
                           "home  ftp://bob@hamburger.edu/\n"
                           "this is no url but a bookmark called this\n"
                           "bad/name ftp://x/\n"
                           "pub\tftps://ftp.example/pub/\n";

TEST(bookmarks_are_found)
{
    struct span url, text = span_of(file);
    struct bookmark b;
    CHECK(bookmark_find(text, SPAN("home"), &url));
    CHECK_SPAN(url, "ftp://bob@hamburger.edu/");
    CHECK(bookmark_find(text, SPAN("pub"), &url));
    CHECK_SPAN(url, "ftps://ftp.example/pub/");
    CHECK(!bookmark_find(text, SPAN("Home"), &url));
    CHECK(!bookmark_find(text, SPAN("bad/name"), &url));
    unsigned count = 0;
    while (bookmark_take(&text, &b))
        count++;
    CHECK_EQ_UINT(count, 3);
}

TEST(bookmarks_are_changed_and_the_rest_is_kept)
{
    struct buf b = { .max = 4096 };
    CHECK_EQ_INT(bookmark_put(&b, SPAN("# a\nx ftp://1\ny ftp://2\n"), SPAN("x"),
                              SPAN("ftp://3")),
                 0);
    CHECK_SPAN(buf_span(&b), "# a\nx ftp://3\ny ftp://2\n");
    buf_clear(&b);
    CHECK_EQ_INT(bookmark_put(&b, SPAN("x ftp://1"), SPAN("z"), SPAN("ftp://3")), 0);
    CHECK_SPAN(buf_span(&b), "x ftp://1\nz ftp://3\n");
    buf_clear(&b);
    CHECK_EQ_INT(bookmark_put(&b, SPAN("x ftp://1\ny ftp://2\n"), SPAN("x"), SPAN("")),
                 0);
    CHECK_SPAN(buf_span(&b), "y ftp://2\n");
    CHECK_EQ_INT(bookmark_put(&b, SPAN("x ftp://1\n"), SPAN("z"), SPAN("")), -ENOENT);
    buf_free(&b);
}

TEST(bookmarks_have_names)
{
    CHECK(bookmark_is_name(SPAN("a-b_c.9")));
    CHECK(!bookmark_is_name(SPAN("")));
    CHECK(!bookmark_is_name(SPAN("a b")));
    CHECK(!bookmark_is_name(SPAN("a/b")));
    CHECK(!bookmark_is_name(SPAN("#a")));
}

TEST(bookmarks_are_kept_from_others)
{
    char home[] = "/tmp/bookmarks_test.XXXXXX", path[256];
    if (!CHECK(mkdtemp(home)))
        return;
    setenv("XDG_CONFIG_HOME", home, 1);
    struct buf b = { .max = 4096 };
    CHECK_EQ_INT(bookmarks_read(&b), 0);
    CHECK_EQ_UINT(b.len, 0);
    CHECK_EQ_INT(bookmarks_write(SPAN("x ftp://1\n")), 0);
    CHECK_EQ_INT(bookmarks_read(&b), 0);
    CHECK_SPAN(buf_span(&b), "x ftp://1\n");
    CHECK(personal_path("bookmarks", false, false, path, sizeof path));
    struct stat facts = { 0 };
    stat(path, &facts);
    CHECK_EQ_UINT(facts.st_mode & 0777, 0600);
    unlink(path);
    snprintf(path, sizeof path, "%s/packetboat", home);
    stat(path, &facts);
    CHECK_EQ_UINT(facts.st_mode & 0777, 0700);
    rmdir(path);
    rmdir(home);
    unsetenv("XDG_CONFIG_HOME");
    buf_free(&b);
}
