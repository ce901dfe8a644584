/* transfer - get, put and those that do the same with several files. */
#include "base/own.h"
#include "cli/ftp/columns.h"
#include "cli/ftp/commands.h"
#include "cli/ftp/crew.h"
#include "cli/ftp/errand.h"
#include "cli/ftp/names.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- what came of it */

static void say_tally(struct call *c, size_t files, uint64_t octets, uint64_t since)
{
    struct buf b = { .max = 256 };
    double seconds = (double)(clock_now() - since) / (double)CLOCK_SECOND;
    int error = buf_printf(&b, "%zu file%s, ", files, files == 1 ? "" : "s");
    if (!error)
        error = put_size(&b, octets);
    if (!error)
        error = buf_put(&b, SPAN(" in "));
    if (!error)
        error = put_duration(&b, (uint64_t)seconds);
    if (!error && seconds > 0)
        error = buf_put(&b, SPAN(", "));
    if (!error && seconds > 0)
        error = put_size(&b, (uint64_t)((double)octets / seconds));
    if (!error)
        shell_note(c->shell, "%.*s/s", SPAN_ARG(buf_span(&b)));
    buf_free(&b);
}

/* ---- one file */

/* What the server says of a name that was not listed; it need not know. */
static int look(struct call *c, struct name *n)
{
    struct ftp_entry e = { 0 };
    int error = n->is_listed ? 0 : ftp_stat(c->shell->client, n->path, &e);
    if (error == -ENOENT || error == -ECANCELED || error == -ETIMEDOUT)
        return error;
    if (!n->is_listed && !error) {
        n->type = e.type == FTP_HERE ? FTP_DIRECTORY : e.type;
        n->size = e.has_size ? e.size : PROGRESS_UNKNOWN;
        n->time = e.has_time ? e.time : INT64_MIN;
        n->time_is_exact = e.time_is_exact;
    }
    return 0;
}

static int on_octets(void *shell, struct span octets)
{
    struct shell *s = shell;
    size_t done = fwrite(octets.at, 1, octets.len, s->out);
    return done == octets.len ? 0 : errno ? -errno : -EIO;
}

static int show(struct call *c, const char *path)
{
    struct ftp_transfer t = { .path = path,
                              .fd = -1,
                              .size = FTP_SIZE_UNKNOWN,
                              .ascii = c->shell->ascii,
                              .on_octets = on_octets,
                              .arg = c->shell };
    int error = ftp_get(c->shell->client, &t);
    return call_met(c, c->shell->client, error, path);
}

