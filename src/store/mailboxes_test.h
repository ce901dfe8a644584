/*
 * mailboxes_test - one account's mailboxes, for the tests of what becomes of them.
 */
#ifndef STORE_MAILBOXES_TEST_H
#define STORE_MAILBOXES_TEST_H

#include "store/mailboxes.h"
#include "store/place_test.h"

enum { ACCOUNT = 1, SAVED = 1795000000 };

void boxes_make(struct place *); /* a place, open */

/* ---- on a fiber; durable when they return */
int boxes_name(struct place *, enum names_verb, const char *which, const char *to);
uint32_t boxes_mailbox(struct place *, const char *which);
struct appended boxes_append(struct place *, const char *to, size_t size,
                             uint64_t flags);
/* All that there is: "name+uidvalidity<uidnext: uid/size/flags/copied ...; " of each, the
 * uidvalidity counted from the INBOX's; then what is subscribed to: "[name]". */
void boxes_show(struct place *, char *text, size_t size);

#endif
