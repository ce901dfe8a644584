/*
 * listing - how files are shown: LIST's line (as `ls -l`, RFC 1123 §4.1.2.7 has no
 * form for it), and the facts of RFC 3659 §7.  Pure; times are UTC.
 */
#ifndef FTP_LISTING_H
#define FTP_LISTING_H

#include "base/span.h"
#include "config/limits.h"
#include "files/facts.h"

/* RFC 3659 §7.5, in the order in which FEAT names them. */
enum fact {
    FACT_TYPE = 1 << 0,
    FACT_SIZE = 1 << 1,
    FACT_MODIFY = 1 << 2,
    FACT_PERM = 1 << 3,
    FACT_UNIQUE = 1 << 4,
    FACT_UNIX_MODE = 1 << 5,
    FACT_ALL = (1 << 6) - 1,
};
enum { FACTS = 6, LISTING_LINE_MAX = 256 + FILES_PATH_MAX };

/* "Type", ... of the n-th. */
const char *fact_name(unsigned n);

/* Each writes one line, CRLF included, at `at`, where LISTING_LINE_MAX octets have room;
 * its length.  now: seconds since 1970. */
size_t listing_long(const struct file_facts *, struct span name, int64_t now, char *at);
/* The facts that `which` has, a space, and the name. */
size_t listing_facts(const struct file_facts *, struct span name, unsigned which,
                     char *at);

/* RFC 3659 §2.3: YYYYMMDDHHMMSS, with a NUL. */
enum { TIME_VAL_SIZE = 24 };
void listing_time_val(int64_t nanoseconds, char text_r[TIME_VAL_SIZE]);

#endif
