/*
 * transcript - what is kept of a session: its dialogue, who it was, how it went.
 *
 * Records (base/ring.h) in this process's ring, which role log reads: what the client
 * said and the server, notes, the account once there is one, and with the last record
 * how the session went.  Nothing secret is ever in them: whoever says it masks it.
 */
#ifndef WIRE_TRANSCRIPT_H
#define WIRE_TRANSCRIPT_H

#include "base/span.h"

struct ring_writer;
struct wire;

/* How a session went: bits, which RECORD_CLOSE has as its level. */
enum wire_result {
    RESULT_OK = 0,      /* nothing of what follows */
    RESULT_REFUSED = 1, /* something was refused for good: 5yz, -ERR, NO */
    RESULT_ERROR = 2,   /* something could not be done now: 4yz, [SYS/TEMP] */
    RESULT_DROPPED = 4, /* it ended without a farewell: cut, timed out, hung up on */
};

/* The ring of this process; set once by the role before the first wire. */
void wire_transcript_to(struct ring_writer *);
/* What was heard: the dispatcher tells (it knows what must be masked), or a client. */
void wire_heard(struct wire *, struct span line);
void wire_note(struct wire *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The session has logged in. */
void wire_account(struct wire *, struct span address);

#endif
