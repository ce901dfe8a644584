/*
 * surrogate - a message for a client that has not said UTF8 (RFC 6856 §2.1).
 *
 * Such a client is sent no UTF-8 in header fields.  It gets the message in the form of
 * RFC 6858 instead, made on the way out: what a field says is put into encoded-words (RFC
 * 2047), an address that is not ASCII becomes "invalid@internationalized-address.invalid"
 * behind its display-name, and what cannot be said so is left out.  The message's own
 * header is looked at, not those of the parts within it; a field that is not UTF-8 was
 * never proper mail and stays as it is, as do all fields of ASCII.
 *
 * Pure: octets in, pieces of the message out.
 */
#ifndef POP3_SURROGATE_H
#define POP3_SURROGATE_H

#include "base/buf.h"

struct surrogate {
    bool in_body;
    bool in_line;
    bool excised;     /* the field is too long, and left out */
    struct buf field; /* as far as it has come */
    struct buf said;  /* the piece that was returned last, unless it is of the input */
};

/* Must a message whose header section begins like this be looked at field by field? */
bool surrogate_is_needed(struct span beginning);
void surrogate_open(struct surrogate *);
void surrogate_close(struct surrogate *);
/* Takes octets off *input and returns the next piece, valid until the next call; empty:
 * all input is consumed. */
struct span surrogate_take(struct surrogate *, struct span *input);
/* The last piece: a header section that no body follows. */
struct span surrogate_end(struct surrogate *);

/* ---- downgrade.c */
/* One field, with its CRLF, in the form of RFC 6858 §2; into an empty buf, which stays
 * empty when the field is to be left out. */
void downgrade_field(struct span field, struct buf *said_r);

#endif
