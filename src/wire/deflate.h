/*
 * deflate - what a wire says and hears, compressed (as RFC 4978 has it, by zlib): between
 * its buffers and the socket or TLS.
 *
 * What the gate holds is not compressed yet, so that positions in the stream stay those of
 * the octets that were said.  All that may go is flushed to an octet's end: the peer
 * can read it at once.
 *
 * Memory.  Compressing takes about 70 KB and inflating 50, of which an idle session keeps
 * nothing but what the peer may still refer to: the last 32 KB that it said, or less.
 * What all sessions have is counted, and at WIRE_DEFLATE_OCTETS none begins any more.
 *
 * Hostile octets (a bomb): inflated is what the wire has room for, a block, and no more;
 * lines and literals have their limits as ever, and after some blocks the others have their
 * turn.  What is not deflate, or comes of nothing for too long, is -EBADMSG.
 */
#ifndef WIRE_DEFLATE_H
#define WIRE_DEFLATE_H

#include "wire/wire.h"

bool wire_has_deflate(const struct wire *);
/* There is memory for one more. */
bool wire_may_start_deflate(const struct wire *);
/* From here on, both ways; what was said before goes as it is.  Nothing that was read may
 * be left.  False: the wire has failed. */
bool wire_start_deflate(struct wire *);
size_t deflate_octets(void); /* what all of this process have, zlib's and ours */

#endif
