/*
 * wire - packetboat wire [--follow] [FILTER]: what was said on every connection.
 *
 * A running server is asked (control hands on to log); without one the files in DIR/log
 * are read.  --follow shows what is said from now on.
 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "cli/wire_show.h"
#include "config/limits.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "wire/transcript_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRIES_MAX = 25, TRY_AGAIN_MS = 200 };

struct watching {
    const char *site;
    bool follow;
    bool no_server;
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

/* 0: all that there is has been shown, or nobody reads on; else -errno. */
static int ask_on(struct watching *w, struct arena *arena)
{
    struct admin_wire q = { .cursor = w->cursor, .wait = w->follow };
    struct admin_wire_answer answer;
    for (;;) {
        arena_reset(arena);
        int error = ask_patiently(&q, &answer, arena);
        if (error)
            return error;
        show_all(&w->show, answer.records);
        w->cursor = q.cursor = answer.cursor;
        if (!has_reader(&w->show) || (answer.records.len == 0 && !w->follow))
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

static int show_files(struct watching *w)
{
    OWN(fd_close) int dir = open_log(w->site);
    struct transcript_range range;
    int error = dir < 0 ? dir : transcript_range(dir, &range);
    char *records = malloc(TRANSCRIPT_BATCH);
    ptrdiff_t n = records ? 1 : -ENOMEM;
    while (!error && n > 0 && has_reader(&w->show)) {
        n = transcript_read(dir, &range, &w->cursor, records, TRANSCRIPT_BATCH);
        show_all(&w->show, span_at(records, n > 0 ? (size_t)n : 0));
    }
    free(records);
    if (!error && n >= 0)
        return EXIT_SUCCESS;
    if (error == -ENOENT)
        return cli_fail("%s/log is not there: no server has run in %s", w->site,
                        w->site);
    return cli_fail("%s/log cannot be read: %s", w->site,
                    strerror(error ? -error : (int)-n));
}

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR"); /* no-color.org */
    return isatty(STDOUT_FILENO) && !(no_color && no_color[0]);
}

int cli_wire(int argc, char **argv)
{
    struct watching w = { .site = cli_site(&argc, argv),
                          .follow = cli_flag(&argc, argv, "follow") };
    if (!cli_words(&argc, argv, 0, 1))
        return EXIT_USAGE;
    w.cursor = w.follow ? UINT64_MAX : 0;
    struct span filter = argc > 1 ? span_of(argv[1]) : SPAN("");
    if (show_open(&w.show, stdout, wants_colour(), filter))
        return cli_fail("there is no memory left");
    int code = cli_on_fiber(on_fiber, &w);
    if (w.no_server && w.follow)
        code =
            cli_fail("no server runs at %s; without --follow, what the last one kept "
                     "is shown",
                     w.site);
    else if (w.no_server)
        code = show_files(&w);
    if (code == EXIT_SUCCESS && w.show.day == 0 && has_reader(&w.show))
        fprintf(stderr,
                filter.len > 0 ? "packetboat: no session has \"%.*s\"\n"
                               : "packetboat: nothing was said yet%.*s\n",
                SPAN_ARG(filter));
    show_close(&w.show);
    return code;
}
