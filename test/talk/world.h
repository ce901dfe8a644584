/*
 * world - what stands behind a session in a dialogue: an auth and a store in memory.
 *
 * They serve the same typed messages as the real ones, over real channels, in this very
 * process: the room under test asks as mx, pop3 or imap.  What was ordered becomes durable
 * a turn later (world_turn), unless the store is told to hold it back.  The real store's
 * promises are checked from this side: tickets, seals, handles.
 *
 * One world at a time.
 */
#ifndef TEST_TALK_WORLD_H
#define TEST_TALK_WORLD_H

#include "base/buf.h"
#include "ipc/channel.h"

enum world_health {
    WORKS,
    FAILS, /* answers -EIO */
    FULL,  /* answers -ENOSPC */
    LATE,  /* does not answer */
    BUSY,  /* auth: AUTH_BUSY; store: too many sessions of that account */
    GONE,  /* its process has ended */
};

/* front: ROLE_MX, ROLE_SUBMISSION, ROLE_POP3 or ROLE_IMAP, the role that the room plays.  False: cannot. */
bool world_open(enum role front);
void world_close(void); /* forgets all; the sessions must have ended */

void world_account(struct span address, struct span password);
void world_full(struct span address);
void world_message(struct span address, struct span body); /* into its INBOX */
void world_auth(enum world_health);
void world_store(enum world_health);
void world_files(enum world_health);
void world_hold(bool); /* true: nothing becomes durable until false */
void world_lose(void); /* the disk fails an fsync */
/* To be called once a turn of the loop. */
void world_turn(void);

/* ---- what has come of it */
size_t world_count(struct span address); /* messages; SIZE_MAX: no such account */
/* The next delivered one of that account that was not looked at; false: none. */
bool world_next(struct span address, struct span *body_r);
size_t world_delivered(void);  /* copies of messages, since world_open */
size_t world_handles(void);    /* that were granted and not released */
const char *world_fault(void); /* what a front did that it must not; NULL: nothing */

#endif
