/*
 * dns_setting - the words of packetboat.conf's section dns, which may be said more than
 * once: the site's own records, whom else to ask, and whose keys to believe.
 */
#ifndef CONFIG_DNS_SETTING_H
#define CONFIG_DNS_SETTING_H

#include "config/dns_record.h"
#include "config/settings.h"

/* option: "record", "forward" or "trust_anchor".  NULL, or what the word is not. */
const char *dns_setting_add(struct dns_setting *, struct span option, struct span said);
bool dns_setting_is_sound(const struct dns_setting *);

/* Takes the next of setting->records (*rest: all of them at first); false at the end. */
bool dns_setting_next(struct span *rest, struct dns_record *record_r);
struct span dns_setting_records(const struct dns_setting *);

/* A forwarder's address and port, as it was said. */
bool forwarder_parse(struct span said, struct span *address_r, uint64_t *port_r);

#endif
