/* ftp - `packetboat ftp`: how the shell is called, and where its commands come from. */
#include "base/fiber.h"
#include "base/own.h"
#include "cli/ftp/editor.h"
#include "cli/ftp/input.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SCRIPT_OCTETS_MAX = 16 << 20, TIMEOUT_MOST = 3600, TRIES_MOST = 1000 };

struct running {
    struct shell shell;
    const char *where, *commands, *file, *local;
    bool list;
};

/* ---- where commands come from */

static int run_file(struct shell *s, const char *path)
{
    OWN(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct span text = { 0 };
    int error = fd < 0 ? -errno : file_read_all(fd, &text, SCRIPT_OCTETS_MAX);
    if (error)
        return cli_fail("%s: %s", path, strerror(-error));
    int code = shell_run(s, text);
    free((void *)(uintptr_t)text.at);
    return code;
}

/* Runs each line as soon as it is whole. */
static int run_lines(struct shell *s, struct input *in)
{
    struct buf text = { .max = LINE_OCTETS_MAX };
    char octets[4096];
    int code = EXIT_SUCCESS;
    ssize_t n = 1;
    while (n > 0 && !s->leaving && (code == EXIT_SUCCESS || s->keep_going)) {
        n = input_read(in, octets, sizeof octets);
        if (n > 0 && buf_put(&text, span_at(octets, (size_t)n)) != 0)
            code = cli_fail("a line is longer than %d octets", LINE_OCTETS_MAX);
        const char *end = text.len ? memrchr(text.at, '\n', text.len) : NULL;
        size_t whole = n <= 0 ? text.len : end ? (size_t)(end - text.at) + 1 : 0;
        int now = shell_run(s, span_first(buf_span(&text), whole));
        code = now ? now : code;
        buf_drop_front(&text, whole);
    }
    buf_free(&text);
    return n == -EINTR ? EXIT_INTERRUPTED : code;
}

static int run_standard_input(struct shell *s)
{
    struct input in;
    int error = input_open(&in, s, STDIN_FILENO);
    if (error)
        return cli_fail("standard input: %s", strerror(-error));
    int code = run_lines(s, &in);
    input_close(&in);
    return code;
}

static void make_prompt(const struct shell *s, char *prompt_r, size_t size)
{
    if (s->client)
        snprintf(prompt_r, size, "%.60s> ", s->place.host);
    else
        snprintf(prompt_r, size, "ftp> ");
}

/* Ctrl-C twice, with nothing between, leaves; so does Ctrl-D. */
static int run_typed(struct shell *s)
{
    struct editor *editor = editor_open(s);
    unsigned interrupts = 0;
    int code = editor ? EXIT_SUCCESS : cli_fail("%s", strerror(ENOMEM));
    while (editor && !s->leaving && interrupts < 2) {
        char prompt[80];
        struct span line;
        make_prompt(s, prompt, sizeof prompt);
        int got = editor_line(editor, prompt, &line);
        interrupts = got == -EINTR ? interrupts + 1 : 0;
        if (got != 1)
            putchar('\n');
        if (got == 0)
            break;
        if (got == 1)
            code = shell_run(s, line);
    }
    editor_close(&editor);
    return interrupts < 2 ? code : EXIT_INTERRUPTED;
}

static int run_commands(struct running *r)
{
    struct shell *s = &r->shell;
    if (r->list)
        return shell_run(s, SPAN("ls"));
    if (r->commands)
        return shell_run(s, span_of(r->commands));
    if (r->file && strcmp(r->file, "-") != 0)
        return run_file(s, r->file);
    return s->interactive ? run_typed(s) : run_standard_input(s);
}

/* ---- one file */

static int fetch(struct shell *s, struct url *u, const char *local)
{
    struct buf line = { .max = LINE_OCTETS_MAX }, where = { .max = LINE_OCTETS_MAX };
    int error = buf_put(&line, SPAN("get "));
    s->ascii = u->type == 'a';
    if (!error)
        error = put_quoted(&line, span_of(u->path), '\0');
    if (!error && local)
        error = buf_put(&line, SPAN(" "));
    if (!error && local)
        error = put_quoted(&line, span_of(local), '\0');
    u->path[0] = '\0'; /* the name is from where the login leads */
    u->has_path = false;
    if (!error)
        error = url_put(&where, u, true);
    if (!error)
        error = buf_put(&where, span_at("", 1));
    int code = error ? cli_fail("%s", strerror(-error)) : shell_open(s, where.at);
    if (code == EXIT_SUCCESS)
        code = shell_run(s, buf_span(&line));
    if (where.at)
        explicit_bzero(where.at, where.len);
    buf_free(&where);
    buf_free(&line);
    return code;
}

/* Does it name a file, rather than where to be? */
static bool names_file(const struct running *r, struct url *u)
{
    size_t len = 0;
    if (r->where && !r->commands && !r->file && !r->list &&
        !url_read(span_of(r->where), u))
        len = strlen(u->path);
    return len > 0 && u->path[len - 1] != '/' && u->type != 'd';
}

static int run(void *running)
{
    struct running *r = running;
    struct shell *s = &r->shell;
    struct url u;
    int code = EXIT_SUCCESS;
    s->fiber = fiber_self();
    loop_on_signal(SIGINT, shell_interrupt, s);
    if (names_file(r, &u)) {
        code = fetch(s, &u, r->local);
    } else if (r->local) {
        code = cli_usage("ftp", "-o is for a URL that names a file");
    } else {
        if (r->where)
            code = shell_open(s, r->where);
        if (code == EXIT_SUCCESS || s->interactive)
            code = run_commands(r);
    }
    shell_close(s);
    return shell_interrupted(s) ? EXIT_INTERRUPTED : code;
}

/* ---- the command line */

static bool take_number(const char *name, const char *said, unsigned most,
                        unsigned *number)
{
    struct span text = span_of(said ? said : "");
    uint64_t value;
    if (!said)
        return true;
    if (!span_take_number(&text, most, &value) || text.len > 0 || value == 0) {
        cli_usage("ftp", "%s is a number between 1 and %u", name, most);
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static void take_flags(struct running *r, int *argc, char **argv)
{
    struct shell *s = &r->shell;
    s->active = cli_flag(argc, argv, "active");
    s->any_certificate = cli_flag(argc, argv, "any-certificate");
    s->no_tls = cli_flag(argc, argv, "no-tls");
    s->plain_data = cli_flag(argc, argv, "plain-data");
    s->keep_going = cli_flag(argc, argv, "k");
    s->quiet = cli_flag(argc, argv, "q");
    s->verbose = cli_flag(argc, argv, "v");
    r->list = cli_flag(argc, argv, "l");
    s->family = cli_flag(argc, argv, "4") ? AF_INET : s->family;
    s->family = cli_flag(argc, argv, "6") ? AF_INET6 : s->family;
}

static bool take_options(struct running *r, int *argc, char **argv)
{
    struct shell *s = &r->shell;
    const char *parallel = cli_option(argc, argv, "P");
    const char *timeout = cli_option(argc, argv, "timeout");
    const char *tries = cli_option(argc, argv, "tries");
    r->commands = cli_option(argc, argv, "c");
    r->file = cli_option(argc, argv, "f");
    r->local = cli_option(argc, argv, "o");
    s->ca_file = cli_option(argc, argv, "ca");
    take_flags(r, argc, argv);
    return take_number("-P", parallel, PARALLEL_MOST, &s->parallel) &&
           take_number("--timeout", timeout, TIMEOUT_MOST, &s->seconds) &&
           take_number("--tries", tries, TRIES_MOST, &s->tries);
}

int cli_ftp(int argc, char **argv)
{
    static struct running r;
    r = (struct running){ .shell = { .parallel = 1, .out = stdout } };
    if (!take_options(&r, &argc, argv) || !cli_words(&argc, argv, 0, 1))
        return EXIT_USAGE;
    if (r.list && argc < 2)
        return cli_usage("ftp", "-l lists a URL");
    setlocale(LC_CTYPE, "");
    r.where = argc > 1 ? argv[1] : NULL;
    r.shell.interactive = !r.commands && !r.file && !r.list && isatty(STDIN_FILENO) &&
                          isatty(STDOUT_FILENO);
    screen_open(&r.shell.screen, stderr);
    if (r.shell.quiet)
        r.shell.screen.to = NULL;
    int code = cli_on_fiber(run, &r);
    explicit_bzero(&r.shell.place, sizeof r.shell.place);
    return code;
}
