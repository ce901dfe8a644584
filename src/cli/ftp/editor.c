/* editor - see editor.h. */
#include "cli/ftp/editor.h"

#include "base/own.h"
#include "cli/ftp/bookmarks.h"
#include "cli/ftp/columns.h"
#include "cli/ftp/complete.h"
#include "cli/ftp/input.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

/* What is used of libedit. */
static struct {
    void *library;
    __typeof__(el_init) *init;
    __typeof__(el_end) *end;
    __typeof__(el_set) *set;
    __typeof__(el_get) *get;
    __typeof__(el_gets) *read_line;
    __typeof__(el_line) *line;
    __typeof__(el_source) *source;
    __typeof__(el_resize) *resize;
    __typeof__(el_insertstr) *insert;
    __typeof__(el_deletestr) *drop;
    __typeof__(history_init) *history_init;
    __typeof__(history_end) *history_end;
    __typeof__(history) *history;
} edit;

struct editor {
    struct shell *shell;
    struct input input;
    EditLine *line; /* NULL: without libedit */
    History *history;
    const char *prompt;
    bool interrupted;
    struct buf plain; /* the line, without libedit */
    char path[PATH_MAX];
};

/* ---- libedit */

static bool load(void)
{
    static const struct {
        const char *name;
        void *place;
    } symbols[] = {
        { "el_init", &edit.init },
        { "el_end", &edit.end },
        { "el_set", &edit.set },
        { "el_get", &edit.get },
        { "el_gets", &edit.read_line },
        { "el_line", &edit.line },
        { "el_source", &edit.source },
        { "el_resize", &edit.resize },
        { "el_insertstr", &edit.insert },
        { "el_deletestr", &edit.drop },
        { "history_init", &edit.history_init },
        { "history_end", &edit.history_end },
        { "history", &edit.history },
    };
    edit.library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; edit.library && i < sizeof symbols / sizeof *symbols; i++) {
        void *found = dlsym(edit.library, symbols[i].name);
        if (!found)
            return false;
        memcpy(symbols[i].place, &found, sizeof found);
    }
    return edit.library != NULL;
}

