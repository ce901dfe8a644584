/*
 * relay - inside role relay: what waits in the queue, where it is to go, and what has
 * become of it.
 *
 * A mail is one envelope of the queue.  Those of its recipients that have one domain are an
 * item of that destination; an item is tried as a whole, by one of the destination's
 * workers, each of which is a fiber with a connection.  The envelope itself is read when
 * one of its items is tried, and let go of afterwards: 100,000 that wait cost little.
 */
#ifndef ROLE_RELAY_H
#define ROLE_RELAY_H

#include "base/list.h"
#include "base/loop.h"
#include "config/settings.h"
#include "queue/queued.h"

struct snapshot_row;

/* ---- relay.c */
extern const struct settings *relay_settings;
extern uint64_t relay_handle;    /* the queue, at store */
extern uint32_t relay_envelopes; /* its other mailbox */
extern bool relay_stops;         /* the role: what breaks now is nobody's fault */
/* 0 once that lsn is durable, -EIO: it never will be. */
int relay_await_durable(uint64_t lsn);
uint64_t relay_random(void);

/* ---- relay_octets.c: where octets lie, and how they are read */
struct place {
    uint64_t offset, size;
    uint32_t pack; /* 0: a file of its own, whose name is the offset */
    uint32_t crc;
};
struct place relay_place(const struct snapshot_row *);
/* All of it, behind what the buf holds.  -ENOENT: that is not there any more; -EBADMSG:
 * not what was stored; -errno. */
int relay_read(const struct place *, struct buf *octets);
/* A message of that mailbox; where it lies is found out anew, if need be. */
int relay_read_message(uint32_t mailbox, uint32_t uid, struct place *,
                       struct buf *octets);

/* ---- relay_mail.c: what waits, in memory */
struct body {
    uint64_t email;
    uint32_t uid, mails; /* mails: envelopes that it has */
    int64_t received;
    struct place place;
};
struct mail {
    struct body *body;
    struct place place; /* of the envelope */
    uint32_t uid, items;
    struct item *all; /* its items, by `sibling` */
    uint32_t number;  /* uid of its first envelope: by this a person knows it */
    int64_t arrived;
    bool held, noticed;
    /* while somebody has it open: */
    unsigned users;
    bool writing;
    struct arena *arena;
    struct buf octets;
    struct queued envelope;
    struct list waiting; /* struct mail_waiter: to write */
};
/* What has come to the queue since it was looked last.  0 or -errno. */
int relay_look(void);
/* Messages without an envelope, which nobody was told were accepted, go. */
void relay_sweep(void);
/* Its envelope is read; relay_mail_close when done.  0 or -errno. */
int relay_mail_open(struct mail *);
void relay_mail_close(struct mail *);
/* NULL: there is none. */
struct mail *relay_mail_numbered(uint32_t number);
/* What its envelope says now takes the place of what store has; when nobody waits any
 * more, it goes, and with the last envelope the message.  Durable when 0. */
int relay_mail_write(struct mail *);

/* ---- relay_route.c: destinations */
struct destination;
struct item {
    struct mail *mail;
    struct destination *to;
    int64_t next; /* seconds since 1970 */
    size_t at;    /* its place in the destination's heap; SIZE_MAX: it is being tried */
    struct item *sibling;
};
/* The recipients of a mail that wait become items; the mail is open. */
int relay_schedule(struct mail *);
/* One of no destination, as if it were being tried; relay_drop ends it.  NULL: no memory. */
struct item *relay_new_item(struct mail *);
bool relay_is_tried(const struct mail *);
void relay_hurry(struct mail *);    /* its items are due now */
void relay_withdraw(struct mail *); /* they are not any more */
/* Is it one of that destination's? */
bool relay_is_for(const struct destination *, struct span mailbox);
/* The next one that is due; the caller's until relay_give_back or relay_drop.  What is given
 * back while it is held, or is of no destination, is dropped. */
struct item *relay_next_due(struct destination *);
void relay_give_back(struct item *, int64_t next);
void relay_drop(struct item *);
struct span relay_domain(const struct destination *);
/* A message was taken: one worker more may go there. */
void relay_goes_well(struct destination *);
/* A worker has come to its end: it had a session with a server, or needed none; nobody
 * could be spoken to; or nothing was due. */
enum worker_end { WORKER_REACHED, WORKER_FAILED, WORKER_IDLE };
void relay_worker_ends(struct destination *, enum worker_end);
/* One that has waited so long that its sender is to be told, though nobody could try it. */
struct item *relay_next_overdue(struct destination *, int64_t now);

/* ---- relay_worker.c */
void relay_work(void *destination);

/* ---- relay_admin.c */
struct call;
void relay_on_next(struct call *, const void *question);
void relay_on_do(struct call *, const void *question);

#endif
