/*
 * session - inside the SMTP room: the session, its states, its commands.
 *
 * A session greets, then hears one command after another.  Its state is changed by
 * smtp_enter alone.  The mail transaction (RFC 5321 §3.3) is what the client has said of
 * one message; every way out of it leads through smtp_forget.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "config/limits.h"
#include "smtp/mail_data.h"
#include "smtp/smtp.h"
#include "wire/command.h"

enum smtp_state {
    CONNECTED = 1 << 0,        /* greeted; nobody has said EHLO or HELO */
    READY = 1 << 1,            /* §4.1.1.1: no transaction */
    SENDER_GIVEN = 1 << 2,     /* §4.1.1.2: MAIL was accepted */
    RECIPIENTS_GIVEN = 1 << 3, /* §4.1.1.3: at least one RCPT was accepted */
    CHUNKS_GIVEN = 1 << 4,     /* RFC 3030 §2: BDAT, and the last one has not come */
    CHUNKS_REFUSED = 1 << 5,   /* the same, and the message will not be taken */
    CLOSED = 1 << 6,
};

struct smtp {
    struct wire *wire;
    const struct smtp_host *host;
    enum smtp_state state;
    unsigned bad_commands;
    bool extended;                      /* EHLO, not HELO */
    char client[DOMAIN_OCTETS_MAX + 1]; /* what it calls itself */
    char reverse_path[PATH_OCTETS_MAX + 1];
    bool utf8;                /* RFC 6531: MAIL said SMTPUTF8 */
    bool binary;              /* RFC 3030 §3: MAIL said BODY=BINARYMIME */
    uint64_t size;            /* RFC 1870: what MAIL said; 0: nothing */
    unsigned recipient_count; /* RCPTs that were accepted */
    struct buf recipients;    /* struct ticket by account, each account once */
    struct mail_data data;    /* once DATA or BDAT was said */
};

/* ---- session.c */
void smtp_enter(struct smtp *, enum smtp_state);
/* The transaction, §4.1.1.5; the state is the caller's. */
void smtp_forget(struct smtp *);
/* For what may only be the last of a group (RFC 2920 §3.1): when the client has said
 * more already, refuses it, closes, and returns true. */
bool smtp_is_too_eager(struct smtp *);

/* ---- commands.c: the table */
extern const struct language smtp_language;

/* ---- grammar.c: RFC 5321 §4.1.2 and §4.1.3 */
bool smtp_take_esmtp_param(struct span *rest, struct span *keyword_r,
                           struct span *value_r);
/* For the table's words.  A path becomes its mailbox; "<>" becomes the empty text,
 * "<Postmaster>" the word alone. */
bool smtp_take_client(struct span *rest, struct arg *);
bool smtp_take_reverse_path(struct span *rest, struct arg *);
bool smtp_take_forward_path(struct span *rest, struct arg *);
bool smtp_take_mail_parameters(struct span *rest, struct arg *);
bool smtp_take_string(struct span *rest, struct arg *);
bool smtp_take_octets(struct span *rest, struct arg *);
/* RFC 3030 §2 */
bool smtp_take_chunk_size(struct span *rest, struct arg *);
bool smtp_take_end_marker(struct span *rest, struct arg *);

/* ---- reply.c: what we say that is not simply said (wire_say) */
/* A refusal of what is not SMTP as it should be.  Too many of them end the session. */
void smtp_reply_bad(struct smtp *, const char *refusal);
/* §3.8: the server closes the session of its own accord. */
void smtp_reply_closing(struct smtp *, const char *enhanced_code, const char *why);

/* ---- hello.c */
void smtp_ehlo(void *session, const struct arg *);
void smtp_helo(void *session, const struct arg *);
void smtp_rset(void *session, const struct arg *);
void smtp_noop(void *session, const struct arg *);
void smtp_help(void *session, const struct arg *);
void smtp_vrfy(void *session, const struct arg *);
void smtp_quit(void *session, const struct arg *);
void smtp_not_implemented(void *session, const struct arg *);
void smtp_not_smtp(void *session, const struct arg *);

/* ---- mail.c, rcpt.c, data.c, bdat.c */
void smtp_mail(void *session, const struct arg *);
/* RFC 6531 §3.5: a path beyond ASCII in a transaction that is not: said. */
bool smtp_refuses_path(struct smtp *, struct span path);
void smtp_rcpt(void *session, const struct arg *);
void smtp_data(void *session, const struct arg *);
void smtp_data_for_nobody(void *session, const struct arg *);
void smtp_bdat(void *session, const struct arg *);
void smtp_bdat_out_of_place(void *session, const struct arg *);
void smtp_bdat_of_no_size(void *session, const struct arg *);

#endif
