/*
 * date - date-time (RFC 5322 §3.3, and §4.3: two and three digits of a year, zones with
 * names, comments anywhere).
 */
#ifndef MIME_DATE_H
#define MIME_DATE_H

#include "base/span.h"

/* time_r: seconds since 1970; minutes_r: the zone's, east of Greenwich.  False: it is
 * none, or there is no such day or hour. */
bool date_read(struct span value, int64_t *time_r, int *minutes_r);

#endif
