/* complete - see complete.h. */
#include "cli/ftp/complete.h"

#include "cli/ftp/bookmarks.h"

#include <dirent.h>
#include <sys/stat.h>

struct completing {
    struct shell *shell;
    struct arena *arena;
    struct completion *r;
    struct unfinished at;
    struct span directory, base; /* of a path that was begun: "a/" and "b" */
    bool is_directory[CANDIDATES_MAX];
};

static void add(struct completing *c, struct span name, bool is_directory)
{
    bool fits =
        name.len >= c->base.len && span_is(span_first(name, c->base.len), c->base);
    bool hidden = name.len > 0 && name.at[0] == '.' && c->base.len == 0;
    if (!fits || hidden || c->r->count == CANDIDATES_MAX)
        return;
    struct span copy = arena_copy(c->arena, name);
    if (!copy.at)
        return;
    c->is_directory[c->r->count] = is_directory;
    c->r->words[c->r->count++] = copy;
}

/* ---- what there is */

static void add_commands(struct completing *c)
{
    for (size_t i = 0; i < ftp_commands_count; i++)
        add(c, ftp_command_name(&ftp_commands[i]), false);
}

static void add_bookmarks(struct completing *c)
{
    struct buf text = { .max = BOOKMARKS_OCTETS_MAX };
    struct bookmark b;
    bookmarks_read(&text);
    for (struct span rest = buf_span(&text); bookmark_take(&rest, &b);)
        add(c, b.name, false);
    buf_free(&text);
}

static void split_path(struct completing *c)
{
    const char *slash =
        c->at.word.len ? memrchr(c->at.word.at, '/', c->at.word.len) : NULL;
    size_t len = slash ? (size_t)(slash - c->at.word.at) + 1 : 0;
    c->directory = span_first(c->at.word, len);
    c->base = span_skip(c->at.word, len);
}

static void add_local(struct completing *c)
{
    split_path(c);
    const char *path = arena_copy(c->arena, c->directory).at;
    DIR *dir = path ? opendir(*path ? path : ".") : NULL;
    const struct dirent *e;
    while (dir && (e = readdir(dir))) {
        struct stat facts;
        bool is_directory =
            fstatat(dirfd(dir), e->d_name, &facts, 0) == 0 && S_ISDIR(facts.st_mode);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            add(c, span_of(e->d_name), is_directory);
    }
    if (dir)
        closedir(dir);
}

static int on_entry(void *completing, const struct ftp_entry *e)
{
    if (e->type != FTP_HERE && e->type != FTP_ABOVE)
        add(completing, e->name, e->type == FTP_DIRECTORY);
    return 0;
}

static void add_remote(struct completing *c)
{
    split_path(c);
    const char *path = arena_copy(c->arena, c->directory).at;
    if (path && c->shell->client)
        ftp_list(c->shell->client, path, on_entry, c, NULL);
}

/* ---- which of them */

/* The words before this one that are no options, the command's name not counted. */
static size_t place_of_word(const struct completing *c, struct span text)
{
    size_t options = 0;
    for (size_t i = 1; i < c->at.begins && i < text.len; i++)
        options += text.at[i] == '-' && text.at[i - 1] == ' ';
    return c->at.number > options ? c->at.number - options : 1;
}

static bool has_reverse(struct span text)
{
    return memmem(text.at, text.len, " -R", 3) ||
           memmem(text.at, text.len, " --rev", 6);
}

static bool wants_remote(unsigned flags, size_t place, struct span text)
{
    if (flags & TAKES_REMOTE && flags & TAKES_LOCAL) /* mirror */
        return (place < 2) != has_reverse(text);
    if (flags & LOCAL_SECOND)
        return place < 2;
    if (flags & REMOTE_SECOND)
        return place >= 2;
    return (flags & TAKES_REMOTE) != 0;
}

static void add_all(struct completing *c, struct span text)
{
    const struct ftp_command *command = ftp_command_find(c->at.first);
    unsigned flags = command ? command->flags : 0;
    c->base = c->at.word;
    if (c->at.number == 0) {
        add_commands(c);
        return;
    }
    if (flags & TAKES_COMMAND)
        add_commands(c);
    if (flags & TAKES_PLACE)
        add_bookmarks(c);
    if (c->at.is_file || (flags & (TAKES_LOCAL | LOCAL_SECOND) &&
                          !wants_remote(flags, place_of_word(c, text), text)))
        add_local(c);
    else if (wants_remote(flags, place_of_word(c, text), text))
        add_remote(c);
}

/* ---- what they have in common */

static struct span shared(const struct completion *r)
{
    struct span common = r->words[0];
    for (size_t i = 1; i < r->count; i++) {
        size_t len = 0;
        while (len < common.len && len < r->words[i].len &&
               common.at[len] == r->words[i].at[len])
            len++;
        common.len = len;
    }
    return common;
}

static int put_text(struct buf *b, const struct completing *c)
{
    char quote = c->at.quote;
    struct span common = shared(c->r);
    bool is_only = c->r->count == 1;
    int error = quote ? buf_put(b, span_at(&quote, 1)) : 0;
    if (!error)
        error = put_quoted(b, c->directory, quote);
    if (!error)
        error = put_quoted(b, common, quote);
    if (!error && is_only && c->is_directory[0])
        return buf_put(b, SPAN("/"));
    if (!error && is_only && quote)
        error = buf_put(b, span_at(&quote, 1));
    return !error && is_only ? buf_put(b, SPAN(" ")) : error;
}

static int compare(const void *a, const void *b)
{
    const struct span *left = a, *right = b;
    size_t least = left->len < right->len ? left->len : right->len;
    int order = least ? memcmp(left->at, right->at, least) : 0;
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

bool complete(struct shell *s, struct span text, struct arena *arena,
              struct completion *r)
{
    *r = (struct completion){ .words = arena_alloc(arena,
                                                   CANDIDATES_MAX * sizeof *r->words) };
    struct completing *c = ARENA_NEW(arena, struct completing);
    if (!r->words || !c)
        return false;
    *c = (struct completing){ .shell = s, .arena = arena, .r = r };
    if (!read_unfinished(text, arena, &c->at))
        return false;
    add_all(c, text);
    if (r->count == 0)
        return false;
    struct buf b = { .max = LINE_OCTETS_MAX };
    r->begins = c->at.begins;
    if (put_text(&b, c) == 0)
        r->text = arena_copy(arena, buf_span(&b));
    buf_free(&b);
    qsort(r->words, r->count, sizeof *r->words, compare);
    return r->text.at != NULL;
}
