/* client - opening, closing, login, and what went wrong. */
#include "ftp/client_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "wire/data.h"
#include "wire/tls.h"
#include "wire/tls_client.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- opening and closing */

/* Copies *string behind the others; NULL stays. */
static void keep(char **at, const char **string)
{
    if (!*string)
        return;
    size_t size = strlen(*string) + 1;
    memcpy(*at, *string, size);
    *string = *at;
    *at += size;
}

static bool keep_strings(struct ftp_client *c)
{
    struct ftp_options *o = &c->options;
    const char **strings[] = { &o->host,    &o->user,    &o->password,
                               &o->account, &o->ca_file, &o->pins_file };
    size_t size = 1;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        size += *strings[i] ? strlen(*strings[i]) + 1 : 0;
    char *at = c->strings = malloc(size);
    for (size_t i = 0; at && i < sizeof(strings) / sizeof(strings[0]); i++)
        keep(&at, strings[i]);
    return c->strings != NULL;
}

static void set_defaults(struct ftp_options *o)
{
    if (!o->port)
        o->port = o->tls == FTP_TLS_IMPLICIT ? 990 : 21;
    if (!o->reply_seconds)
        o->reply_seconds = FTP_REPLY_SECONDS;
    if (!o->connect_seconds)
        o->connect_seconds = FTP_CONNECT_SECONDS;
    if (!o->tries)
        o->tries = FTP_TRIES;
    if (!o->user) {
        o->user = "anonymous";
        o->password = o->password ? o->password : "anonymous@";
    }
}

struct ftp_client *ftp_open(const struct ftp_options *options)
{
    struct ftp_client *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->options = *options;
    c->reply.text.max = FTP_REPLY_KEPT_MAX;
    set_defaults(&c->options);
    if (!keep_strings(c)) {
        free(c);
        return NULL;
    }
    return c;
}

void client_hang_up(struct ftp_client *c)
{
    data_close(&c->data);
    wire_drop(&c->control);
    c->logged_in = c->passive_ahead = false;
    c->noops = 0;
    c->asked_hash = false;
    c->type = 0;
}

void ftp_close(struct ftp_client **client)
{
    struct ftp_client *c = *client;
    if (!c)
        return;
    *client = NULL;
    if (c->control && fiber_self() && !c->busy) {
        wire_say(c->control, "QUIT");
        wire_flush(c->control);
    }
    client_hang_up(c);
    explicit_bzero(c->strings, strlen(c->strings));
    free(c->strings);
    free(c->directory);
    free(c->greeting);
    tls_client_close(&c->tls);
    free(c->block);
    buf_free(&c->reply.text);
    free(c);
}

/* ---- what went wrong */

void client_begin(struct ftp_client *c)
{
    assert(!c->busy);
    c->busy = true;
    c->cancelled = c->gave_up = false;
    c->error[0] = '\0';
}

int client_end(struct ftp_client *c, int error)
{
    c->busy = false;
    if (!error)
        c->error[0] = '\0';
    return error;
}

