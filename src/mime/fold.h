/*
 * fold - text as it is compared and searched: letters without case and without accents.
 *
 * Unicode's compatibility decomposition with case folding, marks left out (what FTS5's
 * unicode61 does to words, and more than RFC 5051 asks).  Runs of white space and control
 * characters become one space.  A query folded likewise is found by comparing octets.
 */
#ifndef MIME_FOLD_H
#define MIME_FOLD_H

#include "mime/out.h"

/* utf8: what is no UTF-8 becomes U+FFFD.  No space at either end of what it adds. */
void fold(struct span utf8, struct out *);

/* The base subject of a decoded subject (RFC 5256 §2.1), folded.  True: what it was made
 * of says that the message is a reply or a forward. */
bool base_subject(struct span utf8, struct out *);

#endif
