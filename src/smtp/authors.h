/*
 * authors - the mailboxes of a From or Sender (RFC 5322 §3.6.2), as auth compares them.
 */
#ifndef SMTP_AUTHORS_H
#define SMTP_AUTHORS_H

#include "base/span.h"
#include "config/limits.h"

struct authors {
    unsigned count;
    /* RFC 5321 §4.1.2 Mailbox; empty: longer than any can be */
    char address[SUBMITTED_AUTHORS_MAX][ADDRESS_OCTETS_MAX + 1];
};

/* Those of groups, too.  False: more than SUBMITTED_AUTHORS_MAX. */
bool authors_read(struct span value, struct authors *authors_r);

#endif
