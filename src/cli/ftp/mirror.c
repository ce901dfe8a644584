/* mirror - a directory here as one there is, or the other way round: both trees are read,
 * mirror_plan says what is to be done, and several connections do it. */
#include "base/own.h"
#include "cli/ftp/columns.h"
#include "cli/ftp/commands.h"
#include "cli/ftp/errand.h"
#include "cli/ftp/names.h"
#include "cli/ftp/tree.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct mirror {
    struct call *call;
    struct crew crew;
    struct mirror_rules rules;
    bool up, dry_run, check;
    const char *remote, *local; /* the tops */
    int top;                    /* the local one, open; -1: it is not there (dry run) */
    struct tree here, there;
    struct mirror_plan plan;
    size_t next; /* the action that is looked at next */
    bool no_times;
    size_t files, made, removed, failed;
    uint64_t octets;
};

/* ---- the trees */

/* The directory there, to be filled: made where it is missing. */
static int read_remote_target(struct mirror *m, unsigned *failed)
{
    struct ftp_client *client = m->call->shell->client;
    struct ftp_entry e;
    int error = *m->remote ? ftp_stat(client, m->remote, &e) : 0;
    if (error == -ENOENT && m->dry_run)
        return 0;
    if (error == -ENOENT)
        error = ftp_make_directory(client, m->remote);
    else
        error = 0; /* the listing says what is wrong with it */
    if (error) {
        call_met(m->call, client, error, m->remote);
        return error;
    }
    return tree_remote(&m->crew, m->remote, &m->rules, &m->there, failed);
}

