/* RFC 959 §4.1.3: LIST, NLST, STAT of a path; RFC 3659 §7: MLSD.  files answers bit by
 * bit; nothing of a directory is held here. */
#include "ftp/commands.h"
#include "ftp/listing.h"
#include "ftp/transfer.h"

#include "base/clock.h"
#include "base/own.h"
#include "files/path.h"
#include "ipc/channel.h"

#include <errno.h>
#include <stdlib.h>

enum form { FORM_LONG, FORM_NAMES, FORM_FACTS };

enum { BATCH = 48 << 10, LINE_ROOM = 1024 };

/* What is listed, and how. */
struct listing {
    struct ftpd *session;
    enum form form;
    struct span directory, pattern, prefix;
    int (*say)(void *arg, struct span lines);
    void *arg;
    int64_t now;
    size_t len;
    char lines[BATCH];
};

static int pass_on(struct listing *l)
{
    struct span lines = span_at(l->lines, l->len);
    l->len = 0;
    return lines.len > 0 ? l->say(l->arg, lines) : 0;
}

/* RFC 1123 §4.1.2.7: what NLST says can be said to RETR as it is. */
static size_t put_name(const struct listing *l, struct span name, char *at)
{
    struct span prefix =
        l->prefix.len + name.len < LINE_ROOM - 2 ? l->prefix : SPAN("");
    if (prefix.len > 0)
        memcpy(at, prefix.at, prefix.len);
    memcpy(at + prefix.len, name.at, name.len);
    memcpy(at + prefix.len + name.len, "\r\n", 2);
    return prefix.len + name.len + 2;
}

static int put_row(struct listing *l, const struct file_facts *facts, struct span name)
{
    int error = l->len + LINE_ROOM > BATCH ? pass_on(l) : 0;
    char *at = l->lines + l->len;
    if (error)
        return error;
    if (l->form == FORM_LONG)
        l->len += listing_long(facts, name, l->now, at);
    else if (l->form == FORM_FACTS)
        l->len += listing_facts(facts, name, l->session->parameters.facts, at);
    else
        l->len += put_name(l, name, at);
    return 0;
}

static int put_rows(struct listing *l, struct span rows)
{
    struct file_row row;
    int error = 0;
    while (!error && file_row_take(&rows, &row))
        error = put_row(l, &row.facts, row.name);
    return error ? error : rows.len > 0 ? -EBADMSG : 0;
}

/* One more answer of files; *number: 0 when that was all. */
static int ask_some(struct listing *l, struct arena *arena, uint32_t *number)
{
    struct files_list question = { .handle = l->session->handle,
                                   .listing = *number,
                                   .path = l->directory,
                                   .pattern = l->pattern };
    struct files_list_answer answer;
    arena_reset(arena);
    int error = ask_files_list(&question, &answer, arena);
    *number = error ? 0 : answer.listing;
    return error ? error : put_rows(l, answer.rows);
}

static void end(const struct listing *l, uint32_t number)
{
    struct channel *files = ipc_peer(ROLE_FILES, 0);
    if (files && number)
        tell_files_list_end(files,
                            &(struct files_list_end){ .handle = l->session->handle,
                                                      .listing = number });
}

static int list_all(struct listing *l)
{
    OWN(arena_close) struct arena *arena = arena_open(2 * FILES_ROWS_MAX);
    uint32_t number = 0;
    int error = arena ? ask_some(l, arena, &number) : -ENOMEM;
    while (!error && number)
        error = ask_some(l, arena, &number);
    end(l, number);
    return error ? error : pass_on(l);
}

/* ---- what was said: options (only looked at, F07), a path, perhaps with a pattern */

struct listed {
    char path[PATHNAME_SIZE];
    struct file_facts facts;
    struct span pattern; /* of what is in path; empty: all */
    struct span prefix;  /* of it, as it was said */
};

static bool is_pattern(struct span name)
{
    return span_find(name, '*') < name.len || span_find(name, '?') < name.len ||
           span_find(name, '[') < name.len;
}

static int look(struct ftpd *s, struct listed *l)
{
    struct files_stat question = { .handle = s->handle, .path = span_of(l->path) };
    struct files_stat_answer a;
    int error = ask_files_stat(&question, &a, NULL);
    if (!error)
        l->facts =
            (struct file_facts){ .size = a.size,
                                 .modified = (int64_t)a.modified,
                                 .unique = a.unique,
                                 .mode = a.mode,
                                 .perm = a.perm,
                                 .type = a.type < FILE_TYPES ? a.type : FILE_OTHER };
    return error;
}

