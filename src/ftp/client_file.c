/* client_file - commands about files: RFC 959 §4.1.3, RFC 3659, and draft-somers-ftp-mfxx. */
#include "ftp/client_inside.h"

#include "ftp/facts_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* "VERB path", which is done when the answer is 2yz. */
static int command_on(struct ftp_client *c, const char *verb, const char *path)
{
    int error = client_path(c, path);
    if (!error)
        error = client_ready(c);
    if (!error)
        error = *path ? client_ask(c, "%s %s", verb, path) : client_ask(c, "%s", verb);
    if (!error && client_judge(c) != 0)
        error = client_refused(c, verb, path);
    return error;
}

static int simple(struct ftp_client *c, const char *verb, const char *path)
{
    client_begin(c);
    return client_end(c, command_on(c, verb, path));
}

int ftp_command(struct ftp_client *c, const char *line)
{
    return simple(c, line, "");
}

int ftp_remove(struct ftp_client *c, const char *path)
{
    return simple(c, "DELE", path);
}

int ftp_make_directory(struct ftp_client *c, const char *path)
{
    return simple(c, "MKD", path);
}

int ftp_remove_directory(struct ftp_client *c, const char *path)
{
    return simple(c, "RMD", path);
}

/* ---- the directory */

/* A server that says it so that it cannot be read leaves us where we are. */
int client_learn_directory(struct ftp_client *c)
{
    char path[FTP_CLIENT_PATH_MAX];
    int error = client_ask(c, "PWD");
    if (error)
        return error;
    if (c->reply.code != 257 ||
        !reply_directory(ftp_reply_text(c), path, sizeof(path)) ||
        client_path(c, path) != 0)
        return client_refused(c, "The server does not say which directory this is",
                              NULL);
    free(c->directory);
    c->directory = strdup(path);
    return c->directory ? 0 : client_fail(c, -ENOMEM, "There is no memory.");
}

int ftp_directory(struct ftp_client *c, const char **path_r)
{
    client_begin(c);
    int error = client_ready(c);
    if (!error && !c->directory)
        error = client_learn_directory(c);
    *path_r = c->directory;
    return client_end(c, error);
}

int ftp_change(struct ftp_client *c, const char *path)
{
    client_begin(c);
    int error = command_on(c, "CWD", path);
    if (!error)
        error = client_learn_directory(c);
    return client_end(c, error);
}

/* ---- facts */

int ftp_size(struct ftp_client *c, const char *path, uint64_t *size_r)
{
    client_begin(c);
    int error = client_ready(c);
    /* The size is that of the file's image. */
    if (!error && c->type != 'I') {
        error = client_ask(c, "TYPE I");
        c->type = !error && client_judge(c) == 0 ? 'I' : c->type;
    }
    if (!error)
        error = command_on(c, "SIZE", path);
    struct span text = ftp_reply_text(c);
    if (!error && (c->reply.code != 213 || !span_take_number(&text, INT64_MAX, size_r)))
        error = client_refused(c, "SIZE", path);
    return client_end(c, error);
}

int ftp_set_time(struct ftp_client *c, const char *path, int64_t seconds)
{
    char verb[64];
    struct tm t;
    time_t when = seconds;
    gmtime_r(&when, &t);
    size_t n = strftime(verb, sizeof(verb), "MFMT %Y%m%d%H%M%S", &t);
    verb[n] = '\0';
    client_begin(c);
    int error = client_ready(c);
    if (!error && client_has(c, FEATURE_KNOWN) && !client_has(c, FEATURE_MFMT))
        error = client_fail(c, -EOPNOTSUPP, "The server cannot set times (MFMT).");
    if (!error)
        error = command_on(c, verb, path);
    return client_end(c, error);
}

int ftp_set_mode(struct ftp_client *c, const char *path, unsigned mode)
{
    char verb[64];
    snprintf(verb, sizeof(verb), "SITE CHMOD %03o", mode & 07777u);
    return simple(c, verb, path);
}

int ftp_rename(struct ftp_client *c, const char *from, const char *to)
{
    client_begin(c);
    int error = client_path(c, to);
    if (!error)
        error = command_on(c, "RNFR", from);
    if (!error)
        error = client_ask(c, "RNTO %s", to);
    if (!error && client_judge(c) != 0)
        error = client_refused(c, "RNTO", to);
    return client_end(c, error);
}
