/*
 * submitted - the header section of a message that one of our own hands in: RFC 6409.
 *
 * It is held back until it is whole, and leaves as RFC 5322 §3.6 wants it: From, Date and
 * Message-ID are added where they are missing (§8.2, §8.3), Bcc and Resent-Bcc go (the
 * envelope has who they are, and nobody else is to know), Return-Path goes (ours stands
 * there).  Refused is what somebody else would have signed: every mailbox of From,
 * Sender and their Resent- forms must be one in which the account may send (§6.1), From
 * stands once, and Sender at most once.
 *
 * The section ends at the empty line, or at a line that is no field: then an empty line
 * is put there, so that what follows is the body to everybody.
 */
#ifndef SMTP_SUBMITTED_H
#define SMTP_SUBMITTED_H

#include "base/buf.h"

struct smtp;

struct submitted {
    bool over;
    struct buf section; /* so far, and what came behind it in the same piece */
    size_t line;        /* where in it the line begins that is not judged yet */
    bool fields;        /* there is one */
};

void submitted_begin(struct submitted *);
/* Text of the message, until it is over; what may leave goes to s->data.body, what must
 * not into s->data.refusal.  May ask auth, which parks. */
void submitted_take(struct smtp *, struct span piece);
/* The message has ended. */
void submitted_end(struct smtp *);
void submitted_close(struct submitted *);

#endif
