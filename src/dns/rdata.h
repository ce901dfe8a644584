/*
 * rdata - one record's data as it comes from the network (RFC 1035 §3.3), made a row of
 * ours (config/dns_record.h).  The octets are a stranger's; names in them are not
 * compressed, libunbound has seen to that.
 */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "config/dns_record.h"

/* Writes at most DNS_ROW_MAX octets; their number, or -1: not this kind's data, or a name
 * that is no text (dns_name_is_good), or too long. */
int rdata_read(enum dns_kind, struct span rdata, char row_r[DNS_ROW_MAX]);

#endif
