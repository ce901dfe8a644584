/*
 * listing_read - one line of what LIST answers, which no standard describes: the forms of
 * Unix (ls -l), Windows (IIS), EPLF (cr.yp.to/ftp/list/eplf.html), VMS and NetWare.
 *
 * Pure functions of octets; the entry's spans point into the line.  What is no entry
 * ("total 12", an empty line, a heading) is false.  Times without a year are taken as the
 * last such day before tomorrow; times are the server's own, and taken as UTC.
 */
#ifndef FTP_LISTING_READ_H
#define FTP_LISTING_READ_H

#include "base/span.h"

enum ftp_type {
    FTP_FILE,
    FTP_DIRECTORY,
    FTP_LINK,  /* symbolic; where it leads: target */
    FTP_OTHER, /* a device, a socket */
    FTP_HERE,  /* the directory that is listed (MLSD's cdir), and */
    FTP_ABOVE, /* the one above it */
};

struct ftp_entry {
    struct span name;
    struct span target; /* of a link, as the server says; may be empty */
    struct span owner, group;
    struct span perm;   /* RFC 3659 §7.5.5; only of MLSx */
    struct span unique; /* §7.5.2, the same */
    enum ftp_type type;
    bool has_size, has_time, has_mode;
    bool time_is_exact; /* to the second, in UTC: MLSx and EPLF */
    unsigned mode;      /* as chmod has it */
    uint64_t size;
    int64_t time; /* of the last change, seconds since 1970 */
};

/* now: seconds since 1970, for times without a year. */
bool listing_read(struct span line, int64_t now, struct ftp_entry *entry_r);

/* Seconds since 1970 of a day and time in UTC; false: there is none such. */
bool listing_time(const unsigned year_to_second[6], int64_t *time_r);

/* A file's name that stays where it is put: not empty, not "." or "..", no "/", no
 * control character, at most 255 octets. */
bool name_is_single(struct span name);

#endif
