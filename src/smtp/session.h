/*
 * session - inside the SMTP room: the session, its states, its commands.
 *
 * A session greets, then hears one command after another.  Its state is changed by
 * smtp_enter alone.  The mail transaction (RFC 5321 §3.3) is what the client has said of
 * one message; every way out of it leads through smtp_forget.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "auth/sasl.h"
#include "config/limits.h"
#include "smtp/grammar.h"
#include "smtp/mail_data.h"
#include "smtp/outgoing.h"
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

/* Which of the tickets in `named` one RCPT has brought: the reply to it is theirs. */
struct share {
    uint32_t from, to;
};

struct smtp {
    struct wire *wire;
    const struct smtp_host *host;
    const struct language *language; /* its service's commands */
    enum smtp_state state;
    unsigned bad_commands, wrong_passwords;
    struct sasl sasl;                   /* submission */
    uint64_t handle;                    /* RFC 4954: who has logged in; 0: nobody */
    bool extended;                      /* EHLO, not HELO */
    char client[DOMAIN_OCTETS_MAX + 1]; /* what it calls itself */
    char reverse_path[PATH_OCTETS_MAX + 1];
    bool utf8;                /* RFC 6531: MAIL said SMTPUTF8 */
    bool binary;              /* RFC 3030 §3: MAIL said BODY=BINARYMIME */
    uint64_t size;            /* RFC 1870: what MAIL said; 0: nothing */
    unsigned recipient_count; /* RCPTs that were accepted */
    struct buf recipients;    /* struct ticket by account, each account once */
    struct outgoing outgoing; /* submission: recipients elsewhere */
    struct buf shares;        /* LMTP: struct share, of each RCPT that was accepted */
    struct buf named;         /* LMTP: struct ticket, those of each share */
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
const struct language *smtp_language(enum smtp_service);

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

/* ---- starttls.c, auth.c */
void smtp_starttls(void *session, const struct arg *);
void smtp_auth(void *session, const struct arg *);
void smtp_auth_out_of_place(void *session, const struct arg *);
void smtp_log_out(struct smtp *);
void smtp_release(uint64_t handle);

/* ---- lmtp.c: RFC 2033 §4.2 */
/* A RCPT is being accepted; 0 or -errno. */
int lmtp_note(struct smtp *, struct span tickets);
void lmtp_forget_last(struct smtp *); /* it was not */
/* The message has come to its end: a reply for each. */
void lmtp_deliver(struct smtp *);
void lmtp_refuse(struct smtp *);

/* ---- mail.c, rcpt.c, data.c, bdat.c */
/* RFC 5321 §4.1.2: of MAIL or RCPT; both return NULL, or the refusal. */
struct smtp_parameter {
    const char *keyword;
    const char *(*take)(struct smtp *, struct span value);
};
const char *smtp_take_parameters(struct smtp *, struct span text,
                                 const struct smtp_parameter *, size_t count);
void smtp_mail(void *session, const struct arg *);
/* RFC 6531 §3.5: a path beyond ASCII in a transaction that is not: said. */
bool smtp_refuses_path(struct smtp *, struct span path);
/* May who has logged in send as this?  enum auth_verdict, or -errno.  Parks. */
int smtp_ask_sender(struct smtp *, struct span mailbox);
void smtp_rcpt(void *session, const struct arg *);
void smtp_data(void *session, const struct arg *);
void smtp_data_for_nobody(void *session, const struct arg *);
const char *smtp_for_nobody(const struct smtp *);
void smtp_bdat(void *session, const struct arg *);
void smtp_bdat_out_of_place(void *session, const struct arg *);
void smtp_bdat_of_no_size(void *session, const struct arg *);

#endif
