/* listing - ls and nlist: what lies in a directory there, for a person to read. */
#include "cli/ftp/columns.h"
#include "cli/ftp/commands.h"
#include "cli/ftp/names.h"

#include "base/clock.h"

#include <errno.h>

enum order { BY_NAME, BY_TIME, BY_SIZE };

struct listing_of {
    struct call *call;
    enum order order;
    bool backwards, names_alone;
};

/* ---- order */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->path, ((const struct name *)b)->path);
}

static int by_time(const void *a, const void *b)
{
    int64_t left = ((const struct name *)a)->time,
            right = ((const struct name *)b)->time;
    return left == right ? by_name(a, b) : left > right ? -1 : 1;
}

static int by_size(const void *a, const void *b)
{
    uint64_t left = ((const struct name *)a)->size,
             right = ((const struct name *)b)->size;
    return left == right ? by_name(a, b) : left > right ? -1 : 1;
}

static void sort(const struct listing_of *l, struct names *n)
{
    static int (*const orders[])(const void *, const void *) = {
        [BY_NAME] = by_name, [BY_TIME] = by_time, [BY_SIZE] = by_size
    };
    if (n->count > 1)
        qsort(n->at, n->count, sizeof *n->at, orders[l->order]);
    for (size_t i = 0; l->backwards && i < n->count / 2; i++) {
        struct name first = n->at[i];
        n->at[i] = n->at[n->count - 1 - i];
        n->at[n->count - 1 - i] = first;
    }
}

/* ---- a line */

static const char *rights(const struct name *n, char text_r[11])
{
    static const char types[] = {
        [FTP_FILE] = '-',  [FTP_DIRECTORY] = 'd', [FTP_LINK] = 'l',
        [FTP_OTHER] = '?', [FTP_HERE] = 'd',      [FTP_ABOVE] = 'd'
    };
    static const char letters[] = "rwxrwxrwx";
    text_r[0] = types[n->type];
    for (unsigned i = 0; i < 9; i++)
        text_r[1 + i] = !n->mode ? ' ' : n->mode & 0400U >> i ? letters[i] : '-';
    text_r[10] = '\0';
    return text_r;
}

/* As ls(1): the time of day, or the year when it is long ago. */
static const char *when(const struct name *n, char text_r[32])
{
    enum { HALF_A_YEAR = 182 * 86400 };
    time_t seconds = n->time;
    struct tm t = { 0 };
    text_r[0] = '\0';
    if (n->time == INT64_MIN || !localtime_r(&seconds, &t))
        return text_r;
    int64_t age = clock_wall() - n->time;
    bool recent = age < HALF_A_YEAR && age > -86400;
    strftime(text_r, 32, recent ? "%b %e %H:%M" : "%b %e  %Y", &t);
    return text_r;
}

static void print(const struct listing_of *l, const struct name *n)
{
    char mode[11], time[32], size[24] = "";
    if (l->names_alone || !n->is_listed) {
        call_print(l->call, "%s", n->path);
        return;
    }
    if (n->size != PROGRESS_UNKNOWN)
        snprintf(size, sizeof size, "%llu", (unsigned long long)n->size);
    call_print(l->call, "%s %12s %12s %s%s", rights(n, mode), size, when(n, time),
               n->path,
               n->type == FTP_DIRECTORY ? "/"
               : n->type == FTP_LINK    ? "@"
                                        : "");
}

static void print_all(const struct listing_of *l, struct names *n)
{
    sort(l, n);
    for (size_t i = 0; i < n->count; i++)
        print(l, &n->at[i]);
}

/* ---- the commands */

/* A name that was said as it is: a directory's content, or one file. */
static int list_name(struct listing_of *l, const char *path, struct names *files)
{
    struct ftp_client *client = l->call->shell->client;
    struct ftp_entry e;
    size_t len = strlen(path);
    int error = len > 0 && path[len - 1] == '/' ? -EISDIR : ftp_stat(client, path, &e);
    bool is_file = !error && e.type != FTP_DIRECTORY && e.type != FTP_HERE;
    if (error == -ENOENT || error == -ECANCELED)
        return call_met(l->call, client, error, path);
    if (is_file) {
        struct name n = { .path = path,
                          .is_listed = true,
                          .type = e.type,
                          .size = e.has_size ? e.size : PROGRESS_UNKNOWN,
                          .time = e.has_time ? e.time : INT64_MIN,
                          .mode = e.has_mode ? e.mode : 0 };
        return names_add(l->call->arena, files, &n) ? EXIT_FAILURE_ : EXIT_SUCCESS;
    }
    struct names names = { 0 };
    error = names_list(l->call, path, &names);
    if (!error && l->call->count > 1)
        call_print(l->call, "%s:", path);
    print_all(l, &names);
    return call_met(l->call, client, error, path);
}

static int list(struct listing_of *l)
{
    struct call *c = l->call;
    struct names names, files = { 0 };
    int code = EXIT_SUCCESS;
    if (c->count == 0) {
        names = (struct names){ 0 };
        int error = names_list(c, "", &names);
        print_all(l, &names);
        return call_met(c, c->shell->client, error, NULL);
    }
    if (names_remote(c, 0, c->count, &names) != 0)
        return EXIT_FAILURE_;
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++) {
        const struct name *n = &names.at[i];
        int one = n->is_listed ? names_add(c->arena, &files, n)
                               : list_name(l, n->path, &files);
        code = one ? EXIT_FAILURE_ : code;
    }
    print_all(l, &files);
    return code;
}

int ftp_do_ls(struct call *c)
{
    struct listing_of l = { .call = c };
    call_flag(c, 'l', NULL); /* as ls(1) has it: it is so anyway */
    l.names_alone = call_flag(c, '1', NULL);
    l.backwards = call_flag(c, 'r', "reverse");
    bool time = call_flag(c, 't', NULL), size = call_flag(c, 'S', NULL);
    l.order = time ? BY_TIME : size ? BY_SIZE : BY_NAME;
    return call_words(c, 0, STATEMENT_WORDS_MAX) ? list(&l) : EXIT_USAGE;
}

int ftp_do_nlist(struct call *c)
{
    struct listing_of l = { .call = c, .names_alone = true };
    l.backwards = call_flag(c, 'r', "reverse");
    bool time = call_flag(c, 't', NULL), size = call_flag(c, 'S', NULL);
    l.order = time ? BY_TIME : size ? BY_SIZE : BY_NAME;
    return call_words(c, 0, STATEMENT_WORDS_MAX) ? list(&l) : EXIT_USAGE;
}
