/*
 * base64 - RFC 4648 §4, strictly: for what protocols say to each other.
 *
 * Every octet is of the alphabet, the padding is there, and the bits that it leaves over
 * are zero (§3.5), so that each run of octets has one encoding and no other.  Mail bodies,
 * in which all that is forgiven (RFC 2045 §6.8), are another craft.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/span.h"

/* Octets that `len` octets take, encoded. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4)

/* Decodes text into `size` octets; false: it is not base64, or does not fit. */
bool base64_decode(struct span text, char *octets_r, size_t size, size_t *len_r);
/* Encodes into a C string; room for BASE64_SIZE(octets.len) + 1.  Its length. */
size_t base64_encode(struct span octets, char *text_r);

#endif
