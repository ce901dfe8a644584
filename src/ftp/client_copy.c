/*
 * client_copy - from server to server (FXP): one listens (PASV), the other connects
 * (PORT).  Where the receiver does not listen for another host, it is tried the other way
 * round.
 *
 * With TLS one of them has to take the client's part of the handshake: the receiver, by
 * CPSV instead of PASV, or either one, by SSCN.
 */
#include "ftp/client_data.h"

#include "base/clock.h"

#include <errno.h>

struct copy {
    struct ftp_client *from, *to;
    const char *from_path, *to_path;
    struct ftp_client *swapped; /* has been told SSCN ON */
    bool cpsv;                  /* the receiver has it */
};

/* ---- who takes the client's part */

static int say_sscn(struct ftp_client *c, const char *how)
{
    int error = client_ask(c, "SSCN %s", how);
    if (!error && client_judge(c) != 0)
        error = client_refused(c, "SSCN", how);
    return error;
}

static int agree_on_tls(struct copy *x)
{
    bool from = x->from->data_tls, to = x->to->data_tls;
    if (!from && !to)
        return 0;
    if (from != to)
        return client_fail(x->from, -EKEYREJECTED,
                           "One of the servers enciphers data and the other does not: "
                           "copy by way of this machine (get and put).");
    x->cpsv = client_has(x->to, FEATURE_CPSV);
    if (x->cpsv)
        return 0;
    struct ftp_client *c = client_has(x->from, FEATURE_SSCN) ? x->from
                           : client_has(x->to, FEATURE_SSCN) ? x->to
                                                             : NULL;
    if (!c)
        return client_fail(x->from, -EOPNOTSUPP,
                           "Neither server can take the client's part in TLS (CPSV, "
                           "SSCN): "
                           "copy by way of this machine (get and put).");
    int error = say_sscn(c, "ON");
    x->swapped = error ? NULL : c;
    return error;
}

/* ---- the connection between them */

/* As PASV, but the handshake will be the client's. */
static int ask_cpsv(struct ftp_client *c, struct data_way *way)
{
    int error = client_ask(c, "CPSV");
    if (!error && (c->reply.code != 227 ||
                   !reply_passive(ftp_reply_text(c), way->host, &way->port)))
        error = client_refused(c, "The server opens no data connection", NULL);
    return error;
}

static int introduce(struct ftp_client *listens, struct ftp_client *connects, bool cpsv)
{
    struct data_way way = { .listener = -1 };
    int error = client_data_type(listens, 'I');
    if (!error)
        error = client_data_type(connects, 'I');
    if (!error)
        error = cpsv ? ask_cpsv(listens, &way) : client_data_passive(listens, &way);
    if (error)
        return error;
    union ftp_address there = listens->peer;
    if (way.has_host)
        memcpy(&there.v4.sin_addr, way.host, 4);
    return client_data_port(connects, &there, way.port);
}

/* The last word on its half; it may take long. */
static int await_end(struct ftp_client *c, const char *verb, const char *path)
{
    wire_read_time(c->control, FTP_COPY_SECONDS * CLOCK_SECOND);
    int error = client_final(c);
    if (c->control)
        wire_read_time(c->control, c->options.reply_seconds * CLOCK_SECOND);
    if (!error && client_judge(c) != 0)
        error = client_refused(c, verb, path);
    return error;
}

/* The one that listens is told first.  A half that fails leaves the other waiting for
 * nothing: that connection is given up. */
static int move(struct copy *x, bool to_listens)
{
    struct ftp_client *first = to_listens ? x->to : x->from;
    struct ftp_client *second = to_listens ? x->from : x->to;
    int error = introduce(first, second, x->cpsv && to_listens);
    if (!error && to_listens)
        error = client_say(x->to, "STOR %s", x->to_path);
    if (!error)
        error = client_say(x->from, "RETR %s", x->from_path);
    if (!error && !to_listens)
        error = client_say(x->to, "STOR %s", x->to_path);
    if (error)
        return error;
    wire_flush(first->control);
    wire_flush(second->control);
    error = await_end(x->from, "RETR", x->from_path);
    if (error) {
        client_hang_up(x->to);
        return error;
    }
    return await_end(x->to, "STOR", x->to_path);
}

static int copy(struct copy *x)
{
    int error = client_path(x->from, x->from_path);
    if (!error)
        error = client_path(x->to, x->to_path);
    if (!error)
        error = client_ready(x->from);
    if (!error)
        error = client_ready(x->to);
    if (!error)
        error = agree_on_tls(x);
    if (!error)
        error = move(x, true);
    bool again = error && error != -ECANCELED && error != -ENOENT && !x->cpsv;
    if (again && x->from->control && x->to->control)
        error = move(x, false);
    if (x->swapped && x->swapped->control)
        say_sscn(x->swapped, "OFF");
    return error;
}

static void share_words(struct ftp_client *from, struct ftp_client *to)
{
    if (from->error[0] == '\0')
        memcpy(from->error, to->error, sizeof(from->error));
    else
        memcpy(to->error, from->error, sizeof(to->error));
}

int ftp_copy(struct ftp_client *from, const char *from_path, struct ftp_client *to,
             const char *to_path)
{
    struct copy x = {
        .from = from, .to = to, .from_path = from_path, .to_path = to_path
    };
    client_begin(from);
    client_begin(to);
    int error = copy(&x);
    if (error)
        share_words(from, to);
    client_end(from, error);
    return client_end(to, error);
}
