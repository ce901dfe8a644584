/* directories - where we are, there and here; and directories made and removed. */
#include "base/glob.h"
#include "cli/ftp/commands.h"
#include "cli/ftp/crew.h"
#include "cli/ftp/names.h"
#include "cli/ftp/tree.h"

#include <errno.h>
#include <unistd.h>

/* ---- where we are */

int ftp_do_cd(struct call *c)
{
    struct name n = { .path = c->shell->place.path };
    if (!call_words(c, 0, 1))
        return EXIT_USAGE;
    if (c->count == 0 && !*n.path)
        n.path = c->shell->home;
    if (c->count > 0 && name_remote(c, 0, &n) != 0)
        return EXIT_FAILURE_;
    return call_met(c, c->shell->client, ftp_change(c->shell->client, n.path), n.path);
}

int ftp_do_cdup(struct call *c)
{
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    return call_met(c, c->shell->client, ftp_change(c->shell->client, ".."), "..");
}

int ftp_do_pwd(struct call *c)
{
    const char *directory = "";
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    int error = ftp_directory(c->shell->client, &directory);
    if (!error)
        call_print(c, "%s", directory);
    return call_met(c, c->shell->client, error, NULL);
}

int ftp_do_lcd(struct call *c)
{
    const char *home = getenv("HOME");
    struct name n = { .path = home ? home : "/" };
    if (!call_words(c, 0, 1))
        return EXIT_USAGE;
    if (c->count > 0 && name_local(c, 0, &n) != 0)
        return EXIT_FAILURE_;
    return chdir(n.path) < 0 ? call_fail(c, "%s: %s", n.path, strerror(errno))
                             : EXIT_SUCCESS;
}

int ftp_do_lpwd(struct call *c)
{
    char directory[4096];
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    if (!getcwd(directory, sizeof directory))
        return call_fail(c, "%s", strerror(errno));
    call_print(c, "%s", directory);
    return EXIT_SUCCESS;
}

/* ---- made and removed */

static int make_all_above(struct call *c, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        struct span above = arena_copy(c->arena, span_at(path, (size_t)(slash - path)));
        if (!above.at)
            return -ENOMEM;
        int error = ftp_make_directory(c->shell->client, above.at);
        if (error == -ECANCELED || error == -ETIMEDOUT)
            return error;
    }
    return 0; /* the last one says whether it was of use */
}

static bool is_directory(struct call *c, const char *path)
{
    struct ftp_entry e;
    return ftp_stat(c->shell->client, path, &e) == 0 &&
           (e.type == FTP_DIRECTORY || e.type == FTP_HERE);
}

int ftp_do_mkdir(struct call *c)
{
    bool above = call_flag(c, 'p', "parents");
    int code = EXIT_SUCCESS;
    if (!call_words(c, 1, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    for (size_t i = 0; i < c->count && !shell_interrupted(c->shell); i++) {
        const char *path = c->words[i].text;
        int error = above ? make_all_above(c, path) : 0;
        if (!error)
            error = ftp_make_directory(c->shell->client, path);
        if (error && above && is_directory(c, path))
            error = 0;
        if (call_met(c, c->shell->client, error, path) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
    }
    return code;
}

int ftp_do_rmdir(struct call *c)
{
    struct names names;
    int code = EXIT_SUCCESS;
    if (!call_words(c, 1, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (names_remote(c, 0, c->count, &names) != 0)
        return EXIT_FAILURE_;
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++) {
        const char *path = names.at[i].path;
        int error = ftp_remove_directory(c->shell->client, path);
        if (call_met(c, c->shell->client, error, path) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
    }
    return code;
}

/* ---- all that lies below */

/* The tree below the first word, or below where we are. */
static int take_tree(struct call *c, const char **top_r, struct tree *r)
{
    static const struct mirror_rules all = { 0 };
    struct name n = { .path = "" };
    struct crew crew;
    unsigned failed;
    *top_r = "";
    if (c->count > 0 && name_remote(c, 0, &n) != 0)
        return EXIT_FAILURE_;
    *top_r = n.path;
    crew_open(&crew, c, c->shell->parallel);
    int error = tree_remote(&crew, n.path, &all, r, &failed);
    crew_close(&crew);
    return error || failed ? EXIT_FAILURE_ : EXIT_SUCCESS;
}

static bool is_wanted(struct span path, const char *pattern)
{
    const char *slash = memrchr(path.at, '/', path.len);
    struct span base = slash ? span_skip(path, (size_t)(slash - path.at) + 1) : path;
    return !pattern || glob_matches(span_of(pattern), base);
}

int ftp_do_find(struct call *c)
{
    const char *top;
    struct tree tree = { 0 };
    if (!call_words(c, 0, 2))
        return EXIT_USAGE;
    const char *pattern = c->count > 1 ? c->words[1].pattern : NULL;
    int code = take_tree(c, &top, &tree);
    for (size_t i = 0; i < tree.count; i++) {
        const struct node *n = &tree.nodes[i];
        if (!is_wanted(n->path, pattern))
            continue;
        const char *path = path_join(c->arena, top, n->path.at);
        call_print(c, "%s%s", path ? path : "", n->type == NODE_DIRECTORY ? "/" : "");
    }
    tree_free(&tree);
    return code;
}

/* What the node's path has below it follows it at once. */
static uint64_t octets_in(const struct tree *t, size_t at)
{
    size_t len = t->nodes[at].path.len;
    uint64_t octets = 0;
    for (size_t i = at + 1; i < t->count; i++) {
        const struct node *n = &t->nodes[i];
        if (n->path.len <= len || n->path.at[len] != '/' ||
            memcmp(n->path.at, t->nodes[at].path.at, len) != 0)
            break;
        if (n->type == NODE_FILE && n->size != UINT64_MAX)
            octets += n->size;
    }
    return octets;
}

static uint64_t print_sizes(struct call *c, const char *top, const struct tree *t,
                            bool summary)
{
    uint64_t all = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct node *n = &t->nodes[i];
        if (n->type == NODE_FILE && n->size != UINT64_MAX)
            all += n->size;
        if (n->type != NODE_DIRECTORY || summary)
            continue;
        uint64_t octets = octets_in(t, i);
        const char *path = path_join(c->arena, top, n->path.at);
        call_print(c, "%12llu  %s", (unsigned long long)octets, path ? path : "");
    }
    return all;
}

int ftp_do_du(struct call *c)
{
    const char *top;
    struct tree tree = { 0 };
    bool summary = call_flag(c, 's', "summarize");
    if (!call_words(c, 0, 1))
        return EXIT_USAGE;
    int code = take_tree(c, &top, &tree);
    uint64_t all = print_sizes(c, top, &tree, summary);
    if (code == EXIT_SUCCESS || tree.count > 0)
        call_print(c, "%12llu  %s", (unsigned long long)all, *top ? top : ".");
    tree_free(&tree);
    return code;
}
