/*
 * wire - packetboat wire [--follow] [FILTER...]: what was said on every connection.
 *
 * A running server is asked (control hands on to log, which looks for the sessions that
 * fit, so that nothing else travels); without one the files in DIR/log are read here, by
 * the same search.  --follow shows what is said from now on.
 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "cli/wire_show.h"
#include "config/limits.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "wire/search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRIES_MAX = 25, TRY_AGAIN_MS = 200, FILTER_WORDS_MAX = 5 };

struct watching {
    const char *site;
    bool follow;
    bool no_server;
    struct wire_filter filter;
    uint64_t cursor; /* where to go on */
    struct show show;
};

static void show_all(struct show *show, struct span records)
{
    struct record record;
    struct span text;
    while (ring_take(&records, &record, &text))
        show_record(show, &record, text);
}

/* Standard output may be closed: head(1) has seen enough. */
static bool has_reader(const struct show *show)
{
    return fflush(show->to) == 0 && !ferror(show->to);
}

/* ---- from the server; on a fiber */

/* Role log may be dead for a moment: the master starts it again. */
static int ask_patiently(const struct admin_wire *q, struct admin_wire_answer *answer_r,
                         struct arena *arena)
{
    int error = ask_admin_wire(q, answer_r, arena);
    for (int i = 0; error == -EPIPE && i < TRIES_MAX; i++) {
        fiber_sleep(TRY_AGAIN_MS * CLOCK_MS);
        if (!ipc_peer(ROLE_CONTROL, 0))
            break;
        error = ask_admin_wire(q, answer_r, arena);
    }
    return error;
}

static struct admin_wire question_of(const struct watching *w)
{
    const struct wire_filter *f = &w->filter;
    return (struct admin_wire){
        .cursor = w->cursor,
        .wait = w->follow,
        .protocol = span_of(f->protocol),
        .account = span_of(f->account),
        .peer = f->has_peer ? span_at(&f->peer, sizeof f->peer) : SPAN(""),
        .has_result = f->has_result,
        .result = f->result,
        .id = f->id,
        .id_digits = f->id_digits,
        .since = (uint64_t)f->since_us,
        .until = (uint64_t)f->until_us,
    };
}

/* 0: all that there is has been shown, or nobody reads on; else -errno. */
static int ask_on(struct watching *w, struct arena *arena)
{
    struct admin_wire q = question_of(w);
    struct admin_wire_answer answer;
    for (;;) {
        arena_reset(arena);
        int error = ask_patiently(&q, &answer, arena);
        if (error)
            return error;
        show_all(&w->show, answer.records);
        q.search = answer.search;
        w->cursor = q.cursor = answer.cursor;
        bool over = !w->follow || clock_wall_us() >= w->filter.until_us;
        if (!has_reader(&w->show) || (answer.records.len == 0 && over))
            return 0;
    }
}

static int explain(const struct watching *w, int error)
{
    switch (error) {
    case 0:
        return EXIT_SUCCESS;
    case -EPIPE:
    case -ESHUTDOWN:
        return cli_fail("the server has stopped");
    case -EACCES:
    case -EPERM:
        return cli_fail("%s belongs to another user", w->site);
    case -ENOTDIR:
        return cli_fail("%s is no directory", w->site);
    default:
        return cli_fail("the server at %s: %s", w->site, strerror(-error));
    }
}

static int on_fiber(void *arg)
{
    struct watching *w = arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? cli_control(w->site) : -ENOMEM;
    w->no_server = error == -ENOENT || error == -ECONNREFUSED;
    if (w->no_server)
        return EXIT_FAILURE_;
    if (!error) {
        error = ask_on(w, arena);
        /* It has stopped meanwhile: its files have the rest. */
        bool stopped = error == -EPIPE || error == -ESHUTDOWN;
        w->no_server = stopped && !w->follow;
        cli_disconnect();
    }
    return w->no_server ? EXIT_FAILURE_ : explain(w, error);
}

/* ---- from the files */

static int open_log(const char *site)
{
    OWN(fd_close) int dir = dir_open(AT_FDCWD, site);
    return dir < 0 ? dir : dir_open(dir, "log");
}

/* 0 or -errno. */
static int search_files(struct watching *w, int dir)
{
    struct transcript_range range;
    int error = dir < 0 ? dir : transcript_range(dir, &range);
    if (error)
        return error;
    OWN(search_close) struct search *search = search_open(&w->filter, w->cursor);
    char *records = malloc(TRANSCRIPT_BATCH);
    ptrdiff_t n = records && search ? 1 : -ENOMEM;
    while ((n > 0 || n == -EAGAIN) && has_reader(&w->show)) {
        n = search_step(search, dir, &range, records, TRANSCRIPT_BATCH);
        show_all(&w->show, span_at(records, n > 0 ? (size_t)n : 0));
    }
    free(records);
    return n < 0 && n != -EAGAIN ? (int)n : 0;
}

static int show_files(struct watching *w)
{
    OWN(fd_close) int dir = open_log(w->site);
    int error = search_files(w, dir);
    if (!error)
        return EXIT_SUCCESS;
    if (error == -ENOENT)
        return cli_fail("%s/log is not there: no server has run in %s", w->site,
                        w->site);
    return cli_fail("%s/log cannot be read: %s", w->site, strerror(-error));
}

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR"); /* no-color.org */
    return isatty(STDOUT_FILENO) && !(no_color && no_color[0]);
}

/* ---- the command line */

static bool take_times(struct watching *w, int *argc, char **argv)
{
    static const char *const names[] = { "since", "until" };
    int64_t *const times[] = { &w->filter.since_us, &w->filter.until_us };
    for (size_t i = 0; i < 2; i++) {
        const char *said = cli_option(argc, argv, names[i]);
        if (!said || filter_time(span_of(said), clock_wall_us(), times[i]))
            continue;
        cli_usage("wire", "--%s: '%s' is no time", names[i], said);
        return false;
    }
    return true;
}

static bool take_words(struct watching *w, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *error = filter_word(&w->filter, span_of(argv[i]));
        if (error) {
            cli_usage("wire", "'%s': %s", argv[i], error);
            return false;
        }
    }
    return true;
}

static int watch(struct watching *w)
{
    int code = cli_on_fiber(on_fiber, w);
    if (!w->no_server)
        return code;
    if (!w->follow)
        return show_files(w);
    return cli_fail("no server runs at %s; without --follow, what the last one kept "
                    "is shown",
                    w->site);
}

int cli_wire(int argc, char **argv)
{
    struct watching w = { .site = cli_site(&argc, argv),
                          .follow = cli_flag(&argc, argv, "follow") };
    filter_open(&w.filter);
    if (!take_times(&w, &argc, argv) || !cli_words(&argc, argv, 0, FILTER_WORDS_MAX) ||
        !take_words(&w, argc, argv))
        return EXIT_USAGE;
    w.cursor = w.follow ? UINT64_MAX : 0;
    w.show = (struct show){ .to = stdout, .colour = wants_colour() };
    int code = watch(&w);
    if (code == EXIT_SUCCESS && w.show.day == 0 && has_reader(&w.show))
        fprintf(stderr, filter_is_open(&w.filter) ? "packetboat: nothing was said yet\n"
                                                  : "packetboat: no session fits\n");
    return code;
}
