/*
 * authserv - whose word is an Authentication-Results field?  RFC 8601 §2.5, §5.
 *
 * The authserv-id in front says who has looked.  Readers and filters believe ours, so a
 * field that comes in from outside under our name is forged, and goes.
 */
#ifndef TRUST_AUTHSERV_H
#define TRUST_AUTHSERV_H

#include "mime/header.h"

/* Does this field say that `host` has looked?  Where what stands in front of the first
 * ";" is malformed it does when the name is one of the words there. */
bool authserv_is_claimed(const struct field *, struct span host);

#endif
