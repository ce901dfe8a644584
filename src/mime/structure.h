/*
 * structure - the part tree of a message (RFC 2046 §5): one pass over its lines, with a
 * stack of what is open.
 *
 * A line that is a boundary of any open multipart ends all that is open within; so a
 * missing end costs no more than its own part.  A boundary is the whole line but for
 * white space behind it (§5.1.1): one that begins with another is not that other.
 * At MIME_DEPTH_MAX a part is not looked into; the part number MIME_PARTS_MAX is what is
 * left of the message.  Both are opaque, and the record says that it was cut.
 */
#ifndef MIME_STRUCTURE_H
#define MIME_STRUCTURE_H

#include "mime/maker.h"

void structure_read(struct maker *, struct span message);

#endif
