/*
 * unicode - addresses beyond ASCII, in the one form in which auth compares them.
 *
 * RFC 6531 and RFC 6532 let UTF-8 into local-parts and domains.  Local-parts that differ
 * in case or in how accents are composed are one; a domain's U-labels and A-labels
 * (RFC 5890) are one, and kept as A-labels.
 */
#ifndef AUTH_UNICODE_H
#define AUTH_UNICODE_H

#include "base/span.h"

/* The content of a local-part, folded: case (Unicode's full case folding) and NFC.  False:
 * not UTF-8; a character that nobody can see or that moves others (controls, format
 * characters as the bidirectional ones, spaces and line ends that are not ASCII), that is
 * private or not assigned; or more than size octets. */
bool unicode_fold(struct span text, char *folded_r, size_t size, size_t *len_r);

/* A domain with U-labels, as A-labels (RFC 5891, by UTS 46 without transition).  False:
 * IDNA does not know it, or it has more than size octets.  That what comes out is a
 * domain is still to be seen. */
bool unicode_to_a_labels(struct span domain, char *domain_r, size_t size,
                         size_t *len_r);

#endif
