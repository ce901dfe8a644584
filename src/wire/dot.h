/*
 * dot - the end of a message and its transparency, RFC 5321 §4.5.2, as it is received.
 *
 * Only <CRLF>.<CRLF> ends a message.  A CR without LF and an LF without CR are never
 * line ends; they are reported, so that the session can refuse the message, and never
 * come near an end (SMTP smuggling).  Pure: octets in, pieces of text out.
 *
 * Text whose length is known beforehand (RFC 3030 BDAT) has neither end nor transparency:
 * `verbatim`, and dot_end where it ends.
 */
#ifndef WIRE_DOT_H
#define WIRE_DOT_H

#include "base/span.h"

struct dot_reader {
    uint8_t state;      /* 0: at the start of a line */
    bool bare;          /* a bare CR, a bare LF or a NUL was seen */
    bool long_line;     /* a line was longer than line_max */
    bool ended;         /* the end has been consumed */
    bool verbatim;      /* a dot is a dot, and nothing is an end; set it before */
    size_t line_max;    /* without CRLF; set it before */
    size_t line_octets; /* of the line so far */
};

/* Takes octets off the front of *input and returns the next piece of the message that
 * they carry (a part of the input, or a constant).  An empty piece: all input is
 * consumed, or the message has ended; what follows the end stays in *input. */
struct span dot_take(struct dot_reader *, struct span *input);
/* Verbatim text has come to its end: a CR that waits for its LF was bare. */
void dot_end(struct dot_reader *);

#endif
