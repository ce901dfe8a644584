/*
 * literal - octets that a line announces (RFC 9051 §4.3, RFC 7888): "{310}" at its end,
 * and behind its CRLF so many octets; "{310+}" where the client does not wait to be told
 * to go on; "~{310}" (RFC 3516, literal8) where they may hold NUL.
 */
#ifndef WIRE_LITERAL_H
#define WIRE_LITERAL_H

#include "wire/wire.h"

struct buf;

struct literal {
    uint64_t size;
    bool at_once; /* "+": non-synchronising */
    bool binary;  /* "~" */
};

/* Takes "{...}" off the front; false (nothing taken): that is none, or its size is past
 * 63 bits. */
bool literal_take(struct span *rest, struct literal *literal_r);
/* The one that the line ends with; false: it ends with none. */
bool literal_of_line(struct span line, struct literal *literal_r);

/* Reads so many octets behind what `to` holds; false: there are no more (wire_error), or
 * no memory for them. */
bool literal_read(struct wire *, uint64_t size, struct buf *to);
/* Reads them, and drops them. */
bool literal_drop(struct wire *, uint64_t size);

#endif
