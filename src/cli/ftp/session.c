/* session - the commands about the session itself: how it is, and how it is to be. */
#include "cli/ftp/bookmarks.h"
#include "cli/ftp/commands.h"

#include <errno.h>

/* ---- status, quit, !COMMAND */

int ftp_do_status(struct call *c)
{
    struct shell *s = c->shell;
    const char *directory;
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    if (!s->client) {
        call_print(c, "no place is open");
    } else {
        int error = ftp_directory(s->client, &directory);
        if (error)
            return call_met(c, s->client, error, NULL);
        const char *tls = ftp_tls_name(s->client);
        call_print(c, "place      %s, port %u", s->place.host, s->place.port);
        call_print(c, "user       %s", s->place.has_user ? s->place.user : "anonymous");
        call_print(c, "directory  %s", directory);
        call_print(c, "TLS        %s", tls ? tls : "none");
    }
    call_print(c, "type       %s", s->ascii ? "ascii" : "binary");
    call_print(c, "data       %s", s->active ? "active" : "passive");
    call_print(c, "parallel   %u", s->parallel);
    return EXIT_SUCCESS;
}

int ftp_do_quit(struct call *c)
{
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    c->shell->leaving = true;
    return EXIT_SUCCESS;
}

int ftp_do_shell(struct call *c)
{
    const char *command = c->count > 0 ? c->words[0].text : "";
    return child_run(*command ? command : "exec ${SHELL:-/bin/sh}");
}

/* ---- bookmarks */

static int list_bookmarks(struct call *c, struct span text)
{
    struct bookmark b;
    while (bookmark_take(&text, &b)) {
        struct url u;
        struct buf shown = { .max = URL_OCTETS_MAX * 4 };
        if (!url_read(b.url, &u) && url_put(&shown, &u, false) == 0)
            call_print(c, "%-12.*s  %.*s", SPAN_ARG(b.name),
                       SPAN_ARG(buf_span(&shown)));
        buf_free(&shown);
        explicit_bzero(&u, sizeof u);
    }
    return EXIT_SUCCESS;
}

/* The place that is open, and its directory, without the password. */
static int put_here(struct call *c, struct buf *url)
{
    struct url u = c->shell->place;
    const char *directory;
    if (!c->shell->client)
        return call_fail(c, "no place is open; which URL?");
    int error = ftp_directory(c->shell->client, &directory);
    if (error)
        return call_met(c, c->shell->client, error, NULL);
    u.has_path = span_to_string(span_of(directory), u.path, sizeof u.path);
    error = url_put(url, &u, false);
    explicit_bzero(&u, sizeof u);
    return error ? call_fail(c, "%s", strerror(-error)) : EXIT_SUCCESS;
}

static int change_bookmark(struct call *c, struct span text, struct span url)
{
    struct buf fresh = { .max = BOOKMARKS_OCTETS_MAX };
    int error = bookmark_put(&fresh, text, span_of(c->words[1].text), url);
    if (!error)
        error = bookmarks_write(buf_span(&fresh));
    buf_free(&fresh);
    if (error == -ENOENT)
        return call_fail(c, "there is no bookmark %s", c->words[1].text);
    return error ? call_fail(c, "%s", strerror(-error)) : EXIT_SUCCESS;
}

static int add_bookmark(struct call *c, struct span text)
{
    struct buf url = { .max = URL_OCTETS_MAX * 4 };
    struct url read;
    int code = EXIT_SUCCESS;
    const char *wrong = NULL;
    if (!bookmark_is_name(span_of(c->words[1].text)))
        return call_usage(c, "a name has letters, digits, -, _ and .");
    if (c->count > 2) {
        wrong = url_read(span_of(c->words[2].text), &read);
        if (!wrong && url_put(&url, &read, true) != 0)
            wrong = "it is too long";
    } else {
        code = put_here(c, &url);
    }
    if (wrong)
        code = call_usage(c, "'%s' is no URL: %s", c->words[2].text, wrong);
    if (code == EXIT_SUCCESS)
        code = change_bookmark(c, text, buf_span(&url));
    buf_free(&url);
    return code;
}

