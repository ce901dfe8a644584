/*
 * session - inside the POP3 room: the session, its states, its commands.
 *
 * DELE and RSET mark and unmark; only QUIT deletes.  UPDATE (RFC 1939 §6) is not a state
 * of the session: it is what QUIT does.
 */
#ifndef POP3_SESSION_H
#define POP3_SESSION_H

#include "auth/sasl.h"
#include "config/limits.h"
#include "pop3/maildrop.h"
#include "pop3/pop3.h"
#include "wire/command.h"

enum pop3_state {
    AUTHORIZATION = 1 << 0, /* §4 */
    USER_GIVEN = 1 << 1,    /* §7: the same, and PASS is expected */
    TRANSACTION = 1 << 2,   /* §5 */
    CLOSED = 1 << 3,
};

struct pop3 {
    struct wire *wire;
    const struct pop3_host *host;
    enum pop3_state state;
    uint64_t login_by; /* clock_now() */
    unsigned bad_commands, wrong_passwords;
    unsigned language; /* what is said for people: language.c */
    bool utf8;         /* the client takes UTF-8 in header fields, RFC 6856 §2 */
    char name[ADDRESS_OCTETS_MAX + 1]; /* USER's */
    struct sasl sasl;

    uint64_t handle; /* 0: none */
    uint32_t uidvalidity;
    size_t count;
    struct maildrop_message *messages;
    uint32_t pack; /* whose descriptor `pack_fd` is */
    int pack_fd;
};

/* ---- session.c */
void pop3_enter(struct pop3 *, enum pop3_state);

/* ---- commands.c: the table */
extern const struct language pop3_language;

/* ---- grammar.c */
bool pop3_take_number(struct span *rest, struct arg *);
bool pop3_take_string(struct span *rest, struct arg *);
bool pop3_take_word(struct span *rest, struct arg *);
bool pop3_take_language_range(struct span *rest, struct arg *);

/* ---- language.c */
/* The same, with the same conversions, in that language; 0: English. */
const char *pop3_text(unsigned language, const char *english)
    __attribute__((format_arg(2)));
void pop3_lang(void *session, const struct arg *);

/* ---- delay.c: RFC 2449 §6.5, LOGIN-DELAY */
/* May this one, who has just shown the password, log in already?  Counts as a login. */
bool pop3_may_come_again(struct pop3_logins *, struct span name, uint64_t delay);

/* ---- reply.c */
/* A reply, in the language of the session; wire_say says what has no language. */
void pop3_say(struct pop3 *, const char *english, ...)
    __attribute__((format(printf, 2, 3)));
/* How many messages the maildrop has. */
void pop3_say_count(struct pop3 *);
/* A refusal of what is not POP3 as it should be.  Too many of them end the session. */
void pop3_reply_bad(struct pop3 *, const char *refusal);
/* The last word of a session that we end. */
void pop3_reply_closing(struct pop3 *, const char *refusal);

/* ---- authorization.c */
void pop3_user(void *session, const struct arg *);
void pop3_pass(void *session, const struct arg *);
void pop3_stls(void *session, const struct arg *);
void pop3_mechanisms(void *session, const struct arg *);
void pop3_auth(void *session, const struct arg *);
void pop3_capa(void *session, const struct arg *);
void pop3_utf8(void *session, const struct arg *);
void pop3_not_pop3(void *session, const struct arg *);

/* ---- transaction.c */
void pop3_stat(void *session, const struct arg *);
void pop3_list(void *session, const struct arg *);
void pop3_uidl(void *session, const struct arg *);
void pop3_dele(void *session, const struct arg *);
void pop3_noop(void *session, const struct arg *);
void pop3_rset(void *session, const struct arg *);

/* ---- retrieval.c */
void pop3_retr(void *session, const struct arg *);
void pop3_top(void *session, const struct arg *);

/* ---- update.c */
void pop3_quit(void *session, const struct arg *);

#endif