static void place_locally(struct call *c, struct errand *e, const char *own)
{
    bool has_said = c->count > 1;
    const char *said = has_said ? local_word(c, &c->words[1]) : own;
    struct stat facts;
    bool into = has_said && (stat(said, &facts) == 0 && S_ISDIR(facts.st_mode));
    e->directory = "";
    e->top = AT_FDCWD;
    e->local = has_said ? said : own;
    if (has_said && !into)
        return;
    e->local = own; /* the server's word: one component */
    e->top = open(into ? said : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int get_one(struct call *c, struct name *n, bool resume, bool check)
{
    struct errand e = { .remote = n->path,
                        .size = n->size,
                        .time = n->time_is_exact ? n->time : INT64_MIN,
                        .resume = resume,
                        .check = check };
    uint64_t since = clock_now();
    place_locally(c, &e, path_base(n->path));
    if (e.top != AT_FDCWD && e.top < 0)
        return call_fail(c, "%s: %s", c->count > 1 ? c->words[1].text : ".",
                         strerror(errno));
    int error = errand_get(c, c->shell->client, &e);
    fd_close(&e.top);
    if (!error)
        say_tally(c, 1, e.octets_r, since);
    return error ? EXIT_FAILURE_ : EXIT_SUCCESS;
}

static int get(struct call *c, bool resume)
{
    struct name n;
    bool check = call_flag(c, '\0', "check");
    resume = call_flag(c, 'c', "continue") || resume;
    if (!call_words(c, 1, 2))
        return EXIT_USAGE;
    if (name_remote(c, 0, &n) != 0)
        return EXIT_FAILURE_;
    if (c->count > 1 && strcmp(c->words[1].text, "-") == 0)
        return show(c, n.path);
    int error = look(c, &n);
    if (error)
        return call_met(c, c->shell->client, error, n.path);
    if (n.type == FTP_DIRECTORY)
        return call_fail(c, "%s is a directory; 'mirror' fetches one", n.path);
    return get_one(c, &n, resume, check);
}

int ftp_do_get(struct call *c)
{
    return get(c, false);
}

int ftp_do_reget(struct call *c)
{
    return get(c, true);
}

static int put(struct call *c, bool resume, bool append)
{
    struct name n;
    bool check = call_flag(c, '\0', "check");
    resume = call_flag(c, 'c', "continue") || resume;
    append = call_flag(c, 'a', "append") || append;
    if (!call_words(c, 1, 2))
        return EXIT_USAGE;
    if (name_local(c, 0, &n) != 0)
        return EXIT_FAILURE_;
    if (n.is_listed && n.type == FTP_DIRECTORY)
        return call_fail(c, "%s is a directory; 'mirror -R' sends one", n.path);
    const char *to = c->count > 1 ? c->words[1].text : path_base(n.path);
    if (c->count > 1 && to[0] && to[strlen(to) - 1] == '/')
        to = path_join(c->arena, to, path_base(n.path));
    struct errand e = { .remote = to,
                        .top = AT_FDCWD,
                        .directory = "",
                        .local = n.path,
                        .resume = resume,
                        .append = append,
                        .check = check };
    uint64_t since = clock_now();
    int error = errand_put(c, c->shell->client, &e);
    if (!error)
        say_tally(c, 1, e.octets_r, since);
    return error ? EXIT_FAILURE_ : EXIT_SUCCESS;
}

int ftp_do_put(struct call *c)
{
    return put(c, false, false);
}

int ftp_do_reput(struct call *c)
{
    return put(c, true, false);
}

int ftp_do_append(struct call *c)
{
    return put(c, false, true);
}

/* ---- several */

struct several {
    struct call *call;
    struct names names;
    size_t next, done, failed;
    uint64_t octets;
    int top;             /* mget: the directory here */
    const char *whither; /* mput: the one there */
    bool resume, check, up;
};

static int do_one(struct several *m, struct ftp_client *client, const struct name *n)
{
    const char *base = path_base(n->path);
    struct errand e = { .remote = m->up ? path_join(m->call->arena, m->whither, base)
                                        : n->path,
                        .top = m->up ? AT_FDCWD : m->top,
                        .directory = "",
                        .local = m->up ? n->path : base,
                        .size = n->size,
                        .time = n->time_is_exact ? n->time : INT64_MIN,
                        .resume = m->resume,
                        .check = m->check,
                        .more = m->next < m->names.count };
    if (!e.remote)
        return -ENOMEM;
    int error =
        m->up ? errand_put(m->call, client, &e) : errand_get(m->call, client, &e);
    m->octets += e.octets_r;
    return error;
}

static enum crew_step do_next(void *several, struct ftp_client *client)
{
    struct several *m = several;
    if (m->next == m->names.count)
        return CREW_END;
    const struct name *n = &m->names.at[m->next++];
    if (n->is_listed && n->type == FTP_DIRECTORY) {
        shell_note(m->call->shell, "%s is a directory and passed over", n->path);
        return CREW_ON;
    }
    if (do_one(m, client, n) == 0)
        m->done++;
    else
        m->failed++;
    return CREW_ON;
}

static int run_several(struct several *m, unsigned parallel)
{
    struct crew crew;
    uint64_t since = clock_now();
    size_t count = m->names.count;
    crew_open(&crew, m->call, count < parallel ? (unsigned)count : parallel);
    crew_run(&crew, crew.hands, do_next, m);
    crew_close(&crew);
    say_tally(m->call, m->done, m->octets, since);
    return m->failed || shell_interrupted(m->call->shell) ? EXIT_FAILURE_
                                                          : EXIT_SUCCESS;
}

/* The options of both; false: EXIT_USAGE. */
static bool take_options(struct several *m, unsigned *parallel)
{
    struct call *c = m->call;
    *parallel = c->shell->parallel;
    m->resume = call_flag(c, 'c', "continue");
    m->check = call_flag(c, '\0', "check");
    const char *whither = call_option(c, 'O', "into");
    m->whither = whither ? whither : "";
    return call_number(c, 'P', "parallel", 1, PARALLEL_MOST, parallel) &&
           call_words(c, 1, STATEMENT_WORDS_MAX);
}

int ftp_do_mget(struct call *c)
{
    struct several m = { .call = c };
    unsigned parallel;
    if (!take_options(&m, &parallel))
        return EXIT_USAGE;
    const char *here = *m.whither ? m.whither : ".";
    OWN(fd_close) int top = open(here, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return call_fail(c, "%s: %s", here, strerror(errno));
    m.top = top;
    return names_remote(c, 0, c->count, &m.names) == 0 ? run_several(&m, parallel)
                                                       : EXIT_FAILURE_;
}

int ftp_do_mput(struct call *c)
{
    struct several m = { .call = c, .up = true };
    unsigned parallel;
    if (!take_options(&m, &parallel))
        return EXIT_USAGE;
    return names_local(c, 0, c->count, &m.names) == 0 ? run_several(&m, parallel)
                                                      : EXIT_FAILURE_;
}

/* ---- on the terminal */

int ftp_do_cat(struct call *c)
{
    struct names names;
    if (!call_words(c, 1, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (names_remote(c, 0, c->count, &names) != 0)
        return EXIT_FAILURE_;
    int code = EXIT_SUCCESS;
    for (size_t i = 0; i < names.count && !shell_interrupted(c->shell); i++)
        if (show(c, names.at[i].path) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
    return code;
}

int ftp_do_less(struct call *c)
{
    const char *pager = getenv("PAGER");
    struct shell *s = c->shell;
    int pid;
    FILE *to = child_pipe(pager && *pager ? pager : "less", &pid), *before = s->out;
    if (!to)
        return call_fail(c, "%s", strerror(errno));
    s->out = to;
    int code = ftp_do_cat(c);
    s->out = before;
    child_end(&to, pid); /* who has seen enough leaves early */
    return code;
}
