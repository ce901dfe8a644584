/*
 * mailbox_name - names of mailboxes (store/names.h) as clients say them (RFC 3501 §5.1.3).
 *
 * A client that has enabled neither IMAP4rev2 nor UTF8=ACCEPT says and hears modified
 * UTF-7.  Each name has one form there: what is not canonical is refused, so that two
 * names never mean one mailbox (I06).
 */
#ifndef IMAP_MAILBOX_NAME_H
#define IMAP_MAILBOX_NAME_H

#include "base/buf.h"

/* Appends the name in UTF-8; false: that is not what a name looks like in UTF-7. */
bool mailbox_name_of_utf7(struct span utf7, struct buf *utf8_r);
/* Appends the name in modified UTF-7; 0 or as buf_put. */
int mailbox_name_to_utf7(struct span utf8, struct buf *utf7_r);

#endif
