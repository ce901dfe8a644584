/*
 * session - inside the FTP room: the session, its states, its commands.
 *
 *     session.c      greeting, command after command
 *     commands.c     the table
 *     access.c       USER, PASS, REIN, QUIT, HOST: RFC 959 §4.1.1
 *     security.c     AUTH, PBSZ, PROT, CCC: RFC 4217
 *     parameter.c    TYPE, STRU, MODE: RFC 959 §4.1.2
 *     information.c  FEAT, OPTS, HELP, STAT, SYST: RFC 959 §4.1.3, RFC 2389
 */
#ifndef FTP_SESSION_H
#define FTP_SESSION_H

#include "auth/sasl.h"
#include "config/limits.h"
#include "ftp/ftp.h"
#include "wire/command.h"

enum ftpd_state {
    NOBODY = 1 << 0, /* nobody has logged in */
    NAMED = 1 << 1,  /* the same; USER was answered with 331 */
    READY = 1 << 2,  /* logged in */
    CLOSED = 1 << 3,
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
    struct parameters parameters;
};

/* ---- session.c */
void ftpd_enter(struct ftpd *, enum ftpd_state);
/* Whoever was logged in is not any more. */
void ftpd_leave(struct ftpd *);
/* RFC 959 §5.1: as a session begins; what belongs to TLS stays. */
void ftpd_reset(struct ftpd *);
void ftpd_release(uint64_t handle);

/* ---- commands.c: the table */
extern const struct language ftpd_language;

/* ---- telnet.c */
/* The line without Telnet's commands (RFC 854), in `room`; *asked_r: an option was asked
 * for, whose number this is, or -1. */
struct span telnet_strip(struct span line, char room[FTP_LINE_MAX], int *asked_r);

/* ---- grammar.c */
bool ftpd_take_string(struct span *rest, struct arg *);
bool ftpd_take_word(struct span *rest, struct arg *);
bool ftpd_take_number(struct span *rest, struct arg *);
bool ftpd_take_type_code(struct span *rest, struct arg *);
bool ftpd_take_code(struct span *rest, struct arg *);

/* ---- reply.c */
/* A refusal of what is not FTP as it should be.  Too many of them end the session. */
void ftpd_reply_bad(struct ftpd *, const char *refusal);
/* The last word of a session that we end: RFC 959 §4.2, 421. */
void ftpd_reply_closing(struct ftpd *, const char *why);

/* ---- security.c */
/* The control connection goes on without TLS. */
void ftpd_clear_control(struct ftpd *);

#endif
