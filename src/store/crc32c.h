/*
 * crc32c - the checksum of everything that the store writes (RFC 3720 §12.1).
 *
 * It tells damage, not malice.  Hardware does it where the processor has SSE 4.2.
 */
#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include "base/span.h"

/* Goes on from `crc`; 0 at the beginning. */
uint32_t crc32c(uint32_t crc, const void *octets, size_t len);

#endif
