/*
 * status - STATUS (RFC 9051 §6.3.11), of which LIST tells some, too (RFC 5819).
 */
#ifndef IMAP_STATUS_H
#define IMAP_STATUS_H

#include "imap/session.h"

/* "(" status-att *(SP status-att) ")"; *atts_r: a bit for each. */
bool imap_take_status_atts(struct span *rest, unsigned *atts_r);
/* "* STATUS blurdybloop (MESSAGES 231)"; 0 or -errno: nothing is said. */
int imap_tell_status(struct imap *, struct span name, uint32_t mailbox, unsigned atts);

#endif
