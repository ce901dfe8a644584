/*
 * client - the network side of a dialogue: what a client has said and heard, and the
 * session that it speaks to.
 */
#ifndef TEST_TALK_CLIENT_H
#define TEST_TALK_CLIENT_H

#include "base/buf.h"
#include "ipc/message.h"
#include "test/talk/client_deflate.h"
#include "test/tls.h"
#include "wire/wire.h"

/* A protocol's server, as a listener would start it. */
struct room {
    const char *name;
    enum role front;
    size_t line_max;
    void (*session)(struct wire *, void *host);
    void *host;
    struct tls *tls; /* NULL: none is offered */
    bool implicit_tls;
    bool is_client; /* the session is the client, and we are its server */
    struct tls_client *tls_client;
};

struct client {
    int fd;         /* -1: it has not come, or is gone */
    bool came;      /* the session was started */
    bool running;   /* and has not ended */
    bool eof;       /* the server has closed */
    bool in_data;   /* between 354 and "." */
    bool more;      /* what is in `out` may wait for more */
    uint64_t chunk; /* octets of BDAT's that are still to be said */
    struct buf out, in;
    struct wire *wire;
    SSL *tls;                       /* NULL: not encrypted */
    struct client_deflate *deflate; /* NULL: not compressed */
    const struct room *room;
    uint16_t
        port; /* of the data connection: where 227 or 229 said, or where it listens */
    int data, listener;
    SSL *data_tls; /* PROT P */
    bool protects;
    struct buf received; /* on the data connection */
};

void client_init(struct client *, const struct room *);
/* Sends what is in `out`, `step` octets at a time, with a turn after each.  Starts the
 * session if need be: behind the first octets, so that they are there before it is. */
void client_send(struct client *, size_t step, const char *peer);
void client_come(struct client *, const char *peer); /* starts the session */
void client_start_tls(struct client *); /* shakes hands with what is said next */
void client_stop_tls(struct client *);  /* says the end of it, and hears it */
void client_hear(struct client *);      /* reads what there is */
/* Turns until there is a whole line, or the end, or it takes too long. */
bool client_await_line(struct client *, struct span *line_r); /* with its LF */
bool client_await_end(struct client *);
void client_forget_line(struct client *, size_t octets);
void client_leave(struct client *); /* closes */
/* ---- data connections */
/* From 127.0.0.host.  False: nobody listens there. */
bool client_call(struct client *, unsigned host);
bool client_await_call(struct client *); /* at c->port from then on */
bool client_upload(struct client *, struct span octets);
void client_finish_data(struct client *, bool reset);
/* All to the server's end; *cut_r: it was a reset.  False: it takes too long. */
bool client_receive(struct client *, bool *cut_r);

/* Says no more, hears all to the end, leaves; false: the session has not ended. */
bool client_finish(struct client *);
void client_free(struct client *);

/* One turn of the loop and of the world; wait: until something happens (bounded). */
void turn(bool wait);
/* Turns until nothing more can be expected to happen by itself. */
void settle(void);
void settle_threads(void); /* the same, and what runs on threads; takes a moment */

#endif
