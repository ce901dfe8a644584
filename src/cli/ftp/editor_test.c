#include "cli/ftp/editor.h"

#include "base/own.h"
#include "test/unit.h"

TEST(editor_keeps_no_password)
{
    static const struct {
        const char *line;
        bool may;
    } rows[] = {
        { "ls", true },
        { "get a b", true },
        { "open bob@host", true },
        { "open ftp://bob:ketchup@host/", false },
        { "ls; open ftp://bob:ketchup@host/", false },
        { "open bob:ketchup@host", false },
        { "user", true },
        { "user bob", false },
        { "quote PASS ketchup", false },
        { "bookmarks add x ftp://bob:ketchup@host", false },
        { "bookmarks", true },
        { " ls", false }, /* as shells have it */
        { "", false },
        { "get 'a", true },
    };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        unit_equal_int(editor_may_keep(span_of(rows[i].line), arena), rows[i].may,
                       __FILE__, __LINE__, rows[i].line);
}
