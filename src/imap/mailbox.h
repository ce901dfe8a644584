/*
 * mailbox - inside the IMAP room: the selected mailbox, as the session's client sees it.
 *
 * Message number n is messages[n - 1].  The rows are those of store's snapshot, and what
 * has come and gone since as far as the client was told.  Octets are read from the
 * account's packs by descriptor.
 */
#ifndef IMAP_MAILBOX_H
#define IMAP_MAILBOX_H

#include "base/buf.h"
#include "imap/keywords.h"
#include "imap/sequence.h"
#include "store/session.h"

struct imap;

struct imap_message {
    struct snapshot_row row; /* its flags: as the client knows them */
};

struct mailbox {
    uint32_t id; /* store's number */
    uint32_t uidvalidity, uidnext;
    uint64_t modseq; /* up to it the client has heard of all changes but its own */
    size_t count;
    struct imap_message *messages;
    bool read_only;      /* EXAMINE */
    struct buf keywords; /* of the account, as records of store/names.h (keywords.h) */
    uint32_t pack;       /* whose descriptor `pack_fd` is */
    int pack_fd;         /* -1: none */
};

/* The name of one, in UTF-8, whatever the client's encoding is. */
bool imap_take_mailbox(struct imap *, struct span *rest, struct span *name_r);
/* ---- names.c */
extern const char *const imap_uses[MAILBOX_ROLES]; /* "\\Sent", RFC 6154 §2 */
/* Its number; -ENOENT: there is no mailbox of that name. */
int imap_find_mailbox(struct imap *, struct span name, uint32_t *mailbox_r);
/* The name, as the client reads it; all messages of one into another (copy.c). */
int imap_put_mailbox(const struct imap *, struct buf *, struct span name);
int imap_move_all(struct imap *, uint32_t from, uint32_t to);

/* ---- mailbox.c */
/* Fills the session's mailbox; 0 or -errno, -ENOENT: it is gone. */
int mailbox_open(struct imap *, uint32_t mailbox);
/* The session is in none any more, and says so ([CLOSED]). */
void imap_leave_mailbox(struct imap *);
/* What store has of one; forget them in any case. */
struct store_rows {
    const struct snapshot_row *rows; /* NULL: none */
    struct store_snapshot_answer answer;
};
int mailbox_ask_rows(struct imap *, uint32_t mailbox, struct store_rows *rows_r);
void mailbox_forget_rows(struct store_rows *);
void mailbox_close(struct imap *);
/* Bodies may have moved to other packs: where they lie now. */
int mailbox_look_again(struct imap *);
/* Tells the client what others have changed: EXPUNGE, FETCH, EXISTS.  0 or -errno; -ENOENT:
 * the mailbox is gone, and BYE has been said. */
int mailbox_tell_news(struct imap *);
/* How many come first that are \Seen; `count`: all are. */
size_t mailbox_first_unseen(const struct mailbox *);
/* "* 3 FETCH (UID 7 FLAGS (\Seen) MODSEQ (12))": the last for whom it concerns. */
enum { TELL_UID = 1, TELL_FLAGS = 2 };
void mailbox_tell_message(struct imap *, size_t index, unsigned what);
/* "* 3 FETCH (", or "* 7 UIDFETCH (" */
int imap_put_fetch(const struct imap *, struct buf *, size_t index);

/* The greatest number that a sequence set may mean. */
uint32_t mailbox_last(const struct mailbox *, bool uids);
/* Does the settled set name the message of that index?  What was saved is of uids. */
bool mailbox_is_among(const struct mailbox *, const struct sequence_set *, size_t index,
                      bool uids);

/* ---- body.c: the octets of one message */
struct body {
    int fd;
    bool owned; /* not the mailbox's pack */
    uint64_t at, size;
};
/* 0 or -errno, -ENOENT: it is gone.  Close it in any case. */
int body_open(struct imap *, const struct imap_message *, struct body *body_r);
/* Octets [from, from + size) of it, which must be within, behind what `to` holds. */
int body_read(const struct body *, uint64_t from, size_t size, struct buf *to);
void body_close(struct body *);

#endif
