/* mirror_plan - see mirror_plan.h. */
#include "cli/ftp/mirror_plan.h"

#include "base/glob.h"

#include <assert.h>
#include <errno.h>

/* ---- order */

/* A "/" comes before every other octet, so that what lies in a directory follows it at
 * once ("a", "a/b", "a-b"). */
static int compare_paths(struct span a, struct span b)
{
    size_t least = a.len < b.len ? a.len : b.len, i = 0;
    while (i < least && a.at[i] == b.at[i])
        i++;
    if (i == least)
        return a.len < b.len ? -1 : a.len > b.len;
    int left = a.at[i] == '/' ? 0 : (unsigned char)a.at[i];
    int right = b.at[i] == '/' ? 0 : (unsigned char)b.at[i];
    return left < right ? -1 : 1;
}

static int compare_nodes(const void *a, const void *b)
{
    return compare_paths(((const struct node *)a)->path,
                         ((const struct node *)b)->path);
}

void tree_sort(struct tree *t)
{
    if (t->count > 1)
        qsort(t->nodes, t->count, sizeof *t->nodes, compare_nodes);
}

static bool lies_in(struct span path, struct span directory)
{
    return path.len > directory.len && path.at[directory.len] == '/' &&
           span_is(span_first(path, directory.len), directory);
}

/* ---- what is excluded */

static bool fits(struct span pattern, struct span path, bool is_directory)
{
    if (pattern.len > 0 && pattern.at[pattern.len - 1] == '/') {
        if (!is_directory)
            return false;
        pattern.len--;
    }
    const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
    if (slash && span_find(pattern, '/') == pattern.len)
        path = span_skip(path, (size_t)(slash - path.at) + 1);
    return glob_matches(pattern, path);
}

static bool one_fits(const struct span *patterns, size_t count, struct span path,
                     bool is_directory)
{
    for (size_t i = 0; i < count; i++)
        if (fits(patterns[i], path, is_directory))
            return true;
    return false;
}

static bool is_excluded_itself(const struct mirror_rules *r, struct span path,
                               bool is_directory)
{
    if (r->excludes == 0 && (r->includes == 0 || is_directory))
        return false;
    return (r->excludes == 0 ||
            one_fits(r->exclude, r->excludes, path, is_directory)) &&
           !one_fits(r->include, r->includes, path, is_directory);
}

bool mirror_is_excluded(const struct mirror_rules *r, struct span path,
                        bool is_directory)
{
    if (r->excludes == 0 && r->includes == 0)
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (path.at[i] == '/' && is_excluded_itself(r, span_first(path, i), true))
            return true;
    return is_excluded_itself(r, path, is_directory);
}

static bool is_excluded(const struct mirror_rules *r, const struct node *n)
{
    return mirror_is_excluded(r, n->path, n->type == NODE_DIRECTORY);
}

/* ---- the plan */

struct planning {
    const struct tree *here, *there;
    const struct mirror_rules *rules;
    struct mirror_plan *plan;
    size_t i, j; /* the next of here, of there */
};

static void act(struct planning *p, enum mirror_step step, const struct node *node,
                const struct node *there, const char *why)
{
    struct mirror_action *a = &p->plan->actions[p->plan->count++];
    *a = (struct mirror_action){ step, node, there, why };
    if (step == MIRROR_TRANSFER && node->size != UINT64_MAX)
        p->plan->octets += node->size;
}

/* The index behind what lies in the node at `at`. */
static size_t behind(const struct tree *t, size_t at)
{
    size_t end = at + 1;
    while (end < t->count && lies_in(t->nodes[end].path, t->nodes[at].path))
        end++;
    return end;
}

/* The node at j and all in it, the innermost first.  False: something had to stay. */
static bool remove_there(struct planning *p)
{
    size_t begin = p->j, end = behind(p->there, begin);
    const struct node *nodes = p->there->nodes, *kept = NULL;
    for (size_t at = end; at-- > begin;) {
        const struct node *n = &nodes[at];
        if (is_excluded(p->rules, n))
            kept = n;
        else if (kept && lies_in(kept->path, n->path))
            act(p, MIRROR_PASS_OVER, n, NULL, "it holds something excluded");
        else
            act(p, n->type == NODE_DIRECTORY ? MIRROR_REMOVE_DIRECTORY : MIRROR_REMOVE,
                n, NULL, NULL);
    }
    p->j = end;
    return !kept;
}

