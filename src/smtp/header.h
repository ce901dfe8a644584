/*
 * header - what a server must know of a header section that goes by (RFC 5322 §2.2).
 *
 * Octets in, in pieces of any size; nothing is kept.  The section ends at the empty
 * line, or at the first line that is neither a header field nor the continuation of one.
 */
#ifndef SMTP_HEADER_H
#define SMTP_HEADER_H

#include "base/span.h"

struct header {
    enum header_part {
        HEADER_NAME,       /* in a field's name, or at the start of a line */
        HEADER_NAME_ENDED, /* in the white space that obs-optional allows before ":" */
        HEADER_FIELD,      /* behind the ":", to the end of the line */
        HEADER_OVER,
    } part;
    bool missing; /* it is over, and not one field was there, nor an empty line */
    uint32_t fields;
    uint32_t received; /* how many of them are Received, RFC 5321 §6.3 */
    uint64_t octets;
    uint32_t column;  /* octets of the name */
    uint32_t matched; /* so many of them as in "Received" */
};

/* Zeroed at birth. */
void header_take(struct header *, struct span piece);

#endif
