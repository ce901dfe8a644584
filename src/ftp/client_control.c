/* client_control - commands and replies. */
#include "ftp/client_inside.h"

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- saying */

/* The verb alone is kept; it is also what is shown of a secret. */
static void note_said(struct ftp_client *c, struct span line)
{
    struct span verb = span_first(line, span_find(line, ' '));
    span_to_string(verb, c->said, sizeof(c->said));
    if (!c->options.on_line)
        return;
    bool secret = span_is(verb, SPAN("PASS")) || span_is(verb, SPAN("ACCT"));
    char hidden[sizeof(c->said) + 8];
    snprintf(hidden, sizeof(hidden), "%s ****", c->said);
    c->options.on_line(c->options.arg, true, secret ? span_of(hidden) : line);
}

__attribute__((format(printf, 2, 0))) static int say(struct ftp_client *c,
                                                     const char *format, va_list args)
{
    char line[FTP_CLIENT_PATH_MAX + 64];
    int n = vsnprintf(line, sizeof(line), format, args);
    if (n < 0 || (size_t)n >= sizeof(line))
        return client_fail(c, -ENAMETOOLONG, "This is too long for a command.");
    note_said(c, span_at(line, (size_t)n));
    wire_say(c->control, "%s", line);
    return 0;
}

int client_say(struct ftp_client *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int error = say(c, format, args);
    va_end(args);
    return error;
}

int client_path(struct ftp_client *c, const char *path)
{
    struct span p = span_of(path);
    if (p.len > FTP_CLIENT_PATH_MAX)
        return client_fail(c, -ENAMETOOLONG,
                           "A name of %zu octets is too long for FTP.", p.len);
    if (span_find(p, '\n') < p.len || span_find(p, '\r') < p.len)
        return client_fail(c, -EINVAL,
                           "A name with a line end in it cannot be said in FTP.");
    return 0;
}

/* ---- hearing */

static int lost(struct ftp_client *c, int error)
{
    const char *host = client_host(c);
    switch (error) {
    case -ENODATA:
        client_fail(c, -ECONNRESET, "%s closed the connection at %s.", host, c->said);
        error = -ECONNRESET;
        break;
    case -ETIMEDOUT:
        client_fail(c, error, "%s said nothing for %u s after %s.", host,
                    c->options.reply_seconds, c->said);
        break;
    case -EMSGSIZE:
        error =
            client_fail(c, -EPROTO,
                        "%s sends a line without an end: this is no FTP server.", host);
        break;
    default:
        client_fail(c, error, "The connection to %s broke at %s: %s.", host, c->said,
                    strerror(-error));
    }
    client_hang_up(c);
    return error;
}

static int broken(struct ftp_client *c, struct span line)
{
    char shown[64];
    log_clean(line, shown, sizeof(shown));
    client_fail(c, -EPROTO,
                c->reply.octets > FTP_REPLY_OCTETS_MAX
                    ? "%s answers without end: this is no FTP server. (%s)"
                    : "%s does not speak FTP; it says: %s",
                client_host(c), shown);
    client_hang_up(c);
    return -EPROTO;
}

static int read_reply(struct ftp_client *c)
{
    struct line line;
    while (wire_line(c->control, &line)) {
        if (c->options.on_line)
            c->options.on_line(c->options.arg, false, line.text);
        switch (reply_read(&c->reply, line.text)) {
        case REPLY_WHOLE:
            return 0;
        case REPLY_BROKEN:
            return broken(c, line.text);
        case REPLY_MORE:
            break;
        }
    }
    return lost(c, wire_error(c->control));
}

int client_settle(struct ftp_client *c)
{
    if (!c->passive_ahead)
        return 0;
    c->passive_ahead = false;
    return read_reply(c);
}

/* RFC 959 §5.4: 421 may be the answer to any command. */
int client_reply(struct ftp_client *c)
{
    if (!c->control)
        return -ENOTCONN;
    int error = read_reply(c);
    if (error || c->reply.code != 421)
        return error;
    client_refused(c, "The server ends the session", NULL);
    client_hang_up(c);
    return -ECONNRESET;
}

int client_final(struct ftp_client *c)
{
    for (unsigned i = 0; i < FTP_PRELIMINARY_MAX; i++) {
        int error = client_reply(c);
        if (error || c->reply.code >= 200)
            return error;
    }
    client_fail(c, -EPROTO, "%s answers %s without end: this is no FTP server.",
                client_host(c), c->said);
    client_hang_up(c);
    return -EPROTO;
}

int client_ask(struct ftp_client *c, const char *format, ...)
{
    int error = client_settle(c);
    if (error)
        return error;
    va_list args;
    va_start(args, format);
    error = say(c, format, args);
    va_end(args);
    return error ? error : client_final(c);
}

/* ---- what it means */

int client_judge(const struct ftp_client *c)
{
    static const struct {
        unsigned code;
        int error;
    } meanings[] = {
        { 450, -EAGAIN },    { 452, -ENOSPC },     { 500, -EOPNOTSUPP },
        { 501, -EREMOTEIO }, { 502, -EOPNOTSUPP }, { 504, -EOPNOTSUPP },
        { 530, -EACCES },    { 532, -EACCES },     { 550, -ENOENT },
        { 552, -ENOSPC },    { 553, -EINVAL },
    };
    if (c->reply.code < 400)
        return 0;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].code == c->reply.code)
            return meanings[i].error;
    return c->reply.code < 500 ? -EAGAIN : -EREMOTEIO;
}

int client_refused(struct ftp_client *c, const char *what, const char *path)
{
    int error = client_judge(c);
    char words[256], name[256] = "";
    struct span text = buf_span(&c->reply.text);
    log_clean(span_first(text, span_find(text, '\n')), words, sizeof(words));
    if (path)
        log_clean(span_of(path), name, sizeof(name));
    return client_fail(c, error ? error : -EPROTO, "%s%s%s: %s (%u)", what,
                       path ? " " : "", name, words, c->reply.code);
}

bool client_has(const struct ftp_client *c, unsigned feature)
{
    return (c->features & feature) != 0;
}
