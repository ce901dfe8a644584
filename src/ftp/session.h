/*
 * session - inside the FTP room: the session, its states, its commands.
 *
 *     session.c      greeting, command after command
 *     commands.c     the table
 *     access.c       USER, PASS, REIN, QUIT, HOST: RFC 959 §4.1.1
 *     security.c     AUTH, PBSZ, PROT, CCC: RFC 4217
 *     parameter.c    TYPE, STRU, MODE: RFC 959 §4.1.2
 *     information.c  FEAT, OPTS, HELP, STAT, SYST: RFC 959 §4.1.3, RFC 2389
 *     directory.c    CWD, PWD, MKD, RMD; file.c: DELE, RNFR, SIZE, MDTM, MLST ...
 *     data_connection.c  PASV, EPSV, PORT, EPRT, and how one comes about
 *     transfer.c     one transfer: octets on a fiber of their own, while we listen
 *     retrieve.c store.c list.c   what is transferred
 */
#ifndef FTP_SESSION_H
#define FTP_SESSION_H

#include "auth/sasl.h"
#include "base/buf.h"
#include "config/limits.h"
#include "ftp/ftp.h"
#include "ftp/spare.h"
#include "ftp/pathname.h"
#include "wire/command.h"

enum ftpd_state {
    NOBODY = 1 << 0,   /* nobody has logged in */
    NAMED = 1 << 1,    /* the same; USER was answered with 331 */
    READY = 1 << 2,    /* logged in */
    RENAMING = 1 << 3, /* the same; RNFR was answered with 350 */
    CLOSED = 1 << 4,
    TRANSFERRING = 1 << 5, /* of no session: what may be said while octets move */
};

/* How octets are meant: RFC 959 §3.1.1. */
enum ftpd_type { TYPE_ASCII, TYPE_IMAGE };
enum ftpd_structure {
    STRUCTURE_FILE = 'F',
    STRUCTURE_RECORD = 'R',
    STRUCTURE_PAGE = 'P'
};
enum ftpd_mode { MODE_STREAM = 'S', MODE_BLOCK = 'B', MODE_DEFLATE = 'Z' };

/* What REIN forgets: RFC 959 §5.1 has the defaults. */
struct parameters {
    enum ftpd_type type;
    enum ftpd_structure structure;
    enum ftpd_mode mode;
    bool buffer_size_said; /* PBSZ: RFC 4217 §9 */
    bool private;          /* PROT P */
    bool cleared;          /* by CCC, the control connection */
    bool extended_only;    /* EPSV ALL: RFC 2428 §4 */
    unsigned facts;        /* OPTS MLST: enum fact */
    unsigned hash;         /* OPTS HASH: enum digest_kind */
    int level;             /* OPTS MODE Z LEVEL */
};

struct ftpd {
    struct wire *wire;
    const struct ftpd_host *host;
    enum ftpd_state state;
    uint64_t login_by; /* clock_now() */
    unsigned bad_commands, wrong_passwords;
    bool options_refused;              /* Telnet's, once: RFC 1123 §4.1.2.12 */
    bool host_said;                    /* RFC 7151 */
    char name[ADDRESS_OCTETS_MAX + 1]; /* USER's */
    struct sasl sasl;

    uint64_t handle; /* 0: none */
    char *directory; /* NULL: "/" */
    char *rename_from;
    bool keeps_rename;         /* what was just said was RNFR */
    uint64_t offset, expected; /* REST, ALLO; 0: none */
    bool has_range;            /* RANG: */
    uint64_t first, last;      /* octets, both included */
    struct data *data;         /* a passive one that is to come */
    uint16_t port;             /* PORT, EPRT; 0: none */
    struct spare spare;        /* for the next passive one */
    struct transfer *transfer; /* under way */
    struct buf deferred;       /* lines that wait for its end */
    struct parameters parameters;
};

/* ---- session.c */
void ftpd_enter(struct ftpd *, enum ftpd_state);
/* Whoever was logged in is not any more. */
void ftpd_leave(struct ftpd *);
bool ftpd_is_in(const struct ftpd *);
/* RFC 959 §5.1: as a session begins; what belongs to TLS stays. */
void ftpd_reset(struct ftpd *);
/* What was said for the commands to come. */
void ftpd_forget(struct ftpd *);
void ftpd_release(uint64_t handle);
void ftpd_hear(struct ftpd *, const struct line *);

/* ---- commands.c: the table */
extern const struct language ftpd_language;

/* ---- reply.c */
/* What files, or the disk, says against it: RFC 959 §4.2.2; "550" or "553" where it is
 * the name's fault. */
void ftpd_refuse(struct ftpd *, int error, int name_fault);
/* A refusal of what is not FTP as it should be.  Too many of them end the session. */
void ftpd_reply_bad(struct ftpd *, const char *refusal);
/* The last word of a session that we end: RFC 959 §4.2, 421. */
void ftpd_reply_closing(struct ftpd *, const char *why);

/* ---- security.c */
/* The control connection goes on without TLS. */
void ftpd_clear_control(struct ftpd *);

/* ---- directory.c */
struct span ftpd_directory(const struct ftpd *);
/* The path that was said; false: it is none, and that has been said. */
bool ftpd_path(struct ftpd *, const struct arg *, int name_fault,
               char path_r[PATHNAME_SIZE]);

#endif
