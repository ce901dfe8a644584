/*
 * session - inside the IMAP room: the session, its states, its commands.
 *
 * A command is read whole (command.c), with its literals; what it is made of lives until
 * the next one.  What another session has changed is told where RFC 9051 §7.5.1 lets a
 * message's number change: imap_tell_news.
 */
/* long: each command of the room has its line */
#ifndef IMAP_SESSION_H
#define IMAP_SESSION_H

#include "auth/sasl.h"
#include "base/arena.h"
#include "config/limits.h"
#include "imap/imap.h"
#include "imap/mailbox.h"
#include "wire/command.h"

enum imap_state { /* §3 */
                  NOT_AUTHENTICATED = 1 << 0,
                  AUTHENTICATED = 1 << 1,
                  SELECTED = 1 << 2,
                  LOGOUT = 1 << 3,
};

struct imap {
    struct wire *wire;
    const struct imap_host *host;
    enum imap_state state;
    uint64_t login_by; /* clock_now() */
    unsigned bad_commands, wrong_passwords;
    bool rev2; /* the client has enabled IMAP4rev2 */
    bool utf8; /* the same, or something else that reads UTF-8 within quotes */
    bool condstore, qresync, uidonly; /* RFC 7162, RFC 9586; qresync: and condstore */
    struct sasl sasl;
    struct buf command; /* the one that is worked on, its literals within */
    struct span tag;
    struct arena *arena;   /* what it needs */
    struct append *append; /* the message of one that has any (append.h) */

    uint64_t handle; /* 0: none */
    bool changed;    /* store has said so */
    struct mailbox mailbox;
    struct sequence_set saved; /* "$", of uids; saved.c has its memory */
};

/* ---- session.c */
void imap_enter(struct imap *, enum imap_state);
/* Store knows the session by that handle from now on; 0 or -ENOMEM. */
int imap_take_handle(struct imap *);
void imap_drop_handle(struct imap *);
void imap_release(uint64_t handle);

/* ---- command.c */
enum imap_heard { HEARD_COMMAND, HEARD_REFUSED, HEARD_END };
/* The next command; refused: it was too much, or no line, and has been answered. */
enum imap_heard imap_hear(struct imap *);

/* The set that a command names, settled: of uids, or of numbers of messages that there
 * are; false: it is none. */
bool imap_take_set(struct imap *, struct span *rest, bool uids, struct sequence_set *);

/* ---- saved.c: "$" */
bool imap_save(struct imap *, const uint32_t *indexes, size_t count);
void imap_forget_saved(struct imap *);
void imap_settle(const struct imap *, struct sequence_set *, bool uids);

/* ---- commands.c: the table */
enum { USES_SEQNUMS = ROOM_FLAG }; /* nothing for a client with UIDONLY */
extern const struct language imap_language;

/* ---- reply.c */
extern const char imap_uid_required[];
/* The tagged reply: "OK ...", "NO ...". */
void imap_reply(struct imap *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A refusal of what is not IMAP as it should be.  Too many of them end the session. */
void imap_reply_bad(struct imap *, const char *why);
/* "how [MAILBOXID (F12)] text" */
void imap_say_mailbox_id(struct imap *, const char *how, uint32_t mailbox,
                         const char *text);
/* The last word of a session that we end. */
void imap_reply_bye(struct imap *, const char *why);
/* What came of asking store, when it was no good. */
void imap_reply_error(struct imap *, int error);
/* What is in the buf, and CRLF; the transcript shows how much it was, if anything. */
void imap_put_line(struct imap *, struct buf *);

/* ---- any_state.c */
void imap_capability(void *session, const struct arg *);
void imap_noop(void *session, const struct arg *);
void imap_logout(void *session, const struct arg *);
void imap_id(void *session, const struct arg *);
/* The names, after "CAPABILITY ". */
void imap_capabilities(const struct imap *, char *text_r, size_t size);

/* ---- not_authenticated.c */
void imap_starttls(void *session, const struct arg *);
void imap_authenticate(void *session, const struct arg *);
void imap_login(void *session, const struct arg *);
void imap_unauthenticate(void *session, const struct arg *);

/* ---- authenticated.c, compress.c, names.c, status.c, list.c, quota.c, idle.c */
void imap_compress(void *session, const struct arg *);
void imap_enable(void *session, const struct arg *);
void imap_select(void *session, const struct arg *);
void imap_examine(void *session, const struct arg *);
void imap_status(void *session, const struct arg *);
void imap_create(void *session, const struct arg *);
void imap_delete(void *session, const struct arg *);
void imap_rename(void *session, const struct arg *);
void imap_subscribe(void *session, const struct arg *);
void imap_unsubscribe(void *session, const struct arg *);
void imap_list(void *session, const struct arg *);
void imap_lsub(void *session, const struct arg *);
void imap_namespace(void *session, const struct arg *);
void imap_getquota(void *session, const struct arg *);
void imap_getquotaroot(void *session, const struct arg *);
void imap_idle(void *session, const struct arg *);

/* ---- selected.c, fetch.c, search.c, store.c, copy.c; the UID forms take uids */
void imap_check(void *session, const struct arg *);
void imap_close(void *session, const struct arg *);
void imap_unselect(void *session, const struct arg *);
void imap_expunge(void *session, const struct arg *);
void imap_uid_expunge(void *session, const struct arg *);
void imap_fetch(void *session, const struct arg *);
void imap_uid_fetch(void *session, const struct arg *);
void imap_search(void *session, const struct arg *);
void imap_uid_search(void *session, const struct arg *);
void imap_sort(void *session, const struct arg *);
void imap_uid_sort(void *session, const struct arg *);
void imap_thread(void *session, const struct arg *);
void imap_uid_thread(void *session, const struct arg *);
void imap_store(void *session, const struct arg *);
void imap_uid_store(void *session, const struct arg *);
void imap_copy(void *session, const struct arg *);
void imap_uid_copy(void *session, const struct arg *);
void imap_move(void *session, const struct arg *);
void imap_uid_move(void *session, const struct arg *);

#endif
