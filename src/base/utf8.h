/*
 * utf8 - RFC 3629: which octets are text.
 *
 * Strict: no overlong forms, no surrogates, nothing past U+10FFFF.  The C1 controls,
 * U+0080 to U+009F, are not taken for text either: terminals obey them.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* How many octets the character at the front has; 0: it is none, or it is cut short. */
size_t utf8_length(struct span);
/* Nothing but whole characters; ASCII controls are characters here. */
bool utf8_is_text(struct span);
/* Does it hold an octet that is not ASCII? */
bool utf8_is_beyond_ascii(struct span);

#endif
