/*
 * scripted - a server for the client's tests: it says and expects what a test has it say,
 * on a loopback port, in the same loop as the client.
 *
 * The test gives a function for the server's side, run once a control connection, and
 * one for the client's; both on fibers, straight down.
 */
#ifndef FTP_SCRIPTED_TEST_H
#define FTP_SCRIPTED_TEST_H

#include "base/buf.h"
#include "ftp/client_transfer.h"
#include "wire/data.h"
#include "wire/wire.h"

struct scripted {
    void (*serve)(struct scripted *);
    void (*use)(struct scripted *, struct ftp_client *);
    struct ftp_options options; /* host, port and short deadlines are set */

    struct ftp_client *client;
    struct wire *wire;     /* of the control connection that is served now */
    struct data *data;     /* the data connection */
    struct tls *tls;       /* the server has it: AUTH TLS; NULL: it has not */
    int listener, passive; /* the latter -1: none */
    uint16_t port, passive_port;
    unsigned connections; /* so far; 1 while the first is served */
    struct buf got;       /* an upload */
    bool over;
    struct scripted
        *second; /* another server, whose client is there for `use`; or NULL */
    bool lies;   /* PASV is answered with another host's address */
};

/* Runs both until the client's side has returned. */
void scripted_play(struct scripted *);

/* ---- the server's side */
void scripted_say(struct scripted *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The next command must begin so; whole lines are compared when `line` ends with LF. */
void scripted_hear(struct scripted *, const char *line);
bool scripted_start_tls(struct scripted *); /* hears AUTH TLS */
/* Greeting, USER, PASS, FEAT with these features (NULL: 500). */
void scripted_log_in(struct scripted *, const char *features);
void scripted_passive(
    struct scripted *); /* hears EPSV, answers with a port of its own */
void scripted_accept(struct scripted *); /* the data connection */
void scripted_put(struct scripted *, struct span);
void scripted_end_data(struct scripted *);
void scripted_take(struct scripted *); /* reads it to its end, into `got` */
/* EPSV, "VERB ...", 150, the octets, 226. */
void scripted_send(struct scripted *, const char *command, struct span octets);

#endif
