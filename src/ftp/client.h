/*
 * client - an FTP client's engine: RFC 959, 1123 §4.1, 2228, 2389, 2428, 3659, 4217.
 *
 * One struct ftp_client is one control connection with all that must be known to make it
 * again: whoever calls here need not care whether it still stands.  A connection that was
 * lost, ended by the server (421) or cancelled is made anew by the next call, with login
 * and directory.  All that talk to the server run on a fiber, which they park; every wait
 * has a deadline.  One fiber at a time uses a client; several clients make a pool.
 *
 * They return 0 or -errno, and ftp_error says in a sentence or two what happened, to
 * what, and what to do next:
 *     -ECANCELED     ftp_cancel
 *     -ETIMEDOUT     the server said nothing for too long
 *     -ENOENT        550: it is not there, or not for this user
 *     -EACCES        the login is refused         -EKEYREJECTED  the certificate is
 *     -EOPNOTSUPP    the server does not know the command
 *     -EAGAIN        4xx: later perhaps           -EREMOTEIO     5xx, anything else
 *     -EPROTO        what it says is no FTP       -EBADMSG       the checksum differs
 *     -ENOSPC        452, 552: no room there      -EINVAL        no such name in FTP
 *     another: what the system says of a connection, or of a local file
 * What a server says is never trusted: ATTACKS F15.
 */
#ifndef FTP_CLIENT_H
#define FTP_CLIENT_H

#include "ftp/listing_read.h"

#include <sys/types.h>

struct ftp_client;

enum ftp_tls {
    FTP_TLS_TRY,     /* AUTH TLS where the server has it; else plaintext */
    FTP_TLS_OFF,     /* ftp:// */
    FTP_TLS_MUST,    /* ftpes://: AUTH TLS, or no login */
    FTP_TLS_IMPLICIT /* ftps:// */
};

/* An unverified certificate, for a person to judge. */
struct ftp_certificate {
    const char *host;
    const char *fingerprint; /* "SHA256:" and hexadecimal */
    const char *subject;     /* may be shown to a terminal */
    const char *why;         /* it was not accepted: "it is signed by itself" */
    bool changed;            /* another fingerprint is pinned for this host */
};

/* All strings are copied by ftp_open; NULL: the default that is said. */
struct ftp_options {
    const char *host; /* a name or an address, IPv6 without brackets */
    uint16_t port;    /* 0: 21, or 990 */
    const char *user; /* NULL: anonymous */
    const char *password;
    const char *account; /* ACCT, where a server asks for it */
    enum ftp_tls tls;
    int family;               /* AF_INET, AF_INET6; 0: both */
    bool active;              /* PORT and EPRT instead of PASV and EPSV */
    bool trust_address;       /* go where 227 says, whoever that is */
    bool plain_data;          /* PROT C */
    bool any_certificate;     /* accept all; for tests */
    bool any_end;             /* the server need not announce under TLS that data end */
    const char *ca_file;      /* PEM; NULL: the system's */
    const char *pins_file;    /* known fingerprints; NULL: none are kept */
    unsigned reply_seconds;   /* for a reply, or for data to go on; 0: 60 */
    unsigned connect_seconds; /* 0: 30 */
    unsigned tries;           /* of a transfer, each with a connection; 0: 5 */
    /* May this certificate be trusted from now on?  NULL: it may not. */
    bool (*on_certificate)(void *arg, const struct ftp_certificate *);
    /* Every line said (ours, passwords hidden) and heard; NULL: nobody listens. */
    void (*on_line)(void *arg, bool ours, struct span line);
    /* A sentence about what goes on: "connection lost, trying again in 2 s". */
    void (*on_note)(void *arg, const char *note);
    void *arg;
};

struct ftp_client *ftp_open(const struct ftp_options *); /* NULL: out of memory */
/* Says QUIT where a connection stands and we are on a fiber; nothing else is awaited. */
void ftp_close(struct ftp_client **);

/* Connects and logs in now; needless, but for who wants to know. */
int ftp_login(struct ftp_client *);
/* The call under way, if any, ends with -ECANCELED.  From the loop or another fiber. */
void ftp_cancel(struct ftp_client *);
/* What the last call met, NUL-ended, without control characters; "" after success. */
const char *ftp_error(const struct ftp_client *);
/* The last reply: its code, and its lines, joined by LF, as the server said them. */
unsigned ftp_reply_code(const struct ftp_client *);
struct span ftp_reply_text(const struct ftp_client *);
struct span ftp_greeting(const struct ftp_client *);
/* "TLS1.3 TLS_AES_256_GCM_SHA384"; NULL: plaintext, or not connected. */
const char *ftp_tls_name(const struct ftp_client *);

/* ---- commands.  Paths are the server's: absolute, or relative to the directory. */
int ftp_command(struct ftp_client *, const char *line); /* as it is; 0: 1yz to 3yz */
int ftp_directory(struct ftp_client *, const char **path_r); /* until the next call */
int ftp_change(struct ftp_client *, const char *path);
int ftp_size(struct ftp_client *, const char *path, uint64_t *size_r);
int ftp_set_time(struct ftp_client *, const char *path, int64_t seconds);
int ftp_set_mode(struct ftp_client *, const char *path, unsigned mode);
int ftp_rename(struct ftp_client *, const char *from, const char *to);
int ftp_remove(struct ftp_client *, const char *path);
int ftp_make_directory(struct ftp_client *, const char *path);
int ftp_remove_directory(struct ftp_client *, const char *path);

/* ---- directories.  path NULL or "": the current one.  Each entry's name is a single
 * component that leads nowhere else; what a server sends beside is left out and counted
 * (strange_r, may be NULL).  on_entry: not 0 ends the list with that error. */
typedef int ftp_on_entry(void *arg, const struct ftp_entry *);
int ftp_list(struct ftp_client *, const char *path, ftp_on_entry *, void *arg,
             unsigned *strange_r);
/* The facts of one file; by MLST, or SIZE, MDTM and CWD. */
int ftp_stat(struct ftp_client *, const char *path, struct ftp_entry *entry_r);

#endif
