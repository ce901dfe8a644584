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

enum authors_form {
    AUTHORS_GOOD,
    AUTHORS_TOO_MANY, /* more than SUBMITTED_AUTHORS_MAX */
    AUTHORS_UNCLEAR,  /* another reader may find others in it */
};

/* Those of groups, too.  Unclear is a value whose every "@" (outside of comments and
 * quotes) is not that of one mailbox: obsolete routes, two addresses where one may
 * stand, an address for a name. */
enum authors_form authors_read(struct span value, struct authors *authors_r);

#endif
