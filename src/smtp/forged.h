/*
 * forged - takes Authentication-Results under our own name out of a message that comes
 * in from outside (RFC 8601 §5), while it goes by.
 *
 * Octets in, in pieces of any size; nothing is kept but what begins as such a field does.
 * It looks up to the first empty line, whatever stands before: readers that step over
 * what is no field would believe a field behind it.
 */
#ifndef SMTP_FORGED_H
#define SMTP_FORGED_H

#include "base/buf.h"

struct forged {
    enum forged_part {
        FORGED_NAME,  /* at the start of a line, which may become such a field */
        FORGED_OTHER, /* in a line of no interest */
        FORGED_FIELD, /* in such a field, of which all is held */
        FORGED_BREAK, /* behind a line end of it: does it go on? */
        FORGED_OVER,
    } part;
    char name[22]; /* so much of a line as is the beginning of the name */
    size_t matched;
    struct buf held;
    bool too_long; /* such a field is no results of anybody's */
    bool failed;   /* out of memory: what came through is not the message */
};

void forged_begin(struct forged *);
void forged_close(struct forged *);
/* What of the piece may pass goes to put, in its order; host: our name. */
void forged_take(struct forged *, struct span piece, struct span host,
                 void (*put)(void *arg, struct span), void *arg);
/* The message is at its end: so is the field that is held. */
void forged_end(struct forged *, struct span host, void (*put)(void *arg, struct span),
                void *arg);

#endif
