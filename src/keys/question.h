/*
 * question - what a front may have signed with a key that it does not have.
 *
 * A front that was taken over asks what it likes.  An ECDSA digest says nothing of what
 * it is the digest of, but a signature over it is good for nothing else.  RSA is one
 * operation for signing and deciphering: only a block that can be nothing but a
 * signature's is answered, so no old traffic is opened and no padding is probed.
 */
#ifndef KEYS_QUESTION_H
#define KEYS_QUESTION_H

#include "wire/tls.h"

/* modulus: the RSA key's octets; 0: it is an ECDSA key. */
bool question_is_good(enum tls_block, struct span block, size_t modulus);

#endif