int ftp_do_bookmarks(struct call *c)
{
    struct buf text = { .max = BOOKMARKS_OCTETS_MAX };
    if (!call_words(c, 0, 3))
        return EXIT_USAGE;
    const char *what = c->count > 0 ? c->words[0].text : "list";
    int error = bookmarks_read(&text), code;
    if (error)
        code = call_fail(c, "%s", strerror(-error));
    else if (strcmp(what, "list") == 0 && c->count < 2)
        code = list_bookmarks(c, buf_span(&text));
    else if (strcmp(what, "add") == 0 && c->count > 1)
        code = add_bookmark(c, buf_span(&text));
    else if (strcmp(what, "remove") == 0 && c->count == 2)
        code = change_bookmark(c, buf_span(&text), SPAN(""));
    else
        code = call_usage(c, "list, add or remove, and a name");
    buf_free(&text);
    return code;
}

/* ---- how files are transferred */

static int set_type(struct call *c, bool ascii)
{
    c->shell->ascii = ascii;
    return EXIT_SUCCESS;
}

int ftp_do_ascii(struct call *c)
{
    return call_words(c, 0, 0) ? set_type(c, true) : EXIT_USAGE;
}

int ftp_do_binary(struct call *c)
{
    return call_words(c, 0, 0) ? set_type(c, false) : EXIT_USAGE;
}

int ftp_do_type(struct call *c)
{
    if (!call_words(c, 0, 1))
        return EXIT_USAGE;
    if (c->count == 0) {
        call_print(c, c->shell->ascii ? "ascii" : "binary");
        return EXIT_SUCCESS;
    }
    struct span said = span_of(c->words[0].text);
    if (said.len > 0 && span_starts_nocase(SPAN("ascii"), said))
        return set_type(c, true);
    if (said.len > 0 && (span_starts_nocase(SPAN("binary"), said) ||
                         span_starts_nocase(SPAN("image"), said)))
        return set_type(c, false);
    return call_usage(c, "the types are ascii and binary");
}

static int set_active(struct call *c, bool active)
{
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    bool was = c->shell->active;
    c->shell->active = active;
    return was == active ? EXIT_SUCCESS : shell_reopen(c->shell);
}

int ftp_do_active(struct call *c)
{
    return set_active(c, true);
}

int ftp_do_passive(struct call *c)
{
    return set_active(c, false);
}

int ftp_do_verbose(struct call *c)
{
    if (!call_words(c, 0, 1))
        return EXIT_USAGE;
    if (c->count == 0)
        c->shell->verbose = !c->shell->verbose;
    else if (strcmp(c->words[0].text, "on") == 0)
        c->shell->verbose = true;
    else if (strcmp(c->words[0].text, "off") == 0)
        c->shell->verbose = false;
    else
        return call_usage(c, "on or off");
    return EXIT_SUCCESS;
}

/* ---- lines as they are */

static int say_line(struct call *c, const char *before)
{
    struct buf line = { .max = CALL_OCTETS_MAX };
    int error = buf_printf(&line, "%s", before);
    for (size_t i = 0; i < c->count && !error; i++)
        error = buf_printf(&line, "%s%s", line.len ? " " : "", c->words[i].text);
    if (!error)
        error = buf_put(&line, span_at("", 1));
    if (!error)
        error = ftp_command(c->shell->client, line.at);
    buf_free(&line);
    if (error && ftp_reply_code(c->shell->client) < 400)
        return call_met(c, c->shell->client, error, NULL);
    struct span text = ftp_reply_text(c->shell->client);
    call_print(c, "%u %.*s", ftp_reply_code(c->shell->client), SPAN_ARG(text));
    return error ? EXIT_FAILURE_ : EXIT_SUCCESS;
}

int ftp_do_quote(struct call *c)
{
    return c->count > 0 ? say_line(c, "") : call_usage(c, "which command?");
}

int ftp_do_site(struct call *c)
{
    return c->count > 0 ? say_line(c, "SITE") : call_usage(c, "which command?");
}
