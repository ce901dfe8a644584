/*
 * facts_read - what MLST and MLSD say of a file: RFC 3659 §7.
 *
 * Pure; spans point into the line.  Facts that are not known are passed over (§7.5), and
 * so are values that are none: the entry then lacks that fact.
 */
#ifndef FTP_FACTS_READ_H
#define FTP_FACTS_READ_H

#include "ftp/listing_read.h"

/* entry = [ facts ] SP pathname, §7.2; without CRLF.  False: it is none. */
bool facts_read(struct span line, struct ftp_entry *entry_r);

/* time-val = 14DIGIT [ "." 1*DIGIT ], §2.3; fractions are dropped. */
bool time_val_read(struct span text, int64_t *time_r);

#endif
