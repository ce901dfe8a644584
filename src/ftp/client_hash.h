/*
 * client_hash - whether a file is the same here and there, by checksums: HASH
 * (draft-bryan-ftpext-hash), or XSHA256, XSHA1, XMD5, XCRC, which no standard describes.
 */
#ifndef FTP_CLIENT_HASH_H
#define FTP_CLIENT_HASH_H

#include "ftp/client_inside.h"

/* After a transfer that wants it (check): 0, with checked_r when a server that can has
 * said the same; -EBADMSG, worded; or what else went wrong. */
int hash_check(struct ftp_client *, struct ftp_transfer *);

/* ---- for the tests */
/* "213 SHA-256 0-1023 4f3c... name": its algorithm and digest; or a digest alone, somewhere
 * in the text, of `digits` hexadecimal digits.  False: there is none. */
bool hash_read(struct span text, struct span *algorithm_r, struct span *digest_r);
bool hash_find(struct span text, size_t digits, struct span *digest_r);
/* Of a whole file, lower-case hexadecimal, NUL-ended; 0 or -errno (-EOPNOTSUPP: another
 * algorithm than SHA-256, SHA-512, SHA-1, MD5 and CRC32). */
enum { HASH_SIZE = 129 };
int hash_file(struct span algorithm, int fd, char digest_r[HASH_SIZE]);

#endif
