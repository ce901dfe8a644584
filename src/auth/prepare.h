/*
 * prepare - names and passwords in the one form in which they are compared: SASLprep
 * (RFC 4013), a profile of stringprep (RFC 3454), by libidn.
 *
 * So "é" is one password however a keyboard made it.  RFC 8265 would have replaced it;
 * SCRAM (RFC 5802 §2.2, RFC 7677) is bound to SASLprep, and so are the clients.  Code
 * points that Unicode 3.2 did not know pass as they are.
 */
#ifndef AUTH_PREPARE_H
#define AUTH_PREPARE_H

#include "base/arena.h"
#include "base/span.h"

/* False: not UTF-8, or something prohibited in it (§2.3, RFC 3454 §6: control characters,
 * mixed directions), or nothing is left, or there is no memory.  ASCII is left as it is
 * and where it is. */
bool prepare(struct span text, struct arena *, struct span *prepared_r);

#endif
