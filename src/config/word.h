/*
 * word - what a word of the configuration may be: a host name, an address, an amount.
 */
#ifndef CONFIG_WORD_H
#define CONFIG_WORD_H

#include "base/span.h"

/* RFC 5321 §4.1.2 Domain: labels of letters, digits and inner hyphens. */
bool word_is_hostname(struct span);
bool word_is_address(struct span); /* numeric, IPv4 or IPv6 */
/* Letters, digits, "-", "_" and ".", and no "." in front: below one directory. */
bool word_is_file_name(struct span);
/* "/a/b", a path of the users' files, or "NAME", of which "*" and "?" may be part: shorter
 * than FILES_TREE_OCTETS_MAX, without control characters, and no part is ".." */
bool word_is_tree(struct span);
/* A number, perhaps with K, M or G behind it (octets); false when it is none or past
 * max. */
bool word_take_amount(struct span text, bool octets, uint64_t max, uint64_t *amount_r);

#endif
