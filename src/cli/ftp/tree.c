/* tree - see tree.h. */
#include "cli/ftp/tree.h"

#include "base/own.h"
#include "cli/ftp/names.h"
#include "os/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    struct call *call;
    const struct mirror_rules *rules;
    const char *top;
    struct tree *tree;
    size_t room;
    size_t next;   /* the node that is looked at next */
    bool top_done; /* it was begun */
    unsigned failed;
    int error; /* that ends it */
};

/* One directory while it is listed. */
struct level {
    struct walk *walk;
    struct span path; /* below the top; empty: the top */
};

void tree_free(struct tree *t)
{
    free(t->nodes);
    *t = (struct tree){ 0 };
}

/* ---- nodes */

static int make_room(struct walk *w)
{
    if (w->tree->count == TREE_NODES_MAX)
        return -E2BIG;
    if (w->tree->count < w->room)
        return 0;
    size_t room = w->room ? 2 * w->room : 256;
    struct node *nodes = realloc(w->tree->nodes, room * sizeof *nodes);
    if (!nodes)
        return -ENOMEM;
    w->tree->nodes = nodes;
    w->room = room;
    return 0;
}

static int add(const struct level *l, struct span name, struct node node)
{
    struct walk *w = l->walk;
    size_t len = l->path.len + (l->path.len > 0) + name.len;
    int error = len > TREE_PATH_MAX ? -ENAMETOOLONG : make_room(w);
    char *path = error ? NULL : arena_alloc(w->call->arena, len + 1);
    if (!path)
        return error ? error : -ENOMEM;
    snprintf(path, len + 1, "%.*s%s%.*s", SPAN_ARG(l->path), l->path.len ? "/" : "",
             SPAN_ARG(name));
    node.path = span_at(path, len);
    w->tree->nodes[w->tree->count++] = node;
    return 0;
}

/* The next directory to be listed; false: there is none as yet. */
static bool take_level(struct walk *w, struct level *r)
{
    *r = (struct level){ .walk = w };
    if (!w->top_done) {
        w->top_done = true;
        return true;
    }
    while (w->next < w->tree->count) {
        const struct node *n = &w->tree->nodes[w->next++];
        r->path = n->path;
        if (n->type == NODE_DIRECTORY && !mirror_is_excluded(w->rules, n->path, true))
            return true;
    }
    return false;
}

/* What came of one directory. */
static void note(struct walk *w, const struct level *l, struct ftp_client *client,
                 int error)
{
    const char *name = l->path.len ? l->path.at : *w->top ? w->top : ".";
    if (!error || shell_interrupted(w->call->shell))
        return;
    call_met(w->call, error == -E2BIG || error == -ENOMEM ? NULL : client, error, name);
    w->failed++;
    if (l->path.len == 0 || error == -E2BIG || error == -ENOMEM)
        w->error = error;
}

static int end(struct walk *w, unsigned *failed_r)
{
    tree_sort(w->tree);
    *failed_r = w->failed;
    if (shell_interrupted(w->call->shell))
        w->error = -ECANCELED;
    if (w->error)
        tree_free(w->tree);
    return w->error;
}

/* ---- there */

static int on_entry(void *level, const struct ftp_entry *e)
{
    if (e->type == FTP_HERE || e->type == FTP_ABOVE)
        return 0;
    struct node n = {
        .type = e->type == FTP_FILE        ? NODE_FILE
                : e->type == FTP_DIRECTORY ? NODE_DIRECTORY
                                           : NODE_OTHER,
        .size = e->has_size ? e->size : UINT64_MAX,
        .time = e->has_time ? e->time : MIRROR_UNKNOWN_TIME,
        .mode = e->has_mode ? e->mode : 0,
        /* LIST tells the minute, or the day */
        .coarse = e->time_is_exact       ? 0
                  : e->time % 86400 == 0 ? 86399
                                         : 59,
    };
    int error = add(level, e->name, n);
    return error == -ENAMETOOLONG ? 0 : error;
}

static enum crew_step list_one(void *walk, struct ftp_client *client)
{
    struct walk *w = walk;
    struct level l;
    if (w->error)
        return CREW_END;
    if (!take_level(w, &l))
        return CREW_WAIT;
    const char *path =
        l.path.len ? path_join(w->call->arena, w->top, l.path.at) : w->top;
    note(w, &l, client, path ? ftp_list(client, path, on_entry, &l, NULL) : -ENOMEM);
    return CREW_ON;
}

int tree_remote(struct crew *crew, const char *top, const struct mirror_rules *rules,
                struct tree *r, unsigned *failed_r)
{
    struct walk w = { .call = crew->call, .rules = rules, .top = top, .tree = r };
    *r = (struct tree){ 0 };
    crew_run(crew, crew->hands, list_one, &w);
    return end(&w, failed_r);
}

/* ---- here */

static int add_file(const struct level *l, int dir, const char *name)
{
    struct stat facts;
    if (fstatat(dir, name, &facts, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno; /* it has just gone */
    struct node n = {
        .type = S_ISREG(facts.st_mode)   ? NODE_FILE
                : S_ISDIR(facts.st_mode) ? NODE_DIRECTORY
                                         : NODE_OTHER,
        .size = (uint64_t)facts.st_size,
        .time = facts.st_mtime,
        .mode = facts.st_mode & 07777,
    };
    return add(l, span_of(name), n);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int list_here(const struct level *l, int top)
{
    OWN(fd_close) int fd = dir_open(top, l->path.len ? l->path.at : ".");
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    int error = dir ? 0 : fd < 0 ? fd : -errno;
    if (!dir)
        return error;
    fd = -1; /* the DIR's now */
    while (!error && (e = readdir(dir)))
        error = is_dots(e->d_name) ? 0 : add_file(l, dirfd(dir), e->d_name);
    closedir(dir);
    return error;
}

int tree_local(struct call *c, int top, const struct mirror_rules *rules,
               struct tree *r, unsigned *failed_r)
{
    struct walk w = { .call = c, .rules = rules, .top = ".", .tree = r };
    struct level l;
    *r = (struct tree){ 0 };
    while (!w.error && take_level(&w, &l))
        note(&w, &l, NULL, list_here(&l, top));
    return end(&w, failed_r);
}
