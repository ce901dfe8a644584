/*
 * client_inside - what the files of client.h and client_transfer.h know of each other.
 *
 *     client.c           opening, closing, login, what went wrong
 *     client_tls.c       TLS, and whom it is spoken to
 *     client_resolve.c   a name's addresses, and a connection to one of them
 *     client_control.c   commands and replies
 *     client_data.c      data connections
 *     client_list.c      directories
 *     client_file.c      commands about files
 *     client_transfer.c  files, there and back
 *     client_octets.c    their octets
 *
 * Inside, too, 0 or -errno is returned; who finds the error words it (client_fail).
 */
#ifndef FTP_CLIENT_INSIDE_H
#define FTP_CLIENT_INSIDE_H

#include "config/limits.h"
#include "ftp/client_transfer.h"
#include "ftp/reply_read.h"
#include "wire/wire.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct data;
struct fiber;
struct tls_client;

union ftp_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct ftp_client {
    struct ftp_options options; /* its strings are ours */
    char *strings;              /* that hold them */

    struct wire *control;    /* NULL: not connected */
    struct data *data;       /* while there is one */
    struct tls_client *tls;  /* NULL: none was needed so far */
    bool data_tls;           /* PROT P */
    union ftp_address peer;  /* of the control connection */
    union ftp_address local; /* our end of it */
    bool logged_in;
    bool knows_features; /* features is what this server said once */
    unsigned features;
    bool asked_hash;                /* OPTS HASH */
    bool no_epsv, no_mlsd, no_rest; /* asked for and refused */
    char type;                      /* of TYPE, as the server has it; 0: unknown */
    bool passive_ahead;             /* EPSV or PASV was said, its reply is to come */
    bool passive_was_extended;
    char *directory; /* to go to after a login; NULL: where the login leads */
    char *greeting;

    char *block;          /* FTP_SMALL_FILE octets; made when needed */
    struct fiber *waiter; /* parked in here, beside the wires */
    bool busy, cancelled;
    bool local_failed; /* it was the local file */
    bool gave_up;      /* this call is not to be tried again */
    unsigned noops;    /* said during the transfer, and not answered yet */
    struct reply reply;
    char said[64]; /* the command that the reply belongs to, without arguments */
    char error[FTP_ERROR_MAX];
};

/* ---- client.c */
/* Every call from outside is between these two. */
void client_begin(struct ftp_client *);
int client_end(struct ftp_client *, int error);
/* Words what happened; returns error.  -ECANCELED words itself. */
int client_fail(struct ftp_client *, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void client_note(struct ftp_client *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Parks: 0, -ETIMEDOUT, -ECANCELED (the fiber or the client). */
int client_park(struct ftp_client *, uint64_t deadline);
/* Connects and logs in, unless both have been done. */
int client_ready(struct ftp_client *);
void client_hang_up(struct ftp_client *); /* without a word */
/* May another try help?  The connection is gone, or the server has said so. */
bool client_is_lost(const struct ftp_client *, int error);
const char *client_host(const struct ftp_client *); /* "ftp.example.org:2121" */

/* ---- client_tls.c */
int client_tls_open(struct ftp_client *);    /* before the connection */
int client_tls_start(struct ftp_client *);   /* the handshake */
int client_tls_ask(struct ftp_client *);     /* AUTH TLS, where it is wanted */
int client_tls_protect(struct ftp_client *); /* PBSZ and PROT, after the login */

/* ---- client_resolve.c */
/* A connected, non-blocking socket, or -errno, and it has been said. */
int client_connect(struct ftp_client *);

/* ---- client_control.c */
/* One command line; arguments were checked (client_path).  After PASS and ACCT only the
 * first word is shown. */
int client_say(struct ftp_client *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The next reply, also 1yz; what was prepared ahead is taken off before. */
int client_reply(struct ftp_client *);
int client_final(struct ftp_client *); /* the next that is none of 1yz */
/* Says and reads; 0: there is a reply, of whatever kind. */
int client_ask(struct ftp_client *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What the reply's code means as -errno; 0: 1yz to 3yz. */
int client_judge(const struct ftp_client *);
/* The same, worded: "what: the server's words (code)". */
int client_refused(struct ftp_client *, const char *what, const char *path);
/* 0, or -EINVAL and it is said: a CR, LF or NUL cannot be in a name. */
int client_path(struct ftp_client *, const char *path);
bool client_has(const struct ftp_client *, unsigned feature);
int client_learn_directory(struct ftp_client *); /* by PWD, to come back to it */
/* The reply to EPSV or PASV said ahead is read and thrown away. */
int client_settle(struct ftp_client *);

#endif
