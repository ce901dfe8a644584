/* files - files there: removed, renamed, changed, summed up. */
#include "cli/ftp/commands.h"
#include "cli/ftp/crew.h"
#include "cli/ftp/names.h"
#include "cli/ftp/tree.h"

#include "base/buf.h"

#include <errno.h>

/* ---- rm */

static int remove_one(struct call *c, const char *path, bool is_directory)
{
    struct ftp_client *client = c->shell->client;
    int error =
        is_directory ? ftp_remove_directory(client, path) : ftp_remove(client, path);
    return call_met(c, client, error, path);
}

/* All that lies in it, the innermost first, and itself. */
static int remove_tree(struct call *c, const char *top)
{
    static const struct mirror_rules all = { 0 };
    struct tree tree;
    struct crew crew;
    unsigned failed;
    crew_open(&crew, c, 1);
    int error = tree_remote(&crew, top, &all, &tree, &failed);
    crew_close(&crew);
    int code = error || failed ? EXIT_FAILURE_ : EXIT_SUCCESS;
    for (size_t i = tree.count; i-- > 0 && code == EXIT_SUCCESS;) {
        const char *path = path_join(c->arena, top, tree.nodes[i].path.at);
        code = shell_interrupted(c->shell) || !path
                   ? EXIT_FAILURE_
                   : remove_one(c, path, tree.nodes[i].type == NODE_DIRECTORY);
    }
    tree_free(&tree);
    return code == EXIT_SUCCESS ? remove_one(c, top, true) : code;
}

static bool is_directory(struct call *c, const struct name *n)
{
    struct ftp_entry e;
    if (n->is_listed)
        return n->type == FTP_DIRECTORY;
    return ftp_stat(c->shell->client, n->path, &e) == 0 &&
           (e.type == FTP_DIRECTORY || e.type == FTP_HERE);
}

int ftp_do_rm(struct call *c)
{
    struct names names;
    bool deep = call_flag(c, 'r', "recursive");
    int code = EXIT_SUCCESS;
    if (!call_words(c, 1, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (names_remote(c, 0, c->count, &names) != 0)
        return EXIT_FAILURE_;
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++) {
        const struct name *n = &names.at[i];
        int one;
        if (deep && is_directory(c, n))
            one = remove_tree(c, n->path);
        else if (n->is_listed && n->type == FTP_DIRECTORY)
            one = call_fail(c, "%s is a directory; -r removes it", n->path);
        else
            one = remove_one(c, n->path, false);
        code = one ? one : code;
    }
    return code;
}

/* ---- mv, chmod, hash */

int ftp_do_mv(struct call *c)
{
    struct names names;
    int code = EXIT_SUCCESS;
    if (!call_words(c, 2, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (names_remote(c, 0, c->count - 1, &names) != 0)
        return EXIT_FAILURE_;
    struct name to = { .path = c->words[c->count - 1].text };
    size_t len = strlen(to.path);
    bool into =
        names.count > 1 || (len > 0 && to.path[len - 1] == '/') || is_directory(c, &to);
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++) {
        const char *from = names.at[i].path;
        const char *name =
            into ? path_join(c->arena, to.path, path_base(from)) : to.path;
        int error = name ? ftp_rename(c->shell->client, from, name) : -ENOMEM;
        if (call_met(c, c->shell->client, error, from) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
    }
    return code;
}

static bool take_mode(const char *text, unsigned *mode_r)
{
    unsigned mode = 0;
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        mode = mode << 3 | (unsigned)(text[i] - '0');
    }
    *mode_r = mode;
    return len > 0 && len <= 4;
}

int ftp_do_chmod(struct call *c)
{
    struct names names;
    unsigned mode;
    int code = EXIT_SUCCESS;
    if (!call_words(c, 2, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (!take_mode(c->words[0].text, &mode))
        return call_usage(c, "a mode has three or four digits from 0 to 7");
    if (names_remote(c, 1, c->count, &names) != 0)
        return EXIT_FAILURE_;
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++) {
        int error = ftp_set_mode(c->shell->client, names.at[i].path, mode);
        if (call_met(c, c->shell->client, error, names.at[i].path) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
    }
    return code;
}

/* draft-bryan-ftpext-hash-02, and what was there before it. */
static int ask_hash(struct call *c, const char *path)
{
    static const char *const commands[] = { "HASH", "XSHA256", "XSHA1", "XMD5",
                                            "XCRC" };
    struct ftp_client *client = c->shell->client;
    int error = -EOPNOTSUPP;
    for (size_t i = 0; i < sizeof commands / sizeof *commands && error == -EOPNOTSUPP;
         i++) {
        struct buf line = { .max = CALL_OCTETS_MAX };
        error = buf_printf(&line, "%s %s", commands[i], path);
        if (!error)
            error = buf_put(&line, span_at("", 1));
        if (!error)
            error = ftp_command(client, line.at);
        buf_free(&line);
        if (!error && i == 0)
            call_print(c, "%.*s", SPAN_ARG(ftp_reply_text(client)));
        else if (!error)
            call_print(c, "%s %.*s %s", commands[i] + 1,
                       SPAN_ARG(ftp_reply_text(client)), path);
    }
    return call_met(c, client, error, path);
}

int ftp_do_hash(struct call *c)
{
    struct names names;
    int code = EXIT_SUCCESS;
    if (!call_words(c, 1, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (names_remote(c, 0, c->count, &names) != 0)
        return EXIT_FAILURE_;
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++)
        if (ask_hash(c, names.at[i].path) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
    return code;
}
