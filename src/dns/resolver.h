/*
 * resolver - libunbound, which asks the DNS and validates, on a thread of its own: what a
 * stranger's answer costs to read and to check, nobody else here waits for.  Its answers
 * come on a descriptor that the loop watches.
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include "config/settings.h"
#include "dns/answer.h"

/* Loads the library and watches; the thread starts with the first question, so inside the
 * sandbox.  0 or -errno, and *why_r says what is wrong. */
int resolver_open(const struct dns_setting *, const char **why_r);
void resolver_close(void);

/* Parks the fiber until there is an answer, or it is late.  found has begun, and its
 * `validated` is kept false where it is. 0, or -EAGAIN: too many are under way; -ECANCELED. */
int resolver_ask(enum dns_kind, struct dns_found *found, uint64_t deadline);

#endif
