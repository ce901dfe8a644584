/*
 * glob - names against a person's patterns.
 *
 * "*" is any run of octets, "?" one character, "[a-z0]" one of these, "[!a-z]" one that
 * is none of these, "\x" x itself; everything else is itself, a "[" that nothing closes
 * too.  A character is one of UTF-8, or an octet that is part of none.  Neither "/" nor a
 * dot at the beginning is special here: who wants that asks before.
 *
 * No pattern takes longer than its length times the name's: only the last star is ever
 * tried again.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/span.h"

bool glob_matches(struct span pattern, struct span name);
/* Is there anything in it that is not itself? */
bool glob_is_pattern(struct span);

#endif