static struct editor *of(EditLine *line)
{
    void *editor = NULL;
    edit.get(line, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt(EditLine *line)
{
    return (char *)(uintptr_t)of(line)->prompt;
}

/* One character, as the locale has it; -1: Ctrl-C, or an error. */
static int get_character(EditLine *line, wchar_t *character_r)
{
    struct editor *e = of(line);
    mbstate_t state = { 0 };
    for (;;) {
        char octet;
        ssize_t n = input_read(&e->input, &octet, 1);
        if (n <= 0) {
            e->interrupted = n == -EINTR;
            return n < 0 ? -1 : 0;
        }
        size_t len = mbrtowc(character_r, &octet, 1, &state);
        if (len == (size_t)-2)
            continue;
        if (len == (size_t)-1)
            *character_r = L'?';
        return 1;
    }
}

/* The one at the terminal, for SIGWINCH, which the loop may deliver after its end. */
static EditLine *shown;

static void on_resize(void *unused)
{
    (void)unused;
    if (shown)
        edit.resize(shown);
}

/* ---- Tab */

static void print_candidates(const struct completion *c)
{
    struct winsize w = { 0 };
    unsigned widest = 1, width = 80, column = 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        width = w.ws_col;
    for (size_t i = 0; i < c->count; i++)
        if (columns_of(c->words[i]) > widest)
            widest = columns_of(c->words[i]);
    struct buf b = { .max = CALL_OCTETS_MAX };
    for (size_t i = 0; i < c->count; i++) {
        bool begins = column == 0 || column + widest + 2 > width;
        column = begins ? widest : column + 2 + widest;
        if (buf_put(&b, begins ? SPAN("\n") : SPAN("  ")) != 0 ||
            put_fitted(&b, c->words[i], widest < width ? widest : width - 1) != 0)
            break;
    }
    fprintf(stdout, "%.*s\n", SPAN_ARG(buf_span(&b)));
    fflush(stdout);
    buf_free(&b);
}

static unsigned characters(struct span s)
{
    unsigned count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.at[i] & 0xc0) != 0x80;
    return count;
}

static unsigned char on_tab(EditLine *line, int key)
{
    (void)key;
    struct editor *e = of(line);
    const LineInfo *info = edit.line(line);
    OWN(arena_close) struct arena *arena = arena_open(64 << 20);
    struct span before = span_at(info->buffer, (size_t)(info->cursor - info->buffer));
    struct completion c;
    e->shell->interrupts = 0;
    bool found = arena && complete(e->shell, before, arena, &c);
    if (shell_interrupted(e->shell))
        e->interrupted = true;
    e->shell->interrupts = 0;
    if (!found)
        return CC_REFRESH_BEEP;
    struct span word = span_skip(before, c.begins);
    if (c.count > 1 && span_is(word, c.text)) {
        print_candidates(&c);
        return CC_REDISPLAY;
    }
    edit.drop(line, (int)characters(word));
    return edit.insert(line, c.text.at) == 0 ? CC_REFRESH : CC_ERROR;
}

/* ---- open and close */

static void open_history(struct editor *e)
{
    HistEvent event;
    e->history = edit.history_init();
    if (!e->history)
        return;
    edit.history(e->history, &event, H_SETSIZE, HISTORY_LINES);
    edit.history(e->history, &event, H_SETUNIQUE, 1);
    if (e->path[0])
        edit.history(e->history, &event, H_LOAD, e->path);
    edit.set(e->line, EL_HIST, edit.history, e->history);
}

static void open_line(struct editor *e)
{
    e->line = edit.init("packetboat", stdin, stdout, stderr);
    if (!e->line)
        return;
    edit.set(e->line, EL_CLIENTDATA, e);
    edit.set(e->line, EL_PROMPT, prompt);
    edit.set(e->line, EL_EDITOR, "emacs");
    edit.set(e->line, EL_SIGNAL, 0);
    edit.set(e->line, EL_GETCFN, get_character);
    edit.set(e->line, EL_ADDFN, "complete", "what may stand here", on_tab);
    edit.set(e->line, EL_BIND, "^I", "complete", NULL);
    open_history(e);
    edit.source(e->line, NULL); /* ~/.editrc */
}

struct editor *editor_open(struct shell *s)
{
    struct editor *e = calloc(1, sizeof *e);
    if (!e || input_open(&e->input, s, STDIN_FILENO) < 0) {
        free(e);
        return NULL;
    }
    e->shell = s;
    e->plain.max = LINE_OCTETS_MAX;
    if (MB_CUR_MAX == 1) /* names are UTF-8, whatever the locale */
        setlocale(LC_CTYPE, "C.UTF-8");
    if (!personal_path("ftp-history", true, true, e->path, sizeof e->path))
        e->path[0] = '\0';
    if (load())
        open_line(e);
    shown = e->line;
    loop_on_signal(SIGWINCH, on_resize, NULL);
    return e;
}

static void keep_history(struct editor *e)
{
    HistEvent event;
    int fd = e->path[0] ? open(e->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0 && fchmod(fd, 0600) == 0)
        edit.history(e->history, &event, H_SAVE, e->path);
    if (fd >= 0)
        close(fd);
}

void editor_close(struct editor **editor)
{
    struct editor *e = *editor;
    if (!e)
        return;
    if (e->history) {
        keep_history(e);
        edit.history_end(e->history);
    }
    shown = NULL;
    if (e->line)
        edit.end(e->line);
    input_close(&e->input);
    buf_free(&e->plain);
    free(e);
    *editor = NULL;
}

/* ---- lines */

static bool is_secret(const struct word *w)
{
    struct url u;
    bool secret = !url_read(span_of(w->text), &u) && u.has_password;
    explicit_bzero(&u, sizeof u);
    return secret;
}

bool editor_may_keep(struct span line, struct arena *arena)
{
    bool may = line.len > 0 && line.at[0] != ' ';
    while (line.len > 0 && may) {
        struct statement s;
        const char *wrong = take_statement(&line, arena, &s);
        const struct ftp_command *c =
            !wrong && s.count > 0 ? ftp_command_find(span_of(s.words[0].text)) : NULL;
        if (c && c->flags & SECRET && s.count > 1)
            may = false;
        for (size_t i = 1; c && i < s.count; i++)
            may = may && !is_secret(&s.words[i]);
    }
    return may;
}

static void remember(struct editor *e, struct span line)
{
    OWN(arena_close) struct arena *arena = arena_open(16 << 20);
    HistEvent event;
    char text[LINE_OCTETS_MAX / 16];
    if (e->history && arena && editor_may_keep(line, arena) &&
        span_to_string(line, text, sizeof text))
        edit.history(e->history, &event, H_ENTER, text);
}

static int plain_line(struct editor *e, const char *text, struct span *line_r)
{
    char octet;
    ssize_t n;
    fputs(text, stdout);
    fflush(stdout);
    buf_clear(&e->plain);
    while ((n = input_read(&e->input, &octet, 1)) == 1 && octet != '\n')
        if (buf_put(&e->plain, span_at(&octet, 1)) != 0)
            break;
    *line_r = buf_span(&e->plain);
    return n < 0 ? (int)n : n > 0 || e->plain.len > 0;
}

int editor_line(struct editor *e, const char *text, struct span *line_r)
{
    int len = 0;
    e->shell->interrupts = 0;
    e->interrupted = false;
    e->prompt = text;
    if (!e->line)
        return plain_line(e, text, line_r);
    const char *line = edit.read_line(e->line, &len);
    if (e->interrupted)
        return -EINTR;
    if (!line || len <= 0)
        return 0;
    *line_r = span_at(line, (size_t)len);
    if (line[len - 1] == '\n')
        line_r->len--;
    remember(e, *line_r);
    return 1;
}
