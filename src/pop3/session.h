/*
 * session - inside the POP3 room: the session, its states, its commands.
 *
 * After login the session holds a handle, under which store knows it, and a copy of the
 * snapshot's rows: message number n is messages[n - 1], to the end.  DELE and RSET mark
 * and unmark; only QUIT deletes.  UPDATE (RFC 1939 §6) is not a state of the session: it
 * is what QUIT does.
 */
#ifndef POP3_SESSION_H
#define POP3_SESSION_H

#include "config/limits.h"
#include "pop3/pop3.h"
#include "store/session.h"
#include "wire/command.h"

enum pop3_state {
    AUTHORIZATION = 1 << 0, /* §4 */
    USER_GIVEN = 1 << 1,    /* §7: the same, and PASS is expected */
    TRANSACTION = 1 << 2,   /* §5 */
    CLOSED = 1 << 3,
};

struct maildrop_message {
    struct snapshot_row row;
    bool deleted; /* marked, §5 DELE */
};

struct pop3 {
    struct wire *wire;
    const struct pop3_host *host;
    enum pop3_state state;
    uint64_t login_by; /* clock_now() */
    unsigned bad_commands, wrong_passwords;
    char name[ADDRESS_OCTETS_MAX + 1];

    uint64_t handle; /* 0: none */
    uint32_t uidvalidity;
    size_t count;
    struct maildrop_message *messages;
    uint32_t pack; /* whose descriptor `pack_fd` is */
    int pack_fd;
};

/* ---- session.c */
void pop3_enter(struct pop3 *, enum pop3_state);
/* May a password be said on this connection? */
bool pop3_may_login(const struct pop3 *);

/* ---- commands.c: the table */
extern const struct language pop3_language;

/* ---- grammar.c */
bool pop3_take_number(struct span *rest, struct arg *);
bool pop3_take_string(struct span *rest, struct arg *);

/* ---- reply.c: what we say that is not simply said (wire_say) */
/* A refusal of what is not POP3 as it should be.  Too many of them end the session. */
void pop3_reply_bad(struct pop3 *, const char *refusal);
/* The last word of a session that we end. */
void pop3_reply_closing(struct pop3 *, const char *refusal);

/* ---- maildrop.c: the snapshot, and how its messages are read */
/* Fills the session from the snapshot of its handle; 0 or -errno. */
int maildrop_open(struct pop3 *);
void maildrop_close(struct pop3 *);
/* The one that a client may speak of as `number`, or NULL. */
struct maildrop_message *maildrop_find(const struct pop3 *, uint64_t number);

/* One message, being read from its start to its end. */
struct reading {
    int fd;
    bool owned; /* not the session's pack */
    uint64_t at, left;
    struct buf batch;
};
/* Opens it and reads the first batch; 0 or -errno.  Close it in any case. */
int reading_open(struct reading *reading_r, struct pop3 *,
                 const struct maildrop_message *);
/* The next batch (empty: all has been read); 0 or -errno. */
int reading_next(struct reading *);
void reading_close(struct reading *);

/* ---- authorization.c */
void pop3_user(void *session, const struct arg *);
void pop3_pass(void *session, const struct arg *);
void pop3_capa(void *session, const struct arg *);
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