static int open_local(struct mirror *m)
{
    if (!m->up && !m->dry_run && mkdir(m->local, 0777) < 0 && errno != EEXIST)
        return -errno;
    m->top = open(m->local, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return m->top < 0 && !(errno == ENOENT && m->dry_run && !m->up) ? -errno : 0;
}

static int read_trees(struct mirror *m)
{
    unsigned here = 0, there = 0;
    int error = open_local(m);
    if (error) {
        call_fail(m->call, "%s: %s", m->local, strerror(-error));
        return error;
    }
    if (m->up)
        error = tree_local(m->call, m->top, &m->rules, &m->here, &here);
    else
        error = tree_remote(&m->crew, m->remote, &m->rules, &m->here, &here);
    if (!error && m->up)
        error = read_remote_target(m, &there);
    else if (!error && m->top >= 0)
        error = tree_local(m->call, m->top, &m->rules, &m->there, &there);
    m->failed += here + there;
    if (here > 0 && m->rules.remove) { /* what was not seen is not missing */
        call_fail(m->call, "nothing is removed, since not all could be read");
        m->rules.remove = false;
    }
    return error;
}

/* ---- the work: removals and directories, in the plan's order */

/* The parent of a path below the top, open; -errno. */
static int open_parent(const struct mirror *m, const char *path)
{
    const char *slash = strrchr(path, '/');
    char parent[TREE_PATH_MAX + 1] = ".";
    if (slash)
        span_to_string(span_at(path, (size_t)(slash - path)), parent, sizeof parent);
    return dir_open(m->top, parent);
}

static int change_local(struct mirror *m, const struct mirror_action *a)
{
    const char *path = a->node->path.at;
    OWN(fd_close) int parent = open_parent(m, path);
    if (parent < 0)
        return parent;
    int made;
    if (a->step == MIRROR_MAKE_DIRECTORY)
        made = mkdirat(parent, path_base(path), 0777);
    else
        made = unlinkat(parent, path_base(path),
                        a->step == MIRROR_REMOVE_DIRECTORY ? AT_REMOVEDIR : 0);
    return made < 0 ? -errno : 0;
}

static int change_remote(struct mirror *m, const struct mirror_action *a)
{
    struct ftp_client *client = m->call->shell->client;
    const char *path = path_join(m->call->arena, m->remote, a->node->path.at);
    if (!path)
        return -ENOMEM;
    if (a->step == MIRROR_MAKE_DIRECTORY)
        return ftp_make_directory(client, path);
    return a->step == MIRROR_REMOVE_DIRECTORY ? ftp_remove_directory(client, path)
                                              : ftp_remove(client, path);
}

static void change(struct mirror *m, const struct mirror_action *a)
{
    int error = m->up ? change_remote(m, a) : change_local(m, a);
    if (error) {
        call_met(m->call, m->up ? m->call->shell->client : NULL, error,
                 a->node->path.at);
        m->failed++;
    } else if (a->step == MIRROR_MAKE_DIRECTORY) {
        m->made++;
    } else {
        m->removed++;
    }
}

/* ---- the work: transfers */

static void transfer(struct mirror *m, struct ftp_client *client, const struct node *n)
{
    struct arena *arena = m->call->arena;
    const char *slash = memrchr(n->path.at, '/', n->path.len);
    size_t above = slash ? (size_t)(slash - n->path.at) : 0;
    struct errand e = { .remote = path_join(arena, m->remote, n->path.at),
                        .top = m->top,
                        .directory = arena_copy(arena, span_first(n->path, above)).at,
                        .local = path_base(n->path.at),
                        .size = n->size,
                        .time = n->coarse == 0 ? n->time : INT64_MIN,
                        .check = m->check,
                        .more = true,
                        .keep_time = m->up && !m->no_times };
    int error = !e.remote || !e.directory ? -ENOMEM
                : m->up                   ? errand_put(m->call, client, &e)
                                          : errand_get(m->call, client, &e);
    m->no_times = m->no_times || e.no_times_r;
    m->octets += e.octets_r;
    m->files += !error;
    m->failed += error != 0;
}

static enum crew_step transfer_next(void *mirror, struct ftp_client *client)
{
    struct mirror *m = mirror;
    while (m->next < m->plan.count) {
        const struct mirror_action *a = &m->plan.actions[m->next++];
        if (a->step != MIRROR_TRANSFER)
            continue;
        transfer(m, client, a->node);
        return CREW_ON;
    }
    return CREW_END;
}

static void run_plan(struct mirror *m)
{
    size_t transfers = 0;
    for (size_t i = 0; i < m->plan.count && !shell_interrupted(m->call->shell); i++) {
        const struct mirror_action *a = &m->plan.actions[i];
        if (a->step == MIRROR_PASS_OVER)
            shell_note(m->call->shell, "%s is passed over: %s", a->node->path.at,
                       a->why);
        else if (a->step == MIRROR_TRANSFER)
            transfers++;
        else
            change(m, a);
    }
    if (transfers > 0 && !shell_interrupted(m->call->shell))
        crew_run(&m->crew,
                 transfers < m->crew.hands ? (unsigned)transfers : m->crew.hands,
                 transfer_next, m);
}

static void print_plan(const struct mirror *m)
{
    static const char *const names[] = {
        [MIRROR_MAKE_DIRECTORY] = "make", [MIRROR_TRANSFER] = "transfer",
        [MIRROR_REMOVE] = "remove",       [MIRROR_REMOVE_DIRECTORY] = "remove",
        [MIRROR_PASS_OVER] = "pass over",
    };
    for (size_t i = 0; i < m->plan.count; i++) {
        const struct mirror_action *a = &m->plan.actions[i];
        bool is_directory =
            a->step == MIRROR_MAKE_DIRECTORY || a->step == MIRROR_REMOVE_DIRECTORY;
        call_print(m->call, "%-9s  %s%s%s%s", names[a->step], a->node->path.at,
                   is_directory ? "/" : "", a->why ? ": " : "", a->why ? a->why : "");
    }
}

/* ---- the command */

static bool take_globs(struct call *c, char letter, const char *name,
                       struct span globs_r[MIRROR_GLOBS_MAX], size_t *count)
{
    const char *glob;
    while ((glob = call_next_option(c, letter, name))) {
        if (*count == MIRROR_GLOBS_MAX) {
            call_usage(c, "that is more than %d of --%s", MIRROR_GLOBS_MAX, name);
            return false;
        }
        globs_r[(*count)++] = span_of(glob);
    }
    return true;
}

static bool take_options(struct mirror *m, unsigned *parallel)
{
    struct call *c = m->call;
    m->up = call_flag(c, 'R', "reverse");
    m->dry_run = call_flag(c, '\0', "dry-run");
    m->check = call_flag(c, '\0', "check");
    m->rules.remove = call_flag(c, 'e', "delete");
    m->rules.only_newer = call_flag(c, 'n', "only-newer");
    m->rules.replace = call_flag(c, '\0', "replace");
    *parallel = c->shell->parallel;
    return call_number(c, 'P', "parallel", 1, PARALLEL_MOST, parallel) &&
           take_globs(c, 'X', "exclude", m->rules.exclude, &m->rules.excludes) &&
           take_globs(c, 'I', "include", m->rules.include, &m->rules.includes) &&
           call_words(c, 0, 2);
}

/* FROM alone is mirrored to its own name; with a "/" behind it, or none, to here. */
static int take_tops(struct mirror *m)
{
    struct call *c = m->call;
    struct name from = { .path = m->up ? "." : "" };
    int error = 0;
    if (c->count > 0)
        error = m->up ? name_local(c, 0, &from) : name_remote(c, 0, &from);
    if (error)
        return error;
    const char *to = c->count > 1 ? c->words[1].text : path_base(from.path);
    if (c->count > 1 && !m->up)
        to = local_word(c, &c->words[1]);
    if (strcmp(to, "..") == 0 && c->count < 2)
        to = ".";
    m->remote = m->up ? (strcmp(to, ".") == 0 ? "" : to) : from.path;
    m->local = m->up ? from.path : *to ? to : ".";
    if (c->count < 2 && !m->up && strcmp(m->local, ".") != 0 &&
        !name_is_single(span_of(m->local))) {
        call_fail(c, "%s: that is no name for a directory here; say one", m->local);
        return -EINVAL;
    }
    return 0;
}

static void say_result(const struct mirror *m)
{
    struct buf size = { .max = 64 };
    put_size(&size, m->octets);
    shell_note(m->call->shell,
               "%zu transferred (%.*s), %zu made, %zu removed, %zu failed", m->files,
               SPAN_ARG(buf_span(&size)), m->made, m->removed, m->failed);
    buf_free(&size);
}

static int mirror_both(struct mirror *m)
{
    if (read_trees(m) != 0)
        return EXIT_FAILURE_;
    int error = mirror_plan(&m->here, &m->there, &m->rules, m->call->arena, &m->plan);
    if (error)
        return call_fail(m->call, "%s", strerror(-error));
    if (m->dry_run) {
        print_plan(m);
    } else {
        run_plan(m);
        say_result(m);
    }
    return m->failed > 0 || shell_interrupted(m->call->shell) ? EXIT_FAILURE_
                                                              : EXIT_SUCCESS;
}

int ftp_do_mirror(struct call *c)
{
    struct mirror *m = ARENA_NEW(c->arena, struct mirror);
    unsigned parallel;
    if (!m)
        return call_fail(c, "%s", strerror(ENOMEM));
    *m = (struct mirror){ .call = c, .top = -1 };
    if (!take_options(m, &parallel))
        return EXIT_USAGE;
    if (take_tops(m) != 0)
        return EXIT_FAILURE_;
    crew_open(&m->crew, c, parallel);
    int code = mirror_both(m);
    crew_close(&m->crew);
    tree_free(&m->here);
    tree_free(&m->there);
    fd_close(&m->top);
    return code;
}
