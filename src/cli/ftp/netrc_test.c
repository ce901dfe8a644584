#include "cli/ftp/netrc.h"

#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char file[] =
    "# mine\n"
    "machine a.example login bob password \"ket chup\"\n"
    "macdef init\ncd pub\nmachine trap login trap password trap\n\n"
    "machine\n  b.example\n  password p\\\"w account books\n"
    "machine a.example login alice password pickles\n"
    "default login anonymous password you@example.org\n";

TEST(netrc_finds_the_first_that_fits)
{
    static const struct {
        const char *host, *user, *login, *password, *account;
    } rows[] = {
        { "a.example", NULL, "bob", "ket chup", "" },
        { "A.EXAMPLE", NULL, "bob", "ket chup", "" },
        { "a.example", "alice", "alice", "pickles", "" },
        { "a.example", "anonymous", "anonymous", "you@example.org", "" },
        { "b.example", "anybody", "", "p\"w", "books" },
        { "trap", NULL, "anonymous", "you@example.org", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct netrc r;
        CHECK(netrc_read(span_of(file), rows[i].host, rows[i].user, &r) ||
              !rows[i].login);
        unit_equal_span(span_of(r.user), span_of(rows[i].login), __FILE__, __LINE__,
                        rows[i].host);
        unit_equal_span(span_of(r.password), span_of(rows[i].password), __FILE__,
                        __LINE__, rows[i].host);
        unit_equal_span(span_of(r.account), span_of(rows[i].account), __FILE__,
                        __LINE__, rows[i].host);
    }
}

TEST(netrc_may_have_nothing)
{
    static const char *const texts[] = { "",
                                         "machine",
                                         "machine a.example",
                                         "login bob password x",
                                         "machine b.example login bob",
                                         "machine a.example login bob password" };
    struct netrc r;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(!netrc_read(span_of(texts[i]), "a.example", "alice", &r) ||
              !r.has_password);
}

static int look(const char *text, mode_t mode, struct netrc *r)
{
    char path[] = "/tmp/netrc_test.XXXXXX";
    int fd = mkstemp(path);
    if (!CHECK(fd >= 0) || !CHECK(write(fd, text, strlen(text)) > 0))
        return -EIO;
    fchmod(fd, mode);
    close(fd);
    setenv("NETRC", path, 1);
    int error = netrc_look("a.example", NULL, r);
    unsetenv("NETRC");
    unlink(path);
    return error;
}

TEST(netrc_takes_no_password_that_others_can_read)
{
    struct netrc r;
    CHECK_EQ_INT(look(file, 0600, &r), 0);
    CHECK_STR(r.password, "ket chup");
    CHECK_EQ_INT(look(file, 0640, &r), -EPERM);
    CHECK_STR(r.password, "");
    CHECK_EQ_INT(look("default login anonymous password x", 0644, &r), 0);
    CHECK_EQ_INT(look("machine a.example login bob", 0644, &r), 0);
    CHECK_STR(r.user, "bob");
    CHECK_EQ_INT(look("machine b.example login bob", 0600, &r), -ENOENT);
}