int client_fail(struct ftp_client *c, int error, const char *format, ...)
{
    if (error == -ECANCELED || c->cancelled) {
        snprintf(c->error, sizeof(c->error), "Interrupted.");
        return -ECANCELED;
    }
    char words[FTP_ERROR_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    log_clean(span_of(words), c->error, sizeof(c->error));
    return error;
}

void client_note(struct ftp_client *c, const char *format, ...)
{
    if (!c->options.on_note)
        return;
    char words[FTP_ERROR_MAX], note[FTP_ERROR_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    log_clean(span_of(words), note, sizeof(note));
    c->options.on_note(c->options.arg, note);
}

const char *client_host(const struct ftp_client *c)
{
    static char name[FTP_HOST_SIZE];
    bool v6 = strchr(c->options.host, ':') != NULL;
    snprintf(name, sizeof(name), "%s%.255s%s:%u", v6 ? "[" : "", c->options.host,
             v6 ? "]" : "", c->options.port);
    return name;
}

int client_park(struct ftp_client *c, uint64_t deadline)
{
    if (c->cancelled)
        return -ECANCELED;
    c->waiter = fiber_self();
    int ended = fiber_park(deadline);
    c->waiter = NULL;
    return c->cancelled ? -ECANCELED : ended;
}

void ftp_cancel(struct ftp_client *c)
{
    if (!c->busy)
        return;
    c->cancelled = true;
    fiber_wake(c->waiter);
    if (c->data)
        data_cancel(c->data);
    if (c->control)
        wire_cancel(c->control);
}

/* 425, 426 and 451 are about the data connection or the server's day (RFC 959 §4.2.2);
 * other refusals will be the same the next time. */
bool client_is_lost(const struct ftp_client *c, int error)
{
    unsigned code = c->reply.code;
    if (error == -EAGAIN && !c->gave_up && (code == 425 || code == 426 || code == 451))
        return true;
    return !c->control && !c->gave_up && error != -ECANCELED && error != -EACCES &&
           error != -EKEYREJECTED && error != -EPROTO && error != -EADDRNOTAVAIL;
}

const char *ftp_error(const struct ftp_client *c)
{
    return c->error;
}

unsigned ftp_reply_code(const struct ftp_client *c)
{
    return c->reply.code;
}

struct span ftp_reply_text(const struct ftp_client *c)
{
    return buf_span(&c->reply.text);
}

struct span ftp_greeting(const struct ftp_client *c)
{
    return span_of(c->greeting ? c->greeting : "");
}

const char *ftp_tls_name(const struct ftp_client *c)
{
    return c->control ? wire_tls_name(c->control) : NULL;
}

/* ---- connecting */

static int wrap(struct ftp_client *c, int fd)
{
    char peer[NI_MAXHOST] = "?";
    socklen_t size = sizeof(c->peer);
    if (getpeername(fd, &c->peer.any, &size) == 0)
        getnameinfo(&c->peer.any, size, peer, sizeof(peer), NULL, 0, NI_NUMERICHOST);
    size = sizeof(c->local);
    getsockname(fd, &c->local.any, &size);
    const struct wire_settings settings = {
        .line_max = FTP_REPLY_LINE_MAX,
        .read_time = c->options.reply_seconds * CLOCK_SECOND,
        .write_time = c->options.reply_seconds * CLOCK_SECOND,
        .protocol = "ftp",
        .alpn = "ftp",
        .tls_client = c->tls,
    };
    c->control = wire_open(fd, peer, &settings);
    c->type = 0;
    c->passive_ahead = false;
    return c->control ? 0 : client_fail(c, -ENOMEM, "There is no memory.");
}

static int greet(struct ftp_client *c)
{
    snprintf(c->said, sizeof(c->said), "the connection");
    int error = client_final(c);
    if (error)
        return error;
    if (client_judge(c) != 0)
        return client_refused(c, "The server serves nobody now", NULL);
    free(c->greeting);
    c->greeting = strndup(c->reply.text.at ? c->reply.text.at : "", c->reply.text.len);
    return 0;
}

/* RFC 959 §5.4: USER, then PASS, then ACCT, each where the reply before asks for it. */
static int log_in(struct ftp_client *c)
{
    const struct ftp_options *o = &c->options;
    int error = client_ask(c, "USER %s", o->user);
    if (!error && c->reply.code == 331)
        error = client_ask(c, "PASS %s", o->password ? o->password : "");
    if (!error && c->reply.code == 332 && o->account)
        error = client_ask(c, "ACCT %s", o->account);
    if (error)
        return error;
    if (c->reply.code / 100 == 2)
        return 0;
    int refused = client_judge(c);
    client_refused(c, "The server refuses to log in", o->user);
    return refused == -EAGAIN ? -EAGAIN : -EACCES;
}

static int ask_features(struct ftp_client *c)
{
    if (c->knows_features)
        return 0;
    int error = client_ask(c, "FEAT");
    if (error)
        return error;
    bool good = c->reply.code == 211;
    c->features = good ? reply_features(ftp_reply_text(c)) : 0;
    c->knows_features = true;
    c->no_mlsd = good && !client_has(c, FEATURE_MLST);
    return 0;
}

static int go_back(struct ftp_client *c)
{
    if (!c->directory)
        return 0;
    int error = client_ask(c, "CWD %s", c->directory);
    if (!error && client_judge(c) != 0)
        return client_refused(c, "The directory is gone:", c->directory);
    return error;
}

static int connect_and_log_in(struct ftp_client *c)
{
    static int (*const steps[])(struct ftp_client *) = {
        greet, client_tls_ask, log_in, client_tls_protect, ask_features, go_back,
    };
    int error = client_tls_open(c);
    int fd = error ? error : client_connect(c);
    if (fd < 0)
        return fd;
    error = wrap(c, fd);
    if (!error && c->options.tls == FTP_TLS_IMPLICIT)
        error = client_tls_start(c);
    for (size_t i = 0; !error && i < sizeof(steps) / sizeof(steps[0]); i++)
        error = steps[i](c);
    return error;
}

/* Has the server hung up meanwhile, or said 421?  Nothing else comes unasked. */
static bool still_stands(struct ftp_client *c)
{
    if (!c->control || !c->logged_in)
        return false;
    if (c->passive_ahead)
        return !wire_error(c->control);
    return !wire_peek(c->control) && !wire_error(c->control);
}

int client_ready(struct ftp_client *c)
{
    if (still_stands(c))
        return 0;
    client_hang_up(c);
    int error =
        c->cancelled ? client_fail(c, -ECANCELED, "%s", "") : connect_and_log_in(c);
    if (error)
        client_hang_up(c);
    c->logged_in = !error;
    return error;
}

int ftp_login(struct ftp_client *c)
{
    client_begin(c);
    return client_end(c, client_ready(c));
}
