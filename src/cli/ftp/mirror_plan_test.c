#include "cli/ftp/mirror_plan.h"

#include "base/buf.h"
#include "base/own.h"
#include "test/unit.h"

enum { NODES_MAX = 16 };

/* "a/ a/b:10@5 l@": directories, files with size and time, something else. */
static void read_tree(const char *text, struct node nodes_r[NODES_MAX], struct tree *r)
{
    struct span rest = span_of(text);
    *r = (struct tree){ .nodes = nodes_r };
    while (rest.len > 0) {
        struct span word = span_first(rest, span_find(rest, ' '));
        rest = span_skip(rest, word.len < rest.len ? word.len + 1 : word.len);
        struct node n = { .path = span_first(word, span_find(word, ':')),
                          .time = MIRROR_UNKNOWN_TIME };
        struct span figures = span_skip(word, n.path.len);
        uint64_t time;
        if (span_take(&figures, SPAN(":")))
            span_take_number(&figures, UINT64_MAX, &n.size);
        if (span_take(&figures, SPAN("@")) && span_take_number(&figures, 1000, &time))
            n.time = (int64_t)time;
        if (span_take(&figures, SPAN("~")) && span_take_number(&figures, 1000, &time))
            n.coarse = (int64_t)time;
        char last = n.path.len ? n.path.at[n.path.len - 1] : '\0';
        n.type = last == '/' ? NODE_DIRECTORY : last == '@' ? NODE_OTHER : NODE_FILE;
        n.path.len -= n.type != NODE_FILE;
        r->nodes[r->count++] = n;
    }
    tree_sort(r);
}

static void print_plan(struct buf *b, const struct mirror_plan *plan)
{
    static const char *const names[] = { "make", "get", "rm", "rmdir", "pass" };
    for (size_t i = 0; i < plan->count; i++)
        buf_printf(b, "%s%s %.*s", i ? ", " : "", names[plan->actions[i].step],
                   SPAN_ARG(plan->actions[i].node->path));
}

static void check_plan(const char *here, const char *there,
                       const struct mirror_rules *rules, const char *wanted, int line)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct node here_nodes[NODES_MAX], there_nodes[NODES_MAX];
    struct tree from, to;
    struct mirror_plan plan;
    struct buf b = { .max = 4096 };
    read_tree(here, here_nodes, &from);
    read_tree(there, there_nodes, &to);
    CHECK_EQ_INT(mirror_plan(&from, &to, rules, arena, &plan), 0);
    print_plan(&b, &plan);
    unit_equal_span(buf_span(&b), span_of(wanted), __FILE__, line, wanted);
    buf_free(&b);
}

TEST(mirror_plans_what_is_missing_or_other)
{
    const struct mirror_rules rules = { 0 };
    static const struct {
        const char *here, *there, *plan;
    } rows[] = {
        { "", "", "" },
        { "a:1", "", "get a" },
        { "", "a:1", "" },
        { "d/ d/a:1 d-e:1", "", "make d, get d/a, get d-e" },
        { "d-e:1 d/a:1 d/", "d/ d-e:1", "get d/a" }, /* however it was sorted */
        { "a:1", "a:1", "" },
        { "a:1", "a:2", "get a" },
        { "a:1@9", "a:1@8", "get a" },
        { "a:1@8", "a:1@9", "" },
        { "a:1@8", "a:2@9", "get a" },
        { "a:1@60", "a:1@0~59", "get a" },
        { "a:1@59", "a:1@0~59", "" }, /* LIST has told only the minute */
        { "a:1@9", "a:1", "" },       /* who knows when? */
        { "l@ a:1", "", "get a, pass l" },
        { "l@", "l:1", "pass l" },
        { "a:1", "a@", "pass a" }, /* a local link is not followed */
        { "a:1", "a/ a/b:1", "pass a" },
        { "a/ a/b:1 c:1", "a:1", "pass a, get c" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_plan(rows[i].here, rows[i].there, &rules, rows[i].plan, __LINE__);
}

TEST(mirror_plans_only_what_is_newer)
{
    const struct mirror_rules rules = { .only_newer = true };
    check_plan("a:1@8", "a:2@9", &rules, "", __LINE__);
    check_plan("a:1@9", "a:2@8", &rules, "get a", __LINE__);
    check_plan("a:1 b:1", "a:2", &rules, "get b", __LINE__);
}

TEST(mirror_plans_removals)
{
    struct mirror_rules rules = { .remove = true };
    check_plan("", "a:1", &rules, "rm a", __LINE__);
    check_plan("", "d/ d/e/ d/e/f:1 d/g@", &rules,
               "rm d/g, rm d/e/f, rmdir d/e, rmdir d", __LINE__);
    check_plan("d/", "d/ d/x:1", &rules, "rm d/x", __LINE__);
    check_plan("l@", "l/ l/x:1", &rules, "pass l", __LINE__);
    check_plan("a:1", "a/ a/b:1 c:1", &rules, "pass a, rm c", __LINE__);
    rules.replace = true;
    check_plan("a:1", "a/ a/b:1 c:1", &rules, "rm a/b, rmdir a, get a, rm c", __LINE__);
    check_plan("a/ a/b:1", "a:1", &rules, "rm a, make a, get a/b", __LINE__);
    check_plan("a:1", "a@", &rules, "rm a, get a", __LINE__);
}

TEST(mirror_passes_over_what_is_excluded)
{
    struct mirror_rules rules = { .remove = true, .replace = true };
    rules.exclude[rules.excludes++] = SPAN("*.o");
    rules.exclude[rules.excludes++] = SPAN(".git/");
    rules.exclude[rules.excludes++] = SPAN("doc/*.tmp");
    rules.include[rules.includes++] = SPAN("keep.o");
    check_plan("a.c:1 a.o:1 keep.o:1 x/ x/b.o:1", "", &rules,
               "get a.c, get keep.o, make x", __LINE__);
    check_plan("", "a.o:1", &rules, "", __LINE__);
    check_plan(".git/ .git/x:1", "", &rules, "", __LINE__);
    check_plan("", ".git/ .git/x:1", &rules, "", __LINE__);
    check_plan(".git:1", "", &rules, "get .git", __LINE__);
    check_plan("doc/ doc/a.tmp:1 a.tmp:1", "", &rules, "get a.tmp, make doc", __LINE__);
    check_plan("", "d/ d/a.o:1 d/b:1 e/ e/f/", &rules,
               "rm d/b, pass d, rmdir e/f, rmdir e", __LINE__);
    check_plan("d:1", "d/ d/a.o:1", &rules, "pass d", __LINE__);
}

TEST(mirror_takes_only_what_is_included)
{
    struct mirror_rules rules = { .remove = true };
    rules.include[rules.includes++] = SPAN("*.c");
    check_plan("a.c:1 a.h:1 d/ d/b.c:1 d/b.h:1", "z.c:1 z.h:1", &rules,
               "get a.c, make d, get d/b.c, rm z.c", __LINE__);
}
