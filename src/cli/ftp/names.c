/* names - see names.h. */
#include "cli/ftp/names.h"

#include "base/glob.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

/* ---- paths */

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *path_join(struct arena *arena, const char *directory, const char *name)
{
    size_t before = strlen(directory), len = strlen(name);
    bool slash = before > 0 && directory[before - 1] != '/';
    char *path = arena_alloc(arena, before + len + 2);
    if (path)
        snprintf(path, before + len + 2, "%s%s%s", directory, slash ? "/" : "", name);
    return path;
}

/* ---- lists of names */

int names_add(struct arena *arena, struct names *to, const struct name *name)
{
    if (to->count == NAMES_MAX)
        return -E2BIG;
    if (to->count == to->room) {
        size_t room = to->room ? 2 * to->room : 16;
        struct name *at = arena_alloc(arena, room * sizeof *at);
        if (!at)
            return -ENOMEM;
        if (to->count)
            memcpy(at, to->at, to->count * sizeof *at);
        to->at = at;
        to->room = room;
    }
    to->at[to->count++] = *name;
    return 0;
}

int names_add_entry(struct arena *arena, struct names *to, const char *directory,
                    const struct ftp_entry *e)
{
    struct span copy = arena_copy(arena, e->name);
    struct name name = {
        .path = copy.at ? path_join(arena, directory, copy.at) : NULL,
        .is_listed = true,
        .type = e->type,
        .size = e->has_size ? e->size : PROGRESS_UNKNOWN,
        .time = e->has_time ? e->time : INT64_MIN,
        .time_is_exact = e->time_is_exact,
        .mode = e->has_mode ? e->mode : 0,
    };
    return name.path ? names_add(arena, to, &name) : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->path, ((const struct name *)b)->path);
}

void names_sort(struct names *n)
{
    if (n->count > 1)
        qsort(n->at, n->count, sizeof *n->at, compare);
}

struct listing {
    struct call *call;
    const char *directory;
    const char *pattern; /* NULL: all */
    struct names *names;
};

static int on_entry(void *listing, const struct ftp_entry *e)
{
    struct listing *l = listing;
    bool hidden = e->name.len > 0 && e->name.at[0] == '.';
    if (e->type == FTP_HERE || e->type == FTP_ABOVE)
        return 0;
    if (l->pattern && ((hidden && l->pattern[0] != '.') ||
                       !glob_matches(span_of(l->pattern), e->name)))
        return 0;
    return names_add_entry(l->call->arena, l->names, l->directory, e);
}

int names_list(struct call *c, const char *directory, struct names *r)
{
    struct listing l = { c, "", NULL, r };
    unsigned strange = 0;
    int error = ftp_list(c->shell->client, directory, on_entry, &l, &strange);
    if (strange > 0)
        call_fail(c, "%u names were left out: they are no names of files", strange);
    names_sort(r);
    return error;
}

/* ---- patterns, a component at a time */

/* What a pattern stands for when nothing in it is a wildcard: without backslashes. */
static const char *plain(struct arena *arena, struct span pattern)
{
    char *text = arena_alloc(arena, pattern.len + 1);
    size_t len = 0;
    for (size_t i = 0; text && i < pattern.len; i++) {
        if (pattern.at[i] == '\\' && i + 1 < pattern.len)
            i++;
        text[len++] = pattern.at[i];
    }
    return text;
}

/* What fits the component below one directory. */
typedef int match_below(struct call *, const char *directory, const char *pattern,
                        struct names *);

static int match_remote(struct call *c, const char *directory, const char *pattern,
                        struct names *to)
{
    struct listing l = { c, directory, pattern, to };
    int error = ftp_list(c->shell->client, directory, on_entry, &l, NULL);
    return error == -ENOENT ? 0 : error;
}

static enum ftp_type local_type(mode_t mode)
{
    return S_ISREG(mode) ? FTP_FILE : S_ISDIR(mode) ? FTP_DIRECTORY : FTP_OTHER;
}

static int add_local(struct call *c, const char *path, struct names *to)
{
    struct stat facts;
    if (!path)
        return -ENOMEM;
    struct name name = { .path = path, .size = PROGRESS_UNKNOWN, .time = INT64_MIN };
    if (stat(path, &facts) == 0)
        name = (struct name){ .path = path,
                              .is_listed = true,
                              .type = local_type(facts.st_mode),
                              .size = (uint64_t)facts.st_size,
                              .time = facts.st_mtime,
                              .time_is_exact = true,
                              .mode = facts.st_mode & 07777 };
    return names_add(c->arena, to, &name);
}

