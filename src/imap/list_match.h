/*
 * list_match - LIST's patterns (RFC 9051 §6.3.9): "*" is anything, "%" anything but the
 * hierarchy delimiter.
 *
 * All places of the pattern at which one may be are followed together, so the work is at
 * most the name's length times the pattern's, whatever the wildcards (I07).
 */
#ifndef IMAP_LIST_MATCH_H
#define IMAP_LIST_MATCH_H

#include "base/span.h"

enum list_case { LIST_EXACT, LIST_ANY_CASE /* of ASCII, in the first level: INBOX */ };

/* Patterns longer than LIST_PATTERN_MAX match nothing. */
bool list_match(struct span pattern, struct span name, enum list_case);

#endif