static void make_here(struct planning *p, const struct node *there)
{
    const struct node *h = &p->here->nodes[p->i++];
    if (h->type == NODE_DIRECTORY)
        act(p, MIRROR_MAKE_DIRECTORY, h, NULL, NULL);
    else
        act(p, MIRROR_TRANSFER, h, there, NULL);
}

static bool is_newer(const struct node *here, const struct node *there)
{
    return here->time != MIRROR_UNKNOWN_TIME && there->time != MIRROR_UNKNOWN_TIME &&
           here->time > there->time + there->coarse;
}

static bool is_wanted(const struct mirror_rules *r, const struct node *here,
                      const struct node *there)
{
    bool sized = here->size != UINT64_MAX && there->size != UINT64_MAX;
    return is_newer(here, there) ||
           (!r->only_newer && sized && here->size != there->size);
}

/* Both have this path, as two kinds of thing. */
static void replace(struct planning *p)
{
    const struct node *h = &p->here->nodes[p->i];
    if (p->rules->replace && remove_there(p)) {
        make_here(p, NULL);
        return;
    }
    if (!p->rules->replace) {
        act(p, MIRROR_PASS_OVER, h, NULL,
            h->type == NODE_DIRECTORY ? "there it is no directory"
                                      : "there it is no ordinary file");
        p->j = behind(p->there, p->j);
    }
    p->i = behind(p->here, p->i);
}

static void plan_both(struct planning *p)
{
    const struct node *h = &p->here->nodes[p->i], *t = &p->there->nodes[p->j];
    if (h->type == NODE_OTHER) {
        act(p, MIRROR_PASS_OVER, h, NULL, "it is a link or a device");
        p->i++;
        p->j = behind(p->there, p->j);
    } else if (h->type != t->type) {
        replace(p);
    } else {
        p->j++;
        if (h->type == NODE_FILE && is_wanted(p->rules, h, t))
            make_here(p, t);
        else
            p->i++;
    }
}

static void plan_here(struct planning *p)
{
    const struct node *h = &p->here->nodes[p->i];
    if (h->type != NODE_OTHER) {
        make_here(p, NULL);
        return;
    }
    act(p, MIRROR_PASS_OVER, h, NULL, "it is a link or a device");
    p->i++;
}

static void plan_there(struct planning *p, const struct node *t)
{
    if (!p->rules->remove || is_excluded(p->rules, t))
        p->j = behind(p->there, p->j);
    else
        remove_there(p);
}

static void plan_next(struct planning *p)
{
    const struct node *h = p->i < p->here->count ? &p->here->nodes[p->i] : NULL;
    const struct node *t = p->j < p->there->count ? &p->there->nodes[p->j] : NULL;
    assert(h || t);
    int order = h && t ? compare_paths(h->path, t->path) : 0;
    if (t && (!h || order > 0))
        plan_there(p, t);
    else if (h && is_excluded(p->rules, h))
        p->i = h->type == NODE_DIRECTORY ? behind(p->here, p->i) : p->i + 1;
    else if (t && order == 0)
        plan_both(p);
    else
        plan_here(p);
}

int mirror_plan(const struct tree *here, const struct tree *there,
                const struct mirror_rules *rules, struct arena *arena,
                struct mirror_plan *r)
{
    *r = (struct mirror_plan){ 0 };
    struct planning p = { .here = here, .there = there, .rules = rules, .plan = r };
    size_t most = here->count + there->count + 1; /* each node is acted on once */
    r->actions = arena_alloc(arena, most * sizeof *r->actions);
    if (!r->actions)
        return -ENOMEM;
    while (p.i < here->count || p.j < there->count)
        plan_next(&p);
    return 0;
}
