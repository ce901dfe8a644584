/*
 * address - address lists (RFC 5322 §3.4, obsolete routes and all of §4.4; RFC 6532).
 *
 * One pass, without going back: words are gathered until the next special says what they
 * were.  Comments nest to any depth by a counter.  What is malformed gives what can be
 * made of it; nothing is an error.
 *
 * A mailbox has its local-part unquoted, as IMAP's addr-mailbox is (RFC 9051 §9), its
 * display name, or else the comment beside it, as the name.  A group is a row with its
 * name, its mailboxes, and a row for its end.  Without "@" the domain is "".
 */
#ifndef MIME_ADDRESS_H
#define MIME_ADDRESS_H

#include "base/span.h"
#include "mime/record.h"

struct address {
    enum record_address_kind kind;
    struct span name, local_part, domain; /* name.at NULL: it has none */
};

/* Spans are valid during the call.  False: there were more than MIME_ADDRESSES_MAX. */
bool addresses_read(struct span value,
                    void (*on_address)(const struct address *, void *), void *arg);

#endif
