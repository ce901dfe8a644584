/*
 * site_records - the records of packetboat.conf: a private internet without a DNS server.
 *
 * A name that has a record here is asked for nowhere else.
 */
#ifndef DNS_SITE_RECORDS_H
#define DNS_SITE_RECORDS_H

#include "config/dns_setting.h"
#include "dns/answer.h"

/* True: found has its outcome.  False: nothing is known here of found->canonical, which
 * is the name, or where a CNAME of the site's led to; found->validated says whether all
 * of those count as validated. */
bool site_records_find(const struct dns_setting *, enum dns_kind, struct span name,
                       struct dns_found *found);

#endif
