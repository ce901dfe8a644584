/*
 * dns_record - the kinds of DNS records that are asked for, and a record as a person
 * writes it in packetboat.conf: "hamburger.edu. MX 10 mail.hamburger.edu."
 *
 * A row is one record's data as roles say it to each other:
 *     A, AAAA      4, 16 octets
 *     TXT          its strings, joined (RFC 7208 §3.3)
 *     MX           the preference, two octets, the higher first; then a name
 *     TLSA         usage, selector, matching type, an octet each; then the data
 *     PTR, CNAME   a name
 * A name is text without the last dot; the root is empty.
 */
#ifndef CONFIG_DNS_RECORD_H
#define CONFIG_DNS_RECORD_H

#include "base/span.h"
#include "config/limits.h"

enum dns_kind {
    DNS_A,
    DNS_AAAA,
    DNS_MX,
    DNS_TXT,
    DNS_TLSA,
    DNS_PTR,
    DNS_CNAME,
    DNS_KINDS
};

const char *dns_kind_name(enum dns_kind);
/* DNS_KINDS: there is no such one. */
enum dns_kind dns_kind_named(struct span);

/* Text without the last dot whose labels are printable ASCII without "\" and '"', as long
 * as RFC 1035 §2.3.4 lets them be.  The root, empty, is one. */
bool dns_name_is_good(struct span);

struct dns_record {
    struct span name; /* within the text */
    enum dns_kind kind;
    bool insecure; /* not as if DNSSEC had validated it */
    size_t len;
    char row[DNS_ROW_MAX];
};

/* "[insecure] NAME [IN] KIND DATA"; TXT's data is quoted strings, or all that follows.
 * NULL, or what it should have been ("NAME KIND DATA, ..."). */
const char *dns_record_parse(struct span text, struct dns_record *record_r);

#endif
