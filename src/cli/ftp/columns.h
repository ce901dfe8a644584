/*
 * columns - text from elsewhere on a terminal: it takes as many columns as it may, and
 * obeys nobody.
 *
 * Control characters, octets that are no UTF-8 and the marks that turn the direction of
 * writing are shown as "?".  Widths are Unicode's (utf8proc), whatever the locale.
 */
#ifndef CLI_FTP_COLUMNS_H
#define CLI_FTP_COLUMNS_H

#include "base/buf.h"

/* All of it, clean.  0 or -errno. */
int put_clean(struct buf *, struct span);
/* Exactly so many columns: filled up with blanks, or the middle left out ("a...z"). */
int put_fitted(struct buf *, struct span, unsigned columns);
unsigned columns_of(struct span); /* as put_clean writes it */

/* At most 6 columns: "0", "999", "1.0K", "12.3M", "1023G". */
enum { SIZE_COLUMNS = 6 };
int put_size(struct buf *, uint64_t octets);
/* "0:07", "12:34", "1:02:03", "4d05h". */
int put_duration(struct buf *, uint64_t seconds);

#endif
