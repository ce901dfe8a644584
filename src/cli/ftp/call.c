/* call - see call.h. */
#include "cli/ftp/shell.h"

#include "base/log.h"
#include "cli/ftp/columns.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

/* ---- options */

static void drop(struct call *c, size_t at, size_t count)
{
    c->count -= count;
    memmove(c->words + at, c->words + at + count, (c->count - at) * sizeof *c->words);
}

/* Does the word at `at` end the options? */
static bool ends_options(const struct call *c, size_t at)
{
    return !c->words[at].quoted && strcmp(c->words[at].text, "--") == 0;
}

/* Is it -x, or --name?  What stands behind it in the same word, "" or "=VALUE". */
static bool is_option(const struct word *w, char letter, const char *name,
                      const char **behind_r)
{
    struct span text = span_of(w->text);
    if (w->quoted && !(text.len > 0 && text.at[0] == '-'))
        return false;
    if (name && span_take(&text, SPAN("--")) && span_take(&text, span_of(name)) &&
        (text.len == 0 || text.at[0] == '=')) {
        *behind_r = text.at;
        return true;
    }
    text = span_of(w->text);
    bool is_letter =
        letter && text.len >= 2 && text.at[0] == '-' && text.at[1] == letter;
    *behind_r = is_letter ? text.at + 2 : NULL;
    return is_letter;
}

bool call_flag(struct call *c, char letter, const char *name)
{
    bool found = false;
    const char *behind;
    for (size_t i = 0; i < c->count && !ends_options(c, i);) {
        if (is_option(&c->words[i], letter, name, &behind) && !*behind) {
            drop(c, i, 1);
            found = true;
        } else {
            i++;
        }
    }
    return found;
}

const char *call_next_option(struct call *c, char letter, const char *name)
{
    const char *behind;
    for (size_t i = 0; i < c->count && !ends_options(c, i); i++) {
        if (!is_option(&c->words[i], letter, name, &behind))
            continue;
        if (!*behind && i + 1 == c->count)
            return NULL; /* it stays, and call_words complains of it */
        const char *value = !*behind ? c->words[i + 1].text : behind + (*behind == '=');
        drop(c, i, *behind ? 1 : 2);
        return value;
    }
    return NULL;
}

const char *call_option(struct call *c, char letter, const char *name)
{
    const char *value = NULL, *next;
    while ((next = call_next_option(c, letter, name)))
        value = next;
    return value;
}

bool call_number(struct call *c, char letter, const char *name, unsigned least,
                 unsigned most, unsigned *number)
{
    const char *said = call_option(c, letter, name);
    uint64_t value = 0;
    if (!said)
        return true;
    struct span text = span_of(said);
    if (span_take_number(&text, most, &value) && text.len == 0 && value >= least) {
        *number = (unsigned)value;
        return true;
    }
    call_usage(c, "--%s is a number between %u and %u", name, least, most);
    return false;
}

bool call_words(struct call *c, size_t least, size_t most)
{
    for (size_t i = 0; i < c->count; i++) {
        if (ends_options(c, i)) {
            drop(c, i, 1);
            break;
        }
        if (c->words[i].text[0] == '-' && c->words[i].text[1] && !c->words[i].quoted) {
            call_usage(c, "there is no option %s, or its value is missing",
                       c->words[i].text);
            return false;
        }
    }
    if (c->count < least)
        call_usage(c, "something is missing");
    else if (c->count > most)
        call_usage(c, "'%s' is too much", c->words[most].text);
    return c->count >= least && c->count <= most;
}

/* ---- what is said */

/* Cleaned: it may have a server's words in it. */
static void say(struct call *c, const char *format, va_list args)
{
    char text[4096], line[4 * sizeof text];
    vsnprintf(text, sizeof text, format, args);
    log_clean(span_of(text), line, sizeof line);
    progress_hide(&c->shell->screen);
    fflush(stdout);
    fprintf(stderr, "%.*s: %s\n", SPAN_ARG(ftp_command_name(c->command)), line);
}

int call_usage(struct call *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(c, format, args);
    va_end(args);
    fprintf(stderr, "usage: %s\n", c->command->usage);
    return EXIT_USAGE;
}

int call_fail(struct call *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(c, format, args);
    va_end(args);
    return EXIT_FAILURE_;
}

int call_met(struct call *c, struct ftp_client *client, int error, const char *name)
{
    if (!error)
        return EXIT_SUCCESS;
    if (shell_interrupted(c->shell))
        return EXIT_FAILURE_;
    const char *why = client ? ftp_error(client) : "";
    if (!*why)
        why = strerror(-error);
    return name ? call_fail(c, "%s: %s", name, why) : call_fail(c, "%s", why);
}

void call_print(struct call *c, const char *format, ...)
{
    struct buf clean = { .max = CALL_OCTETS_MAX };
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        return;
    progress_hide(&c->shell->screen);
    struct span line = span_at(text, (size_t)len);
    if (isatty(fileno(c->shell->out)) && put_clean(&clean, line) == 0)
        line = buf_span(&clean);
    fprintf(c->shell->out, "%.*s\n", SPAN_ARG(line));
    buf_free(&clean);
    free(text);
}

void shell_note(struct shell *s, const char *format, ...)
{
    char text[1024], line[4 * sizeof text];
    if (s->quiet || !s->interactive)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_clean(span_of(text), line, sizeof line);
    progress_hide(&s->screen);
    fprintf(stderr, "%s\n", line);
}
