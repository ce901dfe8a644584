#include "cli/ftp/complete.h"

#include "base/own.h"
#include "test/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(const char *line, const char *text, size_t count, int at)
{
    static struct shell shell;
    OWN(arena_close) struct arena *arena = arena_open(64 << 20);
    struct completion c;
    bool found = complete(&shell, span_of(line), arena, &c);
    unit_equal_uint(found ? c.count : 0, count, __FILE__, at, line);
    if (found)
        unit_equal_span(c.text, span_of(text), __FILE__, at, line);
}

TEST(complete_knows_commands)
{
    check("mirr", "mirror ", 1, __LINE__);
    check("ls; mirr", "mirror ", 1, __LINE__);
    check("re", "re", 2, __LINE__); /* reget, reput */
    check("help mirr", "mirror ", 1, __LINE__);
    check("frob", "", 0, __LINE__);
    check("frob x", "", 0, __LINE__);
}

TEST(complete_knows_names_here)
{
    static const char *const names[] = { "a b", "it's", ".hidden", "same1", "same2" };
    char folder[] = "/tmp/complete_test.XXXXXX", before[4096];
    if (!CHECK(mkdtemp(folder) && getcwd(before, sizeof before) && chdir(folder) == 0))
        return;
    mkdir("directory", 0700);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        close(open(names[i], O_CREAT | O_WRONLY, 0600));
    check("put a", "a\\ b ", 1, __LINE__);
    check("put \"a", "\"a b\" ", 1, __LINE__);
    check("put it", "it\\'s ", 1, __LINE__);
    check("put sa", "same", 2, __LINE__);
    check("put same1 x", "", 0, __LINE__); /* the second is there */
    check("put -c sa", "same", 2, __LINE__);
    check("lcd dir", "directory/", 1, __LINE__);
    check("ls > sa", "same", 2, __LINE__);
    check("put .h", ".hidden ", 1, __LINE__);
    check("mirror -R dir", "directory/", 1, __LINE__);
    check("mirror x dir", "directory/", 1, __LINE__);
    check("mirror -R x dir", "", 0, __LINE__);
    check("mput ", "", 5, __LINE__); /* without what is hidden */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    rmdir("directory");
    CHECK(chdir(before) == 0);
    rmdir(folder);
}