static int match_local(struct call *c, const char *directory, const char *pattern,
                       struct names *to)
{
    DIR *dir = opendir(*directory ? directory : ".");
    const struct dirent *e;
    int error = 0;
    while (dir && !error && (e = readdir(dir))) {
        struct span name = span_of(e->d_name);
        if ((e->d_name[0] == '.' && pattern[0] != '.') || span_is(name, SPAN(".")) ||
            span_is(name, SPAN("..")) || !glob_matches(span_of(pattern), name))
            continue;
        struct span copy = arena_copy(c->arena, name);
        error =
            add_local(c, copy.at ? path_join(c->arena, directory, copy.at) : NULL, to);
    }
    if (dir)
        closedir(dir);
    return error;
}

/* One component further, below all that was found so far. */
static int match_all(struct call *c, const struct names *above, struct span component,
                     match_below *match, struct names *r)
{
    struct span copy = arena_copy(c->arena, component);
    int error = copy.at ? 0 : -ENOMEM;
    bool is_pattern = glob_is_pattern(component);
    const char *name = is_pattern ? copy.at : plain(c->arena, component);
    for (size_t i = 0; i < above->count && name && !error; i++) {
        const char *directory = above->at[i].path;
        struct name found = { .size = PROGRESS_UNKNOWN, .time = INT64_MIN };
        if (is_pattern) {
            error = match(c, directory, name, r);
            continue;
        }
        found.path = path_join(c->arena, directory, name);
        error = found.path ? names_add(c->arena, r, &found) : -ENOMEM;
    }
    return error;
}

static int match_path(struct call *c, const char *pattern, match_below *match,
                      struct names *r)
{
    struct span rest = span_of(pattern);
    struct name top = { .path = rest.at[0] == '/' ? "/" : "" };
    struct names found = { 0 };
    int error = names_add(c->arena, &found, &top);
    while (rest.len > 0 && !error) {
        struct span component = span_first(rest, span_find(rest, '/'));
        rest = span_skip(rest,
                         component.len < rest.len ? component.len + 1 : component.len);
        struct names next = { 0 };
        if (component.len == 0)
            continue;
        error = match_all(c, &found, component, match, &next);
        found = next;
    }
    names_sort(&found);
    for (size_t i = 0; i < found.count && !error; i++)
        error = names_add(c->arena, r, &found.at[i]);
    return error ? error : found.count > 0 ? 0 : -ENOENT;
}

/* ---- words */

const char *local_word(struct call *c, const struct word *w)
{
    const char *home = getenv("HOME");
    if (w->quoted || w->text[0] != '~' || (w->text[1] && w->text[1] != '/') || !home)
        return w->text;
    const char *path = path_join(c->arena, home, w->text + 1 + (w->text[1] == '/'));
    return path ? path : w->text;
}

static int take_names(struct call *c, size_t first, size_t end, match_below *match,
                      struct names *r)
{
    bool is_remote = match == match_remote;
    int error = 0;
    for (size_t i = first; i < end && !error; i++) {
        const struct word *w = &c->words[i];
        struct name name = { .path = w->text,
                             .size = PROGRESS_UNKNOWN,
                             .time = INT64_MIN };
        if (glob_is_pattern(span_of(w->pattern)))
            error = match_path(c, w->pattern, match, r);
        else if (is_remote)
            error = names_add(c->arena, r, &name);
        else
            error = add_local(c, local_word(c, w), r);
        if (error == -ENOENT && !shell_interrupted(c->shell))
            call_fail(c, "%s: nothing fits", w->text);
        else if (error)
            call_met(c, is_remote ? c->shell->client : NULL, error, w->text);
    }
    return error;
}

int names_remote(struct call *c, size_t first, size_t end, struct names *r)
{
    *r = (struct names){ 0 };
    return take_names(c, first, end, match_remote, r);
}

int names_local(struct call *c, size_t first, size_t end, struct names *r)
{
    *r = (struct names){ 0 };
    return take_names(c, first, end, match_local, r);
}

static int take_name(struct call *c, size_t word, match_below *match, struct name *r)
{
    struct names names = { 0 };
    int error = take_names(c, word, word + 1, match, &names);
    if (error || names.count == 0)
        return error ? error : -ENOENT;
    *r = names.at[0];
    if (names.count == 1)
        return 0;
    call_fail(c, "%s: %zu names fit, and one is wanted", c->words[word].text,
              names.count);
    return -E2BIG;
}

int name_remote(struct call *c, size_t word, struct name *r)
{
    return take_name(c, word, match_remote, r);
}

int name_local(struct call *c, size_t word, struct name *r)
{
    return take_name(c, word, match_local, r);
}
