/*
 * digest - digests of a file's octets: draft-bryan-ftpext-hash.
 */
#ifndef FTP_DIGEST_H
#define FTP_DIGEST_H

#include "base/span.h"

enum digest_kind { DIGEST_SHA256, DIGEST_SHA1, DIGEST_CRC32, DIGEST_KINDS };

const char *digest_name(enum digest_kind);  /* "SHA-256" */
enum digest_kind digest_named(struct span); /* DIGEST_KINDS: there is no such one */

/* Of `length` octets from `offset` on, in hex with a NUL.  Parks; 0 or -errno. */
enum { DIGEST_TEXT_SIZE = 65 };
int digest_file(int fd, uint64_t offset, uint64_t length, enum digest_kind,
                char text_r[DIGEST_TEXT_SIZE]);

#endif
