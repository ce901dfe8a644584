/*
 * listing_forms - the forms of listing_read, one function each, and what they share.
 *
 * A form gets the whole line and an entry with nothing in it; false: the line is of
 * another form (what it has put into the entry does not matter then).
 */
#ifndef FTP_LISTING_FORMS_H
#define FTP_LISTING_FORMS_H

#include "ftp/listing_read.h"

bool listing_eplf(struct span line, int64_t now, struct ftp_entry *);
bool listing_unix(struct span line, int64_t now, struct ftp_entry *);
bool listing_windows(struct span line, int64_t now, struct ftp_entry *);
bool listing_vms(struct span line, int64_t now, struct ftp_entry *);
bool listing_netware(struct span line, int64_t now, struct ftp_entry *);

/* ---- listing_read.c */
/* The next word, with the white space before it; empty at the end. */
struct span listing_word(struct span *rest);
bool listing_number(struct span word, uint64_t *number_r); /* all of it */
bool listing_month(struct span word, unsigned *month_r);   /* "Nov" */
bool listing_clock(struct span word, unsigned t[6]); /* "09:30", "09:30:15", "9:30PM" */
unsigned listing_year(int64_t time);

/* ---- listing_unix.c */
/* "Nov 21 09:30", "Nov 21 2026", "21 Nov 2026", "2026-11-21 09:30": takes it off the
 * front, with the space behind it. */
bool listing_unix_time(struct span *rest, int64_t now, struct ftp_entry *);

#endif
