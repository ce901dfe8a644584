/* shell - see shell.h: one command after the other. */
#include "cli/ftp/shell.h"

#include "base/fiber.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { ARENA_OCTETS_MAX = 1 << 30 };

bool shell_interrupted(const struct shell *s)
{
    return s->interrupts > 0;
}

void shell_interrupt(void *shell)
{
    struct shell *s = shell;
    s->interrupts++;
    if (s->interrupts > 1)
        s->leaving = true;
    if (s->client)
        ftp_cancel(s->client);
    if (s->second)
        ftp_cancel(s->second);
    if (s->pool)
        ftp_pool_cancel(s->pool);
    fiber_wake(s->fiber);
}

/* ---- where output goes */

struct outlet {
    FILE *to; /* NULL: where it went before */
    int pid;
};

static int open_outlet(struct call *c, const struct statement *st, struct outlet *r)
{
    *r = (struct outlet){ 0 };
    if (st->output == OUTPUT_HERE)
        return EXIT_SUCCESS;
    if (st->output == OUTPUT_PIPE)
        r->to = child_pipe(st->whither, &r->pid);
    else
        r->to = fopen(st->whither, st->output == OUTPUT_APPEND ? "ae" : "we");
    if (!r->to)
        return call_fail(c, "%s: %s", st->whither, strerror(errno));
    c->shell->out = r->to;
    return EXIT_SUCCESS;
}

static int close_outlet(struct call *c, const struct statement *st, struct outlet *o)
{
    c->shell->out = stdout;
    if (!o->to)
        return EXIT_SUCCESS;
    if (o->pid)
        return child_end(&o->to, o->pid);
    bool failed = ferror(o->to) != 0;
    failed = fclose(o->to) != 0 || failed;
    return failed ? call_fail(c, "%s: %s", st->whither, strerror(errno)) : EXIT_SUCCESS;
}

/* ---- one command */

static int run_command(struct call *c, const struct statement *st)
{
    struct outlet outlet;
    if (c->command->flags & ONLINE && !c->shell->client)
        return call_fail(c, "no place is open; 'open HOST' opens one");
    int code = open_outlet(c, st, &outlet);
    if (code == EXIT_SUCCESS)
        code = c->command->run(c);
    progress_hide(&c->shell->screen);
    int closed = close_outlet(c, st, &outlet);
    return code ? code : closed;
}

static int run_statement(struct shell *s, struct arena *arena,
                         const struct statement *st)
{
    struct span name = span_of(st->words[0].text);
    struct call c = { .shell = s,
                      .command = ftp_command_find(name),
                      .arena = arena,
                      .words = st->words + 1,
                      .count = st->count - 1 };
    if (!c.command)
        return cli_fail("there is no command '%s'; 'help' lists them",
                        st->words[0].text);
    s->interrupts = 0;
    int code = run_command(&c, st);
    if (shell_interrupted(s)) {
        fprintf(stderr, "interrupted\n");
        code = EXIT_INTERRUPTED;
    }
    fflush(s->out);
    return code;
}

int shell_run(struct shell *s, struct span text)
{
    OWN(arena_close) struct arena *arena = arena_open(ARENA_OCTETS_MAX);
    int code = EXIT_SUCCESS;
    while (text.len > 0 && !s->leaving && arena) {
        struct statement st;
        const char *error = take_statement(&text, arena, &st);
        int now = error           ? cli_fail("%s", error)
                  : st.count == 0 ? EXIT_SUCCESS
                                  : run_statement(s, arena, &st);
        arena_reset(arena);
        code = now ? now : code;
        if (now == EXIT_INTERRUPTED || (now && !s->keep_going && !s->interactive))
            break;
    }
    return arena ? code : cli_fail("%s", strerror(ENOMEM));
}