/* A name that has a pattern's letters is looked for as a name first. */
static int find(struct ftpd *s, struct span said, struct listed *l)
{
    int error =
        pathname_resolve(ftpd_directory(s), said.len ? said : SPAN("."), l->path);
    if (!error)
        error = look(s, l);
    if (error != -ENOENT || !is_pattern(path_name(said)))
        return error;
    l->pattern = path_name(said);
    struct span parent = span_first(said, said.len - l->pattern.len);
    l->prefix = parent;
    if (!pattern_is_sound(l->pattern))
        return -EINVAL;
    error =
        pathname_resolve(ftpd_directory(s), parent.len ? parent : SPAN("."), l->path);
    return error ? error : look(s, l);
}

static int run(struct listing *out, const struct listed *l)
{
    struct span path = span_of(l->path);
    out->now = clock_wall();
    if (l->facts.type != FILE_DIRECTORY) {
        struct span name = path_name(path);
        int error = put_row(out, &l->facts, name);
        return error ? error : pass_on(out);
    }
    out->directory = path;
    out->pattern = l->pattern;
    return list_all(out);
}

/* ---- over a data connection */

static int say_data(void *arg, struct span lines)
{
    struct transfer *t = arg;
    t->octets += lines.len;
    return t->coder ? coder_put(t->coder, lines) : data_put(t->data, lines);
}

static int say_coded(void *arg, struct span octets)
{
    struct transfer *t = arg;
    return data_put(t->data, octets);
}

static bool is_of_files(int error)
{
    return error == -EBADMSG || error == -EBADF || error == -EIO || error == -ENOENT ||
           error == -ENOTDIR || error == -EACCES || error == -ENOMEM;
}

/* Lines have their CRLF already: type and structure change nothing, the mode does. */
static int carry(struct transfer *t)
{
    struct coder_form form = { .mode = (char)t->session->parameters.mode,
                               .level = t->session->parameters.level };
    struct listing *out = calloc(1, sizeof *out);
    int error = out ? 0 : -ENOMEM;
    if (!error && form.mode != MODE_STREAM) {
        t->coder = encoder_open(&form, say_coded, t);
        error = t->coder ? 0 : -ENOMEM;
    }
    if (!error) {
        out->session = t->session;
        out->form = (enum form)t->form;
        out->prefix = t->listed->prefix;
        out->say = say_data;
        out->arg = t;
        error = run(out, t->listed);
    }
    if (!error && t->coder)
        error = coder_end(t->coder);
    coder_close(&t->coder);
    free(out);
    t->local = error && is_of_files(error);
    return error ? error : data_finish(t->data);
}

static void list(struct ftpd *s, const struct arg *arg, enum form form,
                 const char *what)
{
    struct listed l = { .pattern = SPAN(""), .prefix = SPAN("") };
    if (!ftpd_may_transfer(s))
        return;
    /* A copy: the line is gone once the session listens again. */
    char copy[FTP_LINE_MAX + 2];
    span_to_string(arg->given ? arg->text : SPAN(""), copy, sizeof copy - 1);
    struct span said = span_of(copy);
    int error = find(s, said, &l);
    if (!error && form == FORM_FACTS &&
        (l.facts.type != FILE_DIRECTORY || l.pattern.len))
        error = -ENOTDIR;
    if (error) {
        ftpd_refuse(s, error, form == FORM_FACTS && error == -ENOTDIR ? 501 : 550);
        return;
    }
    if (l.facts.type != FILE_DIRECTORY) {
        l.prefix = span_first(said, said.len - path_name(said).len);
    } else if (!l.pattern.len && said.len > 0) {
        l.prefix = span_at(copy, said.len + (copy[said.len - 1] != '/'));
        copy[said.len] = '/';
    }
    struct transfer t = {
        .carry = carry, .what = what, .sends = true, .form = form, .listed = &l
    };
    ftpd_transfer(s, &t, "Here it comes");
}

void ftpd_list(void *session, const struct arg *args)
{
    list(session, &args[0], FORM_LONG, "LIST");
}

void ftpd_nlst(void *session, const struct arg *args)
{
    list(session, &args[0], FORM_NAMES, "NLST");
}

void ftpd_mlsd(void *session, const struct arg *args)
{
    list(session, &args[0], FORM_FACTS, "MLSD");
}

/* ---- RFC 959 §4.1.3, STAT pathname: over the control connection */

static int say_control(void *arg, struct span lines)
{
    struct ftpd *s = arg;
    wire_put(s->wire, lines);
    return wire_error(s->wire);
}

void ftpd_stat_path(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct listed l = { .pattern = SPAN(""), .prefix = SPAN("") };
    int error = find(s, args[0].text, &l);
    struct listing *out = error ? NULL : calloc(1, sizeof *out);
    if (!error && !out)
        error = -ENOMEM;
    if (error) {
        ftpd_refuse(s, error, 450);
        return;
    }
    int code = l.facts.type == FILE_DIRECTORY ? 212 : 213;
    out->session = s;
    out->say = say_control;
    out->arg = s;
    wire_say(s->wire, "%d-Status of %s:", code, l.path);
    error = run(out, &l);
    wire_say(s->wire, "%d End%s", code, error ? ", which came too soon" : "");
    free(out);
}
