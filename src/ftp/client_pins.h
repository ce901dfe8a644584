/*
 * client_pins - certificates that a person has accepted, by their fingerprints.
 *
 * A text file, a line a host, readable and writable for its owner alone:
 *
 *     ftp.example.org:21 SHA256:4f3c...
 *
 * Lines that are none are kept as they are.  A host has one line: another takes its place.
 */
#ifndef FTP_CLIENT_PINS_H
#define FTP_CLIENT_PINS_H

#include "base/span.h"

enum { FTP_FINGERPRINT_SIZE = 7 + 64 + 1 }; /* "SHA256:", hexadecimal, NUL */

void fingerprint_print(const uint8_t digest[32], char text_r[FTP_FINGERPRINT_SIZE]);

enum pin { PIN_UNKNOWN, PIN_SAME, PIN_OTHER };

/* What the file (NULL, or not there: nothing) says of this host and fingerprint. */
enum pin pin_look(const char *file, const char *host, const char *fingerprint);
/* From now on it is this one; 0 or -errno.  The file is replaced as a whole. */
int pin_set(const char *file, const char *host, const char *fingerprint);

#endif
